"""The line breaks at the N-th request, for every N, before the server heard it or after: in the end everything happened once.

Operate over the real outbox, store and HttpsServer; only the network and the server behind it are in memory.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from econtract_core.messages.cases import ActOnContract, OfferContract, OfferedFile, Payload, RegisterCase
from econtract_core.rules.case import CaseKind
from econtract_core.rules.contract import Action, Side, State
from econtract_core.rules.errors import EcontractError, NetworkError, OfflineQueued, ServerUnreachable
from econtract_desktop.api.line import ServerLine
from econtract_desktop.api.server import HttpsServer
from econtract_desktop.ports.http import HttpAnswer
from econtract_desktop.services.operate import Operate
from econtract_desktop.store.outbox import LocalOutbox
from econtract_desktop.store.store import LocalStore, open_store
from tests.fakes.central import Central, FakePerson
from tests.fakes.clock import FakeClock, FakeIds
from tests.fakes.http import FakeHttp, Sent
from tests.fakes.key_card import KeyCard
from tests.fakes.pki import issue, make_authority
from tests.fakes.store import FakeKeys
from tests.fakes.wire import Wire

_ORIGIN = "https://server.test"


class BrokenLine:
    """Passes requests on to the server, except that the `at`-th breaks."""

    def __init__(self, wire: Wire, at: int, when: str) -> None:
        self._wire = wire
        self._at = at
        self._when = when
        self.count = 0

    def answer(self, sent: Sent) -> HttpAnswer:
        self.count += 1
        if self.count == self._at and self._when == "before":
            raise ServerUnreachable(host="server.test", problem="refused")
        answer = self._wire.answer(sent)
        if self.count == self._at:
            raise ServerUnreachable(host="server.test", problem="timeout")
        return answer


@dataclass
class Office:
    """The officer's PC."""

    central: Central
    line: BrokenLine
    server: HttpsServer
    store: LocalStore
    outbox: LocalOutbox
    operate: Operate


def _office(folder: Path, at: int, when: str) -> Office:
    card = KeyCard(issue(make_authority(), "officer"))
    officer = FakePerson("u1", "佐藤", "o1", "整備局", Side.OFFICER, card.certificate.sha256)
    contractor = FakePerson("u2", "山田", "o2", "建設", Side.CONTRACTOR, "0" * 64)
    clock = FakeClock()
    central = Central((officer, contractor), clock)
    wire = Wire(central, _ORIGIN, clock)
    store, outbox = open_store(folder, FakeKeys())
    HttpsServer(ServerLine(FakeHttp(others=wire.answer), _ORIGIN, store)).log_in(card)
    line = BrokenLine(wire, at, when)
    server = HttpsServer(ServerLine(FakeHttp(others=line.answer), _ORIGIN, store))
    return Office(central, line, server, store, outbox, Operate(server, store, outbox, clock, FakeIds()))


def _perform(office: Office, object_id: str, base: int, payload: Payload, files: tuple[str, ...] = ()) -> None:
    """As a person would: what is queued is sent later, what could not even be looked at is tried again."""
    for _ in range(3):
        try:
            office.operate.perform(object_id, base, payload, files)
            return
        except OfflineQueued:
            with suppress(NetworkError):
                office.operate.push()
            if not office.outbox.rows():
                return
        except EcontractError as error:
            if not isinstance(error, NetworkError):
                raise
    raise AssertionError("never came through")


def _course(office: Office, file: Path) -> None:
    digest = office.store.add_file(file)
    registration = RegisterCase(
        number="1",
        title="工事",
        case_kind=CaseKind.WORKS,
        place="",
        contractor_ids=("o2",),
        amount=110,
        tax=10,
        term_from=None,
        term_to=date(2027, 3, 26),
    )
    _perform(office, "c1", 0, registration)
    offer = OfferContract(files=(OfferedFile(document_id="d1", title="契約書", sha256=digest),))
    _perform(office, "c1-C0", 0, offer, (digest,))
    _perform(office, "c1-C0", 1, ActOnContract(action=Action.WITHDRAW, reason="誤り"))


@pytest.mark.parametrize("when", ["before", "after"])
def test_everything_happens_once_wherever_the_line_breaks(tmp_path: Path, when: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"%PDF-")
    at = 1
    while True:
        office = _office(tmp_path / str(at), at, when)
        _course(office, file)
        contract = office.central.contracts["c1-C0"]
        assert (contract.state, contract.revision, contract.version) == (State.WITHDRAWN, 2, 1)
        assert [deed.action for deed in contract.history] == [Action.OFFER, Action.WITHDRAW]
        assert list(office.central.blobs) == [sha256(b"%PDF-").hexdigest()]
        assert office.outbox.rows() == ()
        kept = office.store.case("c1")
        assert kept is not None
        assert State.WITHDRAWN.value in kept.data
        office.store.close()
        if office.line.count < at:  # the course ended before the line broke
            break
        at += 1
    assert at > 5
