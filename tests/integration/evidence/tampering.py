"""Every byte of signed files altered, one at a time: `python -m tests.integration.evidence.tampering [--every N]`.

A file of each level is altered at every offset and verified. An alteration that is covered by a signature or a timestamp must
never pass as TOTAL-PASSED. One that passes lies where nothing is covered: it is counted by where, and the pages must still look
as they did. Where that is (and why it does no harm): in /Contents, CA certificates that are enclosed and known from elsewhere
too, and hexadecimal digits in another case; in validation data behind the last timestamp of B-LT, whatever was not needed.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from econtract_core.evidence.pdf.pictures import grey_page
from econtract_core.evidence.pdf.reading import OpenPdf
from econtract_core.evidence.verdict import Verdict
from econtract_core.rules.errors import NotAPdf
from econtract_desktop.ports.signer import LEVELS
from tests.fakes.evidence_pki import TestPki
from tests.fakes.signing_bench import Bench

_CLOSER = 12


@dataclass(frozen=True)
class Regions:
    """Of one file: what byte ranges cover, and the gaps they leave out."""

    covered: tuple[tuple[int, int], ...]
    gaps: tuple[tuple[int, int], ...]

    def of(self, offset: int) -> str:
        """ "covered", "contents" or "behind"."""
        if any(a <= offset < b for a, b in self.covered):
            return "covered"
        return "contents" if any(a <= offset < b for a, b in self.gaps) else "behind"


def regions(file: Path) -> Regions:
    """By the file's own byte ranges; what several leave out is covered if one covers it."""
    covered, gaps = [], []
    with OpenPdf(file) as pdf:
        for item in pdf.signatures():
            assert item.byte_range is not None
            _, first, second, rest = item.byte_range
            covered += [(0, first), (second, second + rest)]
            gaps.append((first, second))
    return Regions(tuple(covered), tuple(gaps))


class Bend:
    """One signed file, altered again and again."""

    def __init__(self, bench: Bench, level: str) -> None:
        self.bench = bench
        self.level = level
        self.data = bench.sign(level=level, name=f"signed-{level}.pdf").output.read_bytes()
        self.file = bench.folder / f"bent-{level}.pdf"
        self.file.write_bytes(self.data)
        self.regions = regions(self.file)
        self.looks = grey_page(self.file, 0).rows
        self.crls = (bench.pki.crl(),)

    def alter(self, offset: int, bit: int) -> tuple[str, Verdict, bool]:
        """(where, the verdict, the page looks as it did or is not shown at all)."""
        bent = bytearray(self.data)
        bent[offset] ^= bit
        self.file.write_bytes(bent)
        found = self.bench.verify(self.file).verdict
        same = True
        if found is Verdict.TOTAL_PASSED:
            try:
                same = grey_page(self.file, 0).rows == self.looks
            except NotAPdf:
                same = False
        return self.regions.of(offset), found, same


def loop(folder: Path, every: int, seed: int) -> tuple[Counter[tuple[str, str, str]], list[str]]:
    """({(level, where, verdict): count}, complaints). Every bit has its turn."""
    pki = TestPki.make()
    bench = Bench(pki, pki.person(), folder)
    counts: Counter[tuple[str, str, str]] = Counter()
    complaints = []
    for level in LEVELS:
        bend = Bend(bench, level)
        dice = random.Random(seed)
        step = max(1, every // _CLOSER)  # what is covered is little beside the rest
        for count, offset in enumerate(range(dice.randrange(every), len(bend.data), step)):
            if count % (every // step) and bend.regions.of(offset) != "covered":
                continue
            bit = 1 << dice.randrange(8)
            where, verdict, same = bend.alter(offset, bit)
            counts[level, where, verdict.value] += 1
            if verdict is Verdict.TOTAL_PASSED and (where == "covered" or not same):
                complaints.append(f"{level} byte {offset} bit {bit}: {where}, {verdict}, looks the same: {same}")
    return counts, complaints


def main() -> int:
    """Print the counts; 1 where something passed that must not."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        counts, complaints = loop(Path(folder), options.every, options.seed)
    for (level, where, verdict), count in sorted(counts.items()):
        print(f"{level:6} {where:9} {verdict:13} {count}")
    print("\n".join(complaints))
    print(
        f"alterations {sum(counts.values())}, passed though covered or looking otherwise: {len(complaints)}, seed {options.seed}"
    )
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
