"""Numbers with a check digit. 法人番号: 法人番号の指定等に関する省令 (平成26年財務省令第70号) 第2条."""

from __future__ import annotations

import re

_CORPORATE_NUMBER = re.compile(r"[1-9][0-9]{12}")
_BASE = re.compile(r"[0-9]{12}")


def corporate_number_is_valid(number: str) -> bool:
    """13 ASCII digits whose first is the check digit of the rest."""
    return _CORPORATE_NUMBER.fullmatch(number) is not None and number == corporate_number(number[1:])


def corporate_number(base: str) -> str:
    """The 法人番号 of a 基礎番号 (for a registered firm: its 12-digit 会社法人等番号). Raises ValueError where it is none."""
    if _BASE.fullmatch(base) is None:
        raise ValueError("not 12 digits")
    total = sum(int(digit) * (1 if place % 2 else 2) for place, digit in enumerate(reversed(base), start=1))
    return f"{9 - total % 9}{base}"
