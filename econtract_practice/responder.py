"""CRL, OCSP, CA certificates and timestamps over HTTP on loopback, connections kept."""

from __future__ import annotations

import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from econtract_practice.authority import Authority, Entity
from econtract_practice.tsa import TimestampService

_LARGEST = 100_000
_MODES = ("ok", "down", "refuse", "wrong-nonce", "wrong-imprint")
_FRESH_FOR = timedelta(hours=12)


class Responder:
    """A context manager. `tsa_mode` and `latency` (seconds before each timestamp) rehearse trouble; from outside they are
    set by `PUT /control/tsa` with the mode as the body (loopback only)."""

    def __init__(self, authority: Authority, port: int = 0) -> None:
        self._authority = authority
        self.timestamps = TimestampService(authority.tsa, authority.tsa_root)
        self.tsa_mode = "ok"
        self.latency = 0.0
        self._server = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def tsa_url(self) -> str:
        return f"{self.url}/tsa"

    @property
    def ocsp_url(self) -> str:
        return f"{self.url}/ocsp"

    @property
    def crl_url(self) -> str:
        return f"{self.url}/issuing.crl"

    @property
    def ca_url(self) -> str:
        return f"{self.url}/issuing.cer"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Responder:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def get(self, path: str) -> tuple[str, bytes] | None:
        """(content type, body) of a file, or None."""
        a = self._authority
        files = {"/issuing.cer": a.issuing, "/root.cer": a.root, "/tsa-root.cer": a.tsa_root}
        if path in files:
            return "application/pkix-cert", files[path].der
        lists = {"/issuing.crl": a.issuing, "/root.crl": a.root, "/tsa-root.crl": a.tsa_root}
        if path in lists:
            return "application/pkix-crl", self._crl(lists[path])
        return None

    def post(self, path: str, body: bytes) -> tuple[str, bytes] | None:
        if path == "/ocsp":
            return "application/ocsp-response", self._ocsp(body)
        if path == "/tsa" and self.tsa_mode != "down":
            if self.latency:
                time.sleep(self.latency)
            self.timestamps.mode = self.tsa_mode
            return "application/timestamp-reply", self.timestamps.answer(body)
        return None

    def _crl(self, issuer: Entity) -> bytes:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.certificate.subject)
            .last_update(now - timedelta(minutes=1))
            .next_update(now + _FRESH_FOR)
            .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
        )
        if issuer is self._authority.issuing:
            for serial, at in self._authority.revoked().items():
                entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()
                builder = builder.add_revoked_certificate(entry)
        return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def _ocsp(self, body: bytes) -> bytes:
        try:
            asked = ocsp.load_der_ocsp_request(body)
        except ValueError:
            answer = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
            return answer.public_bytes(serialization.Encoding.DER)
        a = self._authority
        now = datetime.now(UTC)
        at = a.revoked().get(asked.serial_number)
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                issuer_name_hash=asked.issuer_name_hash,
                issuer_key_hash=asked.issuer_key_hash,
                serial_number=asked.serial_number,
                algorithm=asked.hash_algorithm,
                cert_status=ocsp.OCSPCertStatus.REVOKED if at else ocsp.OCSPCertStatus.GOOD,
                this_update=now - timedelta(minutes=1),
                next_update=now + _FRESH_FOR,
                revocation_time=at,
                revocation_reason=None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, a.ocsp.certificate)
            .certificates([a.ocsp.certificate])
        )
        for extension in asked.extensions:
            if isinstance(extension.value, x509.OCSPNonce):
                builder = builder.add_extension(extension.value, critical=False)
        return builder.sign(a.ocsp.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], responder: Responder) -> None:
        self.responder = responder
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no event."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 60

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._send(self.server.responder.get(self.path))

    def do_POST(self) -> None:
        body = self._body()
        self._send(None if body is None else self.server.responder.post(self.path, body))

    def do_PUT(self) -> None:
        body = self._body()
        mode = (body or b"").decode("ascii", "replace")
        if self.path == "/control/tsa" and mode in _MODES:
            self.server.responder.tsa_mode = mode
            self._send(("text/plain", mode.encode("ascii")))
        else:
            self._send(None)

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > _LARGEST:
            self.close_connection = True
            return None
        return self.rfile.read(int(length))

    def _send(self, answer: tuple[str, bytes] | None) -> None:
        status = 200 if answer else 503 if self.path == "/tsa" else 404
        kind, body = answer or ("text/plain", b"")
        head = (
            f"HTTP/1.1 {status} {self.responses[status][0]}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        # One write: head and body in two segments would wait for a delayed acknowledgement.
        self.wfile.write(head.encode("ascii") + body)
