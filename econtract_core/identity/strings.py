"""ASN.1 strings as text, also where a CA wrote other bytes into them than X.680 allows.

What had to be decided is told by a doubt, a short code; the bytes themselves stay in the DER. Source: X.680 clause 41, X.690 8.23,
RFC 5280 appendix B (TeletexString), JIS X 0202 (ISO-2022-JP escapes), JIS X 0201/0208 as code page 932.
"""

from __future__ import annotations

from dataclasses import dataclass

from econtract_core.identity.characters import LONGEST, misleading

UTF8, NUMERIC, PRINTABLE, TELETEX, IA5, VISIBLE, UNIVERSAL, BMP = 0x0C, 0x12, 0x13, 0x14, 0x16, 0x1A, 0x1C, 0x1E
_ASCII = frozenset({NUMERIC, PRINTABLE, IA5, VISIBLE})
_ESCAPE = b"\x1b"

UNDECODABLE = "undecodable"  # some bytes are no text in any reading; U+FFFD stands for them
WRONG_STRING_TYPE = "wrong-string-type"  # bytes the ASN.1 type does not allow; read as what they look like
TELETEX_GUESSED = "teletex"  # T61String has no agreed code; it was read as UTF-8, JIS, Shift_JIS or Latin-1
CUT = "too-long"  # only the beginning was read
MISLEADING = "misleading-characters"  # control, bidirectional, invisible or private-use characters
NO_STRING = "no-string"  # a value that is no string at all


@dataclass(frozen=True)
class Decoded:
    """Text as it was meant, and what had to be decided to read it."""

    text: str
    doubts: tuple[str, ...] = ()


def decode(tag: int, data: bytes) -> Decoded:
    """Never fails: an unknown type is "" with a doubt. Linear in the first part of `data` that can matter."""
    cut = len(data) > LONGEST * 4
    data = data[: LONGEST * 4]
    if tag == UTF8:
        text, doubts = _first(data, ("utf-8", ()), ("cp932", (WRONG_STRING_TYPE,)), cut=cut)
    elif tag == BMP:
        text, doubts = _utf16(data)
    elif tag == UNIVERSAL:
        text, doubts = _first(data, ("utf-32-be", ()), cut=cut)
    elif tag == TELETEX:
        text, doubts = _teletex(data, cut=cut)
    elif tag in _ASCII:
        text, doubts = _ascii(data, cut=cut)
    else:
        return Decoded("", (NO_STRING,))
    if cut or len(text) > LONGEST:
        text, doubts = text[:LONGEST], (*doubts, CUT)
    if not (text.isascii() and text.isprintable()) and any(misleading(character) for character in text):
        doubts = (*doubts, MISLEADING)
    return Decoded(text, doubts)


def _ascii(data: bytes, *, cut: bool) -> tuple[str, tuple[str, ...]]:
    """PrintableString and its kin: real CAs also put "&", "@", UTF-8 and Shift_JIS there."""
    if not data.isascii():
        return _first(data, ("utf-8", (WRONG_STRING_TYPE,)), ("cp932", (WRONG_STRING_TYPE,)), cut=cut)
    return data.decode("ascii"), ()


def _teletex(data: bytes, *, cut: bool) -> tuple[str, tuple[str, ...]]:
    """T.61 proper is what nobody wrote: ASCII, else JIS with escapes, else UTF-8, else Shift_JIS, else Latin-1.

    Bytes 0x80 to 0x9F are letters in no Latin-1 text and begin most kanji in Shift_JIS; without one of them the text is Latin-1,
    which is what other countries' CAs wrote.
    """
    guessed = (TELETEX_GUESSED,)
    if data.isascii() and _ESCAPE not in data:
        return data.decode("ascii"), ()
    if data.isascii():
        return _first(data, ("iso2022_jp_ext", guessed), cut=cut)
    shift_jis = (("cp932", guessed),) if any(0x80 <= byte < 0xA0 for byte in data) else ()
    return _first(data, ("utf-8", guessed), *shift_jis, ("latin-1", guessed), cut=cut)


def _utf16(data: bytes) -> tuple[str, tuple[str, ...]]:
    """BMPString: UTF-16 with surrogates is read too; a swapped byte order only where a byte order mark says so."""
    if data[:2] == b"\xff\xfe":
        return data[2:].decode("utf-16-le", "replace"), (WRONG_STRING_TYPE,)
    text = data[: len(data) // 2 * 2].decode("utf-16-be", "replace")
    doubts: tuple[str, ...] = (UNDECODABLE,) if len(data) % 2 or "\ufffd" in text else ()
    if any(character > "\uffff" for character in text):
        doubts = (*doubts, WRONG_STRING_TYPE)
    return text, doubts


def _first(data: bytes, *readings: tuple[str, tuple[str, ...]], cut: bool) -> tuple[str, tuple[str, ...]]:
    """The first reading without an error; else the first one with U+FFFD. A cut may have halved the last character."""
    for encoding, doubts in readings:
        for shorter in range(4 if cut else 1):
            try:
                return data[: len(data) - shorter].decode(encoding), doubts
            except UnicodeDecodeError:
                continue
    encoding, doubts = readings[0]
    return data.decode(encoding, "replace"), (*doubts, UNDECODABLE)
