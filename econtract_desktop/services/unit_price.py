"""総価契約単価合意: the table of agreed unit prices, checked on this PC before anybody signs it. No network, no card."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any

from econtract_core.rules import unit_price as rules
from econtract_core.rules.errors import ValueInvalid
from econtract_core.rules.money import Yen
from econtract_core.rules.unit_price import Agreement, Difference, Finding, Item, Method
from econtract_desktop.services.plain_files import read_json

_ITEM = ("code", "parent_code", "level", "name", "unit", "quantity", "price", "estimate", "amount")


@dataclass(frozen=True)
class CheckedPrices:
    """`total`: yen without tax; `sums`: by item code, above the lines the sums of what is in them."""

    method: Method
    total: Yen
    sums: dict[str, Yen]
    findings: tuple[Finding, ...]


def read_agreement(file: Path) -> Agreement:
    """`{"method", "overheads", "ratio", "items": [{"code", "parent_code", "level", "name", "unit", "quantity", "price", "estimate",
    "amount"}]}`; numbers with decimals as texts. Raises FileNotReadable, ValueInvalid naming the place."""
    data = read_json(file)
    items = data.get("items")
    if not isinstance(items, list) or len(items) > rules.MOST_ITEMS:
        raise ValueInvalid(field="items", problem="not a list, or too long")
    method = data.get("method")
    if method not in [m.value for m in Method]:
        raise ValueInvalid(field="method", problem=str(method)[:40])
    ratio = _decimal(data.get("ratio"), "ratio")
    return Agreement(
        method=Method(str(method)),
        items=tuple(_item(item, place) for place, item in enumerate(items)),
        overheads=_yen(data.get("overheads", 0), "overheads") or 0,
        ratio=Fraction(ratio) if ratio is not None else None,
    )


def check_prices(file: Path, contract_price: Yen, tender_and_estimate: tuple[Yen, Yen] | None = None) -> CheckedPrices:
    """Everything that does not fit. `contract_price` without tax; `tender_and_estimate`: 落札金額 and 工事価格, which the ratio of a
    包括 agreement comes from. Raises as `read_agreement`."""
    agreement = read_agreement(file)
    found = rules.findings(agreement, contract_price)
    if tender_and_estimate is not None:
        found = (*found, *rules.check_ratio(agreement, *tender_and_estimate))
    return CheckedPrices(agreement.method, rules.total(agreement), rules.sums(agreement), found)


def compare_prices(old: Path, new: Path) -> tuple[tuple[Difference, str], ...]:
    """What a change of the contract makes of the agreed lines: (what, code). Raises as `read_agreement`."""
    return rules.differences(read_agreement(old), read_agreement(new))


def _item(data: Any, place: int) -> Item:
    where = f"items.{place}"
    if not isinstance(data, dict) or not set(data) <= set(_ITEM):
        raise ValueInvalid(field=where, problem="not an item")
    return Item(
        code=_text(data.get("code", ""), f"{where}.code"),
        parent_code=_text(data.get("parent_code", ""), f"{where}.parent_code"),
        level=_yen(data.get("level"), f"{where}.level") or 0,
        name=_text(data.get("name", ""), f"{where}.name"),
        unit=_text(data.get("unit", ""), f"{where}.unit"),
        quantity=_decimal(data.get("quantity"), f"{where}.quantity"),
        price=_decimal(data.get("price"), f"{where}.price"),
        estimate=_decimal(data.get("estimate"), f"{where}.estimate"),
        amount=_yen(data.get("amount"), f"{where}.amount"),
    )


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or len(value) > 300:
        raise ValueInvalid(field=where, problem="not a text, or too long")
    return value


def _yen(value: object, where: str) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 10**15:
        raise ValueInvalid(field=where, problem="not a whole number")
    return value


def _decimal(value: object, where: str) -> Decimal | None:
    """A whole number, or a text: JSON's own fractions are not exact."""
    if value is None:
        return None
    try:
        if isinstance(value, str) and len(value) <= 40:
            found = Decimal(value)
            if found.is_finite():
                return found
        elif isinstance(value, int) and not isinstance(value, bool):
            return Decimal(value)
    except InvalidOperation:
        pass
    raise ValueInvalid(field=where, problem='not a number ("12.5" as a text)')
