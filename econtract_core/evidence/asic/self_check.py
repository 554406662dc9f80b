"""The quick check of a container that was just written, from what the signer still holds. Not a verification: that follows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from econtract_core.evidence import der
from econtract_core.evidence.asic import algorithms, imprints, xades
from econtract_core.evidence.asic import xml_reader as xml
from econtract_core.evidence.asic.container import LARGEST_PART, Parts
from econtract_core.evidence.asic.judge import imprint_algorithm
from econtract_core.evidence.asic.xades import DS, XmlSignature
from econtract_core.evidence.asic.zip_reader import ZipReader
from econtract_core.rules.errors import DocumentError, UnsupportedDocument


class Kept:
    """SHA-256 digests that are known from when the files were copied."""

    def __init__(self, digests: dict[str, bytes]) -> None:
        self._digests = digests

    def has(self, name: str) -> bool:
        return name in self._digests

    def digest(self, name: str, algorithm: str) -> bytes:
        return self._digests[name] if algorithm == "sha256" else b""

    def blocks(self, name: str, algorithm: str) -> Iterator[bytes]:
        return iter(())


def check_new_container(path: Path, digests: dict[str, bytes], signatures: dict[str, bytes]) -> str:
    """ "" when it holds, else what does not: the ZIP's structure, its files, the signature files as they were made, each
    signature's value and references, the imprints of its own timestamps. `digests`: SHA-256 of the data objects;
    `signatures`: signature files by name."""
    try:
        with ZipReader(path) as container:
            parts = Parts(container)
            if parts.objects != set(digests) or parts.strangers or set(parts.xades) != set(signatures):
                return "other files than were put in"
            for name, made in signatures.items():
                entry = container.entry(name)
                if entry is None or container.read(entry, LARGEST_PART) != made:
                    return "the signature on the disk is something else"
                for signature in xades.read(made):
                    problem = holds(signature, Kept(digests))
                    if problem:
                        return problem
    except DocumentError as problem:
        return str(problem.facts.get("problem", "")) or type(problem).__name__
    return ""


def holds(signature: XmlSignature, files: imprints.Files) -> str:
    """ "" when a signature's own part holds, else what does not. Whom to trust is not asked, nor are archive timestamps.
    Raises UnsupportedDocument where a file cannot be read."""
    if signature.problem or signature.certificate is None:
        return signature.problem or "no certificate"
    if algorithms.check(signature.certificate, signature.value) is not None:
        return "the signature value"
    covered = imprints.follow(replace(signature, archive=()), files)
    if covered.wrong or covered.lost or covered.problem:
        return f"the digest of {' '.join((*covered.wrong, *covered.lost))} {covered.problem}".strip()
    for stamp in signature.timestamps:
        value = xml.needed(signature.node, f"{DS}SignatureValue")
        if stamp.canonical is None or not imprint_fits(stamp.token, xml.canonical(value, stamp.canonical)):
            return "a timestamp is of something else"
    return ""


def imprint_fits(token: bytes, octets: bytes) -> bool:
    """Whether a timestamp's imprint is of these octets, by the algorithm it names."""
    algorithm = imprint_algorithm(token)
    try:
        imprint = der.token_facts(token)[0]
    except UnsupportedDocument:
        return False
    return algorithm in hashlib.algorithms_available and hashlib.new(algorithm, octets).digest() == imprint
