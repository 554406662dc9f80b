"""A fault at every single command of a log-in and of signing several documents: the true cause is told, the card comes back
without a restart, and no PIN try is lost that need not be lost.

`python -m tests.integration.card.fault_points [--every N] [--layout L]` runs all of it and prints the counts; the test beside it
takes a few points of each.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from econtract_core.rules.errors import (
    CardBusy,
    CardCannotSign,
    CardMissing,
    CardRemoved,
    CertificateMissing,
    DriverFault,
    EcontractError,
    SignatureMismatch,
    WrongCard,
)
from econtract_practice.authority import Authority
from econtract_practice.cards.virtual import CardRig, Deed, Fault, RigError
from tests.fakes.virtual import LAYOUTS, Made, Table, Typist

DOCUMENTS = 3
_GONE = (CardRemoved, CardMissing)
# What may be told of each deed; a success is fine wherever the driver could help itself.
_TRUE: dict[Deed, tuple[type[EcontractError], ...]] = {
    Deed.PULL: _GONE,
    Deed.SWAP: (*_GONE, WrongCard, CertificateMissing, SignatureMismatch, DriverFault),
    Deed.RESET: (*_GONE, CardBusy, DriverFault, CertificateMissing),
    # CardCannotSign: the card's own list of algorithms was not to be had.
    Deed.STATUS: (DriverFault, CardMissing, CertificateMissing, SignatureMismatch, CardCannotSign),
    Deed.FLIP: (DriverFault, CardMissing, CertificateMissing, SignatureMismatch, WrongCard),
    # CardCannotSign: the card's own list of algorithms was cut off.
    Deed.TRUNCATE: (DriverFault, CardMissing, CertificateMissing, SignatureMismatch, CardCannotSign, *_GONE),
    Deed.LENGTHEN: (DriverFault, CardMissing, CertificateMissing, SignatureMismatch),
}


@dataclass
class Counts:
    """`told`: (layout, deed, error or "signed") → how often."""

    points: int = 0
    unneeded_tries: int = 0
    complaints: list[str] = field(default_factory=list)
    told: Counter[tuple[str, str, str]] = field(default_factory=Counter)


class FaultPoints:
    """All points of one card."""

    def __init__(self, table: Table, card: Made, other: Made, counts: Counts) -> None:
        self._table = table
        self._card = card
        self._other = other
        self._counts = counts

    def commands(self) -> int:
        """How many commands a good run takes."""
        self._put_in()
        self._sign()  # the driver's own caches are filled
        before = self._table.rig.stats(self._card.name).commands
        self._sign()
        return self._table.rig.stats(self._card.name).commands - before

    def strike(self, deed: Deed, at: int) -> None:
        """One fault at one command, and then a good run."""
        where = f"{self._card.layout} {deed.value} at {at}"
        rig, counts = self._table.rig, self._counts
        self._put_in()
        wrong, sent = self._table.pin(self._card).wrong, self._table.pin(self._other).sent
        bit = 9 if deed is Deed.FLIP else 1
        rig.fault(0, Fault(deed, at=at, amount=bit, status=0x6F00, other=self._other.name))
        try:
            self._sign()
            told = "signed"
        except EcontractError as error:
            told = type(error).__name__
            if not isinstance(error, _TRUE[deed]):
                counts.complaints.append(f"{where}: {error}")
        counts.told[self._card.layout, deed.value, told] += 1
        rig.clear_faults(0)
        if deed is Deed.SWAP and rig.cards()[0] is None:
            with contextlib.suppress(RigError):  # the fault had not come to its turn
                rig.wait_present(0, 1.0)
        self._put_in()
        try:
            self._sign()
        except EcontractError as error:
            counts.complaints.append(f"{where}, card back: {error}")
        counts.points += 1
        lost = self._table.pin(self._card).wrong - wrong + self._table.pin(self._other).sent - sent
        if lost:
            counts.unneeded_tries += lost
            counts.complaints.append(f"{where}: {lost} tries lost")

    def _sign(self) -> None:
        self._table.sign(self._card, Typist(self._card.pin, again=True), DOCUMENTS)

    def _put_in(self) -> None:
        rig = self._table.rig
        inside = rig.cards()[0]
        if inside == self._card.name:
            return
        try:
            if inside is not None:
                rig.remove(0)
            rig.wait_empty(0)
            rig.insert(0, self._card.name)
        except (
            RigError
        ):  # vpcd lost sight of the card in the middle of a reset; that is the rig's trouble, not the program's
            rig.restart_pcscd()
            if rig.cards()[0] != self._card.name:
                rig.insert(0, self._card.name)


def run(table: Table, layouts: tuple[str, ...], every: int, offset: int = 0) -> Counts:
    """Every `every`-th command of each card, each deed."""
    counts = Counts()
    for layout in layouts:
        card, other = table.make(layout), table.make(layout, person="officer")
        points = FaultPoints(table, card, other, counts)
        last = points.commands()
        for number, deed in enumerate(_TRUE):
            for at in range(1 + (offset + number) % every, last + 1, every):
                points.strike(deed, at)
    return counts


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tests.integration.card.fault_points")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--layout", choices=LAYOUTS, action="append")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, CardRig(2) as rig:
        os.environ.update(rig.environment)
        authority = Authority.create(Path(folder) / "ca", "http://127.0.0.1:9")
        with Table(rig, authority, Path(folder), count()) as table:
            counts = run(table, tuple(options.layout or LAYOUTS), options.every)
    for key, number in sorted(counts.told.items()):
        print(*key, number)
    for complaint in counts.complaints:
        print(complaint)
    print(f"points {counts.points}, unneeded tries {counts.unneeded_tries}, complaints {len(counts.complaints)}")
    return 1 if counts.complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
