"""DER and BER as signatures need it: old signers' BER rewritten, and single facts taken from certificates and tokens."""

from __future__ import annotations

from datetime import datetime, timedelta

from econtract_core.der import (
    BOOLEAN,
    CONSTRUCTED,
    INTEGER,
    NULL,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    SET,
    Element,
    element,
    integer,
    moment,
    set_of,
    write,
)
from econtract_core.rules.errors import UnsupportedDocument

__all__ = [
    "BOOLEAN",
    "INTEGER",
    "NULL",
    "OBJECT_IDENTIFIER",
    "OCTET_STRING",
    "SEQUENCE",
    "SET",
    "Element",
    "definite",
    "element",
    "generalized_time",
    "integer",
    "issuer_and_serial",
    "moment",
    "set_of",
    "token_facts",
    "write",
]
_DEEPEST = 40


def definite(data: bytes) -> bytes:
    """BER with indefinite lengths and pieced OCTET STRINGs, as some old signers wrote it, as DER would have it; what follows
    the element is dropped. Linear in the data. Raises UnsupportedDocument."""
    written, _ = _definite(data, 0, len(data), 0)
    return written


def _definite(data: bytes, start: int, end: int, depth: int) -> tuple[bytes, int]:
    """(the element at `start` rewritten, where it ends)."""
    if depth > _DEEPEST or start + 2 > end:
        raise UnsupportedDocument(file="BER", problem="cut short or nested too deeply")
    tag = data[start]
    endless = data[start + 1] == 0x80
    if not endless:
        found = element(data, start)
        if found.end > end:
            raise UnsupportedDocument(file="BER", problem="an element runs over its frame")
        if not tag & CONSTRUCTED:
            return found.whole, found.end
        position, stop = found.content, found.end
    else:
        position, stop = start + 2, end
    parts: list[bytes] = []
    while position < stop:
        if endless and data[position : position + 2] == b"\0\0":
            break
        part, position = _definite(data, position, stop, depth + 1)
        parts.append(part)
    if endless and data[position : position + 2] != b"\0\0":
        raise UnsupportedDocument(file="BER", problem="an element without end")
    if tag == OCTET_STRING | CONSTRUCTED:
        tag, parts = OCTET_STRING, [element(part).value for part in parts]
    return write(tag, *parts), position + 2 if endless else stop


def issuer_and_serial(certificate: bytes) -> tuple[bytes, bytes]:
    """(issuer Name, serialNumber INTEGER) of a certificate, both as they are encoded there."""
    try:
        parts = list(next(element(certificate).children()).children())
        if parts[0].tag == 0xA0:  # version
            parts = parts[1:]
        return parts[2].whole, parts[0].whole
    except (IndexError, StopIteration):
        raise UnsupportedDocument(file="DER", problem="no certificate") from None


def generalized_time(value: Element) -> datetime:
    """GeneralizedTime as RFC 3161 profiles it: Z, fractions allowed. Raises UnsupportedDocument."""
    try:
        whole, _, fraction = value.value.decode("ascii").removesuffix("Z").partition(".")
        time = moment(whole)
        return time + timedelta(microseconds=int((fraction + "000000")[:6]))
    except ValueError:
        raise UnsupportedDocument(file="DER", problem="no time") from None


def token_facts(token: bytes) -> tuple[bytes, datetime]:
    """(hashed message, time) in a TimeStampToken (RFC 3161), without judging the rest of it."""
    try:
        signed = list(element(list(element(token).children())[1].value).children())
        enclosed = next(c for c in signed if c.tag == SEQUENCE)
        info = list(element(element(list(enclosed.children())[1].value).value).children())
        imprint = list(info[2].children())[1].value
        return imprint, generalized_time(info[4])
    except (IndexError, StopIteration):
        raise UnsupportedDocument(file="DER", problem="no timestamp token") from None
