"""The server believes no client: every file that is offered or signed is looked at again here."""

from __future__ import annotations

from pathlib import Path

from econtract_core.evidence.inspect import inspect_pdf
from econtract_core.evidence.verdict import Change, DocumentVerdict, SignatureVerdict, SubIndication, Verdict
from econtract_core.evidence.verify import certificates_of, verify_pdf
from econtract_core.rules.contract import ContractDocument
from econtract_core.rules.errors import (
    ActiveContent,
    DocumentAltered,
    SignatureInvalid,
    TimestampMissing,
    WrongSigner,
)
from econtract_server.services.office import Office

_BLOCK = 1 << 20


class SubmittedFiles:
    def __init__(self, office: Office) -> None:
        self._office = office

    def check_offered(self, sha256: str, title: str) -> int:
        """The file's size. Raises BlobMissing, ActiveContent where a contractor's program would refuse to sign it."""
        path = self._office.objects.find(sha256)
        inspection = inspect_pdf(path)
        if not inspection.safe_to_sign:
            raise ActiveContent(file=title, kinds=sorted({finding.code for finding in inspection.findings}))
        return path.stat().st_size

    def check_signed(self, document: ContractDocument, sha256: str, certificate_sha256: str) -> int:
        """The signed file's size, once it is proved to be the document as it was plus exactly one good signature by this
        certificate. Raises DocumentAltered, SignatureInvalid, WrongSigner, TimestampMissing, BlobMissing."""
        path = self._office.objects.find(sha256)
        before = self._office.objects.find(document.current_sha256)
        _check_prefix(before, path, document)
        old, new = self._verify(before), self._verify(path)
        if len(new.signatures) != len(old.signatures) + 1:
            raise SignatureInvalid(file=document.title, verdict=new.verdict.value, sub_indication="one more expected")
        self._check_earlier(document, old, new)
        signature = new.signatures[-1]
        if signature.certificate_sha256 != certificate_sha256:
            raise WrongSigner(wanted=certificate_sha256, seen=signature.certificate_sha256)
        self._check_good(document, signature)
        if not signature.covers_whole_document:
            raise SignatureInvalid(file=document.title, verdict="TOTAL-FAILED", sub_indication="not the whole document")
        if signature.proven_at is None:
            raise TimestampMissing(file=document.title)
        return path.stat().st_size

    def _verify(self, path: Path) -> DocumentVerdict:
        lists = self._office.revocation.for_certificates((*certificates_of(path), *self._office.trust.certificates))
        return verify_pdf(path, self._office.trust, crls=lists)

    def _check_good(self, document: ContractDocument, signature: SignatureVerdict) -> None:
        good = signature.verdict is Verdict.TOTAL_PASSED
        unknown = signature.sub_indication is SubIndication.TRY_LATER and not self._office.config.revocation_required
        if not signature.intact or not (good or unknown):
            sub = str(signature.sub_indication or "")
            raise SignatureInvalid(file=document.title, verdict=signature.verdict.value, sub_indication=sub)

    def _check_earlier(self, document: ContractDocument, old: DocumentVerdict, new: DocumentVerdict) -> None:
        """Earlier signatures still hold, and nothing but a signature came after them."""
        for before, after in zip(old.signatures, new.signatures, strict=False):
            same = before.certificate_sha256 == after.certificate_sha256 and after.intact
            if not same or set(after.changes_after) - {Change.SIGNATURE, Change.TIMESTAMP, Change.VALIDATION_DATA}:
                sub = ",".join(after.changes_after)
                raise SignatureInvalid(file=document.title, verdict=after.verdict.value, sub_indication=sub)


def _check_prefix(before: Path, after: Path, document: ContractDocument) -> None:
    """An incremental update leaves every byte that was there."""
    if after.stat().st_size > before.stat().st_size:
        with before.open("rb") as old, after.open("rb") as new:
            while block := old.read(_BLOCK):
                if new.read(len(block)) != block:
                    break
            else:
                return
    raise DocumentAltered(file=document.title, expected=document.current_sha256, found="")
