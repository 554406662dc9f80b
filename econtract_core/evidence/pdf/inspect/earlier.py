"""The state of signatures that are there already: whether a further one may come, and whether they still hold."""

from __future__ import annotations

from econtract_core.evidence import cms
from econtract_core.evidence.library import guarded
from econtract_core.evidence.pdf import changes
from econtract_core.evidence.pdf.inspect.report import Report
from econtract_core.evidence.pdf.reading import Embedded, OpenPdf
from econtract_core.evidence.verdict import SubIndication
from econtract_core.rules.errors import NotAPdf

_MOST_STRICT = 3  # each comparison may take a part of a second
_KNOWN_DIGESTS = frozenset({"sha1", "sha224", "sha256", "sha384", "sha512"})
_KNOWN_SCHEMES = frozenset({"rsassa_pkcs1v15", "rsassa_pss", "ecdsa"})


def next_field_name(pdf: OpenPdf) -> str:
    """The name our next signature field gets: econtract-1, econtract-2 …, one that is free."""
    taken = pdf.field_names()
    number = 1
    while f"econtract-{number}" in taken:
        number += 1
    return f"econtract-{number}"


def locked_by(pdf: OpenPdf, signatures: tuple[Embedded, ...]) -> str:
    """The field of the earlier signature that forbids a further one, or ""."""
    name = next_field_name(pdf) if signatures else ""
    with guarded(str(pdf.path)):
        for item in signatures:
            if changes.permission(item) == 1 or changes.locks_field(item, name):
                return item.field
    return ""


def check_earlier(pdf: OpenPdf, report: Report) -> None:
    """Findings for every signature and timestamp; certificates are not looked at. Raises NotAPdf."""
    signatures = pdf.signatures()
    locked = locked_by(pdf, signatures)
    if locked:
        report.find("locked", locked)
    messages = {item.field: _message(item, str(pdf.path)) for item in signatures if item.kind == "signature"}
    wanted = {
        (message.digest_algorithm, item.byte_range)
        for item in signatures
        if (message := messages.get(item.field)) is not None and item.byte_range is not None
    }
    digests = pdf.digests(wanted)[1] if wanted else {}
    for item in signatures:
        report.find("earlier-timestamp" if item.kind == "document" else "earlier-signature", item.field)
        message = messages.get(item.field)
        problem = item.problem
        if not problem and message is not None and item.byte_range is not None and message.content is None:
            digest = digests.get((message.digest_algorithm, item.byte_range))
            problem = _broken(message, digest) if digest is not None else ""
        if problem:
            report.find("earlier-signature-broken", item.field, problem=problem)
    changed = _changed(pdf, tuple(item for item in signatures if not item.problem and not item.covers_file), signatures)
    if changed:
        report.find("earlier-signature-changed", changed)


def _changed(pdf: OpenPdf, earlier: tuple[Embedded, ...], signatures: tuple[Embedded, ...]) -> str:
    """The field of a signature that something was changed after, or "". What came after a later one came after the first as well,
    so the others are asked only where they allow less."""
    strict = [item for item in earlier[1:] if changes.permission(item) is not None]
    for item in (*earlier[:1], *strict[:_MOST_STRICT]):
        if not changes.changes_after(pdf, item, signatures).allowed:
            return item.field
    return ""


def _message(item: Embedded, file: str) -> cms.SignedMessage | None:
    try:
        return cms.read(item.contents, file)
    except NotAPdf:
        return None


def _broken(message: cms.SignedMessage, digest: bytes) -> str:
    """Why a signature does not hold, where its algorithms are known here; one by unknown ones is not called broken."""
    if message.digest_algorithm not in _KNOWN_DIGESTS or message.scheme not in _KNOWN_SCHEMES:
        return ""
    found = cms.check(message, digest)
    return found.value if found in (SubIndication.HASH_FAILURE, SubIndication.SIG_CRYPTO_FAILURE) else ""
