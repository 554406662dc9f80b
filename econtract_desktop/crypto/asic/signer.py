"""Signing files together: ASiC-E (ETSI EN 319 162-1) with a XAdES baseline signature (EN 319 132-1), with any card. A container
that is signed already gets a further signature beside those it has."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from econtract_core.evidence.asic import xml_reader as xml
from econtract_core.evidence.asic.container import MANIFEST
from econtract_core.evidence.asic.kinds import ASIC_E, MIMETYPE, is_asic_e
from econtract_core.evidence.asic.self_check import check_new_container
from econtract_core.evidence.asic.xades import XADES
from econtract_core.evidence.certificates import public_key
from econtract_core.evidence.pdf.self_check import value_holds
from econtract_core.evidence.trust import TrustStore
from econtract_core.evidence.verdict import Inspection
from econtract_core.identity.holder import Holder, read_holder
from econtract_core.rules.dates import JST
from econtract_core.rules.errors import (
    CardCannotSign,
    CertificateNotValid,
    FileNotReadable,
    SelfCheckFailed,
    SigningFailed,
    TimestampUnreachable,
)
from econtract_desktop.crypto.asic.draft import CANONICAL, Draft, SignedFile, manifest
from econtract_desktop.crypto.asic.extending import extend
from econtract_desktop.crypto.asic.joining import write_again
from econtract_desktop.crypto.asic.names import entry_names
from econtract_desktop.crypto.asic.raising import Raising
from econtract_desktop.crypto.asic.written import Written, hashed
from econtract_desktop.crypto.asic.zip_writer import ZipWriter
from econtract_desktop.crypto.new_file import NewFile, blocks_of
from econtract_desktop.crypto.sources import Sources
from econtract_desktop.ports.card import CardSignature, CardToken
from econtract_desktop.ports.signer import LEVELS, Revocation, SignedDocument, SignOptions, State, Timestamper

if TYPE_CHECKING:
    from hashlib import _Hash
    from types import TracebackType


class AsicSigner:
    """The port Signer for files of any kind, one or more together. Thread-safe; one card serves one call at a time."""

    def __init__(
        self,
        timestamper: Timestamper | None,
        revocation: Revocation | None = None,
        trust: Callable[[], TrustStore] = TrustStore.nobody,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`timestamper` None: B-B only; `revocation` None: no CA certificates are enclosed, and B-T is the highest level."""
        self._sources = Sources(timestamper, revocation, trust, now)

    def check_signable(self, source: Path) -> Inspection:
        """Any file that can be read may be signed; what it shows when it is opened is not known here."""
        next(blocks_of(source), b"")
        return Inspection(str(source), None, True, ())

    def make_ready(self, source: Path, folder: Path) -> None:
        """Nothing is made ready."""

    def close(self) -> None:
        """Nothing to throw away."""

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
    ) -> AsicSigning:
        if not sources:
            raise SigningFailed(file=str(output), problem="no files")
        self._check_level(sources[0], options.level)
        when = (when or self._sources.now()).replace(microsecond=0)
        holder = _usable(certificate, when)
        with ExitStack() as undo:
            file = undo.enter_context(NewFile(output))
            archived = options.level == "B-LTA"
            if len(sources) == 1 and is_asic_e(sources[0]):
                written = write_again(file, sources[0], when, archived=archived)
            else:
                written = _write(file, sources, when, archived=archived)
            certificates = (holder.der, *self._sources.issuers(holder.der))
            draft = Draft(written.files, certificates, when, options)
            undo.pop_all()
        return AsicSigning(sources, (file, written), draft, (holder, when), (options.level, self._sources))

    def extend(self, source: Path, output: Path, level: str) -> SignedDocument:
        self._check_level(source, level)
        return extend(source, output, level, self._sources)

    def _check_level(self, source: Path, level: str) -> None:
        if level not in LEVELS:
            raise SigningFailed(file=str(source), problem=f"level {level} is not made here")
        if level != "B-B" and self._sources.timestamper is None:
            raise TimestampUnreachable(url="", problem="no timestamp service is set")
        if level in ("B-LT", "B-LTA") and self._sources.revocation is None:
            raise SigningFailed(file=str(source), problem=f"no revocation data for {level}")


def _write(file: NewFile, sources: tuple[Path, ...], when: datetime, *, archived: bool) -> Written:
    writer = ZipWriter(file, when.astimezone(JST))
    writer.add(MIMETYPE, [ASIC_E.encode()], 0)
    names = entry_names(sources)
    archive = hashlib.sha256() if archived else None
    files = []
    for source, name in zip(sources, names, strict=True):
        state = hashlib.sha256()
        states = [state] if archive is None else [state, archive]
        try:
            expected = source.stat().st_size
        except OSError as problem:
            raise FileNotReadable(path=str(source), problem=problem.strerror or str(problem)) from None
        writer.add(name, hashed(blocks_of(source), states), expected)
        files.append(SignedFile(name, state.digest()))
    text = manifest(names, ASIC_E)
    writer.add(MANIFEST, [text], len(text))
    return Written(writer, tuple(files), archive)


class AsicSigning:
    """The port Signing for a container."""

    def __init__(
        self,
        sources: tuple[Path, ...],
        made: tuple[NewFile, Written],
        draft: Draft,
        who: tuple[Holder, datetime],
        how: tuple[str, Sources],
    ) -> None:
        """`how`: the level, and who stamps and validates."""
        self._inputs = sources
        self._file, self._container = made
        self._draft = draft
        self._holder, self._when = who
        self._level, self._sources = how
        self.to_sign = draft.to_sign
        self._raising: Raising | None = None

    def __enter__(self) -> AsicSigning:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._file.__exit__(kind, value, tb)

    def signed(self, signature: CardSignature) -> None:
        if not value_holds(self._holder.der, self.to_sign, signature.value):
            raise SelfCheckFailed(file=str(self._inputs[0]), problem="the signature value")
        data = self._draft.file(_as_xml(signature, self._holder.der))
        self._raising = Raising(str(self._inputs[0]), data, 0, self._sources)

    def complete(self) -> SignedDocument:
        return self._finish(self._raised.raise_to(self._level, self._begun))

    def keep(self) -> SignedDocument:
        if self._level != "B-B" and self._raised.proven_at() is None:
            return self._finish(State.TIMESTAMP_WAITING)
        reached = self._raised.level().removeprefix("XAdES-")
        below = LEVELS.index(reached) < LEVELS.index(self._level)
        return self._finish(State.VALIDATION_DATA_WAITING if below else State.COMPLETE)

    @property
    def _raised(self) -> Raising:
        if self._raising is None:
            raise SigningFailed(file=str(self._inputs[0]), problem="no signature yet")
        return self._raising

    def _begun(self) -> _Hash:
        """SHA-256 over all that the signature refers to, in its order."""
        assert self._container.archive is not None
        state = self._container.archive.copy()
        properties = next(self._raised.signature.node.iter(f"{XADES}SignedProperties"))
        state.update(xml.canonical(properties, CANONICAL))
        return state

    def _finish(self, state: State) -> SignedDocument:
        raised, file = self._raised, self._file
        data = raised.data
        self._container.writer.add(self._container.signature, [data], len(data))
        self._container.writer.finish()
        path = file.path_to_read()
        digests = {f.name: f.digest for f in self._container.files}
        problem = check_new_container(path, digests, self._container.earlier | {self._container.signature: data})
        if problem:
            raise SelfCheckFailed(file=str(self._inputs[0]), problem=problem)
        size, sha256 = _measured(path)
        file.publish()
        return SignedDocument(
            inputs=self._inputs,
            output=file.output,
            format="ASiC-E",
            level=raised.level(),
            sha256=sha256,
            size=size,
            signed_at=self._when,
            timestamp=raised.proven_at(),
            state=state,
        )


def _measured(path: Path) -> tuple[int, str]:
    state, size = hashlib.sha256(), 0
    for block in blocks_of(path):
        state.update(block)
        size += len(block)
    return size, state.hexdigest()


def _as_xml(signature: CardSignature, certificate: bytes) -> bytes:
    """RSA as it is; ECDSA as r and s side by side (RFC 9231 2.3.6)."""
    if signature.algorithm != "ecdsa":
        return signature.value
    key = public_key(certificate)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    half = (key.curve.key_size + 7) // 8
    r, s = decode_dss_signature(signature.value)
    return r.to_bytes(half, "big") + s.to_bytes(half, "big")


def _usable(certificate: bytes, when: datetime) -> Holder:
    """The certificate, if it may sign now. Raises CertificateNotValid, CardCannotSign."""
    holder = read_holder(certificate)
    if not holder.valid_at(when):
        raise CertificateNotValid(not_before=holder.not_before.isoformat(), not_after=holder.not_after.isoformat())
    if holder.usage and not {"digital_signature", "content_commitment"} & set(holder.usage):
        raise CardCannotSign(problem=f"key usage: {' '.join(holder.usage)}")
    return holder
