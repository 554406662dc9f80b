"""Money: whole yen. There are no fractions of a yen in a public contract, so an `int` is exact."""

from __future__ import annotations

Yen = int


def format_yen(amount: Yen) -> str:
    """148500000 → 「148,500,000円」, as the forms print it."""
    return f"{amount:,}円"
