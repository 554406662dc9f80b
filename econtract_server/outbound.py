"""What the server fetches from outside: certificate revocation lists (RFC 5280) and OCSP answers (RFC 6960).

Callers hand in certificates whose chain leads to a trust anchor and no others: a stranger's file must not be able to choose
which addresses this server calls.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import requests
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

_LARGEST = 20_000_000
_TIMEOUT = (5, 20)  # seconds: to connect, between bytes
_CRL_LOOKED_AT = timedelta(minutes=10)  # after this a newer list is asked for; the old one is good until its nextUpdate
_OCSP_LOOKED_AT = timedelta(minutes=5)
_FAILED = timedelta(seconds=20)  # an address that did not answer is left alone for so long
_MOST_KEPT = 2_000
_STRANGE = (ValueError, TypeError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)


@dataclass(frozen=True)
class Answers:
    """DER each."""

    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsps: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class _Kept:
    data: bytes | None = field(repr=False)
    good_until: datetime
    ask_again: datetime


class RevocationSource:
    """Thread-safe. Keeps answers in memory: a list until its nextUpdate, asking for a newer one now and then."""

    def __init__(self, look_again: timedelta = _CRL_LOOKED_AT) -> None:
        self._lock = threading.Lock()
        self._look_again = look_again
        self._kept: dict[tuple[str, bytes], _Kept] = {}

    def for_chain(self, chain: tuple[bytes, ...]) -> Answers:
        """For a validated chain (DER, leaf first, anchor last): CRL first, OCSP where no list can be had. What cannot be had
        is left out."""
        crls: list[bytes] = []
        ocsps: list[bytes] = []
        for certificate, issuer in pairwise(map(x509.load_der_x509_certificate, chain)):
            lists = [data for url in _points(certificate) if (data := self._get(url, b"")) is not None]
            crls += lists
            asked = b"" if lists else _ocsp_request(certificate, issuer)
            if asked:
                answers = (self._get(url, asked) for url in _responders(certificate))
                ocsps += [data for data in answers if data is not None]
        return Answers(tuple(dict.fromkeys(crls)), tuple(dict.fromkeys(ocsps)))

    def forget(self) -> None:
        """Everything is asked for anew (a CA has told of an urgent revocation)."""
        with self._lock:
            self._kept = {}

    def _get(self, url: str, body: bytes) -> bytes | None:
        """`body`: what is posted; empty: the address is read."""
        now = datetime.now(UTC)
        with self._lock:
            kept = self._kept.get((url, body))
        if kept is not None and now < kept.ask_again:
            return kept.data
        fresh = self._judge(_fetch(url, body), now, is_ocsp=bool(body))
        if fresh.data is None and kept is not None and kept.data is not None and now < kept.good_until:
            fresh = _Kept(kept.data, kept.good_until, now + _FAILED)
        with self._lock:
            if len(self._kept) >= _MOST_KEPT:
                self._kept = {key: value for key, value in self._kept.items() if now < value.ask_again}
            self._kept[url, body] = fresh
        return fresh.data

    def _judge(self, data: bytes | None, now: datetime, *, is_ocsp: bool) -> _Kept:
        until = _next_update(data, now, is_ocsp=is_ocsp) if data is not None else None
        if data is None or until is None or until <= now:
            return _Kept(None, now, now + _FAILED)
        return _Kept(data, until, min(until, now + (_OCSP_LOOKED_AT if is_ocsp else self._look_again)))


def _next_update(data: bytes, now: datetime, *, is_ocsp: bool) -> datetime | None:
    """None where it cannot be read or does not say: such an answer is neither kept nor used."""
    try:
        if not is_ocsp:
            return x509.load_der_x509_crl(data).next_update_utc
        response = ocsp.load_der_ocsp_response(data)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return None
        return response.next_update_utc or now + _FAILED
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def _points(certificate: x509.Certificate) -> list[str]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except _STRANGE:
        return []
    return _addresses([name for point in points for name in point.full_name or ()])


def _responders(certificate: x509.Certificate) -> list[str]:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except _STRANGE:
        return []
    return _addresses([a.access_location for a in access if a.access_method == AuthorityInformationAccessOID.OCSP])


def _addresses(names: list[x509.GeneralName]) -> list[str]:
    texts = [n.value for n in names if isinstance(n, x509.UniformResourceIdentifier)]
    return [text for text in texts if text.startswith(("http://", "https://"))]


def _ocsp_request(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """SHA-1 only names the issuer here, as RFC 5019 has it."""
    try:
        builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303
        return builder.build().public_bytes(Encoding.DER)
    except (ValueError, UnsupportedAlgorithm):
        return b""


def _fetch(url: str, body: bytes) -> bytes | None:
    headers = {"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"} if body else {}
    data = bytearray()
    try:
        with requests.request(
            "POST" if body else "GET",
            url,
            data=body or None,
            headers=headers,
            timeout=_TIMEOUT,
            stream=True,
            allow_redirects=False,
        ) as answer:
            if answer.status_code != requests.codes.ok:
                return None
            for block in answer.iter_content(65_536):
                data += block
                if len(data) > _LARGEST:
                    return None
    except (requests.RequestException, OSError):
        return None
    return bytes(data)
