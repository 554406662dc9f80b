"""One file that says what signed documents are worth and why, and lets anybody check it again without the network."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from econtract_core import __version__
from econtract_core.evidence.verdict import DocumentVerdict
from econtract_core.identity.characters import visible
from econtract_core.rules.errors import UnsupportedDocument
from econtract_desktop.ports.evidence import CaseFacts, Collected, Deed, EvidenceReport, ProvenDocument
from econtract_desktop.ports.progress import Progress
from econtract_desktop.ports.signer import Verifier
from econtract_desktop.services.evidence_check import SKEW, Checked, Difference, EvidenceCheck, differences
from econtract_desktop.services.evidence_file import (
    LARGEST,
    Entry,
    EvidenceFile,
    Rests,
    data_of,
    page_without_data,
    read_evidence,
)
from econtract_desktop.services.plain_files import place_copy, readable, sha256_of

if TYPE_CHECKING:
    from econtract_core.messages.cases import CaseData
    from econtract_desktop.services.cases import Cases
    from econtract_desktop.services.files_of_contract import FilesOfContract


@dataclass(frozen=True)
class _Named:
    """A file here, with the name its reader has it under."""

    title: str
    name: str
    path: Path


class MakeEvidence:
    def __init__(
        self,
        verifier: Verifier,
        page: Callable[[EvidenceReport], str],
        now: Callable[[], datetime],
        of_cases: Callable[[], tuple[Cases, FilesOfContract]],
        language: str = "ja",
    ) -> None:
        """`page`: the report as HTML, in the report's language. `of_cases` is called for a case only. `language`: of new pages."""
        self._verifier = verifier
        self._page = page
        self._now = now
        self._of_cases = of_cases
        self._language = language

    def of_files(self, files: tuple[Path, ...], out: Path, progress: Progress) -> EvidenceReport:
        """For these signed files. Raises FileNotReadable, OutputExists, FileNotWritable, DiskFull."""
        named = tuple(_Named(file.name, file.name, readable(file)) for file in files)
        return self._write(named, None, out, progress)

    def of_case(self, name: str, out: Path, progress: Progress) -> EvidenceReport:
        """For every signed document of a case. Raises what fetching them raises too."""
        cases, files = self._of_cases()
        case = cases.find(name)
        named: list[_Named] = []
        for contract in case.contracts:
            paths = files.fetch_all(contract, progress)
            signed = [d for d in contract.documents if d.needs_signature]
            named += [_Named(d.title, files.name_of(d), paths[d.document_id]) for d in signed]
        return self._write(tuple(named), _facts(case), out, progress)

    def _write(
        self, named: tuple[_Named, ...], case: CaseFacts | None, out: Path, progress: Progress
    ) -> EvidenceReport:
        documents = []
        hashes = []
        for i, one in enumerate(named):
            progress.step("verify", i, len(named), visible(one.title))
            proof = self._verifier.collect(one.path)
            documents.append(ProvenDocument(one.title, one.name, one.path.stat().st_size, proof))
            hashes.append(proof.verdict.sha256)
        report = EvidenceReport(self._language, self._now(), tuple(documents), case, "")
        whole = replace(report, data=data_of(report, tuple(hashes)))
        _place(self._page(whole), out)
        return whole

    def check(
        self, report: Path, files: tuple[Path, ...], progress: Progress, at: datetime | None = None
    ) -> EvidenceCheck:
        """Whether an evidence file says what verifying the files at hand again gives. `at`: the moment of checking, now where None;
        never the file's. No network. Raises FileNotReadable; UnsupportedDocument where it is no evidence file."""
        evidence = read_evidence(report)
        now = at or self._now()
        given: dict[str, list[Path]] = {}
        for file in files:
            given.setdefault(sha256_of(readable(file)), []).append(file)
        known: dict[tuple[str, datetime, Rests], DocumentVerdict] = {}
        documents, proven = [], []
        for i, entry in enumerate(evidence.entries):
            progress.step("verify", i, len(evidence.entries), visible(entry.name))
            found = next(iter(given.get(entry.sha256, ())), None)
            verdicts = [self._again(entry, found, moment, known) for moment in (entry.at, now)]
            documents.append(Checked(entry.name, entry.sha256, verdicts[0], verdicts[1]))
            size = found.stat().st_size if found is not None else 0
            collected = Collected(verdicts[0], entry.at, *entry.rests) if verdicts[0] is not None else None
            proven.append(ProvenDocument(entry.title, entry.name, size, collected))
        spoken = {entry.sha256 for entry in evidence.entries}
        return EvidenceCheck(
            tuple(documents),
            self._differences(evidence, tuple(proven)),
            _own(evidence),
            tuple(str(path) for sha256, paths in given.items() if sha256 not in spoken for path in paths),
            max((evidence.made_at, *(entry.at for entry in evidence.entries))) - now > SKEW,
            evidence.program if evidence.program != __version__ else "",
        )

    def _again(
        self, entry: Entry, file: Path | None, at: datetime, known: dict[tuple[str, datetime, Rests], DocumentVerdict]
    ) -> DocumentVerdict | None:
        if file is None:
            return None
        key = (entry.sha256, at, entry.rests)
        if key not in known:
            known[key] = self._verifier.again(file, at, entry.rests)
        return known[key]

    def _differences(self, evidence: EvidenceFile, proven: tuple[ProvenDocument, ...]) -> tuple[Difference, ...]:
        report = EvidenceReport(evidence.language, evidence.made_at, proven, evidence.case, "")
        missing = frozenset(number for number, d in enumerate(proven, 1) if d.proof is None)
        if not missing:  # then even the data is compared, to the letter
            whole = replace(
                report, data=data_of(report, tuple(entry.sha256 for entry in evidence.entries), evidence.program)
            )
            return differences(evidence.text, self._page(whole), missing)
        return differences(page_without_data(evidence.text), page_without_data(self._page(report)), missing)


def _own(evidence: EvidenceFile) -> tuple[tuple[str, str], ...]:
    """What only the maker says, by the keys of their words in evidence.json."""
    own = [("made_at", evidence.made_at.isoformat())]
    case = evidence.case
    if case is not None:
        own += [("case_number", case.number), ("case_title", case.title), ("body", case.body)]
        own += [("contractors", name) for name in case.contractors]
        own += [("history", f"{deed.at.isoformat()} {deed.what} {deed.who}") for deed in case.history]
    for entry in evidence.entries:
        own += [("named", entry.title), ("file", entry.name), ("asked", entry.at.isoformat())]
    return tuple(own)


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
    data = page.encode("utf-8")
    if len(data) > LARGEST:
        raise UnsupportedDocument(file=str(out), problem="too much for one evidence file: make several")
    with tempfile.TemporaryDirectory(prefix="econtract-") as folder:
        made = Path(folder) / "evidence.html"
        made.write_bytes(data)
        place_copy(made, out)
