"""Signing PDFs: PAdES baseline B-B and B-T (ETSI EN 319 142-1) as an incremental update, with any card."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from econtract_core.evidence import der
from econtract_core.evidence.pdf.inspect import inspect_open
from econtract_core.evidence.pdf.reading import OpenPdf
from econtract_core.evidence.pdf.self_check import NewSignature, check_new_signature
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
from econtract_desktop.ports.card import CardToken
from econtract_desktop.ports.signer import SignedDocument, SignOptions, Timestamper

_LEVELS = ("B-B", "B-T")
_REMEMBERED = 256


class PadesSigner:
    """The port Signer. Thread-safe; one card serves one call at a time."""

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
        if options.level not in _LEVELS:
            raise SigningFailed(file=str(source), problem=f"level {options.level} is not made here")
        if options.level == "B-T" and self._timestamper is None:
            raise TimestampUnreachable(url="", problem="no timestamp service is set")
        with PrivateCopy(source, output) as copy:
            when = self._now()
            with OpenPdf(copy.path_to_read(), source) as pdf:
                if copy.sha256 not in self._safe:
                    _refuse_unsafe(pdf)
                    self._remember(copy.sha256)
                holder = _usable(card, when)
                texts = {"Name": holder.name, "Reason": options.reason, "Location": options.location}
                update = prepare(pdf, copy.size, when, texts)
            return self._finish(source, copy, update, (card, holder), (options, when))

    def _finish(
        self,
        source: Path,
        copy: PrivateCopy,
        update: Update,
        signer: tuple[CardToken, Holder],
        how: tuple[SignOptions, datetime],
    ) -> SignedDocument:
        card, holder = signer
        options, when = how
        start, end = update.gap
        state = copy.state.copy()
        state.update(update.tail[:start])
        state.update(update.tail[end:])
        attributes = cms_build.signed_attributes(state.digest(), holder.der)
        signature = card.sign(attributes)
        stamped = self._timestamper is not None and options.level == "B-T"
        token = (
            self._timestamper.token(hashlib.sha256(signature.value).digest()) if stamped and self._timestamper else None
        )
        cms = cms_build.signed_data(attributes, signature, (holder.der, *self._issuers(holder.der)), token)
        if len(cms) > update.room:
            raise SigningFailed(file=str(source), problem=f"the signature takes {len(cms)} bytes of {update.room}")
        update.fill(cms)
        copy.append(bytes(update.tail))
        tail = copy.tail()
        new = NewSignature(copy.state, tail, update.gap, holder.der, attributes, signature.value, cms, token)
        problem = check_new_signature(new) if tail == update.tail else "what stands on the disk is something else"
        if problem:
            raise SelfCheckFailed(file=str(source), problem=problem)
        copy.publish()
        whole = copy.state.copy()
        whole.update(tail)
        return SignedDocument(
            input=source,
            output=copy.output,
            format="PDF",
            level=f"PAdES-{options.level}",
            sha256=whole.hexdigest(),
            size=copy.size + len(tail),
            signed_at=when,
            timestamp=der.token_facts(token)[1] if token is not None else None,
        )

    def _remember(self, sha256: str) -> None:
        with self._lock:
            self._safe[sha256] = None
            while len(self._safe) > _REMEMBERED:
                self._safe.popitem(last=False)


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


def _usable(card: CardToken, when: datetime) -> Holder:
    """The card's certificate, if it may sign now. Raises CertificateNotValid, CardCannotSign."""
    holder = read_holder(card.certificate.der)
    if not holder.valid_at(when):
        raise CertificateNotValid(not_before=holder.not_before.isoformat(), not_after=holder.not_after.isoformat())
    if holder.usage and not {"digital_signature", "content_commitment"} & set(holder.usage):
        raise CardCannotSign(problem=f"key usage: {' '.join(holder.usage)}")
    return holder
