"""A timestamp service as quick as one can be, so that it does not hide what we add:
`python -m benchmarks.quick_stamps KEY CERTIFICATE [SECONDS]` (each answer comes so much later) prints its port."""

from __future__ import annotations

import hashlib
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from econtract_core.evidence import der

PATH = "/tsa"


@contextmanager
def quick_stamps(folder: Path, authority: Any, latency: float = 0.0) -> Iterator[int]:
    """The service in a process of its own, with the practice authority's key; its port. `latency` in seconds."""
    key = folder / "tsa.key"
    key.write_bytes(
        authority.tsa.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    certificate = folder / "tsa.der"
    certificate.write_bytes(authority.tsa.der)
    command = [sys.executable, "-m", "benchmarks.quick_stamps", str(key), str(certificate), str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def sample_request() -> bytes:
    """A request for a timestamp over nothing in particular."""
    from econtract_desktop.crypto.timestamps import _request

    return _request(bytes(32), secrets.randbits(64) | 1)


class _QuickStamps:
    """The timestamp answers, built from DER by hand: as quick as one can be."""

    def __init__(self, key_file: Path, certificate_file: Path) -> None:
        key = serialization.load_der_private_key(key_file.read_bytes(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        self._key = key
        self._certificate = certificate_file.read_bytes()
        self._sha256 = der.write(der.SEQUENCE, _oid("608648016503040201"))
        self._tst = _oid("2a864886f70d0109100104")
        named = der.write(der.SEQUENCE, der.write(der.OCTET_STRING, hashlib.sha256(self._certificate).digest()))
        own = der.write(der.SEQUENCE, der.write(der.SEQUENCE, named))
        self._ess = _attribute("2a864886f70d010910022f", own)

    def answer(self, request: bytes) -> bytes:
        parts = list(der.element(request).children())
        now = datetime.now(UTC).strftime("%Y%m%d%H%M%SZ").encode()
        nonce = next(p.whole for p in parts[2:] if p.tag == der.INTEGER)
        policy, number = _oid("883703060200"), der.integer(secrets.randbits(63))
        info = der.write(der.SEQUENCE, der.integer(1), policy, parts[1].whole, number, der.write(0x18, now), nonce)
        content = der.write(der.SEQUENCE, self._tst, der.write(0xA0, der.write(der.OCTET_STRING, info)))
        signed = der.write(
            der.SEQUENCE,
            der.integer(3),
            der.write(der.SET, self._sha256),
            content,
            der.write(0xA0, self._certificate),
            der.write(der.SET, self._signer(info)),
        )
        token = der.write(der.SEQUENCE, _oid("2a864886f70d010702"), der.write(0xA0, signed))
        return der.write(der.SEQUENCE, der.write(der.SEQUENCE, der.integer(0)), token)

    def _signer(self, info: bytes) -> bytes:
        digest = der.write(der.OCTET_STRING, hashlib.sha256(info).digest())
        kind = _attribute("2a864886f70d010903", self._tst)
        attributes = der.set_of(kind, _attribute("2a864886f70d010904", digest), self._ess)
        value = self._key.sign(attributes, padding.PKCS1v15(), hashes.SHA256())
        return der.write(
            der.SEQUENCE,
            der.integer(1),
            der.write(der.SEQUENCE, *der.issuer_and_serial(self._certificate)),
            self._sha256,
            b"\xa0" + attributes[1:],
            der.write(der.SEQUENCE, _oid("2a864886f70d01010b"), der.NULL),
            der.write(der.OCTET_STRING, value),
        )


def _oid(hexadecimal: str) -> bytes:
    return der.write(der.OBJECT_IDENTIFIER, bytes.fromhex(hexadecimal))


def _attribute(kind: str, value: bytes) -> bytes:
    return der.write(der.SEQUENCE, _oid(kind), der.write(der.SET, value))


def _serve(key_file: Path, certificate_file: Path, latency: float) -> None:
    stamps = _QuickStamps(key_file, certificate_file)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

        def do_POST(self) -> None:
            time.sleep(latency)
            body = stamps.answer(self.rfile.read(int(self.headers["content-length"])))
            kind = "Content-Type: application/timestamp-reply"
            head = f"HTTP/1.1 200 OK\r\n{kind}\r\nContent-Length: {len(body)}\r\n\r\n"
            self.wfile.write(head.encode() + body)

    class Server(ThreadingHTTPServer):
        request_queue_size = 64

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Who asked may have been killed: nothing to tell."""

    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
