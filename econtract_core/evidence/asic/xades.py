"""Reading XAdES signatures (ETSI EN 319 132-1; TS 101 903 for the older properties) out of a container's signature file.

Every element is reached by its one right path from its own ds:Signature; nothing is looked up by name in the document, so a
signature cannot be wrapped. Reading judges form only; `imprints` and `judge` say whether it holds.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import unquote_to_bytes

from econtract_core.evidence.asic import xml_reader as xml
from econtract_core.evidence.asic.algorithms import DIGESTS, Value
from econtract_core.evidence.asic.xml_reader import Canonical, Node, refused

DS = "{http://www.w3.org/2000/09/xmldsig#}"
XADES, XADES_141 = "{http://uri.etsi.org/01903/v1.3.2#}", "{http://uri.etsi.org/01903/v1.4.1#}"
SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"
_CONTAINERS = (
    "{http://uri.etsi.org/02918/v1.2.1#}XAdESSignatures",
    "{http://uri.etsi.org/2918/v1.2.1#}XAdESSignatures",
    "{http://uri.etsi.org/02918/v1.1.1#}XAdESSignatures",
    "{urn:oasis:names:tc:opendocument:xmlns:digitalsignature:1.0}document-signatures",
)
_MOST_SIGNATURES, _MOST_REFERENCES, _MOST_STAMPS = 50, 10_010, 20


@dataclass(frozen=True)
class Reference:
    """One ds:Reference. `file`: the container's entry it names, as written and as decoded; `node`: the element of this
    signature it names, with how it is made octets. `problem`: why it cannot be followed."""

    id: str
    digest_algorithm: str  # "sha256"; the algorithm's URI where nobody here knows it
    digest: bytes = field(repr=False)
    file: tuple[str, ...] = ()
    node: Node | None = field(default=None, repr=False)
    canonical: Canonical | None = None
    transformed: bool = False  # by a transform of its own, not by the default
    is_properties: bool = False
    problem: str = ""


@dataclass(frozen=True)
class XmlTimestamp:
    """An encapsulated timestamp. `number`: its place among the unsigned properties. `canonical` None: made in a way that is not
    known here (an older, explicit form), so that it proves nothing."""

    token: bytes = field(repr=False)
    canonical: Canonical | None
    number: int


@dataclass(frozen=True)
class XmlSignature:
    """One ds:Signature as it stands in the file."""

    id: str
    value: Value = field(repr=False)
    references: tuple[Reference, ...] = field(repr=False)
    certificate: bytes | None = field(repr=False)  # the one the signing-certificate property names
    problem: str  # why `certificate` is None, or what else breaks a rule of the format
    certificates: tuple[bytes, ...] = field(repr=False)
    crls: tuple[bytes, ...] = field(repr=False)
    ocsps: tuple[bytes, ...] = field(repr=False)
    signing_time: datetime | None
    mime_types: tuple[tuple[str, str], ...]  # (entry, type) as signed
    timestamps: tuple[XmlTimestamp, ...]
    archive: tuple[XmlTimestamp, ...]
    has_revocation_values: bool
    unread: tuple[str, ...]  # unsigned properties that are not looked at: counter-signatures, old forms
    node: Node = field(repr=False)  # ds:Signature
    unsigned: tuple[Node, ...] = field(repr=False)  # the unsigned signature properties in order


def read(data: bytes) -> tuple[XmlSignature, ...]:
    """The signatures of one file. Raises UnsupportedDocument, DocumentTooLarge."""
    root = xml.parse(data)
    ids = xml.ids(root)
    if root.tag == f"{DS}Signature":
        nodes = [root]
    elif root.tag in _CONTAINERS:
        nodes = xml.elements(root, f"{DS}Signature")
        if len(nodes) != len(xml.elements(root)):
            raise refused("something else beside the signatures")
    else:
        raise refused("no signature file")
    if not nodes or len(nodes) > _MOST_SIGNATURES:
        raise refused(f"{len(nodes)} signatures")
    return tuple(_Reading(node, ids).signature() for node in nodes)


class _Reading:
    """One ds:Signature."""

    def __init__(self, node: Node, ids: dict[str, list[Node]]) -> None:
        self._node = node
        self._ids = ids
        self._info = xml.needed(node, f"{DS}SignedInfo")
        self._key_info = xml.one(node, f"{DS}KeyInfo")
        self._properties = self._qualifying()
        self._signed = xml.needed(self._properties, f"{XADES}SignedProperties")
        self._of_signature = xml.one(self._signed, f"{XADES}SignedSignatureProperties")
        unsigned = xml.one(self._properties, f"{XADES}UnsignedProperties")
        self._unsigned = xml.elements(xml.one(unsigned, f"{XADES}UnsignedSignatureProperties"))
        self._problem = ""
        self._unread = [_local(u) for u in self._unsigned if u.tag not in _READ]

    def _qualifying(self) -> Node:
        found = [
            q for o in xml.elements(self._node, f"{DS}Object") for q in xml.elements(o, f"{XADES}QualifyingProperties")
        ]
        if len(found) != 1:
            raise refused("not exactly one QualifyingProperties")
        if found[0].get("Target") != f"#{self._node.get('Id', '')}":
            raise refused("QualifyingProperties of another signature")
        return found[0]

    def signature(self) -> XmlSignature:
        references = self._references()
        pool = self._certificates()
        certificate = self._signing_certificate(pool)
        crls, ocsps = self._revocation()
        timestamps, archive = self._stamps(f"{XADES}SignatureTimeStamp"), self._stamps(f"{XADES_141}ArchiveTimeStamp")
        return XmlSignature(
            id=self._node.get("Id", ""),
            value=self._value(),
            references=references,
            certificate=certificate,
            problem=self._problem,
            certificates=pool,
            crls=crls,
            ocsps=ocsps,
            signing_time=self._time(),
            mime_types=self._mime_types(references),
            timestamps=timestamps,
            archive=archive,
            has_revocation_values=any(u.tag == f"{XADES}RevocationValues" and len(u) for u in self._unsigned),
            unread=tuple(dict.fromkeys(self._unread)),
            node=self._node,
            unsigned=tuple(self._unsigned),
        )

    def _broken(self, problem: str) -> None:
        self._problem = self._problem or problem

    def _value(self) -> Value:
        how = xml.method(xml.needed(self._info, f"{DS}CanonicalizationMethod"))
        if how is None:
            raise refused("an unknown canonicalization")
        algorithm = xml.needed(self._info, f"{DS}SignatureMethod").get("Algorithm", "")
        value = xml.binary(xml.needed(self._node, f"{DS}SignatureValue"))
        return Value(algorithm, value, xml.canonical(self._info, how))

    # --- references --------------------------------------------------------------------------------------------------

    def _references(self) -> tuple[Reference, ...]:
        nodes = xml.elements(self._info, f"{DS}Reference")
        if len(nodes) > _MOST_REFERENCES:
            raise refused("too many references")
        found = tuple(self._reference(node) for node in nodes)
        if sum(1 for r in found if r.is_properties) != 1:
            raise refused("the signed properties are not signed once")
        return found

    def _reference(self, node: Node) -> Reference:
        uri = node.get("URI")
        algorithm = xml.needed(node, f"{DS}DigestMethod").get("Algorithm", "")
        name, digest = DIGESTS.get(algorithm, algorithm), xml.binary(xml.needed(node, f"{DS}DigestValue"))
        transforms = xml.elements(xml.one(node, f"{DS}Transforms"))
        how = xml.method(transforms[0] if transforms else None)
        problem = "" if len(transforms) <= 1 and how is not None else "a transform that is not known here"
        is_properties = node.get("Type") == SIGNED_PROPERTIES
        if uri is None or uri == "" or (is_properties and not uri.startswith("#")):
            raise refused("a reference to nothing, or to the whole file")
        if not uri.startswith("#"):
            if transforms:
                problem = "a transform of a file"
            return Reference(node.get("Id", ""), name, digest, file=names_of(uri), problem=problem)
        targets = self._ids.get(uri[1:], [])
        if len(targets) != 1:
            raise refused(f"a reference to {len(targets)} elements: {uri}")
        target = targets[0]
        if is_properties != (target is self._signed):
            raise refused("the signed properties, and what is signed as such, are not the same")
        own = [self._signed, self._key_info, *xml.elements(self._node, f"{DS}Object")]
        if not any(target is o for o in own):
            raise refused(f"a reference to another place: {uri}")
        return Reference(
            node.get("Id", ""),
            name,
            digest,
            node=target,
            canonical=how,
            transformed=bool(transforms),
            is_properties=is_properties,
            problem=problem,
        )

    def _mime_types(self, references: tuple[Reference, ...]) -> tuple[tuple[str, str], ...]:
        times = Counter(r.id for r in references)
        by_id = {r.id: r for r in references if r.id and times[r.id] == 1}
        formats = xml.one(self._signed, f"{XADES}SignedDataObjectProperties")
        found: list[tuple[str, str]] = []
        for node in xml.elements(formats, f"{XADES}DataObjectFormat"):
            reference = by_id.get(node.get("ObjectReference", "").removeprefix("#"))
            if reference is None:
                self._broken("a DataObjectFormat of nothing")
            elif reference.file:
                found.append((reference.file[0], xml.text(xml.one(node, f"{XADES}MimeType"))))
        return tuple(found)

    # --- certificates ------------------------------------------------------------------------------------------------

    def _certificates(self) -> tuple[bytes, ...]:
        """Of KeyInfo, CertificateValues and TimeStampValidationData; each once."""
        found: dict[bytes, None] = {}
        for data in xml.elements(self._key_info, f"{DS}X509Data"):
            for node in xml.elements(data, f"{DS}X509Certificate"):
                found[xml.binary(node)] = None
        for values in self._values(f"{XADES}CertificateValues"):
            for node in xml.elements(values, f"{XADES}EncapsulatedX509Certificate"):
                found[xml.binary(node)] = None
        return tuple(found)

    def _values(self, name: str) -> list[Node]:
        direct = [u for u in self._unsigned if u.tag == name]
        later = [u for u in self._unsigned if u.tag == f"{XADES_141}TimeStampValidationData"]
        return [*direct, *(v for u in later for v in xml.elements(u, name))]

    def _revocation(self) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        crls: dict[bytes, None] = {}
        ocsps: dict[bytes, None] = {}
        for values in self._values(f"{XADES}RevocationValues"):
            for node in xml.elements(xml.one(values, f"{XADES}CRLValues"), f"{XADES}EncapsulatedCRLValue"):
                crls[xml.binary(node)] = None
            for node in xml.elements(xml.one(values, f"{XADES}OCSPValues"), f"{XADES}EncapsulatedOCSPValue"):
                ocsps[xml.binary(node)] = None
        return tuple(crls), tuple(ocsps)

    def _signing_certificate(self, pool: tuple[bytes, ...]) -> bytes | None:
        """The certificate that SigningCertificateV2 (or its older form) names by its digest; the first is the signer's."""
        newer = xml.one(self._of_signature, f"{XADES}SigningCertificateV2")
        named = newer if newer is not None else xml.one(self._of_signature, f"{XADES}SigningCertificate")
        identifiers = xml.elements(named, f"{XADES}Cert")
        if not identifiers:
            self._broken("no signing-certificate property")
            return None
        wanted = xml.needed(identifiers[0], f"{XADES}CertDigest")
        algorithm = DIGESTS.get(xml.needed(wanted, f"{DS}DigestMethod").get("Algorithm", ""), "")
        digest = xml.binary(xml.needed(wanted, f"{DS}DigestValue"))
        if not algorithm:
            self._broken("the signing-certificate property's digest algorithm")
            return None
        found = next((c for c in pool if hashlib.new(algorithm, c).digest() == digest), None)
        if found is None:
            self._broken("the signing-certificate property names a certificate that is not there")
        return found

    # --- times -------------------------------------------------------------------------------------------------------

    def _time(self) -> datetime | None:
        written = xml.text(xml.one(self._of_signature, f"{XADES}SigningTime"))
        try:
            moment = datetime.fromisoformat(written)
        except ValueError:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def _stamps(self, name: str) -> tuple[XmlTimestamp, ...]:
        found: list[XmlTimestamp] = []
        for number, node in enumerate(self._unsigned):
            if node.tag != name:
                continue
            how = xml.method(xml.one(node, f"{DS}CanonicalizationMethod"))
            tokens = xml.elements(node, f"{XADES}EncapsulatedTimeStamp")
            if not tokens:
                raise refused(f"{_local(node)} without a timestamp")
            if xml.elements(node, f"{XADES}Include", f"{XADES}ReferenceInfo"):
                how = None
            found += [XmlTimestamp(xml.binary(token), how, number) for token in tokens]
        if len(found) > _MOST_STAMPS:
            raise refused("too many timestamps")
        return tuple(found)


_READ = frozenset(
    {
        f"{XADES}SignatureTimeStamp",
        f"{XADES}CertificateValues",
        f"{XADES}RevocationValues",
        f"{XADES_141}TimeStampValidationData",
        f"{XADES_141}ArchiveTimeStamp",
    }
)


def _local(node: Node) -> str:
    return str(node.tag).rpartition("}")[2]


def names_of(uri: str) -> tuple[str, ...]:
    """The entry a URI names: percent-decoded (RFC 3986), and as it is written, which some programs mean."""
    try:
        decoded = unquote_to_bytes(uri).decode("utf-8")
    except UnicodeDecodeError:
        return (uri,)
    return tuple(dict.fromkeys((decoded, uri)))
