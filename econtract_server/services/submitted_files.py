"""The server believes no client: every file that is offered or signed is looked at again here."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from econtract_core.evidence.pdf.additions import besides_signature
from econtract_core.evidence.pdf.inspect import inspect_pdf
from econtract_core.evidence.pdf.verify import certificates_of, verify_pdf
from econtract_core.evidence.verdict import Change, DocumentVerdict, Severity, SignatureVerdict, SubIndication, Verdict
from econtract_core.identity import read_holder
from econtract_core.rules.contract import ContractDocument
from econtract_core.rules.errors import (
    ActiveContent,
    DocumentAltered,
    DocumentEncrypted,
    DocumentLocked,
    NotAPdf,
    RevocationUnavailable,
    SignatureInvalid,
    TimestampMissing,
    UnsupportedDocument,
    WrongSigner,
)
from econtract_server.outbound import Answers
from econtract_server.services.office import Office

_BLOCK = 1 << 20
_MOST_CERTIFICATES = 64
_MAY_FOLLOW = frozenset({Change.SIGNATURE, Change.TIMESTAMP, Change.VALIDATION_DATA})


class SubmittedFiles:
    """May take seconds a file and go out for revocation data, so never call it inside a transaction. Thread-safe."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def check_offered(self, sha256: str, title: str, media_type: str) -> None:
        """Raises BlobMissing; UnsupportedDocument, NotAPdf, DocumentEncrypted, DocumentLocked, ActiveContent: what a
        contractor's program would refuse to sign."""
        if media_type != "application/pdf":
            raise UnsupportedDocument(file=title, problem=media_type)
        _inspect(self._office.objects.find(sha256), title)

    def check_signed(self, document: ContractDocument, sha256: str, certificate_sha256: str) -> datetime | None:
        """The file is proved to be the document as it was plus exactly one good signature by this certificate, and nothing
        else. When it was made, as its timestamp proves. Raises DocumentAltered, SignatureInvalid, WrongSigner, TimestampMissing, RevocationUnavailable (passing),
        BlobMissing and what `check_offered` raises."""
        path = self._office.objects.find(sha256)
        before = self._office.objects.find(document.current_sha256)
        _check_prefix(before, path, document, sha256)
        old, new = self._verify(before), self._verify(path)
        if len(new.signatures) != len(old.signatures) + 1:
            raise _invalid(document, new.verdict, f"{len(new.signatures)} signatures")
        signature = new.signatures[-1]
        if signature.certificate_sha256 != certificate_sha256:
            raise WrongSigner(wanted=certificate_sha256, seen=signature.certificate_sha256)
        _check_earlier(document, old, new)
        self._check_good(document, signature)
        besides = besides_signature(before, path)
        if besides:
            raise DocumentAltered(besides, file=document.title, expected=document.current_sha256, found=sha256)
        _inspect(path, document.title)
        return signature.proven_at

    def check_paper(self, sha256: str, title: str, certificate_sha256: str) -> datetime | None:
        """A PDF with exactly one good signature, by this certificate, over the whole of it. It needs no timestamp (facts.md 0); the moment of one
        that it has. Raises
        SignatureInvalid, WrongSigner, RevocationUnavailable (passing), BlobMissing and what `check_offered` raises."""
        path = self._office.objects.find(sha256)
        document = ContractDocument(sha256[:16], title, "application/pdf", 0, sha256, True, sha256, 0)
        verdict = self._verify(path)
        if len(verdict.signatures) != 1:
            raise _invalid(document, verdict.verdict, f"{len(verdict.signatures)} signatures")
        signature = verdict.signatures[0]
        if signature.certificate_sha256 != certificate_sha256:
            raise WrongSigner(wanted=certificate_sha256, seen=signature.certificate_sha256)
        self._check_holds(document, signature)
        _inspect(path, title)
        return signature.proven_at

    def _verify(self, path: Path) -> DocumentVerdict:
        answers = self._revocation(certificates_of(path)[:_MOST_CERTIFICATES])
        return verify_pdf(path, self._office.trust, at=self._office.now(), crls=answers.crls, ocsps=answers.ocsps)

    def _revocation(self, certificates: tuple[bytes, ...]) -> Answers:
        """For those certificates of the file that lead to a trust anchor; a stranger's are not asked about."""
        crls: dict[bytes, None] = {}
        ocsps: dict[bytes, None] = {}
        for der in certificates:
            result = self._office.trust.chain(der, certificates, self._when_valid(der))
            if result.chain is not None:
                answers = self._office.revocation.for_chain(result.chain.certificates)
                crls |= dict.fromkeys(answers.crls)
                ocsps |= dict.fromkeys(answers.ocsps)
        return Answers(tuple(crls), tuple(ocsps))

    def _when_valid(self, der: bytes) -> datetime:
        """Now, or the last moment of a certificate that has ended since."""
        now = self._office.now()
        try:
            return min(now, read_holder(der).not_after)
        except UnsupportedDocument:
            return now

    def _check_good(self, document: ContractDocument, signature: SignatureVerdict) -> None:
        if not signature.covers_whole_document:
            raise _invalid(document, Verdict.TOTAL_FAILED, "it does not cover the whole file")
        # No timestamp, or none that proves anything: the level is B then. One that cannot be judged yet is TRY_LATER below.
        if signature.intact and signature.level in ("PAdES-B-B", "PKCS7-B") and signature.proven_at is None:
            raise TimestampMissing(file=document.title)
        self._check_holds(document, signature)

    def _check_holds(self, document: ContractDocument, signature: SignatureVerdict) -> None:
        if not signature.covers_whole_document:
            raise _invalid(document, Verdict.TOTAL_FAILED, "it does not cover the whole file")
        unknown = signature.intact and signature.sub_indication is SubIndication.TRY_LATER
        if unknown and self._office.config.revocation_required:
            raise RevocationUnavailable(url="")  # passes; the same operation may come again
        if not signature.intact or not (unknown or signature.verdict is Verdict.TOTAL_PASSED):
            raise _invalid(document, signature.verdict, str(signature.sub_indication or ""))
        if not signature.level.startswith("PAdES-"):
            raise _invalid(document, signature.verdict, signature.level)


def _check_earlier(document: ContractDocument, old: DocumentVerdict, new: DocumentVerdict) -> None:
    """Earlier signatures are the same ones, hold as they held, and nothing but a signature came after them."""
    for before, after in zip(old.signatures, new.signatures[:-1], strict=True):
        same = before.certificate_sha256 == after.certificate_sha256 and before.signed_length == after.signed_length
        broke = after.verdict is Verdict.TOTAL_FAILED and before.verdict is not Verdict.TOTAL_FAILED
        if not same or not after.intact or broke or set(after.changes_after) - _MAY_FOLLOW:
            raise _invalid(document, after.verdict, ",".join(after.changes_after) or "an earlier signature")


def _check_prefix(before: Path, after: Path, document: ContractDocument, sha256: str) -> None:
    """An incremental update leaves every byte that was there."""
    if after.stat().st_size > before.stat().st_size:
        with before.open("rb") as old, after.open("rb") as new:
            while block := old.read(_BLOCK):
                if new.read(len(block)) != block:
                    break
            else:
                return
    raise DocumentAltered(file=document.title, expected=document.current_sha256, found=sha256)


def _inspect(path: Path, title: str) -> None:
    """Raises the true reason why nobody should sign this file."""
    reasons = [f for f in inspect_pdf(path).findings if f.severity is Severity.REFUSE]
    codes = list(dict.fromkeys(finding.code for finding in reasons))
    if "encryption" in codes:
        raise DocumentEncrypted(file=title)
    if "broken" in codes:
        raise NotAPdf(file=title, problem=next((t for f in reasons for k, t in f.facts if k == "problem"), ""))
    if "locked" in codes:
        raise DocumentLocked(file=title, by=next(f.where for f in reasons if f.code == "locked"))
    if codes:
        raise ActiveContent(file=title, kinds=codes)


def _invalid(document: ContractDocument, verdict: Verdict, sub_indication: str) -> SignatureInvalid:
    return SignatureInvalid(file=document.title, verdict=verdict.value, sub_indication=sub_indication)
