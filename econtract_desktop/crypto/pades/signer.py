"""Signing PDFs: PAdES baseline B-B, B-T, B-LT and B-LTA (ETSI EN 319 142-1) as incremental updates, with any card."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from econtract_core.evidence.library import guarded
from econtract_core.evidence.pdf.inspect import inspect_open, next_field_name
from econtract_core.evidence.pdf.reading import OpenPdf
from econtract_core.evidence.trust import TrustStore
from econtract_core.evidence.verdict import Inspection, Severity
from econtract_core.identity.holder import Holder, read_holder
from econtract_core.rules.errors import (
    ActiveContent,
    CardCannotSign,
    CertificateNotValid,
    DocumentEncrypted,
    DocumentLocked,
    EcontractError,
    NotAPdf,
    SigningFailed,
    TimestampUnreachable,
)
from econtract_desktop.crypto.pades.appendix import Appendix
from econtract_desktop.crypto.pades.extending import Extension
from econtract_desktop.crypto.pades.form_field import FormField, form_field
from econtract_desktop.crypto.pades.mark import Appearance, Box, on_paper, place, turned
from econtract_desktop.crypto.pades.private_copy import PrivateCopy
from econtract_desktop.crypto.pades.ready_copies import ReadyCopies
from econtract_desktop.crypto.pades.revisions import Place, Widget, append_signature
from econtract_desktop.crypto.pades.signing import PadesSigning
from econtract_desktop.crypto.sources import Sources
from econtract_desktop.ports.card import CardToken
from econtract_desktop.ports.signer import LEVELS, Mark, Revocation, SignedDocument, SignOptions, Timestamper

_REMEMBERED = 256
_ROOM, _STEP = 16_384, 8_192  # bytes of DER
_FOR_CERTIFICATES = 6_144  # of it; the rest is for attributes, the signature and a timestamp with its chain


class PadesSigner:
    """The port Signer for PDFs. Thread-safe; one card serves one call at a time."""

    def __init__(
        self,
        timestamper: Timestamper | None,
        revocation: Revocation | None = None,
        trust: Callable[[], TrustStore] = TrustStore.nobody,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pictures: Callable[[str, str, str], bytes] | None = None,
    ) -> None:
        """`timestamper` None: B-B only; `revocation` None: no CA certificates are enclosed, and B-T is the highest level.
        `pictures`: the mark (a one-page PDF) for a name, a firm and a title."""
        self._pictures = pictures
        self._sources = Sources(timestamper, revocation, trust, now)
        self._ready = ReadyCopies()
        self._lock = threading.Lock()
        self._safe: OrderedDict[str, None] = OrderedDict()  # SHA-256 of files that were inspected and may be signed
        self._holders: OrderedDict[bytes, Holder] = OrderedDict()

    def check_signable(self, source: Path) -> Inspection:
        with OpenPdf(source) as pdf:
            found = _refuse_unsafe(pdf)
            sha256, _ = pdf.digests(set())
        self._remember(sha256)
        return found

    def make_ready(self, source: Path, folder: Path) -> None:
        try:
            self.check_signable(source)
        except EcontractError:
            return  # signing it will say so
        self._ready.make(source, folder)

    def close(self) -> None:
        self._ready.close()

    def sign(self, source: Path, output: Path, card: CardToken, options: SignOptions) -> SignedDocument:
        with self.prepare((source,), output, card.certificate.der, options) as signing:
            signing.signed(card.sign(signing.to_sign))
            return signing.complete()

    def prepare(
        self,
        sources: tuple[Path, ...],
        output: Path,
        certificate: bytes,
        options: SignOptions,
        when: datetime | None = None,
    ) -> PadesSigning:
        if len(sources) != 1:
            raise SigningFailed(file=str(output), problem=f"{len(sources)} files in one PDF")
        source = sources[0]
        self._check_level(source, options.level)
        when = (when or self._sources.now()).replace(microsecond=0)
        with ExitStack() as undo:
            copy = undo.enter_context(self._ready.take(source, output))
            with OpenPdf(copy.path_to_read(), source) as pdf:
                if copy.sha256 not in self._safe:
                    _refuse_unsafe(pdf)
                    self._remember(copy.sha256)
                holder = self._usable(certificate, when)
                enclosed = (holder.der, *self._sources.issuers(holder.der))
                texts = {"Name": holder.name, "Reason": options.reason, "Location": options.location}
                room = _room(enclosed)
                picture = self._picture(holder, options.mark)
                with guarded(str(source)):
                    appendix = Appendix(pdf, copy.size, f"{copy.sha256} {when.isoformat()}".encode())
                    kept = form_field(pdf, appendix) if options.form_field else None
                    if kept is not None and (not _fits(kept, options.mark) or turned(appendix, kept.page)):
                        kept = None
                field = kept.name if kept is not None else next_field_name(pdf)
                box = None
                if options.mark and picture and kept is None:
                    box = place(options.mark, picture.size, copy.path_to_read(), source)
                with guarded(str(source)):
                    widget: Widget | Place | None = _widget(appendix, options.mark, picture, box)
                    if kept is not None:
                        widget = Place(kept, (picture.put_into(appendix, 0), picture.size) if picture else None)
                    gap = append_signature(appendix, (field, widget), copy.size, texts, (when, room))
            undo.pop_all()
        return PadesSigning(
            source, copy, (appendix, gap, field), (holder, enclosed, when), (options.level, self._sources)
        )

    def extend(self, source: Path, output: Path, level: str) -> SignedDocument:
        self._check_level(source, level)
        with PrivateCopy(source, output, replace=output == source) as copy:
            return Extension(source, copy, level, self._sources).run()

    def _check_level(self, source: Path, level: str) -> None:
        if level not in LEVELS:
            raise SigningFailed(file=str(source), problem=f"level {level} is not made here")
        if level != "B-B" and self._sources.timestamper is None:
            raise TimestampUnreachable(url="", problem="no timestamp service is set")
        if level in ("B-LT", "B-LTA") and self._sources.revocation is None:
            raise SigningFailed(file=str(source), problem=f"no revocation data for {level}")

    def _picture(self, holder: Holder, mark: Mark | None) -> Appearance | None:
        if mark is None:
            return None
        if self._pictures is None:
            raise SigningFailed(file="", problem="no visible marks are made here")
        return Appearance(self._pictures(holder.name, holder.organization, holder.title))

    def _usable(self, certificate: bytes, when: datetime) -> Holder:
        """The certificate's holder, if it may sign now. Raises CertificateNotValid, CardCannotSign."""
        holder = self._holders.get(certificate) or read_holder(certificate)
        with self._lock:
            self._holders[certificate] = holder
            while len(self._holders) > _REMEMBERED:
                self._holders.popitem(last=False)
        if not holder.valid_at(when):
            raise CertificateNotValid(not_before=holder.not_before.isoformat(), not_after=holder.not_after.isoformat())
        if holder.usage and not {"digital_signature", "content_commitment"} & set(holder.usage):
            raise CardCannotSign(problem=f"key usage: {' '.join(holder.usage)}")
        return holder

    def _remember(self, sha256: str) -> None:
        with self._lock:
            self._safe[sha256] = None
            while len(self._safe) > _REMEMBERED:
                self._safe.popitem(last=False)


def _room(enclosed: tuple[bytes, ...]) -> int:
    """Bytes to keep for the signature. The same whether or not the CA certificates could be had this time: what the card signs
    depends on it, and a signature that was made is put into place again after a crash."""
    more = max(0, sum(map(len, enclosed)) - _FOR_CERTIFICATES)
    return _ROOM + -(-more // _STEP) * _STEP


def _fits(kept: FormField, mark: Mark | None) -> bool:
    """The form's own field is taken unless the mark is to stand somewhere else."""
    return mark is None or (mark.box is None and kept.shows)


def _widget(appendix: Appendix, mark: Mark | None, picture: Appearance | None, box: Box | None) -> Widget | None:
    if mark is None or picture is None or box is None:
        return None
    page = appendix.page(mark.page - 1 if mark.page > 0 else mark.page)
    paper, turned = on_paper(appendix, page, box)
    return Widget(page, paper, picture.put_into(appendix, turned))


def _refuse_unsafe(pdf: OpenPdf) -> Inspection:
    """Raises the true reason why this document must not be signed."""
    found = inspect_open(pdf)
    reasons = [f for f in found.findings if f.severity is Severity.REFUSE]
    codes = list(dict.fromkeys(f.code for f in reasons))
    file = str(pdf.path)
    if "encryption" in codes:
        raise DocumentEncrypted(file=file)
    if "broken" in codes:
        raise NotAPdf(file=file, problem=next((t for f in reasons for k, t in f.facts if k == "problem"), ""))
    if "locked" in codes:
        raise DocumentLocked(file=file, by=next(f.where for f in reasons if f.code == "locked"))
    if codes:
        raise ActiveContent(file=file, kinds=codes)
    return found
