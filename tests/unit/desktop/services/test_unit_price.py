"""The table of agreed unit prices, from a file."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.rules.errors import FileNotReadable, ValueInvalid
from econtract_core.rules.unit_price import Difference, Problem
from econtract_desktop.bootstrap import console
from econtract_desktop.services.unit_price import check_prices, compare_prices, read_agreement

LINES = [
    {"code": "1", "level": 1, "name": "橋梁上部"},
    {"code": "1-1", "parent_code": "1", "level": 2, "name": "床版工"},
    {"code": "1-1-1", "parent_code": "1-1", "level": 3, "name": "コンクリート"},
    {
        "code": "a",
        "parent_code": "1-1-1",
        "level": 4,
        "name": "打設",
        "unit": "m3",
        "quantity": "12.5",
        "price": 20_000,
        "amount": 250_000,
    },
]


def table(folder: Path, name: str = "t.json", **changes: Any) -> Path:
    file = folder / name
    data = {"method": "individual", "overheads": 50_000, "items": LINES} | changes
    file.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return file


def test_a_table_that_fits(tmp_path: Path) -> None:
    found = check_prices(table(tmp_path), 300_000)
    assert (found.total, found.findings) == (300_000, ())
    assert found.sums == {"1": 250_000, "1-1": 250_000, "1-1-1": 250_000, "a": 250_000}


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    assert [f.problem for f in check_prices(table(tmp_path), 300_001).findings] == [Problem.TOTAL]
    wrong = [*LINES[:3], LINES[3] | {"amount": 250_001}]
    assert [f.problem for f in check_prices(table(tmp_path, items=wrong), 300_000).findings] == [Problem.AMOUNT]
    estimated = [*LINES[:3], {k: v for k, v in LINES[3].items() if k not in ("price", "amount")} | {"estimate": 20_000}]
    file = table(tmp_path, items=estimated, method="comprehensive", ratio="0.9")
    assert check_prices(file, 275_000, (900_000, 1_000_000)).findings == ()
    assert [f.problem for f in check_prices(file, 275_000, (950_000, 1_000_000)).findings] == [Problem.RATIO]


def test_what_a_change_makes_of_it(tmp_path: Path) -> None:
    more = [*LINES[:3], LINES[3] | {"quantity": 13, "amount": None}, LINES[3] | {"code": "b", "amount": None}]
    found = compare_prices(table(tmp_path), table(tmp_path, "new.json", items=more))
    assert found == ((Difference.QUANTITY, "a"), (Difference.ADDED, "b"))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"method": "other"}, "method"),
        ({"items": {}}, "items"),
        ({"items": ["x"]}, "items.0"),
        ({"items": [{"surprise": 1}]}, "items.0"),
        ({"items": [{"quantity": 12.5}]}, "items.0.quantity"),
        ({"items": [{"quantity": "NaN"}]}, "items.0.quantity"),
        ({"items": [{"level": True}]}, "items.0.level"),
        ({"items": [{"name": 1}]}, "items.0.name"),
        ({"ratio": "x"}, "ratio"),
        ({"overheads": 10**16}, "overheads"),
    ],
)
def test_data_that_is_none_names_its_place(tmp_path: Path, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValueInvalid) as caught:
        read_agreement(table(tmp_path, **changes))
    assert caught.value.facts["field"] == field


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)
)


@given(st.dictionaries(st.sampled_from(["method", "items", "ratio", "overheads"]), JSON))
def test_no_data_does_harm(tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any]) -> None:
    file = tmp_path_factory.mktemp("t") / "t.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    with contextlib.suppress(ValueInvalid, FileNotReadable):
        check_prices(file, 1)


def test_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile = ["--profile", str(tmp_path / "p")]
    assert console(["unit-price", "check", str(table(tmp_path)), "--price", "300000", "--json", *profile]) == 0
    assert json.loads(capsys.readouterr().out)["total"] == 300_000
    assert console(["unit-price", "check", str(table(tmp_path)), "--price", "1", *profile]) == 1
    assert "請負代金額" in capsys.readouterr().out
    assert console(["unit-price", "compare", str(table(tmp_path)), *profile]) == 2
