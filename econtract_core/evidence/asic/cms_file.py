"""Verifying CAdES files (ETSI EN 319 122-1): enveloping (.p7m), or detached (.p7s) with the content beside. No network."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from econtract_core.evidence import cms
from econtract_core.evidence.asic import cades
from econtract_core.evidence.asic.judge import Facts, Given, Judged, judge, worst
from econtract_core.evidence.asic.results import broken, sha256_of, undecided
from econtract_core.evidence.library import guarded
from econtract_core.evidence.verdict import DocumentVerdict, Finding, Severity, SubIndication
from econtract_core.rules.errors import DocumentError, FileNotReadable, NotAPdf, UnsupportedDocument

_KIND = "CAdES"
_LARGEST = 64 * 1024 * 1024
_BLOCK = 1024 * 1024
_LEVELS = ("PKCS7-B", "PKCS7-T", "CAdES-B-B", "CAdES-B-T", "CAdES-B-LT", "CAdES-B-LTA")


def verify_cms(path: Path, given: Given, detached: Path | None) -> DocumentVerdict:
    """What a CMS file's signatures are worth. Never raises for what is in the file. Raises FileNotReadable, also for `detached`."""
    try:
        data = _read(path)
        if data is None:
            return undecided(path, _KIND, "too-large", (("limit", str(_LARGEST)),))
        with guarded(str(path)):
            found = cades.signers(data, str(path))
            return _document(path, found, given, _digests(found, detached))
    except DocumentError as problem:
        return broken(path, _KIND, str(problem.facts.get("problem", "")))


def certificates_of_cms(path: Path) -> tuple[bytes, ...]:
    """Every certificate (DER) in a CMS file, its timestamps included; empty where it cannot be read."""
    found: dict[bytes, None] = {}
    try:
        data = _read(path)
        with guarded(str(path)):
            for signer in cades.signers(data or b"", str(path)):
                found.update(dict.fromkeys(cades.certificates(signer)))
                for token in (*signer.message.timestamps, *cades.archive_tokens(signer)):
                    found.update(dict.fromkeys(cms.read(token, str(path)).certificates))
    except DocumentError:
        pass
    return tuple(found)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.stat().st_size <= _LARGEST else None
    except OSError as problem:
        raise FileNotReadable(path=str(path), problem=problem.strerror or str(problem)) from None


def _digests(found: tuple[cades.Signer, ...], detached: Path | None) -> Callable[[str], bytes]:
    """The content's digest by algorithm: of what is enclosed, else of the file beside, read once; b"" where there is none."""
    enclosed = found[0].message.content
    wanted = {name for signer in found for name in cades.algorithms(signer)}
    if enclosed is not None:
        known = {name: hashlib.new(name, enclosed).digest() for name in wanted}
    elif detached is not None:
        states = {name: hashlib.new(name) for name in wanted}
        try:
            with detached.open("rb", buffering=0) as stream:
                while block := stream.read(_BLOCK):
                    for state in states.values():
                        state.update(block)
        except OSError as problem:
            raise FileNotReadable(path=str(detached), problem=problem.strerror or str(problem)) from None
        known = {name: state.digest() for name, state in states.items()}
    else:
        known = {}
    return lambda algorithm: known.get(algorithm, b"")


def _document(
    path: Path, found: tuple[cades.Signer, ...], given: Given, digest_of: Callable[[str], bytes]
) -> DocumentVerdict:
    size = path.stat().st_size
    findings: list[Finding] = []
    judged: list[Judged] = []
    for number, signer in enumerate(found):
        where = "" if len(found) == 1 else f"#{number + 1}"
        for unread in cades.unread(signer):
            findings.append(Finding("not-looked-at", Severity.WARN, (("kind", unread),), where))
        try:
            facts = cades.facts(signer, where, digest_of, size)
        except (NotAPdf, UnsupportedDocument) as problem:
            text = str(problem.facts.get("problem", ""))
            findings.append(Finding("signature-format", Severity.REFUSE, (("problem", text),), where))
            facts = Facts(where, "PKCS7", None, SubIndication.FORMAT_FAILURE, length=size)
        if facts.integrity is SubIndication.SIGNED_DATA_NOT_FOUND:
            findings.append(Finding("content-not-given", Severity.REFUSE, (), where))
        judged.append(judge(facts, given))
    verdict, sub = worst([(j.signature.verdict, j.signature.sub_indication) for j in judged])
    signatures = tuple(j.signature for j in judged)
    return DocumentVerdict(
        file=str(path),
        format=_KIND,
        verdict=verdict,
        sub_indication=sub,
        level=min((s.level for s in signatures), key=_LEVELS.index, default=None),
        sha256=sha256_of(path),
        signatures=signatures,
        timestamps=tuple(t for j in judged for t in j.timestamps),
        findings=tuple(dict.fromkeys((*findings, *(f for j in judged for f in j.findings)))),
    )
