"""Signing PDFs: PAdES baseline B-B and B-T (ETSI EN 319 142-1) as an incremental update, with any card."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from econtract_core.evidence import der
from econtract_core.evidence.pdf.inspect import inspect_open
from econtract_core.evidence.pdf.reading import OpenPdf
from econtract_core.evidence.pdf.self_check import NewSignature, check_new_signature, value_holds
from econtract_core.evidence.verdict import Inspection, Severity
from econtract_core.identity.holder import Holder, read_holder
from econtract_core.rules.errors import (
    ActiveContent,
    CardCannotSign,
    CertificateNotValid,
    DocumentEncrypted,
    DocumentLocked,
    NotAPdf,
    SelfCheckFailed,
    SigningFailed,
    TimestampUnreachable,
)
from econtract_desktop.crypto.pades import cms as cms_build
from econtract_desktop.crypto.pades.private_copy import PrivateCopy
from econtract_desktop.crypto.pades.update import Update, prepare
from econtract_desktop.ports.card import CardSignature, CardToken
from econtract_desktop.ports.signer import SignedDocument, SignOptions, State, Timestamper

if TYPE_CHECKING:
    from types import TracebackType

_LEVELS = ("B-B", "B-T")
_REMEMBERED = 256


class PadesSigner:
    """The port Signer for one PDF at a time. Thread-safe; one card serves one call at a time."""

    def __init__(
        self,
        timestamper: Timestamper | None,
        issuers: Callable[[bytes], tuple[bytes, ...]] = lambda _certificate: (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`issuers`: the CA certificates above a certificate (DER), to be enclosed; empty where they are not known."""
        self._timestamper = timestamper
        self._issuers = issuers
        self._now = now
        self._lock = threading.Lock()
        self._safe: OrderedDict[str, None] = OrderedDict()  # SHA-256 of files that were inspected and may be signed

    def check_signable(self, source: Path) -> Inspection:
        with OpenPdf(source) as pdf:
            found = _refuse_unsafe(pdf)
            sha256, _ = pdf.digests(set())
        self._remember(sha256)
        return found

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
        (source,) = sources
        if options.level not in _LEVELS:
            raise SigningFailed(file=str(source), problem=f"level {options.level} is not made here")
        if options.level != "B-B" and self._timestamper is None:
            raise TimestampUnreachable(url="", problem="no timestamp service is set")
        when = (when or self._now()).replace(microsecond=0)
        with ExitStack() as undo:
            copy = undo.enter_context(PrivateCopy(source, output))
            with OpenPdf(copy.path_to_read(), source) as pdf:
                if copy.sha256 not in self._safe:
                    _refuse_unsafe(pdf)
                    self._remember(copy.sha256)
                holder = _usable(certificate, when)
                texts = {"Name": holder.name, "Reason": options.reason, "Location": options.location}
                update = prepare(pdf, copy.size, when, texts)
            undo.pop_all()
        stamps = self._timestamper if options.level != "B-B" else None
        return PadesSigning(source, copy, update, (holder, when), (stamps, self._issuers(holder.der)))

    def extend(self, source: Path, output: Path, level: str) -> SignedDocument:
        raise SigningFailed(file=str(source), problem=f"level {level} is not made here")

    def _remember(self, sha256: str) -> None:
        with self._lock:
            self._safe[sha256] = None
            while len(self._safe) > _REMEMBERED:
                self._safe.popitem(last=False)


class PadesSigning:
    """The port Signing for a PDF."""

    def __init__(
        self,
        source: Path,
        copy: PrivateCopy,
        update: Update,
        who: tuple[Holder, datetime],
        material: tuple[Timestamper | None, tuple[bytes, ...]],
    ) -> None:
        """`material`: who stamps (None: B-B), the CA certificates to enclose."""
        self._source = source
        self._copy = copy
        self._update = update
        self._holder, self._when = who
        self._timestamper, self._issuers = material
        start, end = update.gap
        state = copy.state.copy()
        state.update(update.tail[:start])
        state.update(update.tail[end:])
        self.to_sign = cms_build.signed_attributes(state.digest(), self._holder.der)
        self._signature: CardSignature | None = None

    def __enter__(self) -> PadesSigning:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._copy.__exit__(kind, value, tb)

    def signed(self, signature: CardSignature) -> None:
        if not value_holds(self._holder.der, self.to_sign, signature.value):
            raise SelfCheckFailed(file=str(self._source), problem="the signature value")
        self._signature = signature

    def complete(self) -> SignedDocument:
        token = self._timestamper.token(hashlib.sha256(self._value).digest()) if self._timestamper else None
        return self._write(token)

    def keep(self) -> SignedDocument:
        return self._write(None)

    @property
    def _value(self) -> bytes:
        if self._signature is None:
            raise SigningFailed(file=str(self._source), problem="no signature yet")
        return self._signature.value

    def _write(self, token: bytes | None) -> SignedDocument:
        value, signature = self._value, self._signature
        assert signature is not None
        copy, update = self._copy, self._update
        cms = cms_build.signed_data(self.to_sign, signature, (self._holder.der, *self._issuers), token)
        if len(cms) > update.room:
            raise SigningFailed(
                file=str(self._source), problem=f"the signature takes {len(cms)} bytes of {update.room}"
            )
        update.fill(cms)
        copy.append(bytes(update.tail))
        tail = copy.tail()
        new = NewSignature(copy.state, tail, update.gap, self._holder.der, self.to_sign, value, cms, token)
        problem = check_new_signature(new) if tail == update.tail else "what stands on the disk is something else"
        if problem:
            raise SelfCheckFailed(file=str(self._source), problem=problem)
        copy.publish()
        whole = copy.state.copy()
        whole.update(tail)
        return SignedDocument(
            inputs=(self._source,),
            output=copy.output,
            format="PDF",
            level="PAdES-B-T" if token is not None else "PAdES-B-B",
            sha256=whole.hexdigest(),
            size=copy.size + len(tail),
            signed_at=self._when,
            timestamp=der.token_facts(token)[1] if token is not None else None,
            state=State.TIMESTAMP_WAITING if self._timestamper is not None and token is None else State.COMPLETE,
        )


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


def _usable(certificate: bytes, when: datetime) -> Holder:
    """The certificate, if it may sign now. Raises CertificateNotValid, CardCannotSign."""
    holder = read_holder(certificate)
    if not holder.valid_at(when):
        raise CertificateNotValid(not_before=holder.not_before.isoformat(), not_after=holder.not_after.isoformat())
    if holder.usage and not {"digital_signature", "content_commitment"} & set(holder.usage):
        raise CardCannotSign(problem=f"key usage: {' '.join(holder.usage)}")
    return holder
