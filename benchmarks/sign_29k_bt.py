"""`sign-29k-bt`, `sign-1m-bt`: one PAdES-B-T in a warm process, against the work nobody can leave out.

Ours: PadesSigner with a SoftHSM card behind the card port (its own process) and HttpTimestamper over RequestsHttp; the clock
stops when the file stands under its name, flushed and self-checked. Against: SHA-256 of the file, one bare PKCS#11 signature on
the same kind of token, one timestamp round trip on a kept connection. The timestamp service answers in a process of its own and
is as quick as one can be, so that it does not hide what we add: `python -m benchmarks.sign_29k_bt KEY CERTIFICATE` is it.
"""

from __future__ import annotations

import hashlib
import http.client
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from benchmarks.harness import BenchmarkBroken, Figure, Plan, Sample, environment, measure, timed
from benchmarks.material import pdf
from econtract_core.evidence import der

_WHAT = (
    "one PAdES-B-T, warm, SoftHSM card process, loopback TSA, against SHA-256 + bare PKCS#11 signature + one round trip"
)
PLANS = (
    Plan(name="sign-29k-bt", unit="ms", target=2.5, what=f"29 KB: {_WHAT}"),
    Plan(name="sign-1m-bt", unit="ms", target=2.0, what=f"1 MB: {_WHAT}"),
)
_SIZES = {"sign-29k-bt": 29_000, "sign-1m-bt": 1_000_000}
_ROUNDS = 5  # signatures in one sample: a single one is too short to time
_PIN = "123456"
_PATH = "/tsa"


def run(plan: Plan, runs: int) -> Figure:
    with tempfile.TemporaryDirectory(prefix="econtract-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        source = folder / "contract.pdf"
        source.write_bytes(pdf(_SIZES[plan.name]))
        world = _World(folder, stack)
        return measure(plan, world.ours(source), world.floor(source), runs)


class _World:
    """Card, timestamp service and signer."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        from econtract_practice.authority import Authority
        from econtract_practice.cards import make_softhsm_card, softhsm_available
        from econtract_practice.people import CONTRACTOR

        if softhsm_available() is None:
            raise BenchmarkBroken("SoftHSM is not installed")
        self.folder = folder
        self.authority = Authority.create(folder / "authority", "http://127.0.0.1:9")
        key, self.certificate = self.authority.issue(CONTRACTOR.person)
        self.card = make_softhsm_card(folder / "card", "BENCH", _PIN, key, self.certificate)
        self.port = stack.enter_context(_service(folder, self.authority))
        self.stack = stack
        self.made = 0

    def ours(self, source: Path) -> Sample:
        from econtract_desktop.api.http import RequestsHttp
        from econtract_desktop.card.cards import DriverCards
        from econtract_desktop.config import CardSettings, Settings
        from econtract_desktop.crypto.installed_trust import InstalledTrust
        from econtract_desktop.crypto.pades.signer import PadesSigner
        from econtract_desktop.crypto.timestamps import HttpTimestamper
        from econtract_desktop.ports.card import CardSelector
        from econtract_desktop.ports.pin import PinPurpose
        from econtract_desktop.ports.signer import SignOptions

        settings = CardSettings(str(self.card.module), tuple(self.card.environment.items()))
        cards = DriverCards(Settings(profile=self.folder, cards=(settings,)))
        self.stack.callback(cards.close)
        token = self.stack.enter_context(cards.open(CardSelector()))
        token.log_in(_Prompt(), PinPurpose("sign"))
        trust = InstalledTrust(self.authority.trust_dir)
        web = RequestsHttp()
        self.stack.callback(web.close)
        url = f"http://127.0.0.1:{self.port}{_PATH}"
        above = (self.authority.issuing_der,)
        signer = PadesSigner(HttpTimestamper(web, (url,), trust), KnownIssuers(*above), trust)
        signer.check_signable(source)

        def sign() -> None:
            self.made += 1
            signer.sign(source, self.folder / f"signed-{self.made}.pdf", token, SignOptions(level="B-T"))

        return _repeated(sign)

    def floor(self, source: Path) -> Sample:
        import pkcs11

        request = _sample_request()
        self.stack.enter_context(environment(**self.card.environment))
        library = pkcs11.lib(str(self.card.module))
        library.reinitialize()  # SoftHSM reads its configuration then; the one before belonged to another row
        token = library.get_token(token_label=self.card.token_label)
        session = self.stack.enter_context(token.open(user_pin=_PIN))
        key: Any = next(iter(session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY})))
        line = http.client.HTTPConnection("127.0.0.1", self.port)
        line.connect()
        line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stack.callback(line.close)

        def bare() -> None:
            digest = hashlib.sha256(source.read_bytes()).digest()
            key.sign(digest, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS)
            line.request("POST", _PATH, request, {"content-type": "application/timestamp-query"})
            if line.getresponse().read()[:1] != b"\x30":
                raise BenchmarkBroken("the timestamp service does not answer")

        return _repeated(bare)


class KnownIssuers:
    """The port Revocation where the CA certificates are known and nothing else is asked for."""

    def __init__(self, *above: bytes) -> None:
        self._above = above

    def issuers(self, certificate: bytes) -> tuple[bytes, ...]:
        return () if certificate in self._above else self._above

    def for_certificates(self, certificates: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        return (), ()


class _Prompt:
    def ask(self, request: object) -> Any:
        from econtract_desktop.ports.pin import PinBuffer

        return PinBuffer(bytearray(_PIN.encode()))


def _repeated(action: Any) -> Sample:
    one = timed(lambda: [action() for _ in range(_ROUNDS)])
    return lambda: one() / _ROUNDS


def _sample_request() -> bytes:
    from econtract_desktop.crypto.timestamps import _request

    return _request(bytes(32), secrets.randbits(64) | 1)


# --- the timestamp service -------------------------------------------------------------------------------------------


@contextmanager
def _service(folder: Path, authority: Any) -> Iterator[int]:
    key = folder / "tsa.key"
    key.write_bytes(
        authority.tsa.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    certificate = folder / "tsa.der"
    certificate.write_bytes(authority.tsa.der)
    command = [sys.executable, "-m", "benchmarks.sign_29k_bt", str(key), str(certificate)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()


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


def _serve(key_file: Path, certificate_file: Path) -> None:
    stamps = _QuickStamps(key_file, certificate_file)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

        def do_POST(self) -> None:
            body = stamps.answer(self.rfile.read(int(self.headers["content-length"])))
            kind = "Content-Type: application/timestamp-reply"
            head = f"HTTP/1.1 200 OK\r\n{kind}\r\nContent-Length: {len(body)}\r\n\r\n"
            self.wfile.write(head.encode() + body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), Path(sys.argv[2]))
