"""Trust anchors, and chains from a certificate up to one of them (RFC 5280 section 6, by pyhanko_certvalidator)."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asn1crypto import pem, x509
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.errors import (
    DisallowedAlgorithmError,
    ExpiredError,
    NotYetValidError,
    PathBuildingError,
    PathError,
    ValidationError,
)
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import DisallowWeakAlgorithmsPolicy
from pyhanko_certvalidator.validate import async_validate_path

from econtract_core.evidence.library import finish, guarded
from econtract_core.evidence.strength import ALWAYS, digest_until, weak_at
from econtract_core.evidence.verdict import SubIndication
from econtract_core.rules.errors import NotAPdf, TrustMissing

_SUFFIXES = frozenset({".pem", ".crt", ".cer", ".der"})
_LARGEST_FILE = 1_000_000
_MOST_PATHS = 8
_REMEMBERED = 256


@dataclass(frozen=True)
class Chain:
    """A validated chain, leaf first, anchor last (DER), and when all of it is valid by date."""

    certificates: tuple[bytes, ...] = field(repr=False)
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True)
class ChainResult:
    chain: Chain | None
    sub_indication: SubIndication | None
    problem: str = ""


@dataclass(frozen=True)
class Limit:
    """What an anchor is not good for: other purposes than these ("person", "tsa", "server"); anything made after a moment."""

    purposes: frozenset[str]
    distrusted_after: datetime | None = None


class TrustStore:
    """The certificates a person or an administrator trusts. Immutable to its users; remembers chains it has validated.

    Thread-safe: the memory is only ever added to, and an entry holds whoever else finds it.
    """

    def __init__(self, anchors: tuple[bytes, ...], intermediates: tuple[bytes, ...] = ()) -> None:
        """DER certificates. Raises TrustMissing where there is no anchor."""
        if not anchors:
            raise TrustMissing(path="")
        self.anchors = anchors
        self.intermediates = intermediates
        self.limits: dict[bytes, Limit] = {}
        self._anchors = [x509.Certificate.load(der) for der in anchors]
        self._known: OrderedDict[str, Chain] = OrderedDict()

    @classmethod
    def nobody(cls) -> TrustStore:
        """Trusts nobody: every chain is NO_CERTIFICATE_CHAIN_FOUND. For verifying on a PC without any anchors."""
        store = cls.__new__(cls)
        store.anchors, store.intermediates, store.limits = (), (), {}
        store._anchors, store._known = [], OrderedDict()
        return store

    @classmethod
    def load(cls, directory: Path) -> TrustStore:
        """Every certificate (.pem .crt .cer .der) in a folder. A CA certificate whose issuer is there too is no anchor of its
        own. Raises TrustMissing where there is none."""
        ders: list[bytes] = []
        for file in sorted(directory.iterdir()) if directory.is_dir() else ():
            if file.suffix.lower() in _SUFFIXES and file.stat().st_size <= _LARGEST_FILE:
                ders += _certificates_in(file)
        if not ders:
            raise TrustMissing(path=str(directory))
        return cls.of(tuple(ders))

    @classmethod
    def of(cls, certificates: tuple[bytes, ...]) -> TrustStore:
        """From DER certificates, sorted into anchors and intermediates as `load` does."""
        loaded = {der: x509.Certificate.load(der) for der in dict.fromkeys(certificates)}
        subjects = {c.subject.dump() for c in loaded.values()}
        below = {d for d, c in loaded.items() if not _self_issued(c) and c.issuer.dump() in subjects}
        return cls(tuple(d for d in loaded if d not in below), tuple(d for d in loaded if d in below))

    @classmethod
    def limited(cls, anchors: dict[bytes, Limit]) -> TrustStore:
        """From DER certificates, each with what it is good for."""
        store = cls.of(tuple(anchors))
        store.limits = dict(anchors)
        return store

    def merged(self, other: TrustStore) -> TrustStore:
        """Both stores' certificates in one. What one of them trusts without a limit has none."""
        both = TrustStore.of((*self.certificates, *other.certificates))
        limits = self.limits | other.limits
        free = {c for s in (self, other) for c in s.certificates if c not in s.limits}
        both.limits = {certificate: limit for certificate, limit in limits.items() if certificate not in free}
        return both

    @property
    def certificates(self) -> tuple[bytes, ...]:
        return (*self.anchors, *self.intermediates)

    def chain(self, certificate: bytes, others: tuple[bytes, ...], moment: datetime, purpose: str = "") -> ChainResult:
        """The chain of a certificate that is valid at `moment`, with help of `others`. Revocation is not looked at.

        NO_CERTIFICATE_CHAIN_FOUND: none leads to an anchor. OUT_OF_BOUNDS_NO_POE: expired or not yet valid at `moment`.
        CRYPTO_CONSTRAINTS_FAILURE, CHAIN_CONSTRAINTS_FAILURE: a chain is there and breaks a rule. `purpose`: what for; the
        anchor may be limited to others, or to a time before `moment`.
        """
        result = self._chain(certificate, others, moment)
        if result.chain is None or not self.limits:
            return result
        limit = self.limits.get(result.chain.certificates[-1])
        if limit is not None and purpose and purpose not in limit.purposes:
            return ChainResult(None, SubIndication.CHAIN_CONSTRAINTS_FAILURE, f"the anchor is not for {purpose}")
        ends = (li.distrusted_after for c in result.chain.certificates if (li := self.limits.get(c)) is not None)
        if any(end is not None and moment > end for end in ends):
            return ChainResult(None, SubIndication.NO_CERTIFICATE_CHAIN_FOUND, "the anchor is distrusted since")
        return result

    def _chain(self, certificate: bytes, others: tuple[bytes, ...], moment: datetime) -> ChainResult:
        name = hashlib.sha256(certificate).hexdigest()
        known = self._known.get(name)
        if known is not None and known.not_before <= moment <= known.not_after:
            return ChainResult(known, None)
        try:
            with guarded("certificate"):
                result = self._build(certificate, others, moment)
        except NotAPdf as problem:
            return ChainResult(None, SubIndication.CHAIN_CONSTRAINTS_FAILURE, str(problem.facts.get("problem", "")))
        if result.chain is not None:
            self._known[name] = result.chain
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return result

    def _build(self, certificate: bytes, others: tuple[bytes, ...], moment: datetime) -> ChainResult:
        leaf = x509.Certificate.load(certificate)
        context = ValidationContext(
            trust_roots=list(self._anchors),
            other_certs=[
                c for der in dict.fromkeys((*self.intermediates, *others)) if (c := _readable(der)) is not None
            ],
            moment=moment,
            best_signature_time=moment,
            allow_fetching=False,
            revocation_mode="soft-fail",
            crls=[],
            ocsps=[],
            time_tolerance=timedelta(0),
            algorithm_usage_policy=_policy(moment),
        )
        try:
            paths = finish(context.path_builder.async_build_paths(leaf))[:_MOST_PATHS]
        except PathBuildingError as problem:
            return ChainResult(None, SubIndication.NO_CERTIFICATE_CHAIN_FOUND, str(problem))
        failed = ChainResult(None, SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
        for path in paths:
            result = _validate(context, path, moment)
            if result.chain is not None:
                return result
            failed = result
        return failed


def _validate(context: ValidationContext, path: ValidationPath, moment: datetime) -> ChainResult:
    try:
        finish(async_validate_path(context, path))
    except (ExpiredError, NotYetValidError) as problem:
        return ChainResult(None, SubIndication.OUT_OF_BOUNDS_NO_POE, str(problem))
    except DisallowedAlgorithmError as problem:
        return ChainResult(None, SubIndication.CRYPTO_CONSTRAINTS_FAILURE, str(problem))
    except (PathError, ValidationError) as problem:
        return ChainResult(None, SubIndication.CHAIN_CONSTRAINTS_FAILURE, str(problem))
    leaf_first = list(path.iter_certs(include_root=True))[::-1]
    below = leaf_first[:-1] or leaf_first  # the anchor's own dates do not count, unless it is all there is
    not_before = max(c.not_valid_before for c in below)
    not_after = min(min(c.not_valid_after, _good_until(c, moment)) for c in below)
    if not not_before <= moment <= not_after:
        return ChainResult(None, SubIndication.OUT_OF_BOUNDS_NO_POE, "outside its validity")
    chain = Chain(tuple(c.dump() for c in leaf_first), not_before.astimezone(UTC), not_after.astimezone(UTC))
    return ChainResult(chain, None)


def _policy(moment: datetime) -> DisallowWeakAlgorithmsPolicy:
    digests, bits = weak_at(moment)
    return DisallowWeakAlgorithmsPolicy(digests, rsa_key_size_threshold=bits)  # type: ignore[no-untyped-call]


def _good_until(certificate: x509.Certificate, moment: datetime) -> datetime:
    """When the signature on a certificate that is good at `moment` stops to be so."""
    end: datetime = digest_until(str(certificate.hash_algo or ""))
    return end if moment < end else ALWAYS  # ALWAYS: an algorithm without a digest of its own


def _readable(der: bytes) -> x509.Certificate | None:
    """A stranger's certificate, if it is one: what is none must not stand in the way of the others."""
    try:
        with guarded("certificate"):
            certificate = x509.Certificate.load(der, strict=True)
            certificate.native  # noqa: B018 - reads all of it
            return certificate
    except NotAPdf:
        return None


def _self_issued(certificate: x509.Certificate) -> bool:
    return bool(certificate.subject.dump() == certificate.issuer.dump())


def _certificates_in(file: Path) -> list[bytes]:
    data = file.read_bytes()
    try:
        with guarded(str(file)):
            ders = (
                [der for kind, _, der in pem.unarmor(data, multiple=True) if kind == "CERTIFICATE"]
                if pem.detect(data)
                else [data]
            )
            for der in ders:
                x509.Certificate.load(der).subject.dump()
    except NotAPdf:
        return []  # not a certificate; what is missing then shows as NO_CERTIFICATE_CHAIN_FOUND
    return ders
