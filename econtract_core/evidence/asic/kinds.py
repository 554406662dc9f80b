"""What a container says it is (ETSI EN 319 162-1 A.1), told by its first bytes."""

from __future__ import annotations

from pathlib import Path

ASIC_E, ASIC_S = "application/vnd.etsi.asic-e+zip", "application/vnd.etsi.asic-s+zip"
MIMETYPE = "mimetype"
_HEAD = 128


def is_asic_e(path: Path) -> bool:
    """An ASiC-E container, as far as its first entry says so. False where it cannot be read: reading it will say why."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    begin = 30 + len(MIMETYPE)
    return (
        head.startswith(b"PK\3\4") and head[30:begin] == MIMETYPE.encode() and head[begin:].startswith(ASIC_E.encode())
    )
