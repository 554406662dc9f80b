"""The contract form by Typst: data → PDF/A-2b (ISO 19005-2) with embedded fonts. Source of the items: 建設業法19条."""

from __future__ import annotations

import json
import os
import re
import tempfile
import unicodedata
from collections import OrderedDict
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import typst

from econtract_core.rules.dates import JST, era_date
from econtract_core.rules.errors import EcontractError, FileNotWritable, FormInvalid, InternalError
from econtract_core.rules.money import format_yen

_TEXTS = (
    "title", "place", "guarantee", "advance_payment", "interim_advance_payment", "partial_payments", "surplus_soil",
    "mediation", "no_work_days", "case_number",
)  # fmt: skip
_NO_GLYPH = re.compile(r"the text `\"(.+?)\"` could not be displayed")
_MOST_MARKS = 16
_BODY = ("name", "officer_title", "officer_name", "address")
_CONTRACTOR = ("name", "representative_title", "representative_name", "address")


class TypstForms:
    """`ports.forms.Forms`. Thread-safe."""

    def __init__(self) -> None:
        self._marks: OrderedDict[tuple[str, str, str], bytes] = OrderedDict()

    def contract(self, data: dict[str, object], output: Path) -> None:
        today = datetime.now(
            JST
        ).date()  # PDF/A wants a date; the day alone, so that a day's results are the same bytes
        words = {**contract_words(data), "made": [today.year, today.month, today.day]}
        _place(_compiled("contract.typ", words, ["a-2b"]), output)

    def mark(self, name: str, organization: str, title: str) -> bytes:
        key = (name, organization, title)
        known = self._marks.get(key)
        if known is None:
            words = {"name": name, "organization": organization, "title": title}
            known = self._marks[key] = _compiled("mark.typ", words, [])
            while len(self._marks) > _MOST_MARKS:
                self._marks.popitem(last=False)
        return known


def _compiled(template: str, words: dict[str, Any], standards: Any) -> bytes:
    forms = Path(str(resources.files("resources") / "forms"))
    fonts = Path(str(resources.files("resources") / "fonts"))
    try:
        return bytes(
            typst.compile(
                str(forms / template),
                root=str(forms),
                font_paths=[str(fonts)],
                ignore_system_fonts=True,
                sys_inputs={"data": json.dumps(words, ensure_ascii=False)},
                pdf_standards=standards,
            )
        )
    except RuntimeError as problem:  # the named guard for Typst: it tells everything as one RuntimeError
        raise _told(str(problem), template, words) from None


def _told(said: str, template: str, words: dict[str, Any]) -> EcontractError:
    """A character that no font of ours has is the data's; everything else is a defect of the template."""
    lacking = _NO_GLYPH.search(said)
    if lacking is None:
        return InternalError(said, where=template)
    texts = [(name, value) for name, value in words.items() if not isinstance(value, dict)]
    for group, inside in words.items():
        if isinstance(inside, dict):
            texts += [(f"{group}.{name}", value) for name, value in inside.items()]
    fields = [name for name, value in texts if any(character in str(value) for character in lacking[1])]
    return FormInvalid(said, fields=fields, problem=lacking[1])


def contract_words(data: dict[str, object]) -> dict[str, Any]:
    """The form's data as words. Raises FormInvalid naming every field that is missing or wrong."""
    wrong = [name for name in _TEXTS if not _is_text(data.get(name))]
    body, contractor = data.get("body"), data.get("contractor")
    for group, names, found in (("body", _BODY, body), ("contractor", _CONTRACTOR, contractor)):
        inside = found if isinstance(found, dict) else {}
        wrong += [f"{group}.{name}" for name in names if not _is_text(inside.get(name))]
    terms = data.get("special_terms", [])
    if not isinstance(terms, list) or not all(_is_text(term) for term in terms):
        wrong.append("special_terms")
    amount, tax = data.get("amount"), data.get("tax")
    if not (type(amount) is int and type(tax) is int and 0 <= tax < amount):
        wrong += ["amount", "tax"]
    begins = None if data.get("term_from") is None else _day(data.get("term_from"))
    ends = _day(data.get("term_to"))
    if data.get("term_from") is not None and begins is None:
        wrong.append("term_from")
    if ends is None or (begins is not None and begins > ends):
        wrong.append("term_to")
    if wrong:
        raise FormInvalid(fields=wrong, problem="、".join(wrong))
    assert isinstance(amount, int)
    assert isinstance(tax, int)
    assert ends is not None
    return {
        **{name: data[name] for name in _TEXTS},
        "version_note": str(data.get("version_note", "")),
        "amount": format_yen(amount),
        "tax": format_yen(tax),
        "term_from": era_date(begins) if begins else "契約締結の日の翌日",
        "term_to": era_date(ends),
        "special_terms": terms,
        "body": body,
        "contractor": contractor,
    }


def _is_text(value: object) -> bool:
    """One line that shows all it says: no control or direction characters, nothing private or unassigned."""
    return isinstance(value, str) and bool(value.strip()) and not any(unicodedata.category(c)[0] == "C" for c in value)


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _place(pdf: bytes, output: Path) -> None:
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        handle, fresh = tempfile.mkstemp(dir=output.parent, prefix=".form-")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(pdf)
                out.flush()
                os.fsync(out.fileno())
            Path(fresh).replace(output)
        except BaseException:
            Path(fresh).unlink(missing_ok=True)
            raise
    except OSError as problem:
        raise FileNotWritable(path=str(output), problem=problem.strerror or type(problem).__name__) from None
