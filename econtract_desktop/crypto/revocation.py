"""Revocation data and missing CA certificates from the addresses in certificates (RFC 5280, RFC 6960)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from econtract_core.evidence.certificates import Certificate, load_certificate, load_certificates
from econtract_core.evidence.trust import TrustStore
from econtract_core.rules.errors import NetworkError, TrustMissing
from econtract_desktop.crypto.kept_answers import KeptAnswers
from econtract_desktop.ports.http import Http

_STRANGE = (
    ValueError,
    TypeError,
    InvalidSignature,
    UnsupportedAlgorithm,
    x509.UnsupportedGeneralNameType,
    x509.InvalidVersion,
)
_MOST_CERTIFICATES = 64
_LONGEST_CHAIN = 6
_LARGEST_CRL, _LARGEST_OCSP, _LARGEST_CA = 20_000_000, 200_000, 100_000
_TIMEOUT = 10.0
_OCSP_KEPT, _CRL_KEPT, _CA_KEPT = timedelta(minutes=15), timedelta(hours=24), timedelta(days=30)
_OCSP_HEADERS = {"content-type": "application/ocsp-request", "accept": "application/ocsp-response"}
_AccessOID = AuthorityInformationAccessOID


class HttpRevocation:
    """The port Revocation. Asks only for certificates that lead to a trust anchor: a stranger's file cannot make this PC
    call addresses of the stranger's choice. Thread-safe. What cannot be had is left out, never raised."""

    def __init__(
        self,
        http: Callable[[], Http] | None,
        cache_dir: Path,
        trust: Callable[[], TrustStore],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`http` is called for when something really must be asked. None: only what was kept from earlier."""
        self._http = http
        self._kept = KeptAnswers(cache_dir)
        self._trust = trust
        self._now = now

    def offline(self) -> HttpRevocation:
        """The same without the network."""
        twin = HttpRevocation(None, Path(), self._trust, self._now)
        twin._kept = self._kept
        return twin

    def for_certificates(self, certificates: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        crls: dict[bytes, None] = {}
        ocsps: dict[bytes, None] = {}
        for certificate, issuer in self._authentic(certificates):
            answer = self._ocsp(certificate.read, issuer.read)
            if answer is not None:
                ocsps[answer] = None
                continue
            for url in _crl_urls(certificate.read):
                crl = self._crl(url)
                if crl is not None:
                    crls[crl] = None
                    break
        return tuple(crls), tuple(ocsps)

    def issuers(self, certificate: bytes) -> tuple[bytes, ...]:
        """The CA certificates between a certificate and a trust anchor, nearest first, anchor left out: from the installed
        ones, else from the addresses the certificates name. Ends where nothing more is known."""
        chain: list[bytes] = []
        current = _load(certificate)
        anchors, known = self._installed()
        while current is not None and len(chain) < _LONGEST_CHAIN:
            if current.issuer == current.subject or any(current.issued_by(a) for a in anchors):
                break
            above = next((k for k in known if current.issued_by(k)), None) or self._fetched_issuer(current)
            if above is None or above.der in chain:
                break
            chain.append(above.der)
            current = above
        return tuple(chain)

    def _installed(self) -> tuple[list[Certificate], list[Certificate]]:
        try:
            store = self._trust()
        except TrustMissing:
            return [], []
        return load_certificates(store.anchors), load_certificates(store.intermediates)

    def _authentic(self, ders: tuple[bytes, ...]) -> list[tuple[Certificate, Certificate]]:
        """(certificate, its issuer) for those whose signatures lead to an anchor, each once."""
        anchors, intermediates = self._installed()
        trusted = list(anchors)
        waiting = [c for c in (*intermediates, *load_certificates(ders[:_MOST_CERTIFICATES])) if c not in anchors]
        found: list[tuple[Certificate, Certificate]] = []
        progress = True
        while progress:
            progress = False
            for certificate in list(waiting):
                issuer = next((t for t in trusted if certificate.issued_by(t)), None)
                if issuer is None:
                    continue
                waiting.remove(certificate)
                if all(certificate != known for known, _ in found):
                    found.append((certificate, issuer))
                    trusted.append(certificate)
                    progress = True
        return found

    def _fetched_issuer(self, certificate: Certificate) -> Certificate | None:
        for url in _access_urls(certificate.read, _AccessOID.CA_ISSUERS):
            kept = self._kept.get(url, self._now())
            candidate = _load(kept) if kept is not None else None
            if candidate is not None and certificate.issued_by(candidate):
                return candidate
            data = self._get(url, _LARGEST_CA)  # a CA may have got a new certificate at the same address
            candidate = _load(data) if data is not None else None
            if candidate is not None and data is not None and certificate.issued_by(candidate):
                self._kept.put(url, data, self._now() + _CA_KEPT)
                return candidate
        return None

    def _crl(self, url: str) -> bytes | None:
        kept = self._kept.get(url, self._now())
        if kept is not None:
            return kept
        data = self._get(url, _LARGEST_CRL)
        if data is None:
            return None
        try:
            crl = x509.load_der_x509_crl(data)
            end = crl.next_update_utc
        except _STRANGE:
            return None
        now = self._now()
        self._kept.put(url, data, min(end or now, now + _CRL_KEPT))
        return data

    def _ocsp(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bytes | None:
        for url in _access_urls(certificate, _AccessOID.OCSP):
            name = f"{url} {certificate.fingerprint(hashes.SHA256()).hex()}"
            kept = self._kept.get(name, self._now())
            if kept is not None:
                return kept
            request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1()).build()  # noqa: S303 — the CertID hash every responder knows; nothing rests on it
            data = self._post(url, request.public_bytes(Encoding.DER))
            end = _good_until(data) if data is not None else None
            if data is not None and end is not None:
                self._kept.put(name, data, min(end, self._now() + _OCSP_KEPT))
                return data
        return None

    def _get(self, url: str, limit: int) -> bytes | None:
        return self._request("GET", url, None, None, limit)

    def _post(self, url: str, body: bytes) -> bytes | None:
        return self._request("POST", url, body, _OCSP_HEADERS, _LARGEST_OCSP)

    def _request(
        self, method: str, url: str, body: bytes | None, headers: dict[str, str] | None, limit: int
    ) -> bytes | None:
        if self._http is None:
            return None
        try:
            answer = self._http().request(method, url, body=body, headers=headers, limit=limit, timeout=_TIMEOUT)
        except NetworkError:
            return None
        return answer.body if answer.status == 200 else None


def _load(data: bytes) -> Certificate | None:
    if data.startswith(b"-----BEGIN"):
        try:
            data = x509.load_pem_x509_certificate(data).public_bytes(Encoding.DER)
        except _STRANGE:
            return None
    return load_certificate(data)


def _access_urls(certificate: x509.Certificate, method: x509.ObjectIdentifier) -> list[str]:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, *_STRANGE):
        return []
    return _web([d.access_location for d in access if d.access_method == method])


def _crl_urls(certificate: x509.Certificate) -> list[str]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, *_STRANGE):
        return []
    return _web([name for point in points for name in point.full_name or ()])


def _web(names: list[x509.GeneralName]) -> list[str]:
    urls = [n.value for n in names if isinstance(n, x509.UniformResourceIdentifier)]
    return [url for url in urls if url.startswith(("http://", "https://"))][:3]


def _good_until(data: bytes) -> datetime | None:
    try:
        response = ocsp.load_der_ocsp_response(data)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return None
        return response.next_update_utc or response.this_update_utc + timedelta(minutes=5)
    except _STRANGE:
        return None
