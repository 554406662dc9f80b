"""Verdicts on files that are not read further."""

from __future__ import annotations

import hashlib
from pathlib import Path

from econtract_core.evidence.verdict import DocumentVerdict, Finding, Severity, SubIndication, Verdict
from econtract_core.rules.errors import FileNotReadable


def sha256_of(path: Path) -> str:
    """Raises FileNotReadable."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as problem:
        raise FileNotReadable(path=str(path), problem=problem.strerror or str(problem)) from None


def broken(path: Path, kind: str, problem: str) -> DocumentVerdict:
    """A file of a known kind that cannot be read as such."""
    finding = Finding("broken", Severity.REFUSE, (("problem", problem),))
    verdict, sub = Verdict.TOTAL_FAILED, SubIndication.FORMAT_FAILURE
    return DocumentVerdict(str(path), kind, verdict, sub, None, sha256_of(path), (), (), (finding,))


def undecided(path: Path, kind: str, code: str, facts: tuple[tuple[str, str], ...] = ()) -> DocumentVerdict:
    """A signed file whose content is not at hand, or is more than is read."""
    finding = Finding(code, Severity.REFUSE, facts)
    verdict, sub = Verdict.INDETERMINATE, SubIndication.SIGNED_DATA_NOT_FOUND
    return DocumentVerdict(str(path), kind, verdict, sub, None, sha256_of(path), (), (), (finding,))


def unsigned(path: Path, kind: str) -> DocumentVerdict:
    """A file that holds no signature anybody here could find."""
    finding = Finding("no-signature", Severity.NOTE)
    return DocumentVerdict(str(path), kind, Verdict.NO_SIGNATURE, None, None, sha256_of(path), (), (), (finding,))
