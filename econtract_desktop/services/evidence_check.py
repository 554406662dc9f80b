"""Checking an evidence file: its documents are verified again, its page is made anew from what comes out, and the two pages are
compared line by line. The file decides nothing about what is proven; it only brings certificates and answers, which are judged.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from itertools import zip_longest

from econtract_core.evidence.verdict import DocumentVerdict
from econtract_core.identity.characters import visible

MOST_TOLD = 50  # differences
_SHOWN = 300  # characters of a statement
_TAG = re.compile(r"<[^<>]*>")
SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class Difference:
    """`document`: its number, 0 for the rest of the page. `said`: by the page; `proven`: by verifying again. "" where there is none."""

    document: int
    said: str
    proven: str


@dataclass(frozen=True)
class Checked:
    """One document of an evidence file. None: no file with these bytes was given. `then`: as of the moment that the page names;
    `now`: as of the moment of checking. Both made anew, by the evidence's own data and this PC's trust anchors."""

    name: str
    sha256: str
    then: DocumentVerdict | None
    now: DocumentVerdict | None

    @property
    def found(self) -> bool:
        return self.then is not None

    @property
    def changed(self) -> bool:
        """The verdict of now is another one than that of then."""
        if self.then is None or self.now is None:
            return False
        return (self.then.verdict, self.then.sub_indication) != (self.now.verdict, self.now.sub_indication)


@dataclass(frozen=True)
class EvidenceCheck:
    """`differences`: the page's statements that verifying again does not give (at most MOST_TOLD). `own`: what only the maker
    says: (name, value). `unknown`: given files the evidence does not speak of. `future`: the page names a time after now.
    `made_by`: the version of the program that it says made it, where that is not this one: its words may then differ though nobody
    changed them; what counts are the verdicts, which are made anew."""

    documents: tuple[Checked, ...]
    differences: tuple[Difference, ...]
    own: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]
    future: bool
    made_by: str = ""

    @property
    def holds(self) -> bool:
        """Every statement that is not marked as the maker's own is what verifying again gives, as of the time the page names."""
        complete = bool(self.documents) and all(d.found for d in self.documents)
        return complete and not (self.differences or self.unknown or self.future)


def differences(said: str, proven: str, missing: frozenset[int]) -> tuple[Difference, ...]:
    """Two pages' differences, one a line. `missing`: numbers of documents that nobody could verify; their parts are not compared,
    and are no more than words. Linear."""
    if said == proven:
        return ()
    ours, theirs = _parts(proven), _parts(said)
    if len(ours) != len(theirs):  # another number of documents than its own data: nothing can be told apart
        return tuple(_lines(0, said, proven))[:MOST_TOLD]
    found: list[Difference] = []
    for number, (theirs_part, ours_part) in enumerate(zip(theirs, ours, strict=True)):
        if number % 2 == 0 or (number + 1) // 2 not in missing:
            found += _lines((number + 1) // 2 if number % 2 else 0, theirs_part, ours_part)
    return tuple(found)[:MOST_TOLD]


def _parts(page: str) -> list[str]:
    """The page's frame and its documents in turn: frame, document 1, frame, document 2 … frame."""
    return re.split(r"\n</?section>(?=\n)", page)


def _lines(number: int, said: str, proven: str) -> list[Difference]:
    if said == proven:
        return []
    theirs, ours = said.split("\n"), proven.split("\n")
    if len(theirs) == len(ours):
        pairs = [(a, b) for a, b in zip(theirs, ours, strict=True) if a != b]
        return [_told(number, *pair) for pair in pairs[:MOST_TOLD]]
    extra, lacking = Counter(theirs), Counter(ours)
    only_said, only_proven = list((extra - lacking).elements()), list((lacking - extra).elements())
    pairs = list(zip_longest(only_said[:MOST_TOLD], only_proven[:MOST_TOLD], fillvalue=""))
    return [_told(number, *pair) for pair in pairs] or [_told(number, said, proven)]


def _told(number: int, said: str, proven: str) -> Difference:
    words = (_words(said), _words(proven))
    if words[0] == words[1]:  # the words are the same: what is hidden in the markup is shown
        words = (said, proven)
    return Difference(number, *(visible(text)[:_SHOWN] for text in words))


def _words(line: str) -> str:
    return html.unescape(_TAG.sub(" ", line)).strip()
