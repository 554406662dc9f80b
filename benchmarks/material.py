"""What several benchmarks need: a PDF of a wanted size, and a practice authority, timestamp service and card on loopback."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import BenchmarkBroken, script

PIN_NAME = "ECONTRACT_BENCH_PIN"


def write_pdf(file: Path, size: int) -> None:
    """The same as `pdf` for sizes that need not fit into memory twice: the noise repeats."""
    small = pdf(1_000_000)
    start = small.index(b"6 0 obj")
    begin = small.index(b"stream\n", start) + 7
    end = small.index(b"\nendstream", begin)
    noise = small[begin:end]
    times = max(1, size // len(noise))
    with file.open("wb") as out:
        out.write(small[:start] + b"6 0 obj\n<< /Length %d >>\nstream\n" % (times * len(noise)))
        for _ in range(times):
            out.write(noise)
        out.write(b"\nendstream\nendobj\n")
        place = out.tell()
        tail = small[small.index(b"xref\n0 ") :]
        out.write(tail[: tail.rindex(b"startxref")] + b"startxref\n%d\n%%%%EOF\n" % place)


def pages_pdf(count: int) -> bytes:
    """`count` pages of a line of text each, two objects a page."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * i) for i in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for i in range(count):
        text = b"BT /F1 24 Tf 72 720 Td (Page %d) Tj ET" % (i + 1)
        resources = b"/Resources << /Font << /F1 3 0 R >> >>"
        page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R %s >>" % (5 + 2 * i, resources)
        objects += [page, b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text)]
    return _written(objects)


def pdf(size: int) -> bytes:
    """A one-page PDF of `size` bytes or a little less: some text, and a stream of noise that nothing can compress."""
    text = b"BT /F1 24 Tf 72 720 Td (Benchmark) Tj ET"
    noise = random.Random(20260808).randbytes(max(0, size - 900))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(noise), noise),
    ]
    return _written(objects)


def _written(objects: list[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    identity = b"<0123456789abcdef0123456789abcdef>"
    out += b"trailer\n<< /Size %d /Root 1 0 R /ID [%s %s] >>\n" % (len(objects) + 1, identity, identity)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


@dataclass(frozen=True)
class Signed:
    """A signed file, and what verifying it needs."""

    file: Path
    trust_dir: Path
    profile: Path


@contextmanager
def signed_pdf(size: int) -> Iterator[Signed]:
    """One PAdES-B-T file made by `econtract sign` with a practice card, while its authority and responder are up."""
    from econtract_practice.authority import Authority
    from econtract_practice.cards import make_file_card
    from econtract_practice.people import CONTRACTOR
    from econtract_practice.responder import Responder

    with tempfile.TemporaryDirectory(prefix="econtract-bench-") as name:
        folder = Path(name)
        port = free_port()
        authority = Authority.create(folder / "authority", f"http://127.0.0.1:{port}")
        with Responder(authority, port) as responder:
            key, certificate = authority.issue(CONTRACTOR.person)
            card = folder / "card.p12"
            make_file_card(card, "BENCH", CONTRACTOR.pin, key, certificate, (authority.issuing_der,))
            settings = {
                "practice": True,
                "tsa_urls": [responder.tsa_url],
                "trust_dir": str(authority.trust_dir),
                "cards": [{"module": str(card)}],
            }
            profile = folder / "profile"
            profile.mkdir()
            (profile / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
            source = folder / "contract.pdf"
            source.write_bytes(pdf(size))
            signed = _sign(source, folder / "signed", profile, CONTRACTOR.pin)
            yield Signed(signed, authority.trust_dir, profile)


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _sign(source: Path, out: Path, profile: Path, pin: str) -> Path:
    command: list[str | Path] = [
        script("econtract"),
        "sign",
        source,
        "--out",
        out,
        "--profile",
        profile,
        "--pin-env",
        PIN_NAME,
        "--json",
    ]
    env = os.environ | {PIN_NAME: pin}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, encoding="utf-8")
    if done.returncode:
        raise BenchmarkBroken(f"econtract sign ended with {done.returncode}: {(done.stdout + done.stderr)[-800:]}")
    return Path(json.loads(done.stdout)["documents"][0]["output"])
