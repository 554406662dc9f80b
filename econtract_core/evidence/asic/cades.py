"""CAdES signatures outside PDFs (ETSI EN 319 122-1): CMS with one signer or several, archive timestamps of version 3."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from econtract_core.evidence import cms, der
from econtract_core.evidence.asic.algorithms import DIGESTS
from econtract_core.evidence.asic.judge import Facts, Stamped, imprint_algorithm
from econtract_core.evidence.der import Element
from econtract_core.evidence.verdict import SubIndication
from econtract_core.rules.errors import NotAPdf, UnsupportedDocument

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_ARCHIVE_V3 = bytes.fromhex("04008d450204")
_HASH_INDEX_V3 = bytes.fromhex("04008195320105")  # of each unsigned attribute's values one by one
_HASH_INDEX = bytes.fromhex("04008d450205")  # of each unsigned attribute as a whole (TS 101 733)
_CERTIFICATE_VALUES = bytes.fromhex("2a864886f70d0109100217")
_REVOCATION_VALUES = bytes.fromhex("2a864886f70d0109100218")
_OTHER_ARCHIVES = {
    bytes.fromhex("2a864886f70d010910021b"): "archive-timestamp",
    bytes.fromhex("2a864886f70d0109100230"): "archive-timestamp-v2",
    bytes.fromhex("04008d450202"): "long-term-validation",
    bytes.fromhex("2a864886f70d010906"): "counter-signature",
}
_BASIC_OCSP = bytes.fromhex("2b0601050507300101")
_OCSP_RESPONSE = bytes.fromhex("2b06010505071002")
_CONTEXT_0, _CONTEXT_1, _ENUMERATED = 0xA0, 0xA1, 0x0A
_ALGORITHMS = frozenset(DIGESTS.values())
_MOST_SIGNERS = 50
_PEM_BEGINS = (b"-----BEGIN CMS-----", b"-----BEGIN PKCS7-----")


@dataclass(frozen=True)
class Signer:
    """One SignerInfo with what its SignedData holds for all."""

    message: cms.SignedMessage
    raw: bytes = field(repr=False)  # version … signature, as an archive timestamp covers them
    content_type: bytes = field(repr=False)
    certificates: tuple[bytes, ...] = field(repr=False)  # CertificateChoices, all of them
    crls: tuple[bytes, ...] = field(repr=False)  # RevocationInfoChoices, all of them
    unsigned: tuple[tuple[bytes, bytes, bytes], ...] = field(repr=False)  # (OID, its encoding, one value)
    attributes: tuple[bytes, ...] = field(repr=False)  # the same attributes, each as a whole

    def values(self, oid: bytes) -> list[bytes]:
        return [value for kind, _, value in self.unsigned if kind == oid]


def is_cms(head: bytes) -> bool:
    """Whether a file that begins like this is a CMS SignedData, in DER, BER or PEM."""
    return head.startswith(_PEM_BEGINS) or (head[:1] == b"\x30" and _SIGNED_DATA in head[:32])


def signers(data: bytes, file: str = "") -> tuple[Signer, ...]:
    """Every signer of a SignedData. Raises NotAPdf, UnsupportedDocument where it is none."""
    data = _unarmored(data)
    data = der.definite(data) if data[1:2] == b"\x80" else der.element(data).whole
    info = list(der.element(data).children())
    if len(info) != 2 or info[0].value != _SIGNED_DATA:
        raise UnsupportedDocument(file=file, problem="CMS: not a SignedData")
    whole = list(der.element(info[1].value).children())
    head, infos = whole[:-1], whole[-1]
    if infos.tag != der.SET or len(head) < 3:
        raise UnsupportedDocument(file=file, problem="CMS: no signers")
    each = list(infos.children())
    if not 1 <= len(each) <= _MOST_SIGNERS:
        raise UnsupportedDocument(file=file, problem=f"CMS: {len(each)} signers")
    return tuple(_signer(info[0].whole, head, one, file) for one in each)


def _signer(kind: bytes, head: list[Element], info: Element, file: str) -> Signer:
    before = b"".join(part.whole for part in head)
    alone = der.write(der.SEQUENCE, before, der.write(der.SET, info.whole))
    message = cms.read(der.write(der.SEQUENCE, kind, der.write(_CONTEXT_0, alone)), file)
    parts = list(info.children())
    covered = [p for p in parts if p.tag != _CONTEXT_1]
    attributes = [a for part in parts[len(covered) :] for a in part.children()]
    unsigned: list[tuple[bytes, bytes, bytes]] = []
    for attribute in attributes:
        oid, values = attribute.children()
        unsigned += [(oid.value, oid.whole, value.whole) for value in values.children()]
    enclosed = {p.tag: p for p in head[3:]}
    return Signer(
        message=message,
        raw=b"".join(p.whole for p in covered),
        content_type=next(iter(head[2].children())).whole,
        certificates=tuple(c.whole for c in enclosed[_CONTEXT_0].children()) if _CONTEXT_0 in enclosed else (),
        crls=tuple(c.whole for c in enclosed[_CONTEXT_1].children()) if _CONTEXT_1 in enclosed else (),
        unsigned=tuple(unsigned),
        attributes=tuple(a.whole for a in attributes),
    )


def _unarmored(data: bytes) -> bytes:
    if not data.startswith(_PEM_BEGINS):
        return data
    try:
        return base64.b64decode(b"".join(data.split(b"-----")[2].split()), validate=True)
    except (IndexError, binascii.Error, ValueError):
        raise UnsupportedDocument(file="CMS", problem="CMS: no PEM") from None


def algorithms(signer: Signer) -> set[str]:
    """The digests over the content that `facts` will ask for."""
    wanted = {signer.message.digest_algorithm, *(imprint_algorithm(t) for t in signer.values(_ARCHIVE_V3))}
    return wanted & _ALGORITHMS


def facts(signer: Signer, where: str, digest_of: Callable[[str], bytes], length: int) -> Facts:
    """What is known of a signature over content with these digests (by algorithm; b"" where there is no content)."""
    message = signer.message
    algorithm = message.digest_algorithm
    digest = digest_of(algorithm) if algorithm in _ALGORITHMS else b""
    if algorithm not in _ALGORITHMS:
        integrity: SubIndication | None = SubIndication.CRYPTO_CONSTRAINTS_FAILURE
    elif not digest:
        integrity = SubIndication.SIGNED_DATA_NOT_FOUND
    else:
        integrity = cms.check(message, digest)
        if message.certificate is None:
            integrity = SubIndication.SIG_CONSTRAINTS_FAILURE
    crls, ocsps = revocation_values(signer)
    return Facts(
        where=where,
        family="CAdES" if message.has_signing_certificate else "PKCS7",
        certificate=message.certificate,
        integrity=integrity,
        certificates=certificates(signer),
        crls=crls,
        ocsps=ocsps,
        stamps=tuple(Stamped(t, lambda a: cms.digest(a, message.signature)) for t in message.timestamps),
        archive=archive_stamps(signer, digest_of),
        signing_time=message.signing_time,
        has_values=bool(signer.crls or crls or ocsps),
        length=length,
    )


def certificates(signer: Signer) -> tuple[bytes, ...]:
    found = dict.fromkeys(signer.message.certificates)
    for value in signer.values(_CERTIFICATE_VALUES):
        found.update(dict.fromkeys(c.whole for c in der.element(value).children()))
    return tuple(found)


def revocation_values(signer: Signer) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """(CRLs, OCSP responses) in SignedData.crls (RFC 5652 10.2.1, RFC 5940) and in the revocation-values attribute."""
    crls, ocsps = list(signer.message.crls), list(signer.message.ocsps)
    for choice in signer.crls:
        frame = der.element(choice)
        if frame.tag == _CONTEXT_1:
            kind, value = frame.children()
            if kind.value == _OCSP_RESPONSE:
                ocsps.append(value.whole)
            elif kind.value == _BASIC_OCSP:
                ocsps.append(_response(value.whole))
    for values in signer.values(_REVOCATION_VALUES):
        for part in der.element(values).children():
            inner = [c.whole for c in der.element(part.value).children()] if part.value else []
            if part.tag == _CONTEXT_0:
                crls += inner
            elif part.tag == _CONTEXT_1:
                ocsps += [_response(basic) for basic in inner]
    return tuple(dict.fromkeys(crls)), tuple(dict.fromkeys(ocsps))


def unread(signer: Signer) -> tuple[str, ...]:
    """Names of unsigned attributes that nobody here checks."""
    return tuple(dict.fromkeys(_OTHER_ARCHIVES[kind] for kind, _, _ in signer.unsigned if kind in _OTHER_ARCHIVES))


def _response(basic: bytes) -> bytes:
    """A BasicOCSPResponse as the OCSPResponse it came in (RFC 6960 4.2.1)."""
    octets = der.write(der.SEQUENCE, der.write(der.OBJECT_IDENTIFIER, _BASIC_OCSP), der.write(der.OCTET_STRING, basic))
    return der.write(der.SEQUENCE, der.write(_ENUMERATED, b"\0"), der.write(_CONTEXT_0, octets))


# --- archive timestamps, version 3 (EN 319 122-1 5.5.2 and 5.5.3) -----------------------------------------------------------------


def archive_tokens(signer: Signer) -> list[bytes]:
    return signer.values(_ARCHIVE_V3)


def archive_stamps(signer: Signer, digest_of: Callable[[str], bytes]) -> tuple[Stamped, ...]:
    """Oldest first."""
    tokens = sorted(signer.values(_ARCHIVE_V3), key=time_of)
    return tuple(Stamped(token, _imprint(signer, token, digest_of)) for token in tokens)


def time_of(token: bytes) -> float:
    """Seconds since 1970 of a token's time; 0 where it cannot be read."""
    try:
        return der.token_facts(token)[1].timestamp()
    except UnsupportedDocument:
        return 0.0


def _imprint(signer: Signer, token: bytes, digest_of: Callable[[str], bytes]) -> Callable[[str], bytes]:
    def digest(algorithm: str) -> bytes:
        content = digest_of(algorithm) if algorithm in _ALGORITHMS else b""
        index, values = _hash_index(token, signer)
        if not content or not index or not _index_holds(index, (signer.certificates, signer.crls, values)):
            return b""
        return cms.digest(algorithm, signer.content_type + content + signer.raw + index)

    return digest


def _hash_index(token: bytes, signer: Signer) -> tuple[bytes, tuple[bytes, ...]]:
    """(the one hash index among the token's own unsigned attributes, what its last list hashes); b"" where there is none."""
    try:
        (stamp,) = signers(token)
    except (NotAPdf, UnsupportedDocument, ValueError):
        return b"", ()
    newer, older = stamp.values(_HASH_INDEX_V3), dict.fromkeys(stamp.values(_HASH_INDEX))
    if len(newer) == 1:
        return newer[0], tuple(kind + value for _, kind, value in signer.unsigned)
    return (next(iter(older)), signer.attributes) if len(older) == 1 and not newer else (b"", ())


def _index_holds(index: bytes, there: tuple[tuple[bytes, ...], ...]) -> bool:
    """Every hash in the index is of something that is there; what is not in it came later."""
    try:
        lists = list(der.element(index).children())
        name = cms.digest_name(lists.pop(0)) if len(lists) == 4 else "sha256"
        if name not in _ALGORITHMS or len(lists) != 3:
            return False
        for hashed, things in zip(lists, there, strict=True):
            known = {hashlib.new(name, thing).digest() for thing in things}
            if any(one.value not in known for one in hashed.children()):
                return False
    except UnsupportedDocument:
        return False
    return True
