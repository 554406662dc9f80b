"""One file that says what signed documents are worth and why, and lets anybody check it again without the network."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from econtract_core.evidence.plain import plain_verdict
from econtract_core.rules.errors import FileNotReadable, UnsupportedDocument
from econtract_desktop.ports.evidence import CaseFacts, Deed, EvidenceReport, ProvenDocument
from econtract_desktop.ports.progress import Progress
from econtract_desktop.ports.signer import Verifier
from econtract_desktop.services.plain_files import place_copy, readable, sha256_of

if TYPE_CHECKING:
    from econtract_core.messages.cases import CaseData
    from econtract_desktop.services.cases import Cases
    from econtract_desktop.services.files_of_contract import FilesOfContract

FORMAT = 1
_LARGEST = 200_000_000
_DATA = re.compile(r'<template id="evidence-data">(.*?)</template>', re.DOTALL)


@dataclass(frozen=True)
class Checked:
    """One document of an evidence file against the file at hand. `found` False: no file with these bytes was given."""

    name: str
    sha256: str
    found: bool
    same_verdict: bool
    verdict: str  # now, by the evidence's own data


@dataclass(frozen=True)
class EvidenceCheck:
    """`page_untouched`: what people read is what was written. `unknown`: given files the evidence does not speak of."""

    page_untouched: bool
    documents: tuple[Checked, ...]
    unknown: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return self.page_untouched and not self.unknown and all(d.found and d.same_verdict for d in self.documents)


class MakeEvidence:
    def __init__(
        self,
        verifier: Verifier,
        page: Callable[[EvidenceReport], str],
        now: Callable[[], datetime],
        of_cases: Callable[[], tuple[Cases, FilesOfContract]],
    ) -> None:
        """`page`: the report as HTML. `of_cases` is called for a case only."""
        self._verifier = verifier
        self._page = page
        self._now = now
        self._of_cases = of_cases

    def of_files(self, files: tuple[Path, ...], out: Path, progress: Progress) -> EvidenceReport:
        """For these signed files. Raises FileNotReadable, OutputExists, FileNotWritable, DiskFull."""
        named = tuple((file.name, readable(file)) for file in files)
        return self._write(named, None, out, progress)

    def of_case(self, name: str, out: Path, progress: Progress) -> EvidenceReport:
        """For every signed document of a case. Raises what fetching them raises too."""
        cases, files = self._of_cases()
        case = cases.find(name)
        named: list[tuple[str, Path]] = []
        for contract in case.contracts:
            paths = files.fetch_all(contract, progress)
            named += [(d.title, paths[d.document_id]) for d in contract.documents if d.needs_signature]
        return self._write(tuple(named), _facts(case), out, progress)

    def _write(
        self, named: tuple[tuple[str, Path], ...], case: CaseFacts | None, out: Path, progress: Progress
    ) -> EvidenceReport:
        documents = []
        for i, (title, path) in enumerate(named):
            progress.step("verify", i, len(named), title)
            proof = self._verifier.collect(path)
            documents.append(ProvenDocument(title, path.name, path.stat().st_size, proof))
        made_at = self._now()
        report = EvidenceReport(made_at, tuple(documents), case, "")
        seal = _seal(self._page(report))
        whole = EvidenceReport(made_at, tuple(documents), case, _data(report, seal))
        _place(self._page(whole), out)
        return whole

    def check(self, report: Path, files: tuple[Path, ...], progress: Progress) -> EvidenceCheck:
        """Whether an evidence file still is what was written, and true for the files at hand. No network. Raises
        FileNotReadable; UnsupportedDocument where it is no evidence file."""
        text = _text(report)
        data = _read(text, str(report))
        given = {sha256_of(readable(file)): file for file in files}
        documents = []
        for i, entry in enumerate(data["documents"]):
            progress.step("verify", i, len(data["documents"]), str(entry["name"]))
            documents.append(self._check(entry, given.pop(entry["verdict"]["sha256"], None), data["made_at"]))
        untouched = _seal(_DATA.sub('<template id="evidence-data"></template>', text)) == data["page_sha256"]
        return EvidenceCheck(untouched, tuple(documents), tuple(str(path) for path in given.values()))

    def _check(self, entry: dict[str, Any], file: Path | None, at: str) -> Checked:
        sha256 = str(entry["verdict"]["sha256"])
        if file is None:
            return Checked(str(entry["name"]), sha256, False, False, "")
        parts = [tuple(base64.b64decode(item) for item in entry[key]) for key in ("certificates", "crls", "ocsps")]
        verdict = self._verifier.again(
            file, datetime.fromisoformat(str(entry.get("at", at))), (parts[0], parts[1], parts[2])
        )
        return Checked(
            str(entry["name"]), sha256, True, plain_verdict(verdict) == entry["verdict"], verdict.verdict.value
        )


def _data(report: EvidenceReport, seal: str) -> str:
    """`seal`: of the page without its data."""
    return json.dumps(
        {
            "format": FORMAT,
            "made_at": report.made_at.isoformat(),
            "page_sha256": seal,
            "documents": [_entry(d) for d in report.documents],
        },
        ensure_ascii=False,
        indent=1,
    )


def _entry(document: ProvenDocument) -> dict[str, object]:
    proof = document.proof

    def coded(items: tuple[bytes, ...]) -> list[str]:
        return [base64.b64encode(item).decode() for item in items]

    return {
        "title": document.title,
        "name": document.name,
        "size": document.size,
        "at": proof.at.isoformat(),
        "verdict": plain_verdict(proof.verdict),
        "certificates": coded(proof.certificates),
        "crls": coded(proof.crls),
        "ocsps": coded(proof.ocsps),
    }


def _seal(page: str) -> str:
    return hashlib.sha256(page.encode()).hexdigest()


def _text(report: Path) -> str:
    try:
        if report.stat().st_size > _LARGEST:
            raise UnsupportedDocument(file=str(report), problem="too large for an evidence file")
        return report.read_text(encoding="utf-8")
    except OSError as problem:
        raise FileNotReadable(path=str(report), problem=problem.strerror or str(problem)) from None
    except ValueError:
        raise UnsupportedDocument(file=str(report), problem="not an evidence file") from None


def _read(text: str, file: str) -> dict[str, Any]:
    """The embedded data, of the shape that `_data` writes."""
    found = _DATA.search(text)
    try:
        data = json.loads(html.unescape(found[1])) if found else None
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise ValueError("format")
        datetime.fromisoformat(data["made_at"])
        for entry in data["documents"]:
            datetime.fromisoformat(entry["at"])
            texts = [entry["name"], entry["verdict"]["sha256"], data["page_sha256"]]
            lists = [entry[key] for key in ("certificates", "crls", "ocsps")]
            if not all(isinstance(t, str) for t in texts) or not all(isinstance(items, list) for items in lists):
                raise ValueError("documents")
            for item in (item for items in lists for item in items):
                base64.b64decode(item, validate=True)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise UnsupportedDocument(file=file, problem=f"not an evidence file: {type(problem).__name__}") from None
    return data


def _facts(case: CaseData) -> CaseFacts:
    deeds = [(d.at, d.action.value, f"{d.organization} {d.user}") for c in case.contracts for d in c.history]
    return CaseFacts(
        case.number,
        case.title,
        case.body.organization,
        tuple(party.organization for party in case.contractors),
        tuple(Deed(*deed) for deed in sorted(deeds)),
    )


def _place(page: str, out: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="econtract-") as folder:
        made = Path(folder) / "evidence.html"
        made.write_text(page, encoding="utf-8", newline="\n")
        place_copy(made, out)
