"""What the server fetches from outside: certificate revocation lists, kept until they are out of date."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import requests
from cryptography import x509

_LARGEST = 20_000_000
_TIMEOUT = (5, 20)  # seconds
_AGAIN_AFTER = timedelta(minutes=10)  # a list is looked at again this often, though it is good for longer


class RevocationLists:
    """Thread-safe. Keeps lists in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[datetime, bytes]] = {}

    def for_certificates(self, certificates: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """The lists (DER) these certificates (DER) name; what cannot be had is left out."""
        urls = {url for der in certificates for url in _points(der)}
        return tuple(data for url in sorted(urls) if (data := self._get(url)) is not None)

    def _get(self, url: str) -> bytes | None:
        with self._lock:
            kept = self._kept.get(url)
        if kept is not None and kept[0] > datetime.now(UTC):
            return kept[1]
        data = _fetch(url)
        if data is None:
            return None
        until = min(_next_update(data), datetime.now(UTC) + _AGAIN_AFTER)
        with self._lock:
            self._kept[url] = (until, data)
        return data


def _points(der: bytes) -> list[str]:
    try:
        extensions = x509.load_der_x509_certificate(der).extensions
        points = extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (ValueError, x509.ExtensionNotFound):
        return []
    names = [name for point in points for name in point.full_name or ()]
    return [n.value for n in names if isinstance(n, x509.UniformResourceIdentifier) and n.value.startswith("http")]


def _fetch(url: str) -> bytes | None:
    try:
        with requests.get(url, timeout=_TIMEOUT, stream=True, allow_redirects=False) as answer:
            if answer.status_code != requests.codes.ok:
                return None
            data = answer.raw.read(_LARGEST + 1, decode_content=True)
    except (requests.RequestException, OSError):
        return None
    return data if len(data) <= _LARGEST else None


def _next_update(data: bytes) -> datetime:
    try:
        until = x509.load_der_x509_crl(data).next_update_utc
    except ValueError:
        until = None
    return until or datetime.now(UTC)
