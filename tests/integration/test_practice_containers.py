"""Containers and CAdES files from end to end: real HTTP to the practice authority, the real command line."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest
from cryptography import x509

from econtract_core.evidence.verdict import Verdict
from econtract_desktop.api.http import RequestsHttp
from econtract_desktop.bootstrap import console
from econtract_desktop.crypto.asic.signer import AsicSigner
from econtract_desktop.crypto.installed_trust import InstalledTrust
from econtract_desktop.crypto.revocation import HttpRevocation
from econtract_desktop.crypto.timestamps import HttpTimestamper
from econtract_desktop.crypto.verifier import EvidenceVerifier
from econtract_desktop.ports.signer import SignedDocument, SignOptions, State
from econtract_practice.authority import Authority
from econtract_practice.people import CONTRACTOR
from econtract_practice.responder import Responder
from tests.fakes.cades_files import sign
from tests.fakes.key_card import KeyCard
from tests.fakes.pki import Issued


class World:
    def __init__(self, authority: Authority, responder: Responder, folder: Path) -> None:
        self.authority = authority
        self.folder = folder
        self.http = RequestsHttp()
        trust = InstalledTrust(authority.trust_dir)
        revocation = HttpRevocation(lambda: self.http, folder / "kept", trust)
        self.signer = AsicSigner(HttpTimestamper(self.http, (responder.tsa_url,), trust), revocation, trust)
        self.verifier = EvidenceVerifier(trust, lambda: revocation)
        key, der = authority.issue(CONTRACTOR.person)
        self.person = Issued(key, x509.load_der_x509_certificate(der))
        self.source = folder / "数量計算書.csv"
        self.source.write_bytes("工種,数量\r\n".encode())

    def sign(self, level: str) -> SignedDocument:
        output = self.folder / f"{level}.asice"
        return self.signer.sign(self.source, output, KeyCard(self.person), SignOptions(level=level))

    def run(self, capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, dict[str, object]]:
        """`econtract verify … --json`: exit status and the first document."""
        places = ["--trust", self.authority.trust_dir, "--profile", self.folder / "profile", "--json", "--lang", "en"]
        status = console(["verify", *map(str, [*arguments, *places])])
        told = json.loads(capsys.readouterr().out)
        return status, told["documents"][0] if "documents" in told else told


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
    world.http.close()


def test_archived_over_http(world: World) -> None:
    made = world.sign("B-LTA")
    assert (made.level, made.state) == ("XAdES-B-LTA", State.COMPLETE)
    for offline in (False, True):
        found = world.verifier.verify(made.output, offline=offline)
        assert (found.verdict, found.level) == (Verdict.TOTAL_PASSED, "XAdES-B-LTA")
    assert found.signatures[0].signer == CONTRACTOR.person.name


def test_the_command_line_tells_what_it_is(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    made = world.sign("B-T")
    status, told = world.run(capsys, made.output)
    assert (status, told["format"], told["verdict"], told["level"]) == (0, "ASiC-E", "TOTAL-PASSED", "XAdES-B-T")
    assert told["findings"] == []
    status, told = world.run(capsys, world.source)
    assert (status, told["verdict"]) == (1, "NO-SIGNATURE")
    assert told["findings"] == [
        {"code": "no-signature", "severity": "note", "text": "No signature was found in the file.", "where": ""}
    ]


@pytest.mark.skipif(which("openssl") is None, reason="openssl is not installed")
def test_detached_content_is_named(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    message = world.folder / "a.p7s"
    message.write_bytes(sign(world.folder, world.person, world.source.read_bytes()))
    status, told = world.run(capsys, message, "--detached", world.source)
    assert (status, told["format"], told["verdict"]) == (0, "CAdES", "TOTAL-PASSED")
    status, told = world.run(capsys, message)
    assert (status, told["verdict"], told["sub_indication"]) == (1, "INDETERMINATE", "SIGNED_DATA_NOT_FOUND")
    world.source.write_bytes(b"other")
    status, told = world.run(capsys, message, "--detached", world.source)
    assert (status, told["verdict"], told["sub_indication"]) == (1, "TOTAL-FAILED", "HASH_FAILURE")
    status, told = world.run(capsys, message, "--detached", world.folder / "nothing")
    assert (status, told["error"]["code"]) == (1, "ED-PC-1005")  # type: ignore[index]
    status, told = world.run(capsys, message, world.source, "--detached", world.source)
    assert status == 2
