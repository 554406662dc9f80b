"""TLS as this program wants it: the operating system's trust store, one more CA where the settings name it, TLS 1.2 or newer.

requests would add certifi's roots to any context that it is given (`HTTPAdapter.cert_verify` sets `ca_certs`); here it may not,
so that an administrator who distrusts a CA is obeyed.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import truststore
from requests.adapters import HTTPAdapter

from econtract_core.rules.errors import SettingsUnreadable


@dataclass(frozen=True)
class ClientCertificate:
    """For addresses that begin with `prefix` (https://host[:port]/). `file`: PEM, certificate and key; `password` of the key, asked
    for at the first request, None where it has none."""

    prefix: str
    file: Path
    password: Callable[[], str | None]


def make_context(ca_file: Path | None, own: ClientCertificate | None = None) -> ssl.SSLContext:
    """The system's trust store, and besides it the CAs in `ca_file` (PEM); `own` is shown where the server asks. Raises
    SettingsUnreadable, KeyStoreUnavailable."""
    context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=str(ca_file))
        except (OSError, ssl.SSLError) as problem:
            raise SettingsUnreadable(path=str(ca_file), problem=type(problem).__name__) from None
    if own is not None:
        password = own.password() or ""  # never None: OpenSSL would ask on the terminal
        try:
            context.load_cert_chain(own.file, password=password)
        except (OSError, ssl.SSLError, ValueError) as problem:
            raise SettingsUnreadable(path=str(own.file), problem=type(problem).__name__) from None
    return context


class TrustAdapter(HTTPAdapter):
    """A requests adapter that verifies with one context and nothing else. Never retries: whoever asks decides that."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_connections=4, pool_maxsize=2, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: object) -> None:
        super().init_poolmanager(connections, maxsize, block, ssl_context=self._context, blocksize=65536, **pool_kwargs)

    def cert_verify(self, conn: object, url: str, verify: object, cert: object) -> None:
        """Replaces the base's, which would load certifi's roots into our context."""
        conn.cert_reqs = "CERT_REQUIRED"  # type: ignore[attr-defined]
        conn.ca_certs = None  # type: ignore[attr-defined]
        conn.ca_cert_dir = None  # type: ignore[attr-defined]
