"""`python -m benchmarks.peers [--python PYTHON]`: other programs that sign PDFs, each as a whole process, beside ours, in one run.

No row of the table in README.md: it prints a table of its own, median and least wall time in ms of signing one document, in turn. `PYTHON`:
an interpreter that has pyHanko's command line and endesive, which are no part of this project. What is not installed, or does not
work here, is named. All sign with an RSA-2048 key; ours and pyHanko's with a PKCS#12 file, the others with PEM files.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks.harness import script
from benchmarks.material import PIN_NAME, free_port, pdf
from econtract_practice.authority import Authority
from econtract_practice.cards import make_file_card
from econtract_practice.people import CONTRACTOR
from econtract_practice.responder import Responder

_RUNS = 7
_SIZES = {"29 KB": 29_000, "1 MB": 1_000_000, "20 MB": 20_000_000}
_LIBRARY = """
import sys
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
source, out, p12, pin = sys.argv[1:]
signer = signers.SimpleSigner.load_pkcs12(p12, passphrase=pin.encode())
with open(source, "rb") as f, open(out, "wb") as o:
    signers.sign_pdf(IncrementalPdfFileWriter(f), signers.PdfSignatureMetadata(field_name="S"), signer=signer, output=o)
"""
_ENDESIVE = """
import sys, datetime
from cryptography.hazmat.primitives.serialization import pkcs12
from endesive.pdf import cms
source, out, p12, pin = sys.argv[1:]
key, certificate, others = pkcs12.load_key_and_certificates(open(p12, "rb").read(), pin.encode())
data = open(source, "rb").read()
details = {"sigflags": 3, "contact": "", "location": "", "signingdate": "D:20261123000000+00'00'", "reason": ""}
open(out, "wb").write(data + cms.sign(data, details, key, certificate, others, "sha256"))
"""


@dataclass(frozen=True)
class Peer:
    """`command(source, output)`: one document."""

    name: str
    makes: str
    command: Callable[[Path, Path], Sequence[str | Path]]
    lacks: str = ""  # why it is not run


class World:
    """Keys and certificates in the forms the peers want, and a timestamp service."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        port = free_port()
        self.folder = folder
        self.authority = Authority.create(folder / "authority", f"http://127.0.0.1:{port}")
        responder = stack.enter_context(Responder(self.authority, port))
        self.tsa = responder.tsa_url
        key, certificate = self.authority.issue(CONTRACTOR.person)
        self.p12, self.pin = folder / "card.p12", CONTRACTOR.pin
        make_file_card(self.p12, "PEERS", self.pin, key, certificate, (self.authority.issuing_der,))
        self.key, self.certificate = folder / "key.pem", folder / "certificate.pem"
        self.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        (folder / "certificate.der").write_bytes(certificate)
        openssl: list[str | Path] = [
            "openssl",
            "x509",
            "-inform",
            "DER",
            "-in",
            folder / "certificate.der",
            "-out",
            self.certificate,
        ]
        subprocess.run(openssl, check=True)
        self.password = folder / "password"
        self.password.write_text(self.pin)
        self.profile = folder / "profile"
        self.profile.mkdir()
        settings = {
            "practice": True,
            "tsa_urls": [self.tsa],
            "trust_dir": str(self.authority.trust_dir),
            "cards": [{"module": str(self.p12)}],
        }
        (self.profile / "settings.json").write_text(json.dumps(settings), encoding="utf-8")


Command = Callable[[Path, Path], Sequence[str | Path]]


def ours(world: World, level: str) -> Command:
    """`econtract sign` with a PKCS#12 card."""

    def command(source: Path, out: Path) -> Sequence[str | Path]:
        where: list[str | Path] = [
            script("econtract"),
            "sign",
            source,
            "--out",
            out.with_suffix(".d"),
            "--level",
            level,
        ]
        return [*where, "--profile", world.profile, "--pin-env", PIN_NAME, "--json"]

    return command


def hanko(world: World, python: Path | None, *more: str) -> Command:
    """`pyhanko sign addsig` with the same PKCS#12 file."""

    def command(source: Path, out: Path) -> Sequence[str | Path]:
        start: list[str | Path] = [
            python or "",
            "-m",
            "pyhanko",
            "sign",
            "addsig",
            "--field",
            "S",
            "--use-pades",
            *more,
        ]
        return [*start, "pkcs12", "--passfile", world.password, source, out, world.p12]

    return command


def code(world: World, python: Path | None, text: str) -> Command:
    """A few lines over a library."""
    return lambda source, out: [python or "", "-c", text, source, out, world.p12, world.pin]


def podofo(world: World) -> Command:
    """podofosign with PEM files."""
    return lambda s, o: ["podofosign", "-in", s, "-out", o, "-cert", world.certificate, "-pkey", world.key]


def openssl(world: World) -> Command:
    """A detached CAdES signature."""

    def command(source: Path, out: Path) -> Sequence[str | Path]:
        start = ["openssl", "cms", "-sign", "-cades", "-binary", "-outform", "DER", "-md", "sha256"]
        return [*start, "-in", source, "-signer", world.certificate, "-inkey", world.key, "-out", out]

    return command


def peers(world: World, python: Path | None) -> list[Peer]:
    """All of them, also those that cannot be run here."""
    stamped = hanko(world, python, "--timestamp-url", world.tsa)
    library = "pyhanko.sign.signers"
    return [
        *(
            Peer("econtract", f"PAdES-{level}, verified in full", ours(world, level))
            for level in ("B-B", "B-T", "B-LTA")
        ),
        Peer("pyHanko, command line", "PAdES-B-B", hanko(world, python), _import(python, "pyhanko.cli")),
        Peer("pyHanko, command line", "PAdES-B-T", stamped, _import(python, "pyhanko.cli")),
        Peer("pyHanko, library", "PDF signature, B", code(world, python, _LIBRARY), _import(python, library)),
        Peer("endesive", "PDF signature, B", code(world, python, _ENDESIVE), _import(python, "endesive.pdf.cms")),
        Peer("podofosign", "adbe.pkcs7", podofo(world), _installed("podofosign")),
        Peer(
            "pdfsig",
            "verifies only, one signature of ours",
            lambda s, _o: ["pdfsig", "-nocert", s],
            _installed("pdfsig"),
        ),
        Peer("openssl cms", "CAdES-B-B beside the file", openssl(world), _installed("openssl")),
    ]


def _installed(name: str) -> str:
    return "" if shutil.which(name) else "not installed"


def _import(python: Path | None, module: str) -> str:
    if python is None:
        return "no --python given"
    done = subprocess.run([python, "-c", f"import {module}"], capture_output=True, text=True, check=False)
    return (
        "" if done.returncode == 0 else "does not start here: " + (done.stderr.strip().splitlines() or ["?"])[-1][:90]
    )


def main(python: Path | None) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="econtract-bench-") as name, ExitStack() as stack:
        world = World(Path(name), stack)
        found = peers(world, python)
        times: dict[tuple[int, str], list[float]] = {}
        for size, length in _SIZES.items():
            source = world.folder / f"source-{length}.pdf"
            source.write_bytes(pdf(length))
            for turn in range(_RUNS + 1):
                for number, peer in enumerate(found):
                    if not peer.lacks:
                        took = _time(world, peer, source, turn)
                        times.setdefault((number, size), []).extend([took] if turn else [])  # the first one warms up
    print("| program | makes | " + " | ".join(f"{size}, median (least) ms" for size in _SIZES) + " |")
    print("|---|---|" + "---|" * len(_SIZES))
    for number, peer in enumerate(found):
        cells = [
            f"{statistics.median(t):.0f} ({min(t):.0f})" for size in _SIZES for t in [times.get((number, size), [0.0])]
        ]
        print(
            f"| {peer.name} | {peer.makes} | " + (" | ".join(cells) if not peer.lacks else f"{peer.lacks} | | ") + " |"
        )


def _time(world: World, peer: Peer, source: Path, turn: int) -> float:
    out = world.folder / f"out-{turn}.pdf"
    out.unlink(missing_ok=True)
    shutil.rmtree(out.with_suffix(".d"), ignore_errors=True)
    if peer.name == "pdfsig":
        signed = world.folder / f"{source.stem}-signed.d" / source.name
        if not signed.exists():
            ours: list[str | Path] = [script("econtract"), "sign", source, "--out", signed.parent, "--level", "B-B"]
            run([*ours, "--profile", world.profile, "--pin-env", PIN_NAME], world)
        source = signed
    command = peer.command(source, out)
    started = time.perf_counter()
    run(command, world)
    return (time.perf_counter() - started) * 1000


def run(command: Sequence[str | Path], world: World) -> None:
    """Raises where it fails: a figure of nothing would be a lie."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {PIN_NAME: world.pin})
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {(done.stderr or done.stdout)[-600:]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.peers")
    parser.add_argument("--python", type=Path)
    main(parser.parse_args().python)
