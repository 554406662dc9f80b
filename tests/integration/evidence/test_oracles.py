"""Judges we did not write agree on everything that is signed, at every level: qpdf and mutool on the syntax, pdfsig on the
signatures, openssl on the CMS, the timestamps, the CRLs and the OCSP responses."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from econtract_core.evidence import cms
from econtract_core.evidence.pdf.reading import OpenPdf
from econtract_core.evidence.verdict import Verdict
from econtract_desktop.api.http import RequestsHttp
from econtract_desktop.crypto.installed_trust import InstalledTrust
from econtract_desktop.crypto.pades.revisions import held_in_store
from econtract_desktop.crypto.pades.signer import PadesSigner
from econtract_desktop.crypto.revocation import HttpRevocation
from econtract_desktop.crypto.timestamps import HttpTimestamper
from econtract_desktop.crypto.verifier import EvidenceVerifier
from econtract_desktop.forms.typst_forms import TypstForms
from econtract_desktop.ports.signer import LEVELS, Mark, SignOptions
from econtract_practice.authority import Authority
from econtract_practice.people import CONTRACTOR, OFFICER, Person
from econtract_practice.responder import Responder
from tests.fakes.documents import plain
from tests.fakes.key_card import KeyCard
from tests.fakes.pki import Issued

KINDS = (*LEVELS, "visible", "two signers", "renewed", "raised")
TOOLS = ("qpdf", "mutool", "pdfsig", "openssl")

pytestmark = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in TOOLS),
    reason=f"not installed: {' '.join(tool for tool in TOOLS if shutil.which(tool) is None)}",
)


class Desk:
    """A signer over the practice authority's services, and its files by kind."""

    def __init__(self, folder: Path, authority: Authority, responder: Responder) -> None:
        self.folder = folder
        self.authority = authority
        self.http = RequestsHttp()
        trust = InstalledTrust(authority.trust_dir)
        revocation = HttpRevocation(lambda: self.http, folder / "kept", trust)
        stamper = HttpTimestamper(self.http, (responder.tsa_url,), trust)
        self._signer = PadesSigner(stamper, revocation, trust, lambda: datetime.now(UTC), TypstForms().mark)
        self.verifier = EvidenceVerifier(trust, lambda: revocation)

    def make(self, kind: str) -> Path:
        source = self.folder / f"{kind}-source.pdf"
        source.write_bytes(plain())
        output = self.folder / f"{kind}.pdf"
        level = kind if kind in LEVELS else "B-T" if kind == "raised" else "B-LTA"
        self._sign(
            source, output, SignOptions(level=level, reason="契約の締結", mark=Mark() if kind == "visible" else None)
        )
        if kind == "two signers":
            first = output.rename(self.folder / "first.pdf")
            self._sign(first, output, SignOptions(level="B-LTA"), OFFICER.person)
        if kind in ("renewed", "raised"):
            self._signer.extend(output, output, "B-LTA")
        return output

    def _sign(self, source: Path, output: Path, options: SignOptions, person: Person = CONTRACTOR.person) -> None:
        key, der = self.authority.issue(person)
        self._signer.sign(source, output, KeyCard(Issued(key, x509.load_der_x509_certificate(der))), options)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    authority = Authority.create(tmp_path_factory.mktemp("authority"), f"http://127.0.0.1:{port}")
    with Responder(authority, port) as responder:
        desk = Desk(tmp_path_factory.mktemp("files"), authority, responder)
        yield desk
        desk.http.close()


@pytest.fixture(scope="module", params=KINDS)
def file(desk: Desk, request: pytest.FixtureRequest) -> Path:
    return desk.make(request.param)


def run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, errors="replace")
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"{command[0]}: {said[-1000:]}"
    return said


def test_we_ourselves(desk: Desk, file: Path) -> None:
    found = desk.verifier.verify(file)
    assert found.verdict is Verdict.TOTAL_PASSED, found


def test_qpdf_and_mutool_find_nothing_wrong(file: Path) -> None:
    assert "No syntax or stream encoding errors" in run("qpdf", "--check", file)
    said = run("mutool", "info", file)
    assert "error" not in said.lower(), said
    assert "warning" not in said.lower(), said


def test_pdfsig_calls_every_signature_valid(file: Path) -> None:
    said = run("pdfsig", "-nocert", file)
    signatures = file.read_bytes().count(b"/ETSI.CAdES.detached")
    assert said.count("Signature Validation: Signature is Valid.") == signatures >= 1
    assert "Invalid" not in said


def test_openssl_on_signatures_and_timestamps(desk: Desk, file: Path, tmp_path: Path) -> None:
    roots = desk.authority.trust_dir
    data = file.read_bytes()
    with OpenPdf(file) as pdf:
        signatures = pdf.signatures()
    stamped = 0
    for one in signatures:
        assert one.byte_range is not None
        first, second, rest = one.byte_range[1:]
        (tmp_path / "content").write_bytes(data[:first] + data[second : second + rest])
        (tmp_path / "message").write_bytes(one.contents)
        if one.kind == "document":
            stamp(tmp_path, "message", "content", roots)
            stamped += 1
            continue
        command = ["openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "message"]
        command += [
            "-content",
            "content",
            "-CAfile",
            str(roots / "practice-root.pem"),
            "-purpose",
            "any",
            "-out",
            "out",
        ]
        assert "Verification successful" in run(*command, cwd=tmp_path)
        message = cms.read(one.contents)
        (tmp_path / "value").write_bytes(message.signature)
        for token in message.timestamps:
            (tmp_path / "token").write_bytes(token)
            stamp(tmp_path, "token", "value", roots)
            stamped += 1
    assert stamped >= {"B-B": 0, "B-T": 1, "B-LT": 1}.get(file.stem, 2)


def stamp(folder: Path, token: str, data: str, roots: Path) -> None:
    command = ["openssl", "ts", "-verify", "-in", token, "-token_in", "-data", data]
    assert "Verification: OK" in run(*command, "-CAfile", roots / "practice-tsa-root.pem", cwd=folder)


def test_openssl_on_the_validation_data(desk: Desk, file: Path, tmp_path: Path) -> None:
    with OpenPdf(file) as pdf:
        held = held_in_store(pdf)
    if file.stem in ("B-B", "B-T"):
        assert (held.crls, held.ocsps) == ((), ())
        return
    a = desk.authority
    bundle = tmp_path / "all.pem"
    bundle.write_bytes(b"".join(e.pem for e in (a.root, a.issuing, a.tsa_root)))
    for crl in held.crls:
        (tmp_path / "one.crl").write_bytes(crl)
        said = run("openssl", "crl", "-inform", "DER", "-in", "one.crl", "-CAfile", bundle, "-noout", cwd=tmp_path)
        assert "verify OK" in said
    for answer in held.ocsps:
        (tmp_path / "one.ocsp").write_bytes(answer)
        said = run("openssl", "ocsp", "-respin", "one.ocsp", "-CAfile", bundle, "-resp_text", cwd=tmp_path)
        assert "Response verify OK" in said
        assert re.search(r"Cert Status: good", said)
    assert held.ocsps
    assert held.crls
