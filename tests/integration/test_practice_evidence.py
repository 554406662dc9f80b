"""Signing and verifying against the practice environment's services over real HTTP, with openssl and poppler as witnesses."""

from __future__ import annotations

import hashlib
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import which

import pytest
from cryptography import x509

from econtract_core.evidence import cms
from econtract_core.evidence.pdf.reading import OpenPdf
from econtract_core.evidence.verdict import SubIndication, Verdict
from econtract_core.rules.errors import TimestampError, TimestampInvalid, TimestampRefused, TimestampUnreachable
from econtract_desktop.api.http import RequestsHttp
from econtract_desktop.crypto.installed_trust import InstalledTrust
from econtract_desktop.crypto.pades.signer import PadesSigner
from econtract_desktop.crypto.revocation import HttpRevocation
from econtract_desktop.crypto.timestamps import HttpTimestamper
from econtract_desktop.crypto.verifier import EvidenceVerifier
from econtract_desktop.ports.signer import SignedDocument, SignOptions
from econtract_practice.authority import Authority
from econtract_practice.people import CONTRACTOR, OFFICER, Person
from econtract_practice.responder import Responder
from tests.fakes.documents import plain
from tests.fakes.key_card import KeyCard
from tests.fakes.pki import Issued


@dataclass
class World:
    authority: Authority
    responder: Responder
    folder: Path

    def __post_init__(self) -> None:
        self.trust = InstalledTrust(self.authority.trust_dir)
        self.http = RequestsHttp()
        self.timestamper = HttpTimestamper(self.http, (self.responder.tsa_url,), self.trust)
        self.moment: datetime | None = None
        self.revocation = HttpRevocation(lambda: self.http, self.folder / "kept", self.trust, self.now)
        self.signer = PadesSigner(self.timestamper, self.revocation, self.trust)
        self.verifier = EvidenceVerifier(self.trust, lambda: self.revocation)
        self.source = self.folder / "contract.pdf"
        self.source.write_bytes(plain())

    def now(self) -> datetime:
        return self.moment or datetime.now(UTC)

    def card(self, person: Person = CONTRACTOR.person) -> KeyCard:
        key, der = self.authority.issue(person)
        return KeyCard(Issued(key, x509.load_der_x509_certificate(der)))

    def sign(self, card: KeyCard, name: str = "signed.pdf", source: Path | None = None) -> SignedDocument:
        return self.signer.sign(source or self.source, self.folder / name, card, SignOptions())


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Authority, Responder]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    authority = Authority.create(tmp_path_factory.mktemp("authority"), f"http://127.0.0.1:{port}")
    with Responder(authority, port) as responder:
        yield authority, responder


@pytest.fixture
def world(services: tuple[Authority, Responder], tmp_path: Path) -> Iterator[World]:
    world = World(*services, tmp_path)
    yield world
    world.responder.tsa_mode = "ok"
    world.http.close()


def test_two_parties_sign_and_all_of_it_passes(world: World) -> None:
    first = world.sign(world.card())
    second = world.sign(world.card(OFFICER.person), "both.pdf", first.output)
    found = world.verifier.verify(second.output)
    assert found.verdict is Verdict.TOTAL_PASSED, found
    assert [(s.signer, s.organization) for s in found.signatures] == [
        (CONTRACTOR.person.name, CONTRACTOR.person.organization),
        (OFFICER.person.name, OFFICER.person.organization),
    ]
    assert [t.verdict for t in found.timestamps] == [Verdict.TOTAL_PASSED] * 2
    offline = world.verifier.verify(second.output, offline=True)
    assert offline.verdict is Verdict.TOTAL_PASSED  # what was kept is enough


def test_a_revoked_card(world: World) -> None:
    card = world.card()
    world.authority.revoke(x509.load_der_x509_certificate(card.certificate.der).serial_number)
    signed = world.sign(card).output
    found = world.verifier.verify(signed, at=datetime.now(UTC) + timedelta(seconds=5))
    assert found.verdict is not Verdict.TOTAL_PASSED
    assert found.sub_indication is SubIndication.REVOKED


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("down", TimestampUnreachable),
        ("refuse", TimestampRefused),
        ("wrong-nonce", TimestampInvalid),
        ("wrong-imprint", TimestampInvalid),
    ],
)
def test_a_timestamp_service_in_trouble(world: World, mode: str, kind: type[TimestampError]) -> None:
    world.responder.tsa_mode = mode
    with pytest.raises(kind):
        world.sign(world.card())
    assert [p.name for p in world.folder.glob("*.pdf")] == ["contract.pdf"]


@pytest.mark.skipif(which("openssl") is None, reason="openssl is not installed")
def test_openssl_agrees(world: World) -> None:
    signed = world.sign(world.card()).output
    with OpenPdf(signed) as pdf:
        one = pdf.signatures()[0]
        assert one.byte_range is not None
        data = signed.read_bytes()
        first, second, rest = one.byte_range[1:]
        content = data[:first] + data[second : second + rest]
    message = cms.read(one.contents)
    folder = world.folder
    (folder / "token").write_bytes(message.timestamps[0])
    (folder / "value").write_bytes(message.signature)
    (folder / "content").write_bytes(content)
    (folder / "cms").write_bytes(one.contents)
    roots = world.authority.trust_dir
    stamp = ["openssl", "ts", "-verify", "-in", "token", "-token_in", "-data", "value"]
    stamp += ["-CAfile", str(roots / "practice-tsa-root.pem")]
    whole = ["openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "cms", "-content", "content"]
    whole += ["-CAfile", str(roots / "practice-root.pem"), "-purpose", "any", "-out", "out"]
    for command in (stamp, whole):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert (folder / "out").read_bytes() == content
    assert hashlib.sha256(content).digest() == message.message_digest


@pytest.mark.skipif(which("pdfsig") is None, reason="poppler's pdfsig is not installed")
def test_poppler_agrees(world: World) -> None:
    first = world.sign(world.card())
    second = world.sign(world.card(OFFICER.person), "both.pdf", first.output)
    told = subprocess.run(["pdfsig", second.output], capture_output=True, text=True, check=False).stdout
    assert told.count("Signature is Valid.") == 2
