"""A certificate's parts, straight from its DER (RFC 5280), with every size bounded and nothing obeyed.

Only reading: whether a signature holds or a chain ends in a trusted root is `evidence`'s work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from econtract_core.der import BIT_STRING, BOOLEAN, INTEGER, OCTET_STRING, SEQUENCE, Element, element, moment
from econtract_core.identity.names import Name, oid, read_name
from econtract_core.rules.errors import UnsupportedDocument

LARGEST = 1 << 16  # bytes; a card's certificate has about 2,000
SUBJECT_ALT_NAME, KEY_USAGE, POLICIES = "2.5.29.17", "2.5.29.15", "2.5.29.32"
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_VERSION, _EXTENSIONS = 0xA0, 0xA3
_OTHER_NAME, _DIRECTORY_NAME = 0xA0, 0xA4
_MOST_EXTENSIONS, _MOST_NAMES, _MOST_POLICIES = 64, 64, 32
_LONGEST_SERIAL = 64  # bytes; RFC 5280 allows 20
USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
_CURVES = {
    "1.2.840.10045.3.1.7": "secp256r1",
    "1.3.132.0.34": "secp384r1",
    "1.3.132.0.35": "secp521r1",
    "1.3.132.0.10": "secp256k1",
    "1.3.36.3.3.2.8.1.1.7": "brainpoolP256r1",
    "1.3.36.3.3.2.8.1.1.11": "brainpoolP384r1",
    "1.3.36.3.3.2.8.1.1.13": "brainpoolP512r1",
}
_RSA = {"1.2.840.113549.1.1.1": "RSA", "1.2.840.113549.1.1.10": "RSA-PSS"}
_EDWARDS = {"1.3.101.112": "Ed25519", "1.3.101.113": "Ed448"}
_EC_PUBLIC_KEY = "1.2.840.10045.2.1"


@dataclass(frozen=True)
class Parts:
    """What a certificate says. `extensions`: dotted → value; `repeated`: an extension came twice and is left out."""

    serial: int
    issuer: Name
    not_before: datetime
    not_after: datetime
    subject: Name
    key: Element
    extensions: dict[str, bytes]
    repeated: bool


@dataclass(frozen=True)
class AlternativeNames:
    """Of subjectAltName: Names, and otherNames by their type with the element inside."""

    directories: tuple[Name, ...] = ()
    others: tuple[tuple[str, Element], ...] = ()


def subject_public_key(der: bytes) -> bytes:
    """The SubjectPublicKeyInfo (DER), also of certificates whose names no library takes. Raises UnsupportedDocument."""
    return read_parts(der).key.whole


def read_parts(der: bytes) -> Parts:
    """Raises UnsupportedDocument for anything that is no X.509 certificate of a sane size."""
    if len(der) > LARGEST:
        raise UnsupportedDocument(file="certificate", problem="larger than any certificate")
    whole = element(der)
    if whole.tag != SEQUENCE or whole.end != len(der):
        raise _none()
    outer = list(_few(whole, 3))
    if [part.tag for part in outer] != [SEQUENCE, SEQUENCE, BIT_STRING]:
        raise _none()
    fields = list(_few(outer[0], 10))
    if fields and fields[0].tag == _VERSION:
        fields = fields[1:]
    if len(fields) < 6 or fields[3].tag != SEQUENCE or fields[5].tag != SEQUENCE:
        raise _none()
    times = list(_few(fields[3], 2))
    if len(times) != 2:
        raise _none()
    extensions, repeated = _extensions(next((f for f in fields[6:] if f.tag == _EXTENSIONS), None))
    return Parts(
        serial=_serial(fields[0]),
        issuer=read_name(fields[2]),
        not_before=_time(times[0]),
        not_after=_time(times[1]),
        subject=read_name(fields[4]),
        key=fields[5],
        extensions=extensions,
        repeated=repeated,
    )


def alternative_names(parts: Parts) -> AlternativeNames:
    """Empty where there is none. Raises UnsupportedDocument where it is broken."""
    value = parts.extensions.get(SUBJECT_ALT_NAME)
    if value is None:
        return AlternativeNames()
    directories, others = [], []
    for name in _few(_only(value, SEQUENCE), _MOST_NAMES):
        inside = list(_few(name, 2)) if name.tag in (_OTHER_NAME, _DIRECTORY_NAME) else []
        if name.tag == _DIRECTORY_NAME and len(inside) == 1:
            directories.append(read_name(inside[0]))
        elif name.tag == _OTHER_NAME and len(inside) == 2 and inside[1].tag == 0xA0:
            others.append((oid(inside[0]), element(inside[1].value)))
    return AlternativeNames(tuple(directories), tuple(others))


def policies(parts: Parts) -> tuple[str, ...]:
    """Policy identifiers, dotted. Raises UnsupportedDocument where the extension is broken."""
    value = parts.extensions.get(POLICIES)
    if value is None:
        return ()
    found = []
    for policy in _few(_only(value, SEQUENCE), _MOST_POLICIES):
        first = next(policy.children(), None) if policy.tag == SEQUENCE else None
        if first is None:
            raise _none()
        found.append(oid(first))
    return tuple(found)


def key_usage(parts: Parts) -> tuple[str, ...]:
    """As X.509 names them. Raises UnsupportedDocument where the extension is broken."""
    value = parts.extensions.get(KEY_USAGE)
    if value is None:
        return ()
    bits = _only(value, BIT_STRING).value
    if not 2 <= len(bits) <= 3:
        raise _none()
    number = int.from_bytes(bits[1:3].ljust(2, b"\0"), "big")
    return tuple(name for place, name in enumerate(USAGES) if number >> (15 - place) & 1)


def key_algorithm(parts: Parts) -> str:
    """ "RSA-2048", "EC-secp256r1", "Ed25519"; "unknown (…)" for every other key."""
    try:
        algorithm, key = list(_few(parts.key, 2))
        identifier, *parameters = list(_few(algorithm, 2))
        kind = oid(identifier)
        if kind in _RSA:
            modulus = next(element(key.value[1:]).children())
            return f"{_RSA[kind]}-{int.from_bytes(modulus.value, 'big').bit_length()}"
        if kind == _EC_PUBLIC_KEY and parameters:
            curve = oid(parameters[0])
            return f"EC-{_CURVES.get(curve, curve)}"
    except (UnsupportedDocument, ValueError, StopIteration):
        return "unknown (broken)"
    return _EDWARDS.get(kind, f"unknown ({kind})")


def _few(parent: Element, most: int) -> list[Element]:
    """The children, of which there may be `most`. Raises UnsupportedDocument."""
    found: list[Element] = []
    for child in parent.children():
        if len(found) == most:
            raise UnsupportedDocument(file="certificate", problem="more parts than any certificate has")
        found.append(child)
    return found


def _only(value: bytes, tag: int) -> Element:
    found = element(value)
    if found.tag != tag or found.end != len(value):
        raise _none()
    return found


def _serial(field: Element) -> int:
    if field.tag != INTEGER or not 1 <= len(field.value) <= _LONGEST_SERIAL:
        raise _none()
    return int.from_bytes(field.value, "big", signed=True)


def _time(field: Element) -> datetime:
    """UTCTime or GeneralizedTime as RFC 5280 4.1.2.5 profiles them; seconds may be left out, as old CAs did."""
    text = field.value.decode("ascii", "replace")
    lengths = {_UTC_TIME: (13, 11), _GENERALIZED_TIME: (15, 13)}.get(field.tag, ())
    if len(text) not in lengths or not text.endswith("Z") or not text[:-1].isascii() or not text[:-1].isdigit():
        raise UnsupportedDocument(file="certificate", problem="no time")
    digits = text[:-1]
    if field.tag == _UTC_TIME:
        digits = ("19" if digits[:2] >= "50" else "20") + digits
    try:
        return moment(digits.ljust(14, "0"))
    except ValueError:
        raise UnsupportedDocument(file="certificate", problem="no time") from None


def _extensions(field: Element | None) -> tuple[dict[str, bytes], bool]:
    if field is None:
        return {}, False
    found: dict[str, bytes] = {}
    twice: set[str] = set()
    for extension in _few(_only(field.value, SEQUENCE), _MOST_EXTENSIONS):
        inside = list(_few(extension, 3)) if extension.tag == SEQUENCE else []
        if len(inside) == 3 and inside[1].tag == BOOLEAN:
            del inside[1]
        if len(inside) != 2 or inside[1].tag != OCTET_STRING:
            raise _none()
        kind = oid(inside[0])
        twice.update({kind} & found.keys())
        found[kind] = inside[1].value
    return {kind: value for kind, value in found.items() if kind not in twice}, bool(twice)


def _none() -> UnsupportedDocument:
    return UnsupportedDocument(file="certificate", problem="not an X.509 certificate")
