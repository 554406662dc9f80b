"""What a rule found: a name that the texts are keyed by, how much it matters, and where. A rule never changes what it judged."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    WARNING = "warning"  # told, and left to the person
    REFUSAL = "refusal"  # must be mended first


@dataclass(frozen=True)
class RuleFinding:
    """`name`: what it is, dotted by area. `place`: the character or line (from 0); None: the whole. `suggestion`: what could stand there."""

    name: str
    weight: Weight
    place: int | None = None
    value: str = ""
    suggestion: str = ""


def refusals(findings: tuple[RuleFinding, ...]) -> tuple[RuleFinding, ...]:
    """Those that must be mended first."""
    return tuple(f for f in findings if f.weight is Weight.REFUSAL)
