"""What an evidence file carries besides its page, as JSON: what checking again needs, and the maker's own statements. Nothing
in it is a verdict: verdicts are made anew.
"""

from __future__ import annotations

import base64
import html
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from econtract_core import __version__
from econtract_core.rules.errors import FileNotReadable, UnsupportedDocument
from econtract_desktop.ports.evidence import CaseFacts, Deed, EvidenceReport

FORMAT = 2
LARGEST = 64_000_000  # bytes of a whole evidence file
_MOST_DOCUMENTS = 500
_DATA = re.compile(r'<template id="evidence-data">([^<]*)</template>')

Rests = tuple[tuple[bytes, ...], tuple[bytes, ...], tuple[bytes, ...]]


@dataclass(frozen=True)
class Entry:
    """One document. `at`: as of when it was verified, by the maker's word. `rests`: certificates, CRLs, OCSP responses (DER)."""

    title: str
    name: str
    sha256: str
    at: datetime
    rests: Rests = field(repr=False)


@dataclass(frozen=True)
class EvidenceFile:
    """`text`: the whole file. `made_at`, `program` (its version) and `case` are the maker's own statements."""

    text: str = field(repr=False)
    language: str
    made_at: datetime
    case: CaseFacts | None
    entries: tuple[Entry, ...]
    program: str = ""


def data_of(report: EvidenceReport, sha256s: tuple[str, ...], program: str = __version__) -> str:
    """The data of a report made by this version of the program. An answer that several documents rest on is kept once."""
    blobs: dict[bytes, int] = {}

    def numbers(items: tuple[bytes, ...]) -> list[int]:
        return [blobs.setdefault(item, len(blobs)) for item in items]

    documents = []
    for document, sha256 in zip(report.documents, sha256s, strict=True):
        proof = document.proof
        assert proof is not None
        documents.append(
            {
                "title": document.title,
                "name": document.name,
                "sha256": sha256,
                "at": proof.at.isoformat(),
                "certificates": numbers(proof.certificates),
                "crls": numbers(proof.crls),
                "ocsps": numbers(proof.ocsps),
            }
        )
    case = report.case
    data = {
        "format": FORMAT,
        "program": program,
        "language": report.language,
        "made_at": report.made_at.isoformat(),
        "case": _plain_case(case) if case is not None else None,
        "documents": documents,
        "blobs": [base64.b64encode(blob).decode() for blob in blobs],
    }
    return json.dumps(data, indent=1)  # ASCII: a file's name may be no text at all


def page_without_data(text: str) -> str:
    """What people see of an evidence file."""
    return _DATA.sub("", text)


def read_evidence(file: Path) -> EvidenceFile:
    """Raises FileNotReadable; UnsupportedDocument where it is no evidence file."""
    text = _text(file)
    found = _DATA.findall(text)
    try:
        if len(found) != 1:
            raise ValueError("data")
        data = json.loads(html.unescape(found[0]))
        if data["format"] != FORMAT or len(data["documents"]) > _MOST_DOCUMENTS:
            raise ValueError("format")
        blobs = [base64.b64decode(blob, validate=True) for blob in data["blobs"]]
        entries = tuple(_entry(entry, blobs) for entry in data["documents"])
        case = _case(data["case"]) if data["case"] is not None else None
        made = (_word(data["language"]), _moment(data["made_at"]), case, entries)
        return EvidenceFile(text, *made, _word(data.get("program", "")))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, RecursionError) as problem:
        raise UnsupportedDocument(file=str(file), problem=f"not an evidence file: {type(problem).__name__}") from None


def _entry(entry: dict[str, Any], blobs: list[bytes]) -> Entry:
    def parts(key: str) -> tuple[bytes, ...]:
        return tuple(blobs[number] for number in entry[key])

    rests = (parts("certificates"), parts("crls"), parts("ocsps"))
    words = [_word(entry[key]) for key in ("title", "name", "sha256")]
    return Entry(words[0], words[1], words[2], _moment(entry["at"]), rests)


def _plain_case(case: CaseFacts) -> dict[str, object]:
    return {
        "number": case.number,
        "title": case.title,
        "body": case.body,
        "contractors": list(case.contractors),
        "history": [[deed.at.isoformat(), deed.what, deed.who] for deed in case.history],
    }


def _case(data: dict[str, Any]) -> CaseFacts:
    return CaseFacts(
        _word(data["number"]),
        _word(data["title"]),
        _word(data["body"]),
        tuple(_word(name) for name in data["contractors"]),
        tuple(Deed(_moment(at), _word(what), _word(who)) for at, what, who in data["history"]),
    )


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("text")
    return value


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(_word(value))
    if moment.tzinfo is None or not 1971 <= moment.year <= 9000:  # so that it can be shown in any zone
        raise ValueError("time")
    return moment


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST:
            raise UnsupportedDocument(file=str(file), problem="too large for an evidence file")
        return file.read_text(encoding="utf-8")
    except OSError as problem:
        raise FileNotReadable(path=str(file), problem=problem.strerror or str(problem)) from None
    except ValueError:
        raise UnsupportedDocument(file=str(file), problem="not an evidence file") from None
