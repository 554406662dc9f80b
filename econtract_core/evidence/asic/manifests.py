"""ASiCManifest and ASiCArchiveManifest (ETSI EN 319 162-1 A.4), and META-INF/manifest.xml (OpenDocument 1.2 part 3)."""

from __future__ import annotations

from dataclasses import dataclass, field

from econtract_core.evidence.asic import xml_reader as xml
from econtract_core.evidence.asic.algorithms import DIGESTS
from econtract_core.evidence.asic.xades import DS, names_of
from econtract_core.evidence.asic.xml_reader import refused

ASIC = "{http://uri.etsi.org/02918/v1.2.1#}"
_ODF = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
_MOST_REFERENCES = 10_010


@dataclass(frozen=True)
class ManifestReference:
    """A file with its digest; `algorithm` is the URI where nobody here knows it. `file`: the entry it names, as decoded and as
    written."""

    file: tuple[str, ...]
    algorithm: str
    digest: bytes = field(repr=False)


@dataclass(frozen=True)
class Manifest:
    """`signed_by`: the signature or timestamp over this manifest."""

    name: str
    signed_by: tuple[str, ...]
    references: tuple[ManifestReference, ...] = field(repr=False)


def read_manifest(name: str, data: bytes) -> Manifest:
    """Raises UnsupportedDocument, DocumentTooLarge."""
    root = xml.parse(data)
    if root.tag != f"{ASIC}ASiCManifest":
        raise refused(f"no manifest: {name}")
    signature = xml.needed(root, f"{ASIC}SigReference").get("URI", "")
    nodes = xml.elements(root, f"{ASIC}DataObjectReference")
    if len(nodes) > _MOST_REFERENCES:
        raise refused("too many references")
    found = []
    for node in nodes:
        algorithm = xml.needed(node, f"{DS}DigestMethod").get("Algorithm", "")
        digest = xml.binary(xml.needed(node, f"{DS}DigestValue"))
        found.append(ManifestReference(names_of(node.get("URI", "")), DIGESTS.get(algorithm, algorithm), digest))
    return Manifest(name, names_of(signature), tuple(found))


def media_types(data: bytes) -> dict[str, str]:
    """{entry: media type} of META-INF/manifest.xml. Raises UnsupportedDocument, DocumentTooLarge."""
    root = xml.parse(data)
    return {
        node.get(f"{_ODF}full-path", ""): node.get(f"{_ODF}media-type", "")
        for node in xml.elements(root, f"{_ODF}file-entry")
        if node.get(f"{_ODF}full-path") != "/"
    }
