"""What the signing benchmarks share: a practice authority, a quick timestamp service, a SoftHSM card, our signer over them, and
the bare operations it is held against."""

from __future__ import annotations

import http.client
import socket
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from benchmarks.harness import NotHere, environment
from benchmarks.quick_stamps import PATH, quick_stamps, sample_request

if TYPE_CHECKING:
    from econtract_desktop.crypto.pades.signer import PadesSigner
    from econtract_desktop.ports.card import CardToken

PIN = "123456"


class World:
    """`stack` ends everything that is started."""

    def __init__(self, folder: Path, stack: ExitStack, port: int | None = None, latency: float = 0.0) -> None:
        """`port`: of a timestamp service that runs already for this folder, made by another process; else one is started that
        answers so many seconds later."""
        from econtract_practice.authority import Authority
        from econtract_practice.cards import make_softhsm_card, softhsm_available
        from econtract_practice.people import CONTRACTOR

        if softhsm_available() is None:
            raise NotHere("SoftHSM is not installed")
        self.folder = folder
        self.stack = stack
        self.authority = Authority.create(folder / "authority", "http://127.0.0.1:9")
        key, self.certificate = self.authority.issue(CONTRACTOR.person)
        self.card = make_softhsm_card(
            Path(tempfile.mkdtemp(prefix="card-", dir=folder)), "BENCH", PIN, key, self.certificate
        )
        self.port = port if port is not None else stack.enter_context(quick_stamps(folder, self.authority, latency))

    def signer(self) -> tuple[PadesSigner, CardToken]:
        """Ours, with the card logged in."""
        from econtract_desktop.api.http import RequestsHttp
        from econtract_desktop.card.cards import DriverCards
        from econtract_desktop.config import CardSettings, Settings
        from econtract_desktop.crypto.installed_trust import InstalledTrust
        from econtract_desktop.crypto.pades.signer import PadesSigner
        from econtract_desktop.crypto.timestamps import HttpTimestamper
        from econtract_desktop.ports.card import CardSelector
        from econtract_desktop.ports.pin import PinPurpose

        settings = CardSettings(str(self.card.module), tuple(self.card.environment.items()))
        cards = DriverCards(Settings(profile=self.folder, cards=(settings,)))
        self.stack.callback(cards.close)
        token = self.stack.enter_context(cards.open(CardSelector()))
        token.log_in(_Prompt(), PinPurpose("sign"))
        trust = InstalledTrust(self.authority.trust_dir)
        web = RequestsHttp()
        self.stack.callback(web.close)
        stamper = HttpTimestamper(web, (f"http://127.0.0.1:{self.port}{PATH}",), trust)
        signer = PadesSigner(stamper, _KnownData(self.authority), trust)
        self.stack.callback(signer.close)
        return signer, token

    def bare_signature(self) -> Callable[[bytes], object]:
        """One PKCS#11 signature by the same kind of token, in this process."""
        import pkcs11

        self.stack.enter_context(environment(**self.card.environment))
        library = pkcs11.lib(str(self.card.module))
        library.reinitialize()  # SoftHSM reads its configuration then; the one before belonged to another row
        token = library.get_token(token_label=self.card.token_label)
        session = self.stack.enter_context(token.open(user_pin=PIN))
        key: Any = next(iter(session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY})))
        return lambda data: key.sign(data, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS)

    def bare_timestamp(self) -> Callable[[], bytes]:
        """One round trip on a kept connection."""
        request = sample_request()
        line = http.client.HTTPConnection("127.0.0.1", self.port)
        line.connect()
        line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stack.callback(line.close)

        def ask() -> bytes:
            line.request("POST", PATH, request, {"content-type": "application/timestamp-query"})
            return line.getresponse().read()

        return ask


class _KnownData:
    """The port Revocation with what a program that has just signed has at hand: no request is made."""

    def __init__(self, authority: Any) -> None:
        self._issuing = authority.issuing_der
        self._crls = known_crls(authority)

    def issuers(self, certificate: bytes) -> tuple[bytes, ...]:
        issuer = x509.load_der_x509_certificate(certificate).issuer
        above = x509.load_der_x509_certificate(self._issuing).subject
        return (self._issuing,) if issuer == above else ()

    def for_certificates(self, certificates: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        return self._crls, ()


def known_crls(authority: Any) -> tuple[bytes, ...]:
    """What this authority's CRL addresses would answer now."""
    return tuple(_crl(issuer) for issuer in (authority.issuing, authority.root, authority.tsa_root))


def _crl(issuer: Any) -> bytes:
    now = datetime.now(UTC)
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    builder = builder.last_update(now - timedelta(minutes=1)).next_update(now + timedelta(hours=6))
    key_identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
    builder = builder.add_extension(x509.CRLNumber(1), critical=False).add_extension(key_identifier, critical=False)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


class _Prompt:
    def ask(self, request: object) -> Any:
        from econtract_desktop.ports.pin import PinBuffer

        return PinBuffer(bytearray(PIN.encode()))
