"""What a module showed becomes a row: all that was measured, and nothing about the person."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from econtract_core.rules.errors import CardMissing, DriverFault, DriverMissing, FileNotWritable, SeveralCards
from econtract_desktop.card.drivers.learned_rows import learned, write
from econtract_desktop.card.drivers.profiles import read_row, write_row
from econtract_desktop.ports.card import ReaderInfo
from econtract_desktop.ports.drivers import DriverProfile, Finding, ModuleReport, ModuleSlot, Sure
from tests.fakes.evidence_pki import TestPki

TODAY = date(2026, 11, 23)
READERS = (
    ReaderInfo("Reader A 00 00", "3b00", True),
    ReaderInfo("Reader B 00 00", "3b01", True),
    ReaderInfo("Empty", None, False),
)
LIBRARY = {"manufacturer": "Maker", "description": "Module", "version": "1.2", "cryptoki": "2.20"}


def slot(reader: str = "Reader A 00 00", **more: object) -> ModuleSlot:
    facts: dict[str, object] = {
        "number": 0, "reader": reader, "present": True, "recognised": True, "label": "電子証明書", "manufacturer": "Maker",
        "model": "Card", "flags": 0x404, "min_pin": 4, "max_pin": 14, "mechanisms": (0x01, 0x40),
    }  # fmt: skip
    return ModuleSlot(**{**facts, **more})  # type: ignore[arg-type]


def learn(*slots: ModuleSlot, library: dict[str, str] = LIBRARY, stage: str = "done") -> DriverProfile:
    findings = () if library else (Finding("no-entry-point"),)
    report = ModuleReport("/opt/card.so", stage, True, findings, library, slots, 0.1)
    return learned(report, READERS, "linux", TODAY)


def test_a_row_of_what_was_measured() -> None:
    row = learn(slot())
    assert [p.atr.hex() for p in row.atrs] == ["3b00"]
    assert row.modules == {"linux": ("/opt/card.so",)}
    (pin,) = row.pins
    assert (pin.token, pin.rule.min_length, pin.rule.max_length) == ("電子証明書", 4, 14)
    assert row.quirks == ("certificate-hidden-until-log-in", "rsa-pkcs1-only")
    assert row.evidence[0].sure is Sure.MEASURED
    assert "Maker Module 1.2" in row.evidence[0].source
    assert read_row(write_row(row).encode(), "x") == row
    assert learn(slot()).id == row.id


def test_nothing_about_the_person_is_in_it() -> None:
    person = TestPki.make().person()
    text = write_row(learn(slot(certificates=(person.der,))))
    for secret in ("山田", "YAMADA", "あおば橋", f"{person.certificate.serial_number:x}"):
        assert secret not in text


def test_what_certificates_and_flags_tell() -> None:
    assert learn(slot(certificates=(b"x",), mechanisms=(0x01, 0x0D))).quirks == ()
    assert "protected-path" in learn(slot(flags=0x504)).quirks
    assert learn(slot(flags=0x400)).pins == ()
    assert learn(slot(min_pin=0)).pins == ()
    assert learn(slot(max_pin=2)).pins == ()


def test_two_tokens_of_one_card() -> None:
    row = learn(slot(label="A"), slot(label="B", number=1))
    assert [pin.token for pin in row.pins] == ["A", "B"]


def test_cards_in_two_readers_are_too_many() -> None:
    with pytest.raises(SeveralCards):
        learn(slot(), slot("Reader B 00 00"))


@pytest.mark.parametrize("seen", [slot(present=False, recognised=False), slot(recognised=False), slot(flags=0)])
def test_no_card_to_learn(seen: ModuleSlot) -> None:
    with pytest.raises(CardMissing):
        learn(seen)


@pytest.mark.parametrize(
    ("stage", "error"), [("file", DriverMissing), ("load", DriverMissing), ("initialize", DriverFault)]
)
def test_a_module_that_does_not_work(stage: str, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        learn(library={}, stage=stage)
    assert caught.value.facts["problem"] == "no-entry-point"  # type: ignore[attr-defined]


def test_a_reader_that_pcsc_does_not_know_gives_a_row_without_an_atr() -> None:
    assert learn(slot("Something else")).atrs == ()


def test_writing(tmp_path: Path) -> None:
    write(learn(slot()), tmp_path / "row.json")
    assert read_row((tmp_path / "row.json").read_bytes(), "x") == learn(slot())
    with pytest.raises(FileNotWritable):
        write(learn(slot()), tmp_path / "nowhere" / "row.json")
