"""Revocation lists and OCSP answers from a real HTTP server on loopback: what is kept, for how long, and what is asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from econtract_server.outbound import RevocationSource

NO_WAIT = timedelta(0)


class Ca:
    """A CA with one certificate, and the places that answer for it. `asked`: every request; `files`: path → body."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.files: dict[str, bytes] = {}
        self.key = ec.generate_private_key(ec.SECP256R1())
        ca = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                ca.asked.append(f"{self.command} {self.path}")
                body = ca.files.get(self.path)
                self.send_response(200 if body is not None else 302)
                self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(body or b"")

            do_POST = do_GET  # noqa: N815 — the library's name

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA")])
        self.root = self._certificate(self.name, ())
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(f"{self.url}/crl")], None, None, None)
        place = x509.UniformResourceIdentifier(f"{self.url}/ocsp")
        access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)
        extensions = (x509.CRLDistributionPoints([point]), x509.AuthorityInformationAccess([access]))
        self.leaf = self._certificate(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "leaf")]), extensions)

    @property
    def chain(self) -> tuple[bytes, ...]:
        return tuple(c.public_bytes(Encoding.DER) for c in (self.leaf, self.root))

    def _certificate(self, name: x509.Name, extensions: tuple[x509.ExtensionType, ...]) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(self.key.public_key())
        builder = builder.serial_number(7).not_valid_before(now).not_valid_after(now + timedelta(days=1))
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def crl(self, lasts: timedelta = timedelta(days=1)) -> bytes:
        now = datetime.now(UTC)
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.name).last_update(now - timedelta(days=9))
        return builder.next_update(now + lasts).sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def ocsp(self) -> bytes:
        now, good = datetime.now(UTC), ocsp.OCSPCertStatus.GOOD
        builder = ocsp.OCSPResponseBuilder().add_response(
            self.leaf, self.root, hashes.SHA1(), good, now, now + timedelta(days=1), None, None
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.root)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.fixture
def ca() -> Iterator[Ca]:
    ca = Ca()
    thread = threading.Thread(target=ca.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield ca
    ca.server.shutdown()
    ca.server.server_close()
    thread.join()


def test_a_list_is_asked_for_once(ca: Ca) -> None:
    ca.files["/crl"] = ca.crl()
    source = RevocationSource()
    for _ in range(3):
        answers = source.for_chain(ca.chain)
        assert (answers.crls, answers.ocsps) == ((ca.files["/crl"],), ())
    assert ca.asked == ["GET /crl"]
    source.forget()
    source.for_chain(ca.chain)
    assert ca.asked == ["GET /crl"] * 2


def test_a_newer_list_is_looked_for_and_the_old_one_serves_until_its_end(ca: Ca) -> None:
    first = ca.files["/crl"] = ca.crl()
    source = RevocationSource(look_again=NO_WAIT)
    assert source.for_chain(ca.chain).crls == (first,)
    second = ca.files["/crl"] = ca.crl(timedelta(days=2))
    assert source.for_chain(ca.chain).crls == (second,)
    del ca.files["/crl"]  # the CA's server is away
    assert source.for_chain(ca.chain).crls == (second,)
    asked = len(ca.asked)
    assert source.for_chain(ca.chain).crls == (second,)
    assert len(ca.asked) == asked  # and is left alone for a while


@pytest.mark.parametrize("lists", [{}, {"/crl": b""}, {"/crl": b"no list"}, {"/crl": None}])
def test_where_no_list_can_be_had_ocsp_is_asked(ca: Ca, lists: dict[str, bytes | None]) -> None:
    ca.files |= {path: ca.crl(-timedelta(days=1)) if body is None else body for path, body in lists.items()}
    ca.files["/ocsp"] = ca.ocsp()
    source = RevocationSource()
    for _ in range(2):
        answers = source.for_chain(ca.chain)
        assert (answers.crls, answers.ocsps) == ((), (ca.files["/ocsp"],))
    assert ca.asked == ["GET /crl", "POST /ocsp"]


def test_nothing_can_be_had(ca: Ca) -> None:
    ca.files["/ocsp"] = b"nonsense"
    answers = RevocationSource().for_chain(ca.chain)
    assert (answers.crls, answers.ocsps) == ((), ())
    assert ca.asked == ["GET /crl", "POST /ocsp"]  # a redirection is not followed


def test_a_chain_that_names_no_place_asks_nobody(ca: Ca) -> None:
    root = ca.root.public_bytes(Encoding.DER)
    answers = RevocationSource().for_chain((root, root))
    assert (answers.crls, answers.ocsps, ca.asked) == ((), (), [])
