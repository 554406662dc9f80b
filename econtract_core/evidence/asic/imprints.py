"""What references and timestamps of a XAdES signature are over (EN 319 132-1 5.3 and 5.5.2), each container entry read once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from econtract_core.evidence import cms
from econtract_core.evidence.asic import xml_reader as xml
from econtract_core.evidence.asic.algorithms import DIGESTS
from econtract_core.evidence.asic.judge import imprint_algorithm
from econtract_core.evidence.asic.xades import DS, XADES, XADES_141, Reference, XmlSignature, XmlTimestamp
from econtract_core.evidence.asic.xml_reader import Canonical, Node
from econtract_core.evidence.asic.zip_reader import ZipReader
from econtract_core.rules.errors import UnsupportedDocument

if TYPE_CHECKING:
    from hashlib import _Hash

_KNOWN = frozenset(DIGESTS.values())
_PASSES = 16  # over all data objects together, however many signatures and algorithms there are


@dataclass(frozen=True)
class Covered:
    """What was found when a signature's references were followed.

    `wrong`: references whose digest is of something else. `lost`: those that lead nowhere. `archive`: the states of archive
    timestamps, by (digest algorithm, canonicalization), over everything referenced, ready for what follows.
    """

    files: tuple[str, ...]
    wrong: tuple[str, ...]
    lost: tuple[str, ...]
    problem: str
    weak: bool
    archive: dict[tuple[str, Canonical], _Hash] = field(repr=False)


class Files(Protocol):
    """What references lead to."""

    def has(self, name: str) -> bool: ...

    def digest(self, name: str, algorithm: str) -> bytes: ...

    def blocks(self, name: str, algorithm: str) -> Iterator[bytes]: ...


class Objects:
    """A container's files: their digests, each made once. One thread."""

    def __init__(self, container: ZipReader) -> None:
        self._container = container
        self._digests: dict[tuple[str, str], bytes] = {}
        self._left = _PASSES * (sum(e.size for e in container.entries) + 1)

    def has(self, name: str) -> bool:
        return self._container.entry(name) is not None and not name.endswith("/")

    def digest(self, name: str, algorithm: str) -> bytes:
        """Raises UnsupportedDocument where the bytes cannot be had."""
        if (name, algorithm) not in self._digests:
            for _ in self.blocks(name, algorithm):
                pass
        return self._digests[name, algorithm]

    def blocks(self, name: str, algorithm: str) -> Iterator[bytes]:
        """The file's bytes; when they are through, its digest is known. Raises as `digest`."""
        entry = self._container.entry(name)
        state = hashlib.new(algorithm)
        for block in self._container.blocks(entry) if entry is not None else ():
            self._left -= len(block)
            if self._left < 0:
                raise UnsupportedDocument(file=str(self._container.path), problem="too many signatures over too much")
            state.update(block)
            yield block
        self._digests[name, algorithm] = state.digest()


def follow(signature: XmlSignature, objects: Files, more: frozenset[tuple[str, Canonical]] = frozenset()) -> Covered:
    """Follow every reference of a signature: digests compared, archive imprints begun, in one pass; `more`: for archive
    timestamps still to be made. Raises UnsupportedDocument where a file's bytes cannot be had."""
    kinds = more | {(imprint_algorithm(s.token), s.canonical) for s in signature.archive if s.canonical is not None}
    archive = {kind: hashlib.new(kind[0]) for kind in kinds if kind[0] in _KNOWN}
    walk = _Walk(objects, archive)
    for reference in signature.references:
        walk.take(reference)
    return Covered(tuple(walk.files), tuple(walk.wrong), tuple(walk.lost), walk.problem, walk.weak, archive)


class _Walk:
    def __init__(self, objects: Files, archive: dict[tuple[str, Canonical], _Hash]) -> None:
        self._objects = objects
        self._archive = archive
        self.files: dict[str, None] = {}
        self.wrong: list[str] = []
        self.lost: list[str] = []
        self.problem = ""
        self.weak = False

    def take(self, reference: Reference) -> None:
        where = reference.file[0] if reference.file else "SignedProperties" if reference.is_properties else "Object"
        if reference.problem or reference.digest_algorithm not in _KNOWN:
            self.problem = self.problem or reference.problem or f"the digest {reference.digest_algorithm}"
            self.lost.append(where)
            return
        self.weak = self.weak or reference.digest_algorithm == "sha1"
        if reference.node is not None:
            found = self._element(reference.node, reference)
        else:
            name = next((n for n in reference.file if self._objects.has(n)), None)
            if name is None or name in self.files:
                self.lost.append(where)
                return
            self.files[name] = None
            found = self._file(name, reference.digest_algorithm)
        if found != reference.digest:
            self.wrong.append(where)

    def _file(self, name: str, algorithm: str) -> bytes:
        if self._archive:
            for block in self._objects.blocks(name, algorithm):
                for state in self._archive.values():
                    state.update(block)
        return self._objects.digest(name, algorithm)

    def _element(self, node: Node, reference: Reference) -> bytes:
        octets = xml.canonical(node, reference.canonical or Canonical())
        for (_, of_stamp), state in self._archive.items():
            state.update(octets if reference.transformed else xml.canonical(node, of_stamp))
        return hashlib.new(reference.digest_algorithm, octets).digest()


def of_signature_timestamp(signature: XmlSignature, stamp: XmlTimestamp) -> Callable[[str], bytes]:
    """The digest, by algorithm, that a SignatureTimeStamp's imprint must be: over the canonical ds:SignatureValue."""

    def digest(algorithm: str) -> bytes:
        if stamp.canonical is None:
            return b""
        octets = xml.canonical(xml.needed(signature.node, f"{DS}SignatureValue"), stamp.canonical)
        return cms.digest(algorithm, octets)

    return digest


def of_archive_timestamp(signature: XmlSignature, stamp: XmlTimestamp, covered: Covered) -> Callable[[str], bytes]:
    """The digest that an ArchiveTimeStamp's imprint must be (EN 319 132-1 5.5.2.2): everything referenced, SignedInfo,
    SignatureValue, KeyInfo, the unsigned properties before it, and ds:Object but for the properties'."""

    def digest(algorithm: str) -> bytes:
        begun = covered.archive.get((algorithm, stamp.canonical)) if stamp.canonical is not None else None
        if begun is None or stamp.canonical is None:
            return b""
        state = begun.copy()
        for octets in archived(signature.node, signature.unsigned[: stamp.number], stamp.canonical):
            state.update(octets)
        return state.digest()

    return digest


def archived(node: Node, before: tuple[Node, ...], how: Canonical) -> Iterator[bytes]:
    """What an archive timestamp covers of a ds:Signature after the referenced data; `before`: the unsigned properties that
    stand before it."""
    for name in ("SignedInfo", "SignatureValue", "KeyInfo"):
        part = xml.one(node, f"{DS}{name}")
        if part is not None:
            yield xml.canonical(part, how)
    for prior in before:
        yield xml.canonical(prior, how)
    for holder in xml.elements(node, f"{DS}Object"):
        if not xml.elements(holder, f"{XADES}QualifyingProperties"):
            yield xml.canonical(holder, how)


def has_validation_data(signature: XmlSignature) -> bool:
    later = (u for u in signature.unsigned if u.tag == f"{XADES_141}TimeStampValidationData")
    return signature.has_revocation_values or any(xml.elements(u, f"{XADES}RevocationValues") for u in later)
