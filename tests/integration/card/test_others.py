"""Other programs at the same card, and a service that goes in the middle: the true cause, no try lost, and it works afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from econtract_core.rules.errors import (
    CardBusy,
    CardError,
    CardMissing,
    CardRemoved,
    DriverFault,
    EcontractError,
    PinError,
)
from econtract_desktop.ports.card import CardSelector
from econtract_desktop.ports.pin import PinPurpose
from tests.fakes.virtual import LAYOUTS, Made, Table, Typist

ROOT = Path(__file__).parents[3]


@contextmanager
def other_program(table: Table, deed: str) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.integration.card.other_program", deed, table.rig.readers[0]]
    environment = os.environ | dict(table.rig.environment)
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield
        finally:
            process.stdin.close()
            process.wait()


def put_in(table: Table, layout: str) -> Made:
    card = table.make(layout)
    table.rig.insert(0, card.name)
    return card


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_card_that_is_held_exclusively_is_told_as_busy(table: Table, layout: str) -> None:
    card = put_in(table, layout)
    with other_program(table, "exclusive"), pytest.raises(CardBusy):
        table.sign(card, Typist(card.pin, again=True))
    assert len(table.sign(card, Typist(card.pin, again=True))) == 1
    assert table.pin(card).wrong == 0


@pytest.mark.parametrize("layout", LAYOUTS)
def test_anothers_transaction_is_waited_for(table: Table, layout: str) -> None:
    card = put_in(table, layout)
    with other_program(table, "transaction"):
        assert len(table.sign(card, Typist(card.pin, again=True), 2)) == 2
    assert table.pin(card).wrong == 0


@pytest.mark.parametrize("deed", ["reset", "select"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_somebody_resets_or_selects_all_the_time(table: Table, layout: str, deed: str) -> None:
    """It may be impossible to sign then; what is told is never the PIN, and afterwards all is well."""
    card = put_in(table, layout)
    told: list[EcontractError] = []
    with other_program(table, deed):
        for _ in range(5):
            try:
                table.sign(card, Typist(card.pin, again=True), 2)
            except EcontractError as error:
                told.append(error)
    assert all(isinstance(error, CardError) and not isinstance(error, PinError) for error in told), told
    assert len(table.sign(card, Typist(card.pin, again=True), 2)) == 2
    assert table.pin(card).wrong == 0


def test_nobody_else_can_sign_after_our_log_out(table: Table) -> None:
    """The PIN is not left verified on the card, whatever the driver does at its end."""
    card = put_in(table, "ebid")
    os.environ.pop("OPENSC_CONF", None)
    with table.cards.open(card.selector) as token:
        token.log_in(Typist(card.pin), PinPurpose("sign", ("書類",)))
        token.sign(b"x")
        with other_connection(table) as transmit:
            assert transmit(b"\x00\x20\x00\x01")[-2:] in (b"\x90\x00", b"\x63\xca")
            token.close()
            assert transmit(b"\x00\x20\x00\x01")[-2:] != b"\x90\x00"


@contextmanager
def other_connection(table: Table) -> Iterator[object]:
    from smartcard import scard

    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
    result, handle, protocol = scard.SCardConnect(context, table.rig.readers[0], scard.SCARD_SHARE_SHARED, protocols)
    assert result == 0

    def transmit(command: bytes) -> bytes:
        header = scard.SCARD_PCI_T1 if protocol == scard.SCARD_PROTOCOL_T1 else scard.SCARD_PCI_T0
        result, answer = scard.SCardTransmit(handle, header, list(command))
        if result == scard.SCARD_W_RESET_CARD:  # told once, when somebody has reset it
            scard.SCardReconnect(handle, scard.SCARD_SHARE_SHARED, protocols, scard.SCARD_LEAVE_CARD)
            result, answer = scard.SCardTransmit(handle, header, list(command))
        assert result == 0
        return bytes(answer)

    yield transmit
    scard.SCardDisconnect(handle, scard.SCARD_LEAVE_CARD)
    scard.SCardReleaseContext(context)


@pytest.mark.slow
def test_the_service_killed_fifty_times_while_signing(table: Table) -> None:
    card = put_in(table, "ebid")
    told: list[EcontractError] = []
    for turn in range(50):
        killer = threading.Timer(0.003 * (turn % 40), lambda: table.rig.restart_pcscd(kill=True))
        killer.start()
        try:
            table.sign(card, Typist(card.pin, again=True), 3)
        except EcontractError as error:
            told.append(error)
        killer.join()
        assert len(table.sign(card, Typist(card.pin, again=True))) == 1
    kinds = {type(error) for error in told}
    print(f"50 restarts: {len(told)} told, {sorted(kind.__name__ for kind in kinds)}")
    assert kinds <= {CardRemoved, CardMissing, CardBusy, DriverFault}
    assert table.pin(card).wrong == 0


def many_signatures(table: Table, total: int) -> int:
    """Four requesters on two cards; how many signatures came out, each verified under its own card's certificate."""
    cards = [table.make("ebid") for _ in range(2)]
    for reader, card in enumerate(cards):
        table.rig.insert(reader, card.name)
    tokens = [table.cards.open(CardSelector(certificate=card.certificate)) for card in cards]
    for token, card in zip(tokens, cards, strict=True):
        token.log_in(Typist(card.pin), PinPurpose("sign", ("書類",)))
    made = [0] * 4
    problems: list[EcontractError] = []

    def work(number: int) -> None:
        try:
            while made[number] < total // 4:
                tokens[number % 2].sign(f"{number} {made[number]}".encode())  # verified inside, or SignatureMismatch
                made[number] += 1
        except EcontractError as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems, problems
    return sum(made)


def test_no_signature_is_the_other_cards(table: Table) -> None:
    began = time.monotonic()
    total = int(os.environ.get("ECONTRACT_SIGNATURES", "1000"))
    assert many_signatures(table, total) == total
    print(f"{total} signatures by four requesters, none by the other card, {time.monotonic() - began:.0f} s")


def test_the_environment_check_sees_what_others_do(table: Table) -> None:
    from econtract_desktop.services.diagnose import Diagnose
    from tests.fakes.clock import FakeClock

    def keys() -> list[str]:
        return [condition.key for condition in Diagnose(table.cards, FakeClock()).cards()]

    assert keys()[-1] == "card_none"
    put_in(table, "ebid")
    assert keys()[-1] in ("card_ok", "card_expires")
    table.cards.close()  # a driver that has seen the card holds on to it
    with other_program(table, "exclusive"):
        assert "card_busy" in keys()
    table.rig.stop_pcscd()
    assert keys()[0] == "service_stopped"
    table.rig.start_pcscd()


def test_a_card_that_was_only_looked_at_is_let_go(table: Table) -> None:
    """Another program can have it for itself soon after, and while nobody is logged in."""
    card = put_in(table, "ebid")
    (process,) = table.cards.processes()
    process.idle_limit = 0.2
    assert table.cards.listing().tokens
    with table.cards.open(card.selector) as token:
        token.log_in(Typist(card.pin), PinPurpose("sign", ("書類",)))
        time.sleep(0.6)
        token.sign(b"still logged in")
    assert table.cards.listing().tokens
    until = time.monotonic() + 10
    while process.is_running and time.monotonic() < until:
        time.sleep(0.05)
    with other_program(table, "exclusive"):
        pass


def test_the_driver_is_found_by_the_card_and_its_row_rules_the_pin(table: Table, tmp_path: Path) -> None:
    """Nothing is set up: the card that is in chooses; its row knows that the signing PIN is sent in capitals."""
    from econtract_desktop.card.cards import DriverCards
    from econtract_desktop.card.drivers.installed import InstalledDrivers
    from econtract_desktop.config import Settings

    settings = Settings(profile=tmp_path, card_timeout=20.0)
    cards = DriverCards(settings, InstalledDrivers(settings))
    try:
        assert cards.listing().modules == ()
        card = put_in(table, "jpki")
        prompt = Typist(card.pin.lower(), again=True)
        with cards.open(card.selector) as token:
            token.log_in(prompt, PinPurpose("sign", ("書類",)))
            token.sign(b"x")
        assert prompt.asked[0].rule.upper_case
        assert prompt.asked[0].rule.min_length == 6
        assert table.pin(card).wrong == 0
        (first, *_) = InstalledDrivers(settings).candidates(InstalledDrivers(settings).atrs())
        assert first.source == "remembered"
    finally:
        cards.close()
