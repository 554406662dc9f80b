"""工事請負契約書: what 建設業法19条 wants is in it, wrong data is named, and a file appears only when whole."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2
import pytest

from econtract_core.evidence.pdf.inspect import inspect_pdf
from econtract_core.rules.errors import FileNotWritable, FormInvalid
from econtract_desktop.forms.typst_forms import TypstForms
from econtract_desktop.ports.forms import Forms
from tests.fakes.forms import FakeForms

FORMS = [pytest.param(TypstForms, id="typst"), pytest.param(FakeForms, id="fake")]
# 建設業法19条1項, item by item
ITEMS = {
    1: "工事の内容", 2: "請負代金の額", 3: "着工及び完成の時期", 4: "工事を施工しない日", 5: "出来形部分", 6: "設計の変更",
    7: "不可抗力", 8: "物価等の変動", 9: "第三者", 10: "資材の提供", 11: "検査及び引渡し", 12: "支払の時期",
    13: "契約不適合", 14: "遅延利息", 15: "紛争の解決", 16: "省令で定める",
}  # fmt: skip


def contract_data(**changes: object) -> dict[str, object]:
    texts = ("guarantee", "advance_payment", "interim_advance_payment", "partial_payments", "surplus_soil", "mediation")
    return {
        **{name: f"{name}の定め" for name in texts},
        "case_number": "2026-83-0153",
        "title": "令和8年度 国道20号〇〇橋補修工事",
        "place": "東京都八王子市地内",
        "term_from": None,
        "term_to": "2027-03-26",
        "amount": 148_500_000,
        "tax": 13_500_000,
        "special_terms": ["週休2日を確保する。"],
        "no_work_days": "土曜日及び日曜日",
        "body": {
            "name": "関東地方整備局",
            "officer_title": "分任支出負担行為担当官",
            "officer_name": "佐藤 花子",
            "address": "埼玉県さいたま市",
        },
        "contractor": {
            "name": "あおば橋建設株式会社",
            "representative_title": "代表取締役",
            "representative_name": "山田 太郎",
            "address": "東京都八王子市",
        },
        **changes,
    }


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("forms") / "contract.pdf"
    TypstForms().contract(contract_data(), output)
    return output


@pytest.fixture(scope="module")
def pages(laid_out: Path) -> list[str]:
    """The text of each page without spaces and line ends."""
    with pypdfium2.PdfDocument(laid_out) as pdf:
        return [re.sub(r"\s", "", pdf[number].get_textpage().get_text_bounded()) for number in range(len(pdf))]


def test_it_has_a_cover_and_clauses_with_page_numbers(pages: list[str]) -> None:
    assert len(pages) >= 4
    assert all(f"{number}/{len(pages)}" in text for number, text in enumerate(pages, 1))


@pytest.mark.parametrize("item", ITEMS)
def test_every_item_of_the_law_is_there(pages: list[str], item: int) -> None:
    assert ITEMS[item] in "".join(pages)


@pytest.mark.parametrize(
    "word", ["電子署名", "タイムスタンプ", "14日以内", "40日以内", "特約事項", "週休2日を確保する"]
)
def test_electronic_conclusion_periods_and_special_terms_are_there(pages: list[str], word: str) -> None:
    assert word in "".join(pages)


@pytest.mark.parametrize(
    "word",
    [
        "148,500,000",
        "13,500,000",
        "令和9年3月26日",
        "契約締結の日の翌日",
        "佐藤花子",
        "山田太郎",
        "あおば橋建設株式会社",
    ],
)
def test_the_cover_prints_the_data(pages: list[str], word: str) -> None:
    assert word in pages[0] + pages[1]


def test_it_is_pdf_a_2b_and_hides_nothing(laid_out: Path) -> None:
    content = laid_out.read_bytes()
    assert b"<pdfaid:part>2</pdfaid:part>" in content
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in content
    assert inspect_pdf(laid_out).findings == ()


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"title": ""}, "title"),
        ({"place": None}, "place"),
        ({"amount": "148500000"}, "amount"),
        ({"amount": True}, "amount"),
        ({"tax": 148_500_000}, "tax"),
        ({"term_to": None}, "term_to"),
        ({"term_from": "2027-02-30"}, "term_from"),
        ({"term_from": "2027-03-27"}, "term_to"),
        ({"special_terms": "なし"}, "special_terms"),
        ({"body": None}, "body.officer_name"),
        ({"contractor": {"name": "あおば橋建設株式会社"}}, "contractor.address"),
        ({"title": "橋\u0007"}, "title"),
        ({"place": "東京\u202e都"}, "place"),
        ({"place": "\ue000町"}, "place"),
    ],
)
def test_wrong_data_is_named_and_leaves_no_file(
    kind: type[Forms], changes: dict[str, object], named: str, tmp_path: Path
) -> None:
    with pytest.raises(FormInvalid) as told:
        kind().contract(contract_data(**changes), tmp_path / "contract.pdf")
    fields = told.value.facts["fields"]
    assert isinstance(fields, list)
    assert named in fields
    assert list(tmp_path.iterdir()) == []


def test_a_character_that_no_font_has_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormInvalid) as told:
        TypstForms().contract(contract_data(place="橋😀町"), tmp_path / "contract.pdf")
    assert told.value.facts == {"fields": ["place"], "problem": "😀"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", FORMS)
def test_a_place_that_takes_no_file_is_told(kind: type[Forms], tmp_path: Path) -> None:
    (tmp_path / "contract.pdf").mkdir()
    with pytest.raises(FileNotWritable):
        kind().contract(contract_data(), tmp_path / "contract.pdf")
    assert [entry.name for entry in tmp_path.iterdir()] == ["contract.pdf"]


def test_markup_in_the_data_stays_text(tmp_path: Path) -> None:
    TypstForms().contract(contract_data(title="#pagebreak() *橋* $x$ \\ <a>"), tmp_path / "contract.pdf")
    with pypdfium2.PdfDocument(tmp_path / "contract.pdf") as pdf:
        text = re.sub(r"\s", "", pdf[0].get_textpage().get_text_bounded())
    assert "#pagebreak()*橋*$x$\\<a>" in text
