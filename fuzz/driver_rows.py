"""A row of the driver table, as somebody may put it into the folder: a row or the typed error; and any ATR held against it."""

from __future__ import annotations

from econtract_core.rules.errors import SettingsUnreadable
from econtract_desktop.card.drivers.profiles import read_row, shipped, write_row


def seeds() -> list[bytes]:
    """The shipped rows."""
    return [write_row(row).encode() for row in shipped()]


def run(data: bytes) -> str:
    rows = shipped()
    try:
        row = read_row(data, "fuzz")
    except SettingsUnreadable as refused:
        return f"refused: {str(refused.facts.get('problem'))[:40]}"
    assert read_row(write_row(row).encode(), "fuzz") == row
    for known in (*rows, row):
        known.knows(data[:40])
        known.pin_rule(data[:20].decode("latin-1"))
    return "row"
