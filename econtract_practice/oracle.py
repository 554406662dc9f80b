"""Independent judges: poppler's pdfsig and openssl. What is not installed is named, never passed over."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import cms

_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")


@dataclass(frozen=True)
class Judgement:
    """`ok` None: not checked, `said` names what is missing."""

    judge: str
    ok: bool | None
    said: str


def judge(pdf: Path, work: Path, signer_roots: Path, tsa_root: Path, signatures: int) -> list[Judgement]:
    """Every judge on every signature of one file."""
    work.mkdir(parents=True, exist_ok=True)
    found = [_pdfsig(pdf, signatures)]
    parts = _signatures(pdf)
    if len(parts) != signatures:
        found.append(Judgement("signatures in the file", False, f"{len(parts)} for {signatures}"))
    if shutil.which("openssl") is None:
        return [*found, Judgement("openssl", None, "openssl is not installed (Debian: apt-get install openssl)")]
    for number, (content, message) in enumerate(parts, start=1):
        found.append(_cms(number, content, message, work, signer_roots))
        found.append(_timestamp(number, message, work, tsa_root))
    return found


def _pdfsig(pdf: Path, signatures: int) -> Judgement:
    if shutil.which("pdfsig") is None:
        return Judgement("pdfsig", None, "pdfsig is not installed (Debian: apt-get install poppler-utils)")
    said = subprocess.run(["pdfsig", "-nocert", str(pdf)], capture_output=True, check=False, text=True).stdout
    valid = said.count("Signature Validation: Signature is Valid.")
    return Judgement("pdfsig", valid == signatures, f"{valid}/{signatures} Signature is Valid")


def _signatures(pdf: Path) -> list[tuple[bytes, bytes]]:
    """(signed bytes, CMS) of each signature, read without any PDF library."""
    data = pdf.read_bytes()
    found = []
    for match in _BYTE_RANGE.finditer(data):
        start, first, second, rest = (int(number) for number in match.groups())
        message = bytes.fromhex(data[start + first + 1 : second - 1].decode("ascii"))
        length = len(cms.ContentInfo.load(message).dump())
        found.append((data[start : start + first] + data[second : second + rest], message[:length]))
    return found


def _cms(number: int, content: bytes, message: bytes, work: Path, roots: Path) -> Judgement:
    (work / "content").write_bytes(content)
    (work / "signature.p7s").write_bytes(message)
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "signature.p7s", "-content", "content"]
    command += ["-CAfile", str(roots), "-purpose", "any", "-cades", "-out", "verified"]
    return _run(f"openssl cms -verify -cades ({number})", command, work, "Verification successful")


def _timestamp(number: int, message: bytes, work: Path, tsa_root: Path) -> Judgement:
    signer = cms.ContentInfo.load(message)["content"]["signer_infos"][0]
    tokens = [a["values"][0] for a in signer["unsigned_attrs"] if a["type"].native == "signature_time_stamp_token"]
    name = f"openssl ts -verify ({number})"
    if not tokens:
        return Judgement(name, False, "no timestamp")
    (work / "token.der").write_bytes(tokens[0].dump())
    (work / "value").write_bytes(signer["signature"].native)
    command = ["openssl", "ts", "-verify", "-data", "value", "-token_in", "-in", "token.der", "-CAfile", str(tsa_root)]
    return _run(name, command, work, "Verification: OK")


def _run(name: str, command: list[str], work: Path, wanted: str) -> Judgement:
    done = subprocess.run(command, cwd=work, capture_output=True, check=False, text=True)
    said = (done.stdout + done.stderr).strip()
    ok = done.returncode == 0 and wanted in said
    return Judgement(name, ok, wanted if ok else said[-300:])
