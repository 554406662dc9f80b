"""Verifying a signed file of any kind: PDF, ASiC container or CMS, told by its first bytes. No network."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from econtract_core.evidence.asic.cades import is_cms
from econtract_core.evidence.asic.cms_file import certificates_of_cms, verify_cms
from econtract_core.evidence.asic.judge import Given
from econtract_core.evidence.asic.results import unsigned
from econtract_core.evidence.pdf.verify import certificates_of, verify_pdf
from econtract_core.evidence.trust import TrustStore
from econtract_core.evidence.verdict import DocumentVerdict
from econtract_core.rules.errors import FileNotReadable

_HEAD = 1024


def verify_file(
    path: Path,
    trust: TrustStore,
    *,
    at: datetime | None = None,
    crls: tuple[bytes, ...] = (),
    ocsps: tuple[bytes, ...] = (),
    others: tuple[bytes, ...] = (),
    detached: Path | None = None,
) -> DocumentVerdict:
    """What a file's signatures are worth at `at` (now where None), with this revocation data and these CA certificates besides
    the file's own. `detached`: the content of a signature that does not hold it.

    Never raises for what is in the file: one that cannot be read is TOTAL-FAILED with a finding, one of another kind
    NO-SIGNATURE. Raises FileNotReadable.
    """
    kind = _kind(path)
    if kind == "PDF":
        return verify_pdf(path, trust, at=at, crls=crls, ocsps=ocsps, others=others)
    given = Given(trust, at or datetime.now(UTC), crls, ocsps, others)
    if kind == "ZIP":
        from econtract_core.evidence.asic.container import verify_container  # lxml: 40 ms that a PDF need not wait for

        return verify_container(path, given)
    return verify_cms(path, given, detached) if kind == "CMS" else unsigned(path, "")


def certificates_of_file(path: Path) -> tuple[bytes, ...]:
    """Every certificate (DER) a signed file carries, each once; empty where there is none or it cannot be read. Raises
    FileNotReadable."""
    kind = _kind(path)
    if kind == "ZIP":
        from econtract_core.evidence.asic.container import certificates_of_container

        return certificates_of_container(path)
    if kind == "CMS":
        return certificates_of_cms(path)
    return certificates_of(path) if kind == "PDF" else ()


def _kind(path: Path) -> str:
    """By content, never by name: "PDF", "ZIP", "CMS" or ""."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as problem:
        raise FileNotReadable(path=str(path), problem=problem.strerror or str(problem)) from None
    if head.startswith(b"PK"):
        return "ZIP"
    if is_cms(head):
        return "CMS"
    return "PDF" if b"%PDF-" in head else ""
