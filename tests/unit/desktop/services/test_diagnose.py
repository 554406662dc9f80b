"""What the environment check says of readers, drivers and cards; each condition has its words in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from econtract_core.rules.errors import DriverMissing
from econtract_desktop.ports.card import (
    CardCertificate,
    CardListing,
    CardSelector,
    CardToken,
    PinState,
    PinStatus,
    ReaderInfo,
    ServiceState,
    TokenInfo,
)
from econtract_desktop.services.diagnose import Diagnose
from econtract_desktop.texts import LANGUAGES, table
from tests.fakes.clock import FakeClock
from tests.fakes.evidence_pki import TestPki

READER = ReaderInfo("Reader", "3b00", present=True)
EMPTY = ReaderInfo("Reader", None, present=False)
HELLO = ReaderInfo("Windows Hello for Business 1", "3b00", present=True)
MODULES = ("driver.so",)


class Listed:
    """Cards that are just listed."""

    def __init__(self, listing: CardListing) -> None:
        self._listing = listing

    def listing(self) -> CardListing:
        return self._listing

    def open(self, selector: CardSelector, progress: object = None) -> CardToken:
        raise NotImplementedError

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def token() -> TokenInfo:
    der = TestPki.make().person().der
    certificate = CardCertificate(der, sha256(der).hexdigest())
    return TokenInfo("Reader", "driver.so", "card", "1", (certificate,), PinStatus(3, PinState.OK))


def keys(listing: CardListing, clock: FakeClock | None = None) -> list[tuple[str, str]]:
    return [(c.key, c.state) for c in Diagnose(Listed(listing), clock or FakeClock()).cards()]


def test_all_is_well(token: TokenInfo) -> None:
    listing = CardListing((READER,), (token,), modules=MODULES)
    assert keys(listing, at_its_beginning(token)) == [("service_ok", "ok"), ("reader_ok", "ok"), ("card_ok", "ok")]


@pytest.mark.parametrize(
    ("listing", "told"),
    [
        (CardListing((), (), ServiceState.STOPPED, MODULES), [("service_stopped", "error"), ("card_none", "warn")]),
        (CardListing((), (), ServiceState.ABSENT, MODULES), [("service_absent", "error"), ("card_none", "warn")]),
        (CardListing((), (), modules=MODULES), [("reader_none", "error"), ("card_none", "warn")]),
        (CardListing((HELLO,), (), modules=MODULES), [("reader_built_in", "error"), ("card_none", "warn")]),
        (CardListing((EMPTY, HELLO), (), modules=MODULES), [("reader_ok", "ok"), ("card_none", "warn")]),
        (CardListing((READER,), ()), [("reader_ok", "ok"), ("driver_none", "error"), ("card_unknown", "error")]),
        (
            CardListing((replace(READER, exclusive=True),), (), modules=MODULES),
            [("reader_ok", "ok"), ("card_busy", "warn")],
        ),
        (CardListing((replace(READER, atr=None),), (), modules=MODULES), [("reader_ok", "ok"), ("card_mute", "error")]),
        (
            CardListing((EMPTY,), (), modules=MODULES, problems=(("driver.so", DriverMissing(module="driver.so")),)),
            [("reader_ok", "ok"), ("driver_failed", "error"), ("card_none", "warn")],
        ),
    ],
)
def test_what_is_missing_is_named(listing: CardListing, told: list[tuple[str, str]]) -> None:
    assert [one for one in keys(listing) if one != ("service_ok", "ok")] == told


def test_a_practice_card_needs_no_service(token: TokenInfo) -> None:
    listing = CardListing((), (token,), ServiceState.ABSENT, MODULES)
    assert keys(listing, at_its_beginning(token))[0] == ("service_absent", "warn")


def test_a_pin_that_is_nearly_or_wholly_used_up(token: TokenInfo) -> None:
    for state, told in ((PinState.FINAL_TRY, ("pin_last", "warn")), (PinState.LOCKED, ("pin_locked", "error"))):
        listing = CardListing((READER,), (replace(token, pin=PinStatus(1, state)),), modules=MODULES)
        assert keys(listing, at_its_beginning(token))[-1] == told


def test_a_hidden_certificate_is_no_fault(token: TokenInfo) -> None:
    listing = CardListing((READER,), (replace(token, certificates=()),), modules=MODULES)
    assert keys(listing)[-1] == ("card_hidden", "ok")


def test_the_cards_end_is_told_in_time(token: TokenInfo) -> None:
    from econtract_core.identity import read_holder

    end = read_holder(token.certificates[0].der).not_after
    listing = CardListing((READER,), (token,), modules=MODULES)
    for days, told in ((91, "card_ok"), (89, "card_expires"), (-1, "card_expired")):
        assert keys(listing, FakeClock(end - timedelta(days=days)))[-1][0] == told


def at_its_beginning(token: TokenInfo) -> FakeClock:
    from econtract_core.identity import read_holder

    return FakeClock(read_holder(token.certificates[0].der).not_before)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_condition_has_words(language: str) -> None:
    source = Path(__file__).parents[4] / "econtract_desktop/services/diagnose.py"
    known = table(language, "diagnosis")
    for line in source.read_text(encoding="utf-8").splitlines():
        for word in line.split('"')[1::2]:
            if word.split("_")[0] in ("reader", "driver", "card", "pin", "stamp", "clock", "trust") and "_" in word:
                assert word in known
                assert word.endswith(("_ok", "_hidden")) or f"{word}_remedy" in known
