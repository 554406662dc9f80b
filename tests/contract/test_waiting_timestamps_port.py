"""The port WaitingTimestamps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from econtract_core.rules.errors import StoreUnreadable
from econtract_desktop.ports.waiting_timestamps import WaitingFile, WaitingTimestamps
from econtract_desktop.store.waiting_timestamps import FileWaitingTimestamps

NOW = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
ONE = WaitingFile(Path("/out/契約書.pdf"), "ab" * 32, "B-T", NOW, NOW + timedelta(days=300))
TWO = replace(ONE, file=Path("/out/b.pdf"), level="B-LTA", next_list=NOW + timedelta(days=1))


def test_files_wait_until_they_are_removed(tmp_path: Path) -> None:
    port: WaitingTimestamps = FileWaitingTimestamps(tmp_path / "signing")
    assert port.files() == ()
    port.remove(ONE.file)
    port.add(ONE)
    port.add(TWO)
    again = FileWaitingTimestamps(tmp_path / "signing")  # another process
    assert again.files() == (TWO, ONE)  # the earliest deadline first
    again.add(replace(ONE, level="B-LT"))
    assert port.files() == (TWO, replace(ONE, level="B-LT"))
    port.remove(TWO.file)
    assert again.files() == (replace(ONE, level="B-LT"),)


def test_the_deadline_is_the_earlier_of_the_two() -> None:
    assert ONE.deadline == ONE.not_after
    assert TWO.deadline == TWO.next_list
    assert replace(TWO, next_list=TWO.not_after + timedelta(days=9)).deadline == TWO.not_after


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"files": [{}]}', b'{"files": 3}', b"\xff\xfe"])
def test_a_damaged_list_is_told_and_left(tmp_path: Path, damage: bytes) -> None:
    port = FileWaitingTimestamps(tmp_path)
    port.add(ONE)
    (tmp_path / "waiting.json").write_bytes(damage)
    with pytest.raises(StoreUnreadable):
        port.files()
    with pytest.raises(StoreUnreadable):
        port.add(TWO)
    assert (tmp_path / "waiting.json").read_bytes() == damage
