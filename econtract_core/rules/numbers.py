"""Numbers and their shapes. 法人番号: 法人番号の指定等に関する省令 (平成26年財務省令第70号) 第2条.

The numbers of a guarantee and of a contractor have no published shape (facts.md 4 row 24): a setting with a default that only bounds them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from econtract_core.rules.findings import RuleFinding, Weight

_CORPORATE_NUMBER = re.compile(r"[1-9][0-9]{12}")
_QUALIFIED = re.compile(r"T[0-9]{13}")
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


def qualified_number_findings(number: str) -> tuple[RuleFinding, ...]:
    """登録番号 of a qualified invoice's issuer: T and 13 digits (消費税法57条の2; facts.md 6).

    A firm's digits are its 法人番号 with its check digit. A sole proprietor's are others, and whether the same check holds for
    them is said but unverified [G]; so a check that fails is a WARNING, never a refusal. The shape is refused where it is wrong.
    """
    if _QUALIFIED.fullmatch(number) is None:
        return (RuleFinding("number.qualified.shape", Weight.REFUSAL, None, number[:40]),)
    if not corporate_number_is_valid(number[1:]):
        return (RuleFinding("number.qualified.check-digit", Weight.WARNING, None, number),)
    return ()


@dataclass(frozen=True)
class NumberShapes:
    """Shapes that nobody publishes, as regular expressions over the whole number; an authority's own may replace them."""

    guarantee_number: str = r"[0-9A-Za-z][0-9A-Za-z-]{3,39}"  # 保証契約番号
    guarantee_key: str = r"[0-9A-Za-z-]{4,40}"  # 認証キー
    contractor_number: str = r"[0-9A-Za-z-]{1,32}"  # 受注者番号, given by the server


def guarantee_number_findings(number: str, key: str, shapes: NumberShapes) -> tuple[RuleFinding, ...]:
    """保証契約番号 and 認証キー of an electronic guarantee 電子保証; a print of it does not count (facts.md 4 row 24 [B50]).

    The key is never part of a finding: it opens the certificate.
    """
    found = []
    if re.fullmatch(shapes.guarantee_number, number) is None:
        found.append(RuleFinding("number.guarantee.shape", Weight.REFUSAL, None, number[:40]))
    if re.fullmatch(shapes.guarantee_key, key) is None:
        found.append(RuleFinding("number.guarantee-key.shape", Weight.REFUSAL))
    return tuple(found)


def contractor_number_findings(number: str, shapes: NumberShapes) -> tuple[RuleFinding, ...]:
    """受注者番号, which the system assigns (facts.md 0, glossary [B4])."""
    if re.fullmatch(shapes.contractor_number, number) is None:
        return (RuleFinding("number.contractor.shape", Weight.REFUSAL, None, number[:40]),)
    return ()
