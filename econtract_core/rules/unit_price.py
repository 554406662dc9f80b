"""総価契約単価合意: unit prices agreed beforehand, so that changes and partial payments can be computed without a fight.

単価個別合意 agrees each 細別's price; 包括的単価個別合意 takes the body's estimate of each × one ratio. Items are a tree of four levels:
工事区分, 工種, 種別, 細別. What does not fit is a named finding, not a refusal: the body decides. Source: facts.md 2.3 [B68]–[B72];
the ratio 落札金額 ÷ 工事価格 is a railway agency's of 2022 [B70], so its rounding is a setting. The signing machine is `contract`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from econtract_core.rules.errors import ValueInvalid
from econtract_core.rules.money import Yen

MOST_ITEMS = 20_000
_LONGEST_NUMBER = 30  # digits of a quantity or price that are read


class Method(StrEnum):
    INDIVIDUAL = "individual"  # 単価個別合意方式
    COMPREHENSIVE = "comprehensive"  # 包括的単価個別合意方式


class Rounding(StrEnum):
    DOWN = "down"
    HALF_UP = "half_up"
    UP = "up"


class Problem(StrEnum):
    """A finding's name."""

    EMPTY = "empty"
    TOO_MANY = "too_many"
    DUPLICATE_CODE = "duplicate_code"
    LEVEL = "level"  # not 1 to 4
    NO_PARENT = "no_parent"
    PARENT_LEVEL = "parent_level"  # not exactly one level below its parent
    NO_CHILDREN = "no_children"  # levels 1 to 3 exist for what is in them
    NO_NAME = "no_name"
    NO_UNIT = "no_unit"
    QUANTITY = "quantity"
    PRICE_MISSING = "price_missing"
    PRICE_GIVEN = "price_given"  # a price where the method or the level has none
    ESTIMATE_MISSING = "estimate_missing"
    RATIO = "ratio"  # missing, given where none belongs, or not the tender's ÷ the estimate's
    AMOUNT = "amount"  # quantity × price is not what the line says
    TOTAL = "total"  # the lines and the overheads are not the contract price without tax


@dataclass(frozen=True)
class Item:
    """One line of the tree. Quantity, price, estimate: of a 細別 only (level 4). `amount`: as the paper says, checked if given.

    Prices in yen without tax, exact decimals; an amount is whole yen.
    """

    code: str
    parent_code: str  # "" at level 1
    level: int
    name: str
    unit: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None  # the agreed unit price (個別)
    estimate: Decimal | None = None  # the body's estimate of it (包括)
    amount: Yen | None = None


@dataclass(frozen=True)
class Agreement:
    """The table of one 単価合意書. `overheads`: 間接工事費, 一般管理費 and the like, in whole yen, not part of the tree."""

    method: Method
    items: tuple[Item, ...]
    overheads: Yen = 0
    ratio: Fraction | None = None  # 請負代金比率


@dataclass(frozen=True)
class Settings:
    """Unverified (facts.md 2.3 names no rounding): of an agreed unit price 包括, of a line's amount, and how exact a ratio is."""

    price_places: int = 0  # decimals of a unit price that the ratio makes
    price_rounding: Rounding = Rounding.DOWN
    amount_rounding: Rounding = Rounding.DOWN
    ratio_places: int = 5
    ratio_rounding: Rounding = Rounding.DOWN
    check_total: bool = True


@dataclass(frozen=True)
class Finding:
    """`code`: the item's, "" for the whole table."""

    problem: Problem
    code: str = ""
    wanted: str = ""
    found: str = ""


def contract_ratio(tender: Yen, estimate: Yen, settings: Settings = Settings()) -> Fraction:
    """請負代金比率 = 落札金額 ÷ 工事価格 (both without tax), to so many places. Source: facts.md 2.3 [B70]. Raises ValueInvalid."""
    if tender <= 0 or estimate <= 0:
        raise ValueInvalid(field="ratio", problem=f"{tender} / {estimate}")
    scale = 10**settings.ratio_places
    return Fraction(_rounded(Fraction(tender * scale, estimate), settings.ratio_rounding), scale)


def unit_price(agreement: Agreement, item: Item, settings: Settings = Settings()) -> Decimal | None:
    """The agreed price of a 細別: as written (個別), or its estimate × the ratio (包括). None where something is missing."""
    if agreement.method is Method.INDIVIDUAL:
        return item.price
    if item.estimate is None or not _sound(item.estimate, below_zero=True) or agreement.ratio is None:
        return None
    scale = 10**settings.price_places
    scaled = _rounded(Fraction(item.estimate) * agreement.ratio * scale, settings.price_rounding)
    return Decimal(scaled).scaleb(-settings.price_places)


def line_amount(agreement: Agreement, item: Item, settings: Settings = Settings()) -> Yen | None:
    """Quantity × agreed price in whole yen; None where something is missing."""
    price = unit_price(agreement, item, settings)
    if price is None or item.quantity is None or not _sound(item.quantity) or not _sound(price, below_zero=True):
        return None
    return _rounded(Fraction(item.quantity) * Fraction(price), settings.amount_rounding)


def sums(agreement: Agreement, settings: Settings = Settings()) -> dict[str, Yen]:
    """The amount of every item by its code: of a 細別 its line, above it the sum of what is in it. Linear; a broken tree gives what
    hangs together (an item whose parent is missing counts nowhere above). Missing amounts count 0."""
    found = {item.code: 0 for item in agreement.items}
    by_code = {item.code: item for item in agreement.items}
    for item in agreement.items:
        amount = (line_amount(agreement, item, settings) or 0) if item.level == 4 else 0
        current: Item | None = item
        for _ in range(4):  # four levels: a circle in the data ends here
            if current is None:
                break
            found[current.code] += amount
            current = by_code.get(current.parent_code)
    return found


def total(agreement: Agreement, settings: Settings = Settings()) -> Yen:
    """All lines and the overheads, without tax."""
    lines = (line_amount(agreement, i, settings) or 0 for i in agreement.items if i.level == 4)
    return sum(lines) + agreement.overheads


def findings(agreement: Agreement, contract_price: Yen, settings: Settings = Settings()) -> tuple[Finding, ...]:
    """Everything that does not fit, in the order of the items. `contract_price`: the contract amount without tax (it, or what a
    change made of it, is what the table adds up to). Source: facts.md 2.3."""
    if not agreement.items:
        return (Finding(Problem.EMPTY),)
    if len(agreement.items) > MOST_ITEMS:
        return (Finding(Problem.TOO_MANY, "", str(MOST_ITEMS), str(len(agreement.items))),)
    by_code = {item.code: item for item in agreement.items}
    parents = {item.parent_code for item in agreement.items}
    found: list[Finding] = []
    seen: set[str] = set()
    for item in agreement.items:
        if item.code in seen or not item.code:
            found.append(Finding(Problem.DUPLICATE_CODE, item.code))
        seen.add(item.code)
        found += _tree(item, by_code, parents)
        found += _detail(agreement, item, settings) if item.level == 4 else _heading(item)
    if (agreement.method is Method.COMPREHENSIVE) != (agreement.ratio is not None and agreement.ratio > 0):
        found.append(Finding(Problem.RATIO, "", "", str(agreement.ratio)))
    whole = total(agreement, settings) if not found else contract_price
    if settings.check_total and whole != contract_price:
        found.append(Finding(Problem.TOTAL, "", str(contract_price), str(whole)))
    return tuple(found)


def check_ratio(
    agreement: Agreement, tender: Yen, estimate: Yen, settings: Settings = Settings()
) -> tuple[Finding, ...]:
    """Is the ratio of a 包括 agreement 落札金額 ÷ 工事価格? Source: facts.md 2.3 [B70]. Raises ValueInvalid."""
    wanted = contract_ratio(tender, estimate, settings)
    if agreement.method is Method.INDIVIDUAL or agreement.ratio == wanted:
        return ()
    return (Finding(Problem.RATIO, "", str(wanted), str(agreement.ratio)),)


class Difference(StrEnum):
    """What a change of the contract makes of an agreed line."""

    ADDED = "added"  # its price must be agreed (単価協議)
    REMOVED = "removed"
    PRICE = "price"  # an agreed price is another now: both must mean it
    QUANTITY = "quantity"


def differences(old: Agreement, new: Agreement, settings: Settings = Settings()) -> tuple[tuple[Difference, str], ...]:
    """(what, code of the 細別) from the agreement before to the one after a change, in the order of the new table, the removed last.

    Agreed prices go on holding for lines that stay; only what is added is talked about. Source: facts.md 2.3 [B68] (aim), [D].
    """
    before = {i.code: i for i in old.items if i.level == 4}
    after = {i.code: i for i in new.items if i.level == 4}
    found: list[tuple[Difference, str]] = []
    for code, item in after.items():
        known = before.get(code)
        if known is None:
            found.append((Difference.ADDED, code))
            continue
        if unit_price(old, known, settings) != unit_price(new, item, settings):
            found.append((Difference.PRICE, code))
        if known.quantity != item.quantity:
            found.append((Difference.QUANTITY, code))
    return (*found, *((Difference.REMOVED, code) for code in before if code not in after))


def _tree(item: Item, by_code: dict[str, Item], parents: set[str]) -> list[Finding]:
    found = []
    if not 1 <= item.level <= 4:
        found.append(Finding(Problem.LEVEL, item.code, "1-4", str(item.level)))
    parent = by_code.get(item.parent_code)
    if item.level == 1 and item.parent_code:
        found.append(Finding(Problem.PARENT_LEVEL, item.code, "", item.parent_code))
    elif item.level > 1 and parent is None:
        found.append(Finding(Problem.NO_PARENT, item.code, item.parent_code))
    elif item.level > 1 and parent is not None and parent.level != item.level - 1:
        found.append(Finding(Problem.PARENT_LEVEL, item.code, str(item.level - 1), str(parent.level)))
    if item.level < 4 and item.code not in parents:
        found.append(Finding(Problem.NO_CHILDREN, item.code))
    if not item.name.strip():
        found.append(Finding(Problem.NO_NAME, item.code))
    return found


def _heading(item: Item) -> list[Finding]:
    """Levels 1 to 3 carry no price of their own."""
    priced = any(value is not None for value in (item.quantity, item.price, item.estimate))
    return [Finding(Problem.PRICE_GIVEN, item.code)] if priced else []


def _detail(agreement: Agreement, item: Item, settings: Settings) -> list[Finding]:
    individual = agreement.method is Method.INDIVIDUAL
    found = []
    if not item.unit.strip():
        found.append(Finding(Problem.NO_UNIT, item.code))
    if not _sound(item.quantity) or item.quantity == 0:
        found.append(Finding(Problem.QUANTITY, item.code, "", str(item.quantity)))
    if individual and not _sound(item.price, below_zero=True):
        found.append(Finding(Problem.PRICE_MISSING, item.code, "", str(item.price)))
    if not individual and not _sound(item.estimate, below_zero=True):
        found.append(Finding(Problem.ESTIMATE_MISSING, item.code, "", str(item.estimate)))
    if not individual and item.price is not None:
        found.append(Finding(Problem.PRICE_GIVEN, item.code, "", str(item.price)))
    if not found and item.amount is not None:
        amount = line_amount(agreement, item, settings)
        if amount is not None and amount != item.amount:
            found.append(Finding(Problem.AMOUNT, item.code, str(amount), str(item.amount)))
    return found


def _sound(value: Decimal | None, *, below_zero: bool = False) -> bool:
    """A number that can be computed with. A price may be below 0 (値引, スクラップ), a quantity may not."""
    if value is None or not value.is_finite() or abs(value.adjusted()) > _LONGEST_NUMBER:
        return False
    return len(value.as_tuple().digits) <= _LONGEST_NUMBER and (below_zero or value >= 0)


def _rounded(value: Fraction, rounding: Rounding) -> int:
    """To a whole number, away from or towards 0; exact whatever the size."""
    whole, rest = divmod(abs(value.numerator), value.denominator)
    half = rest * 2 >= value.denominator
    up = (rounding is Rounding.UP and rest > 0) or (rounding is Rounding.HALF_UP and half)
    size = whole + up
    return size if value >= 0 else -size
