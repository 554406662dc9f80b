"""A contract's signatures over the journalled run: kept at once, proven and sent when they can be, once each whatever dies."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from econtract_core.rules.contract import Action
from econtract_core.rules.errors import LoginRequired, RevisionConflict
from econtract_desktop.ports.progress import NoProgress
from tests.integration.signing.batch import NOBODY, Batch, count_asked, signatures_in
from tests.integration.signing.contract_desk import ContractDesk, offered
from tests.integration.signing.kill_points import Countdown

MakeBatch = Callable[..., Batch]


def test_signed_now_and_proven_and_sent_later(make_batch: MakeBatch, stamps: int) -> None:
    batch = make_batch(3, port=NOBODY)
    server = offered(batch)
    desk = ContractDesk(batch, server=server)
    signed = desk.sign()
    assert (signed.signatures_made, signed.arrived_at, count_asked(batch)) == (3, "", 3)
    assert [f.proven_at for f in signed.files] == [None] * 3
    assert signed.timestamp_problem is not None
    assert Action.SIGN in desk.contract().allowed  # nothing was sent
    assert len(desk.bench.waiting.files()) == 3
    assert [went.case for went in desk.sign_contract.go_on(NoProgress())] == [None]  # the service is still down
    again = desk.sign()  # by the impatient: no card is asked
    assert (again.signatures_made, again.arrived_at, count_asked(batch)) == (0, "", 3)
    desk.close()

    desk = ContractDesk(replace(batch, port=stamps), server=server)  # started again, and the service is up
    (went,) = desk.sign_contract.go_on(NoProgress())
    assert went.problem is None
    assert went.case is not None
    assert Action.SUBMIT in desk.contract().allowed
    assert [signatures_in(path) for path in desk.sent()] == [1] * 3
    assert count_asked(batch) == 3
    assert desk.bench.waiting.files() == ()
    assert desk.sign_contract.waiting() == ()
    assert desk.sign_contract.go_on(NoProgress()) == ()
    assert list((batch.profile / "signing" / "contracts").iterdir()) == []
    assert batch.journals == []
    desk.close()


def test_timestamps_added_by_another_are_seen(make_batch: MakeBatch, stamps: int) -> None:
    batch = make_batch(1, port=NOBODY)
    server = offered(batch)
    desk = ContractDesk(batch, server=server)
    desk.sign()
    desk.close()
    desk = ContractDesk(replace(batch, port=stamps), server=server)
    assert all(done.document is not None for done in desk.bench.waiting.complete(NoProgress()))
    (went,) = desk.sign_contract.go_on(NoProgress())
    assert went.case is not None
    desk.close()


def test_what_is_refused_is_told_once_and_signed_anew(make_batch: MakeBatch, stamps: int) -> None:
    batch = make_batch(1, port=NOBODY)
    server = offered(batch)
    desk = ContractDesk(batch, server=server)
    desk.sign()
    desk.close()
    batch = replace(batch, port=stamps)
    source = batch.sources[0]
    source.write_bytes(source.read_bytes() + b"%% changed\n")
    moved = offered(batch)  # a server that knows another version of the contract only
    desk = ContractDesk(batch, server=moved)
    (went,) = desk.sign_contract.go_on(NoProgress())
    assert isinstance(went.problem, RevisionConflict)
    assert [signed.refused for signed in desk.sign_contract.waiting()] == [RevisionConflict.code]
    assert desk.sign_contract.go_on(NoProgress()) == ()
    signed = desk.sign()
    assert (signed.signatures_made, bool(signed.arrived_at), desk.sign_contract.waiting()) == (1, True, ())
    desk.close()


def test_nobody_elses_is_sent(make_batch: MakeBatch, stamps: int) -> None:
    batch = make_batch(1, port=NOBODY)
    desk = ContractDesk(batch)
    desk.sign()
    desk.server.end_session()
    with pytest.raises(LoginRequired):
        desk.sign_contract.go_on(NoProgress())
    desk.server.sit_down("u2")
    assert desk.sign_contract.go_on(NoProgress()) == ()
    desk.close()


@pytest.mark.skipif(sys.platform == "win32", reason="a child by fork")
@pytest.mark.slow
@pytest.mark.parametrize("port", ["up", "down"])
def test_killed_anywhere_it_goes_on_without_a_second_signature(make_batch: MakeBatch, stamps: int, port: str) -> None:
    """The server is another one each time, as if nothing had ever arrived; the card and this PC's disk go on."""
    batch = make_batch(2, port=stamps if port == "up" else NOBODY)
    kills, at = 0, 1
    while _in_child(batch, at) == -9:
        kills += 1
        at += 5
        assert kills < 60
    assert kills >= 2
    assert count_asked(batch) <= 2 + kills
    desk = ContractDesk(replace(batch, port=stamps))
    asked = count_asked(batch)
    signed = desk.sign()
    assert signed.arrived_at
    assert [signatures_in(path) for path in desk.sent()] == [1, 1]
    if port == "down":  # what was signed then is what is sent now
        assert count_asked(batch) == asked
    assert desk.sign_contract.waiting() == ()
    desk.close()


def _in_child(batch: Batch, kill_at: int) -> int:
    child = os.fork()
    if child == 0:
        status = 11
        try:
            ContractDesk(batch, Countdown(kill_at)).sign()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)
