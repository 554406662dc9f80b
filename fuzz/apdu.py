"""What a card answers, spoiled at any command: a signature or a typed error that does not blame the PIN, and no try is lost.

An input is a script of up to eight faults, five bytes each: deed, command, amount, status word. The whole stack is real: pcscd, OpenSC,
our card process. Linux with virtual cards only; elsewhere there is one input with nothing in it.
"""

from __future__ import annotations

import atexit
import os
import tempfile
from functools import cache
from itertools import count
from pathlib import Path

from econtract_core.rules.errors import EcontractError, PinError, PinLocked
from econtract_practice.authority import Authority
from econtract_practice.cards.virtual import CardRig, Deed, Fault, RigUnavailable, rig_lacks
from tests.fakes.virtual import LAYOUTS, Made, Table, Typist

SECONDS = 45.0
_DEEDS = (Deed.STATUS, Deed.FLIP, Deed.TRUNCATE, Deed.LENGTHEN, Deed.RESET)
_FAULT, _MOST = 5, 8


def seeds() -> list[bytes]:
    """Each deed early, in the middle and late."""
    if rig_lacks():
        return [b""]
    return [bytes([card, deed, at, 1, 0x6F]) for card in range(3) for deed in range(len(_DEEDS)) for at in (1, 20, 60)]


def run(data: bytes) -> str:
    if not data or rig_lacks():
        return "nothing"
    world = _world()
    if world is None:
        return "nothing"
    table, cards = world
    card = cards[data[0] % len(cards)]
    inside = table.rig.cards()[0]
    if inside != card.name:
        if inside is not None:
            table.rig.remove(0)
        table.rig.insert(0, card.name)
    before = table.pin(card)
    for at in range(0, min(len(data), _FAULT * _MOST), _FAULT):
        part = data[at : at + _FAULT].ljust(_FAULT, b"\0")
        status = 0x6000 | part[3] << 4 | part[4] & 0x0F
        table.rig.fault(
            0, Fault(_DEEDS[part[1] % len(_DEEDS)], at=1 + part[2] % 160, amount=1 + part[3], status=status & 0xFFFF)
        )
    try:
        table.sign(card, Typist(card.pin, again=True), 2)
        told = "signed"
    except EcontractError as error:
        told = type(error).__name__
        # A spoiled answer to the question for the tries may well say that none is left: then nothing is sent.
        if isinstance(error, PinError) and not isinstance(error, PinLocked):
            raise
    finally:
        table.rig.clear_faults(0)
    assert len(table.sign(card, Typist(card.pin, again=True))) == 1, "the card does not come back"
    after = table.pin(card)
    assert after.wrong == before.wrong, f"{after.wrong - before.wrong} tries lost"
    return f"{card.layout}: {told}"


@cache
def _world() -> tuple[Table, tuple[Made, ...]] | None:
    """None where all programs are there, but this machine lets us make no namespace."""
    try:
        rig = CardRig(1).__enter__()
    except RigUnavailable:
        return None
    folder = tempfile.TemporaryDirectory(prefix="econtract-fuzz-")
    os.environ.update(rig.environment)
    authority = Authority.create(Path(folder.name) / "ca", "http://127.0.0.1:9")
    table = Table(rig, authority, Path(folder.name), count())
    atexit.register(folder.cleanup)
    atexit.register(rig.close)
    atexit.register(table.cards.close)
    return table, tuple(table.make(layout) for layout in LAYOUTS)
