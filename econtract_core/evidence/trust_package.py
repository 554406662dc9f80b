"""Signed packages of trust anchors: what they hold, who must have signed them, and which may follow which.

After The Update Framework (roots with a threshold, root rotation signed by the old and the new keys, serial numbers that only
grow, an end of validity), with envelopes in the manner of DSSE: the signatures are over the payload's bytes as they are, so that
nothing is read before it is known to be signed and nothing needs a canonical form.

    package  = {"roots": [envelope …], "anchors": envelope}
    envelope = {"payload": base64, "signatures": [{"key": hex, "signature": hex} …]}    Ed25519 over DOMAIN + payload
"""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TypeVar

from asn1crypto import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from econtract_core.evidence.library import guarded
from econtract_core.identity import read_holder
from econtract_core.rules.errors import (
    EcontractError,
    NotAPdf,
    TrustPackageExpired,
    TrustPackageInvalid,
    TrustPackageOld,
    TrustPackageUnsigned,
    UnsupportedDocument,
)

DOMAIN = b"econtract trust 1\0"
LARGEST = 4_000_000  # bytes of a package
PURPOSES = ("person", "tsa", "server")
_MOST_ANCHORS, _MOST_ROOTS, _MOST_KEYS = 500, 64, 16
_LARGEST_CERTIFICATE, _LONGEST_TEXT = 20_000, 500
_LARGEST_NUMBER = 2**53

T = TypeVar("T")


@dataclass(frozen=True)
class Roots:
    """The keys (Ed25519, 32 bytes each) of which `threshold` must sign."""

    version: int
    threshold: int
    keys: tuple[bytes, ...]


@dataclass(frozen=True)
class Anchor:
    """`distrusted_after`: nothing made later is proven by it any more; what is proven to be older is."""

    certificate: bytes = field(repr=False)
    purposes: frozenset[str]
    added: datetime
    distrusted_after: datetime | None = None
    reason: str = ""

    @property
    def sha256(self) -> str:
        return sha256(self.certificate).hexdigest()


@dataclass(frozen=True)
class Removed:
    """An anchor that was there and is gone for good."""

    sha256: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class AnchorSet:
    """A package that was signed as it must be; `roots`: the keys that hold from it on."""

    serial: int
    valid_from: datetime
    expires: datetime
    anchors: tuple[Anchor, ...]
    removed: tuple[Removed, ...]
    roots: Roots
    package: bytes = field(repr=False, compare=False)


def read_package(package: bytes, roots: Roots) -> AnchorSet:
    """The package's content, signed by `roots` or by keys to which they handed on. Its dates are not looked at.

    Raises TrustPackageInvalid, TrustPackageUnsigned; nothing else, whatever the bytes are.
    """
    if len(package) > LARGEST:
        raise TrustPackageInvalid(problem="too large")
    return _read(lambda: _whole(package, roots))


def next_set(package: bytes, roots: Roots, in_force: AnchorSet | None, now: datetime) -> AnchorSet:
    """The set that may take the place of `in_force`. `roots`: the program's own keys; where the set in force has newer ones,
    those count. The same package again is fine.

    Raises as `read_package`, and TrustPackageOld, TrustPackageExpired.
    """
    known = in_force.roots if in_force is not None and in_force.roots.version > roots.version else roots
    found = read_package(package, known)
    if in_force is not None:
        if found.serial < in_force.serial or found.roots.version < in_force.roots.version:
            raise TrustPackageOld(serial=found.serial, known=in_force.serial)
        if found.serial == in_force.serial and replace(found, roots=in_force.roots) != in_force:
            raise TrustPackageOld("another package of the same number", serial=found.serial, known=in_force.serial)
    if not found.valid_from <= now < found.expires:
        begin, end = found.valid_from.isoformat(), found.expires.isoformat()
        raise TrustPackageExpired(serial=found.serial, valid_from=begin, expires=end)
    return found


def read_roots(data: bytes) -> Roots:
    """The program's own keys: a roots' payload without signatures. Raises TrustPackageInvalid."""
    return _read(lambda: _roots(_object(_json(data), "type", "version", "threshold", "keys")))


def _read(work: Callable[[], T]) -> T:
    try:
        return work()
    except (ValueError, NotBase64, OverflowError, RecursionError, UnsupportedDocument, NotAPdf) as problem:
        raise TrustPackageInvalid(problem=_short(problem)) from None


def _whole(package: bytes, roots: Roots) -> AnchorSet:
    whole = _object(_json(package), "roots", "anchors")
    for envelope in _list(whole["roots"], _MOST_ROOTS):
        payload, signers = _envelope(envelope)
        following = _roots(_object(_json(payload), "type", "version", "threshold", "keys"))
        if following.version <= roots.version:
            continue  # behind us; whether they were well signed does not matter any more
        if following.version != roots.version + 1:
            raise TrustPackageInvalid(problem="a version of the keys is missing")
        _signed_by(roots, payload, signers)
        _signed_by(following, payload, signers)
        roots = following
    payload, signers = _envelope(whole["anchors"])
    _signed_by(roots, payload, signers)
    return _anchors(_json(payload), roots, package)


def _signed_by(roots: Roots, payload: bytes, signers: dict[bytes, bytes]) -> None:
    good = 0
    for key in roots.keys:
        signature = signers.get(key)
        if signature is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, DOMAIN + payload)
        except InvalidSignature:
            continue
        good += 1
    if good < roots.threshold:
        raise TrustPackageUnsigned(signed=good, needed=roots.threshold)


def _envelope(value: object) -> tuple[bytes, dict[bytes, bytes]]:
    whole = _object(value, "payload", "signatures")
    signers: dict[bytes, bytes] = {}
    for item in _list(whole["signatures"], _MOST_KEYS):
        one = _object(item, "key", "signature")
        key = _hex(one["key"], 32)
        if key in signers:
            raise ValueError("a key signs twice")
        signers[key] = _hex(one["signature"], 64)
    return b64decode(_text(whole["payload"], LARGEST), validate=True), signers


def _roots(whole: dict[str, object]) -> Roots:
    if whole["type"] != "roots":
        raise ValueError("not a statement about keys")
    keys = tuple(_hex(key, 32) for key in _list(whole["keys"], _MOST_KEYS))
    threshold = _number(whole["threshold"])
    if len(set(keys)) != len(keys) or not 2 <= threshold <= len(keys):
        raise ValueError("threshold")
    return Roots(_number(whole["version"]), threshold, keys)


def _anchors(value: object, roots: Roots, package: bytes) -> AnchorSet:
    whole = _object(value, "type", "serial", "valid_from", "expires", "anchors", "removed")
    if whole["type"] != "anchors":
        raise ValueError("not a list of anchors")
    anchors = tuple(_anchor(item) for item in _list(whole["anchors"], _MOST_ANCHORS))
    removed = tuple(_removed(item) for item in _list(whole["removed"], _MOST_ANCHORS))
    names = [a.sha256 for a in anchors] + [r.sha256 for r in removed]
    if len(set(names)) != len(names):
        raise ValueError("a certificate twice")
    if not anchors:
        raise ValueError("no anchor")
    begin, end = _moment(whole["valid_from"]), _moment(whole["expires"])
    return AnchorSet(_number(whole["serial"]), begin, end, anchors, removed, roots, package)


def _anchor(value: object) -> Anchor:
    whole = _object(value, "certificate", "purposes", "added", "distrusted_after", "reason")
    purposes = frozenset(_text(item) for item in _list(whole["purposes"], len(PURPOSES)))
    if not purposes or not purposes <= set(PURPOSES):
        raise ValueError("purposes")
    certificate = b64decode(_text(whole["certificate"], _LARGEST_CERTIFICATE * 2), validate=True)
    read_holder(certificate)
    with guarded("certificate"):
        x509.Certificate.load(certificate, strict=True).native  # noqa: B018 - reads all of it
    later = whole["distrusted_after"]
    return Anchor(
        certificate,
        purposes,
        _moment(whole["added"]),
        _moment(later) if later is not None else None,
        _text(whole["reason"]),
    )


def _removed(value: object) -> Removed:
    whole = _object(value, "sha256", "at", "reason")
    return Removed(_hex(whole["sha256"], 32).hex(), _moment(whole["at"]), _text(whole["reason"]))


def _json(data: bytes) -> object:
    """Strict: UTF-8, no key twice, no number with a fraction."""

    def no_number(text: str) -> object:
        raise ValueError(f"number {text[:20]}")

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a key twice")
        return found

    found: object = json.loads(
        data.decode("utf-8"), object_pairs_hook=once, parse_float=no_number, parse_constant=no_number
    )
    return found


def _object(value: object, *names: str) -> dict[str, object]:
    if not isinstance(value, dict) or set(value) != set(names):
        raise ValueError(f"not an object of {', '.join(names)}")
    return value


def _list(value: object, most: int) -> list[object]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError("not a list, or too long")
    return value


def _text(value: object, longest: int = _LONGEST_TEXT) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError("not a text, or too long")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < _LARGEST_NUMBER:
        raise ValueError("not a number")
    return value


def _hex(value: object, size: int) -> bytes:
    found = bytes.fromhex(_text(value))
    if len(found) != size or found.hex() != value:
        raise ValueError(f"not {size} bytes")
    return found


def _moment(value: object) -> datetime:
    """A time with its zone, as a moment in UTC."""
    found = datetime.fromisoformat(_text(value))
    if found.tzinfo is None:
        raise ValueError("a time without its zone")
    return found.astimezone(UTC)


def _short(problem: BaseException) -> str:
    said = problem.facts.get("problem") if isinstance(problem, EcontractError) else str(problem)
    return str(said)[:200]
