"""Form fields: whether they show their values, and what can be changed in them later (ISO 32000-2 12.7)."""

from __future__ import annotations

import unicodedata
from typing import Any

from pyhanko.pdf_utils import generic

from econtract_core.evidence.pdf.inspect.pages import Widget
from econtract_core.evidence.pdf.inspect.report import Report
from econtract_core.evidence.pdf.reading import dictionary_of, look

_HIGHEST = 16  # parents of a field
_PASSWORD, _READ_ONLY = 1 << 13, 1
_LONGEST = 100_000


def check_fields(widgets: list[Widget], report: Report) -> None:
    """`widgets`: all that are shown, as `Pages` found them."""
    open_fields = 0
    for widget in widgets:
        kind = _inherited(widget.dictionary, "/FT")
        flags = _inherited(widget.dictionary, "/Ff")
        number = int(flags) if isinstance(flags, int) else 0
        if kind in ("/Tx", "/Ch", "/Btn"):
            open_fields += not number & _READ_ONLY
        if kind == "/Tx" and not number & _PASSWORD:
            _compare(widget, report)
        appearances = dictionary_of(widget.dictionary, "/AP")
        if kind in ("/Tx", "/Ch") and appearances is not None and {"/D", "/R"} & set(appearances):
            report.find("several-appearances", widget.where)
    if open_fields:
        report.find("open-form", "document", count=str(open_fields))


def _compare(widget: Widget, report: Report) -> None:
    """Value against what is shown, and against the value a reset would bring."""
    value, default = _text(_inherited(widget.dictionary, "/V")), _text(_inherited(widget.dictionary, "/DV"))
    name = str(look(widget.dictionary, "/T", ""))[:60]
    if value and default and value != default:
        report.find("field-default-differs", widget.where, name=name)
    says = _plain(widget.says) if widget.says is not None else ""
    if value and says and not (value in says or says in value):
        report.find("field-value-differs", widget.where, name=name)


def _inherited(field: Any, key: str) -> Any:
    for _ in range(_HIGHEST):
        value = look(field, key)
        if value is not None:
            return value
        field = dictionary_of(field, "/Parent")
        if field is None:
            return None
    return None


def _text(value: Any) -> str:
    return _plain(str(value)[:_LONGEST]) if isinstance(value, generic.TextStringObject) else ""


def _plain(text: str) -> str:
    """Letters and digits only, in one width: spacing, line ends and marks between digits may be the viewer's."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isalnum()).casefold()
