"""Certificates byte by byte: any string type, any extension, any nonsense, which no library would write. Nobody signed them."""

from __future__ import annotations

from econtract_core import der

SIGNED_WITH = der.write(der.SEQUENCE, bytes.fromhex("06092a864886f70d01010b"), der.NULL)  # sha256WithRSAEncryption
UTF8, PRINTABLE, TELETEX, BMP = 0x0C, 0x13, 0x14, 0x1E
Value = tuple[int, bytes]


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER element."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    arcs = b""
    for arc in (first * 40 + second, *rest):
        tail = [arc & 0x7F]
        while arc := arc >> 7:
            tail.append(arc & 0x7F | 0x80)
        arcs += bytes(reversed(tail))
    return der.write(der.OBJECT_IDENTIFIER, arcs)


def text(value: str, tag: int = UTF8) -> Value:
    return tag, value.encode("utf-16-be" if tag == BMP else "utf-8")


def name(*attributes: tuple[str, Value]) -> bytes:
    """A Name, one attribute in each part."""
    return der.write(
        der.SEQUENCE,
        *(
            der.write(der.SET, der.write(der.SEQUENCE, oid(kind), der.write(tag, data)))
            for kind, (tag, data) in attributes
        ),
    )


def other_name(kind: str, value: Value) -> bytes:
    return der.write(0xA0, oid(kind), der.write(0xA0, der.write(*value)))


def directory(whole_name: bytes) -> bytes:
    return der.write(0xA4, whole_name)


def alternative(*general_names: bytes) -> tuple[str, bytes]:
    return "2.5.29.17", der.write(der.SEQUENCE, *general_names)


def policy(*dotted: str) -> tuple[str, bytes]:
    return "2.5.29.32", der.write(der.SEQUENCE, *(der.write(der.SEQUENCE, oid(one)) for one in dotted))


def usage(bits: bytes) -> tuple[str, bytes]:
    """`bits`: the BIT STRING's content, the count of unused bits first."""
    return "2.5.29.15", der.write(der.BIT_STRING, bits)


def rsa_key(bits: int = 2048) -> bytes:
    public = der.write(der.SEQUENCE, der.integer(1 << bits - 1), der.integer(65537))
    kind = der.write(der.SEQUENCE, oid("1.2.840.113549.1.1.1"), der.NULL)
    return der.write(der.SEQUENCE, kind, der.write(der.BIT_STRING, b"\0", public))


def certificate(
    subject: bytes,
    *extensions: tuple[str, bytes],
    issuer: bytes | None = None,
    times: tuple[bytes, bytes] = (b"260101000000Z", b"301231235959Z"),
    serial: bytes = b"\x05",
    key: bytes | None = None,
) -> bytes:
    """The DER of a certificate with these parts and a signature of zeros."""
    listed = der.write(
        der.SEQUENCE,
        *(der.write(der.SEQUENCE, oid(kind), der.write(der.OCTET_STRING, value)) for kind, value in extensions),
    )
    tag = [0x17 if len(moment) in (11, 13) and moment[:2] != b"99" else 0x18 for moment in times]
    tbs = der.write(
        der.SEQUENCE,
        der.write(0xA0, der.integer(2)),
        der.write(der.INTEGER, serial),
        SIGNED_WITH,
        name(("2.5.4.3", text("Test CA"))) if issuer is None else issuer,
        der.write(der.SEQUENCE, *(der.write(t, moment) for t, moment in zip(tag, times, strict=True))),
        subject,
        rsa_key() if key is None else key,
        *([der.write(0xA3, listed)] if extensions else []),
    )
    return der.write(der.SEQUENCE, tbs, SIGNED_WITH, der.write(der.BIT_STRING, bytes(257)))
