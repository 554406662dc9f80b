"""Verifying signed PDFs: verdicts by ETSI EN 319 102-1, levels by ETSI EN 319 142-1. No network; all data is handed in.

Order of proof: archive timestamps from the newest to the oldest, each proving what it covers at its time; then each
signature's own timestamp; then the signature at the time so proven; revocation by what the caller and the file bring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from pyhanko.pdf_utils import generic

from econtract_core.evidence import cms
from econtract_core.evidence.library import guarded
from econtract_core.evidence.pdf.changes import Changes, changes_after
from econtract_core.evidence.pdf.reading import Embedded, OpenPdf, dictionary_of, look, resolve, sha256_of
from econtract_core.evidence.pdf.steps import Steps
from econtract_core.evidence.proof import Judge, Judgement, Stamp, own_and_archive
from econtract_core.evidence.revocation import Proven, RevocationData
from econtract_core.evidence.trust import TrustStore
from econtract_core.evidence.verdict import (
    Change,
    DocumentVerdict,
    Finding,
    Severity,
    SignatureVerdict,
    SubIndication,
    TimestampVerdict,
    Verdict,
)
from econtract_core.rules.errors import DocumentEncrypted, DocumentError, NotAPdf

_WORST_FIRST = (Verdict.TOTAL_FAILED, Verdict.INDETERMINATE, Verdict.TOTAL_PASSED)
_FAILS = frozenset({SubIndication.FORMAT_FAILURE, SubIndication.HASH_FAILURE, SubIndication.SIG_CRYPTO_FAILURE})
_LEVELS = ("PKCS7-B", "PKCS7-T", "PAdES-B-B", "PAdES-B-T", "PAdES-B-LT", "PAdES-B-LTA")
_LARGEST_STORE = 500


def verify_pdf(
    path: Path,
    trust: TrustStore,
    *,
    at: datetime | None = None,
    crls: tuple[bytes, ...] = (),
    ocsps: tuple[bytes, ...] = (),
    others: tuple[bytes, ...] = (),
) -> DocumentVerdict:
    """What a file's signatures are worth at `at` (now where None), with this revocation data and these CA certificates
    besides the file's own.

    Never raises for what is in the file: one that cannot be read is TOTAL-FAILED with a finding. Raises FileNotReadable.
    """
    moment = at or datetime.now(UTC)
    try:
        with OpenPdf(path) as pdf, guarded(str(path)):
            return _Verification(pdf, trust, moment, (crls, ocsps, others)).document()
    except DocumentEncrypted:
        sub = SubIndication.SIGNED_DATA_NOT_FOUND
        return _unreadable(path, "encryption", Verdict.INDETERMINATE, sub, "")
    except DocumentError as problem:
        text = str(problem.facts.get("problem", ""))
        return _unreadable(path, "broken", Verdict.TOTAL_FAILED, SubIndication.FORMAT_FAILURE, text)


def certificates_of(path: Path) -> tuple[bytes, ...]:
    """Every certificate (DER) a file carries: of signers, of timestamps, in its validation data; each once. Empty where the
    file cannot be read. Raises FileNotReadable."""
    found: dict[bytes, None] = {}
    try:
        with OpenPdf(path) as pdf:
            for item in pdf.signatures():
                for der in _of_message(item.contents, str(path)):
                    found[der] = None
            for der in _Store(pdf).certificates:
                found[der] = None
    except DocumentError:
        pass
    return tuple(found)


def _of_message(der: bytes, file: str) -> Iterable[bytes]:
    try:
        message = cms.read(der, file)
    except NotAPdf:
        return
    yield from message.certificates
    for token in message.timestamps:
        yield from _of_message(token, file)


def _unreadable(path: Path, code: str, verdict: Verdict, sub: SubIndication, problem: str) -> DocumentVerdict:
    finding = Finding(code, Severity.REFUSE, (("problem", problem),))
    return DocumentVerdict(str(path), "PDF", verdict, sub, None, sha256_of(path), (), (), (finding,))


class _Store:
    """The document security store (DSS, ISO 32000-2 12.8.4.3) of the newest revision. `since`: the revision that brought each."""

    def __init__(self, pdf: OpenPdf) -> None:
        self.since: dict[bytes, int] = {}
        self.certificates = self._streams(pdf, "/Certs")
        self.crls = self._streams(pdf, "/CRLs")
        self.ocsps = self._streams(pdf, "/OCSPs")

    def _streams(self, pdf: OpenPdf, key: str) -> tuple[bytes, ...]:
        found: list[bytes] = []
        try:
            with guarded(str(pdf.path)):
                store = dictionary_of(pdf.reader.root, "/DSS")
                items = look(store, key) if store is not None else None
                for item in list.copy(items)[:_LARGEST_STORE] if isinstance(items, list) else ():
                    stream = resolve(item)
                    if isinstance(stream, generic.StreamObject) and isinstance(item, generic.IndirectObject):
                        found.append(stream.data)
                        self.since.setdefault(stream.data, pdf.reader.xrefs.get_last_change(item.reference))
        except NotAPdf:
            return ()
        return tuple(found)


class _Verification:
    """One run over one file."""

    def __init__(
        self,
        pdf: OpenPdf,
        trust: TrustStore,
        moment: datetime,
        given: tuple[tuple[bytes, ...], tuple[bytes, ...], tuple[bytes, ...]],
    ) -> None:
        """`given`: CRLs, OCSP responses, certificates."""
        crls, ocsps, others = given
        self._pdf = pdf
        self._moment = moment
        self._embedded = pdf.signatures()
        self._steps = Steps(pdf, self._embedded)
        self._messages = {id(e): _message(e, str(pdf.path)) for e in self._embedded}  # two may have one name
        store = _Store(pdf)
        self._since = store.since
        enclosed = [m for m in self._messages.values() if m is not None]
        revocation = RevocationData(
            (*crls, *store.crls, *(c for m in enclosed for c in m.crls)),
            (*ocsps, *store.ocsps, *(o for m in enclosed for o in m.ocsps)),
        )
        self._judge = Judge(trust, revocation, (*store.certificates, *others), moment)
        for item in self._embedded:
            own = self._messages[id(item)]
            for answer in (*own.crls, *own.ocsps) if own is not None else ():
                self._since.setdefault(answer, item.revision + 1)  # what covers the signature covers it
        self._has_store = bool(store.crls or store.ocsps)
        self._sha256, self._digests = pdf.digests(self._wanted())
        self._findings: list[Finding] = []

    def _wanted(self) -> set[tuple[str, tuple[int, int, int, int]]]:
        wanted = set()
        for item in self._embedded:
            message = self._messages[id(item)]
            if message is not None and item.byte_range is not None:
                names = ("sha256", "sha384", "sha512", "sha1") if item.kind == "document" else ()
                wanted |= {(name, item.byte_range) for name in (message.digest_algorithm, *names)}
        return wanted

    def document(self) -> DocumentVerdict:
        self._file_findings()
        archive = self._archive_stamps()
        signatures: list[SignatureVerdict] = []
        stamps = [stamp.told("document") for _, stamp in archive]
        for item in self._embedded:
            if item.kind == "signature":
                verdict, own = self._signature(item, archive)
                signatures.append(verdict)
                stamps += [stamp.told("signature") for stamp in own]
        return self._result(tuple(signatures), tuple(stamps), archive)

    def _result(
        self,
        signatures: tuple[SignatureVerdict, ...],
        stamps: tuple[TimestampVerdict, ...],
        archive: list[tuple[Embedded, Stamp]],
    ) -> DocumentVerdict:
        parts = [(s.verdict, s.sub_indication) for s in signatures]
        if signatures:
            parts += [(stamp.verdict, stamp.sub_indication) for _, stamp in archive]
        verdict, sub = min(parts, key=lambda p: _WORST_FIRST.index(p[0])) if parts else (Verdict.NO_SIGNATURE, None)
        return DocumentVerdict(
            file=str(self._pdf.path),
            format="PDF",
            verdict=verdict,
            sub_indication=sub,
            level=min((s.level for s in signatures), key=_LEVELS.index) if signatures else None,
            sha256=self._sha256,
            signatures=signatures,
            timestamps=stamps,
            findings=tuple(dict.fromkeys(self._findings)),
        )

    # --- findings of the whole file ----------------------------------------------------------------------------------

    def _file_findings(self) -> None:
        if self._pdf.objection:
            self._find("read-leniently", Severity.WARN, problem=self._pdf.objection)
        if self._pdf.encrypted:
            self._find("encryption", Severity.WARN)
        last = max((e.signed_length for e in self._embedded), default=0)
        xrefs = self._pdf.reader.xrefs
        newest = max((e.revision for e in self._embedded), default=-1)
        if self._embedded and last < self._pdf.size and xrefs.total_revisions - 1 == newest:
            self._pdf.stream.seek(last)
            if self._pdf.stream.read(1024).strip(b"\r\n \0") or self._pdf.size - last > 1024:
                self._find("bytes-after-signature", Severity.WARN, count=str(self._pdf.size - last))

    def _find(self, code: str, severity: Severity, where: str = "", **facts: str) -> None:
        self._findings.append(Finding(code, severity, tuple(facts.items()), where))

    # --- timestamps --------------------------------------------------------------------------------------------------

    def _archive_stamps(self) -> list[tuple[Embedded, Stamp]]:
        """Document timestamps, oldest first, each checked at the time the next newer good one proves."""
        known: list[tuple[Embedded, Stamp]] = []
        for item in reversed([e for e in self._embedded if e.kind == "document"]):
            stamp = self._archive_stamp(item, known)
            known.insert(0, (item, stamp))
            if stamp.verdict is not Verdict.TOTAL_PASSED:
                self._find("timestamp-not-proven", Severity.WARN, item.field, problem=stamp.check.problem)
        return known

    def _archive_stamp(self, item: Embedded, newer: list[tuple[Embedded, Stamp]]) -> Stamp:
        def digest_of(algorithm: str) -> bytes:
            return self._digests.get((algorithm, item.byte_range), b"")

        stamp = self._judge.stamp(item.contents, digest_of, self._proven_by(newer, item), self._known_since(newer))
        if item.problem or item.byte_range is None:
            return stamp.failed(SubIndication.FORMAT_FAILURE)
        changes = changes_after(self._pdf, item, self._embedded, self._steps)
        if not changes.allowed:
            self._tell_changes(item, changes)
            return stamp.failed(SubIndication.FORMAT_FAILURE)
        return stamp

    def _known_since(self, archive: list[tuple[Embedded, Stamp]]) -> Proven:
        """Since when an answer about revocation is proven to exist, by these archive timestamps; else since now."""
        times = [(e.revision, s.time) for e, s in archive if s.time is not None]

        def proven(answer: bytes) -> datetime:
            since = self._since.get(answer)
            found = [time for revision, time in times if since is not None and revision >= since]
            return min(found, default=self._moment)

        return proven

    def _proven_by(self, archive: list[tuple[Embedded, Stamp]], item: Embedded) -> datetime:
        """The earliest good archive timestamp over `item`, else the moment of verifying."""
        times = [s.time for e, s in archive if s.time is not None and e.signed_length > item.signed_length]
        return min(times, default=self._moment)

    # --- one signature -----------------------------------------------------------------------------------------------

    def _signature(self, item: Embedded, archive: list[tuple[Embedded, Stamp]]) -> tuple[SignatureVerdict, list[Stamp]]:
        message = self._messages[id(item)]
        changes = (
            changes_after(self._pdf, item, self._embedded, self._steps) if not item.problem else Changes((), False)
        )
        self._tell_changes(item, changes)
        integrity = self._integrity(item, message)
        covered_until = self._proven_by(archive, item)
        proven_since = self._known_since(archive)
        stamps = [
            self._judge.stamp(token, _digest_of(message.signature), covered_until, proven_since)
            for token in (message.timestamps if message else ())
            if message is not None
        ]
        for stamp in stamps:
            if stamp.verdict is not Verdict.TOTAL_PASSED:
                self._find("timestamp-not-proven", Severity.WARN, item.field, problem=stamp.check.problem)
        proven = [s.time for s in stamps if s.time is not None]
        if covered_until != self._moment:
            proven.append(covered_until)
        proven_at = min(proven, default=None)
        judgement = self._judged(integrity, changes, message, (proven_at, proven_since))
        verdict, sub = own_and_archive(judgement, stamps)
        level = self._level(item, message, any(s.proves for s in stamps), archive)
        return self._signature_verdict(item, message, changes, (verdict, sub, integrity, level, proven_at)), stamps

    def _signature_verdict(
        self,
        item: Embedded,
        message: cms.SignedMessage | None,
        changes: Changes,
        judged: tuple[Verdict, SubIndication | None, SubIndication | None, str, datetime | None],
    ) -> SignatureVerdict:
        verdict, sub, integrity, level, proven_at = judged
        holder = self._judge.signer(message.certificate if message is not None else None)
        return SignatureVerdict(
            field=item.field,
            signer=holder.name if holder else "",
            organization=holder.organization if holder else "",
            certificate_sha256=holder.sha256 if holder else "",
            verdict=verdict,
            sub_indication=sub,
            intact=integrity not in _FAILS,
            level=level,
            signed_at=(message.signing_time if message else None) or item.claimed_time,
            proven_at=proven_at,
            covers_whole_document=item.covers_file and not item.problem,
            signed_length=item.signed_length,
            changes_after=changes.kinds,
            issuer=holder.issuer if holder else "",
            not_after=holder.not_after if holder else None,
            key_algorithm=holder.key_algorithm if holder else "",
            not_before=holder.not_before if holder else None,
            serial=holder.serial if holder else "",
            chain=self._judge.chain(message.certificate if message is not None else None, proven_at),
        )

    def _integrity(self, item: Embedded, message: cms.SignedMessage | None) -> SubIndication | None:
        if message is None or item.problem or item.byte_range is None or message.content is not None:
            if item.problem or (message is not None and message.content is not None):
                self._find("signature-format", Severity.REFUSE, item.field, problem=item.problem or "enclosed content")
            return SubIndication.FORMAT_FAILURE
        digest = self._digests.get((message.digest_algorithm, item.byte_range))
        if digest is None:
            return SubIndication.CRYPTO_CONSTRAINTS_FAILURE
        return cms.check(message, digest)

    def _judged(
        self,
        integrity: SubIndication | None,
        changes: Changes,
        message: cms.SignedMessage | None,
        proven: tuple[datetime | None, Proven],
    ) -> Judgement:
        if integrity in _FAILS or message is None or message.certificate is None:
            return Verdict.TOTAL_FAILED, integrity or SubIndication.FORMAT_FAILURE
        if not changes.allowed:
            return Verdict.TOTAL_FAILED, SubIndication.FORMAT_FAILURE
        if integrity is SubIndication.CRYPTO_CONSTRAINTS_FAILURE:
            integrity = self._judge.outlived(message, proven[0])
        if integrity is not None or changes.painted:
            return Verdict.INDETERMINATE, integrity or SubIndication.SIG_CONSTRAINTS_FAILURE
        return self._judge.certificate(message.certificate, message.certificates, *proven)

    def _tell_changes(self, item: Embedded, changes: Changes) -> None:
        if changes.info_changed and not {Change.SIGNATURE, Change.TIMESTAMP} & set(changes.kinds):
            self._find("info-changed", Severity.WARN, item.field)
        if changes.painted:
            self._find("painted-after-signature", Severity.REFUSE, item.field)
        if not changes.allowed and not item.problem:
            kinds = " ".join(changes.kinds)
            self._find("changed-after-signature", Severity.REFUSE, item.field, kinds=kinds, problem=changes.problem)

    def _level(
        self,
        item: Embedded,
        message: cms.SignedMessage | None,
        stamped: bool,
        archive: list[tuple[Embedded, Stamp]],
    ) -> str:
        if item.subfilter != "ETSI.CAdES.detached" or message is None or not message.has_signing_certificate:
            return "PKCS7-T" if stamped else "PKCS7-B"
        covering = [s for e, s in archive if s.proves and e.signed_length > item.signed_length]
        if not (stamped or covering):
            return "PAdES-B-B"
        if not self._has_store or not stamped:
            return "PAdES-B-T"
        return "PAdES-B-LTA" if covering else "PAdES-B-LT"


def _message(item: Embedded, file: str) -> cms.SignedMessage | None:
    try:
        return cms.read(item.contents, file)
    except NotAPdf:
        return None


def _digest_of(data: bytes) -> Callable[[str], bytes]:
    return lambda algorithm: cms.digest(algorithm, data)
