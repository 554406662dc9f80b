"""Any bytes as a library file (PE, ELF, Mach-O) and as what a probe process told: an answer, never an exception."""

from __future__ import annotations

import sys
from pathlib import Path

from econtract_desktop.card.drivers.module_files import examine_bytes
from econtract_desktop.card.drivers.module_trial import told_by
from tests.fakes import module_files as make

_SMALL = 300_000  # bytes of a real library that are worth changing


def seeds() -> list[bytes]:
    """Made libraries, a real one of this machine, and what a probe process tells."""
    told = b"".join(
        b"J" + len(text).to_bytes(4, "big") + text
        for text in (
            b'{"stage": "slots"}',
            b'{"slot": {"number": 1, "reader": "R", "present": true, "certificates": ["MAA="]}}',
        )
    )
    real = [p.read_bytes() for p in sorted(Path(sys.prefix).rglob("*.so")) if p.stat().st_size < _SMALL][:2]
    return [make.pe(), make.pe(bits=32), make.macho(), make.fat_macho(), told, *real]


def run(data: bytes) -> str:
    file = examine_bytes(data)
    assert len(file.needs) <= 1000
    told = told_by(data)
    return f"{file.system} {file.bits} {file.library} {file.entry} {len(told.slots) > 0}"
