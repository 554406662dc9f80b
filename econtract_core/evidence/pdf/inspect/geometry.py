"""Boxes and matrices in points (ISO 32000-2 8.3)."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from econtract_core.evidence.pdf.reading import look, resolve

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_FAR = 1e7


class Box(NamedTuple):
    """Left, bottom, right, top."""

    x0: float
    y0: float
    x1: float
    y1: float

    def overlap(self, other: Box) -> Box | None:
        """What both have, None where that is nothing."""
        x0, y0 = max(self.x0, other.x0), max(self.y0, other.y0)
        x1, y1 = min(self.x1, other.x1), min(self.y1, other.y1)
        return Box(x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None

    def join(self, other: Box) -> Box:
        return Box(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))

    def share_in(self, other: Box) -> float:
        """How much of this one lies in `other`, 0 to 1."""
        common = self.overlap(other)
        return common.area / self.area if common is not None and self.area > 0 else 0.0

    @property
    def area(self) -> float:
        return max(0.0, self.x1 - self.x0) * max(0.0, self.y1 - self.y0)

    def __str__(self) -> str:
        return " ".join(f"{value:.0f}" for value in self)


EVERYTHING = Box(-_FAR, -_FAR, _FAR, _FAR)


def times(first: Matrix, second: Matrix) -> Matrix:
    """`first`, then `second`."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def box_under(matrix: Matrix, box: tuple[float, float, float, float]) -> Box:
    """The upright box around what `box` becomes."""
    a, b, c, d, e, f = matrix
    x0, y0, x1, y1 = box
    if b == 0 == c:
        left, right, bottom, top = a * x0 + e, a * x1 + e, d * y0 + f, d * y1 + f
        return Box(min(left, right), min(bottom, top), max(left, right), max(bottom, top))
    corners = [(a * x + c * y + e, b * x + d * y + f) for x, y in ((x0, y0), (x1, y0), (x0, y1), (x1, y1))]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return Box(min(xs), min(ys), max(xs), max(ys))


def upright(matrix: Matrix) -> bool:
    """Whether a box stays a box: turned by quarters at most."""
    a, b, c, d = matrix[:4]
    small = 1e-3 * (abs(a) + abs(b) + abs(c) + abs(d))
    return (abs(b) <= small and abs(c) <= small) or (abs(a) <= small and abs(d) <= small)


def number_of(value: Any, default: float = 0.0) -> float:
    """A finite number out of anything."""
    value = resolve(value)
    if isinstance(value, bool) or (not isinstance(value, int | float) and type(value).__name__ != "FloatObject"):
        return default
    number = float(value)
    return max(-_FAR, min(_FAR, number)) if math.isfinite(number) else default


def numbers_of(value: Any, count: int) -> tuple[float, ...] | None:
    """An array of just `count` numbers, else None."""
    value = resolve(value)
    if not isinstance(value, list) or len(value) != count:
        return None
    return tuple(number_of(item) for item in list.copy(value))


def box_of(holder: Any, key: str) -> Box | None:
    """A rectangle under `key`, whichever corners it names."""
    values = numbers_of(look(holder, key), 4)
    if values is None:
        return None
    return Box(
        min(values[0], values[2]), min(values[1], values[3]), max(values[0], values[2]), max(values[1], values[3])
    )


def matrix_of(holder: Any, key: str) -> Matrix:
    """The matrix under `key`; the identity where there is none."""
    values = numbers_of(look(holder, key), 6)
    return values if values is not None else IDENTITY  # type: ignore[return-value]
