"""The incremental update that holds a new signature: field, widget and signature dictionary (ISO 32000-2 12.8), by pyHanko's
writer. Only the appended bytes are made; the original is never written again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from econtract_core.evidence.library import guarded
from econtract_core.evidence.pdf.inspect import next_field_name
from econtract_core.evidence.pdf.reading import OpenPdf, look

_RESERVED = 24_576  # hexadecimal digits: 12 KiB of DER, twice what a signature with two chains and a timestamp takes
_BYTE_RANGE_WIDTH = 44  # "[0 1234567890 1234567890 1234567890]" with room
_PRINT, _LOCKED = 4, 128
_PDF: Any = generic  # pyHanko's objects are only half typed


@dataclass
class Update:
    """Appended bytes with room for the signature. `gap`: where in them /Contents stands, with its < and >."""

    tail: bytearray
    gap: tuple[int, int]

    @property
    def room(self) -> int:
        """Bytes of DER that fit."""
        return (self.gap[1] - self.gap[0] - 2) // 2

    def fill(self, cms: bytes) -> None:
        """Put the signature in; the rest of the room stays zeros."""
        start = self.gap[0] + 1
        self.tail[start : start + 2 * len(cms)] = cms.hex().encode("ascii")


def prepare(pdf: OpenPdf, size: int, when: datetime, texts: dict[str, str]) -> Update:
    """The update of a document whose first `size` bytes are `pdf`'s (and perhaps a line end). `texts`: Name, Reason, Location.

    Raises NotAPdf where the document's structure does not take a signature.
    """
    contents, byte_range = _Placeholder(b"<", b"0" * _RESERVED, b">"), _Placeholder(b"", b" " * _BYTE_RANGE_WIDTH, b"")
    with guarded(str(pdf.path)):
        writer = IncrementalPdfFileWriter(pdf.stream, prev=pdf.reader)
        # The same document at the same time gives the same bytes: a signature the card has made can be placed after a crash.
        seed = repr((size, when.isoformat(), sorted(texts.items()))).encode()
        writer._document_id[1] = _PDF.ByteStringObject(hashlib.sha256(seed).digest()[:16])
        signature = writer.add_object(_dictionary(contents, byte_range, when, texts))
        _add_field(writer, next_field_name(pdf), signature)
        out = _Appending(size)
        # Not write_in_place(): that rewrites /Info and XMP as well, which a signature must leave alone.
        writer._write_updated_section(out)  # type: ignore[no-untyped-call]
    tail = bytearray(out.getvalue())
    gap = contents.place
    values = b"[0 %d %d %d]" % (size + gap[0], size + gap[1], len(tail) - gap[1])
    start = byte_range.place[0]
    tail[start : start + len(values)] = values
    return Update(tail, gap)


class _Appending(BytesIO):
    """A buffer that thinks it stands at the end of the original, so that offsets come out right."""

    def __init__(self, base: int) -> None:
        super().__init__()
        self._base = base

    def tell(self) -> int:
        return super().tell() + self._base

    @property
    def position(self) -> int:
        return super().tell()


class _Placeholder(generic.PdfObject):
    """Bytes that are filled in later; remembers where they were written."""

    def __init__(self, before: bytes, room: bytes, after: bytes) -> None:
        super().__init__()
        self._bytes = before + room + after
        self.place = (0, 0)

    def write_to_stream(self, stream: Any, handler: Any = None, container_ref: Any = None) -> None:
        start = stream.position
        stream.write(self._bytes)
        self.place = (start, start + len(self._bytes))


def _dictionary(contents: _Placeholder, byte_range: _Placeholder, when: datetime, texts: dict[str, str]) -> Any:
    result = _PDF.DictionaryObject(
        {
            _PDF.pdf_name("/Type"): _PDF.pdf_name("/Sig"),
            _PDF.pdf_name("/Filter"): _PDF.pdf_name("/Adobe.PPKLite"),
            _PDF.pdf_name("/SubFilter"): _PDF.pdf_name("/ETSI.CAdES.detached"),
            _PDF.pdf_name("/M"): _PDF.pdf_date(when),
            _PDF.pdf_name("/Contents"): contents,
            _PDF.pdf_name("/ByteRange"): byte_range,
        }
    )
    for key, text in texts.items():
        if text:
            result[_PDF.pdf_name(f"/{key}")] = _PDF.pdf_string(text)
    return result


def _add_field(writer: Any, name: str, signature: Any) -> None:
    """An invisible signature field on the first page, merged with its widget (PDF/A wants it printable)."""
    page = writer.find_page_for_modification(0)[0]
    field = _PDF.DictionaryObject(
        {
            _PDF.pdf_name("/FT"): _PDF.pdf_name("/Sig"),
            _PDF.pdf_name("/T"): _PDF.pdf_string(name),
            _PDF.pdf_name("/V"): signature,
            _PDF.pdf_name("/Type"): _PDF.pdf_name("/Annot"),
            _PDF.pdf_name("/Subtype"): _PDF.pdf_name("/Widget"),
            _PDF.pdf_name("/F"): _PDF.NumberObject(_PRINT | _LOCKED),
            _PDF.pdf_name("/Rect"): _PDF.ArrayObject([_PDF.NumberObject(0)] * 4),
            _PDF.pdf_name("/P"): page,
        }
    )
    reference = writer.add_object(field)
    writer.register_annotation(page, reference)
    form = look(writer.root, "/AcroForm")
    if not isinstance(form, _PDF.DictionaryObject):
        form = _PDF.DictionaryObject({_PDF.pdf_name("/Fields"): _PDF.ArrayObject([reference])})
        form[_PDF.pdf_name("/SigFlags")] = _PDF.NumberObject(3)
        writer.root[_PDF.pdf_name("/AcroForm")] = writer.add_object(form)
        writer.update_root()
        return
    fields = look(form, "/Fields")
    if isinstance(fields, _PDF.ArrayObject):
        fields.append(reference)
        writer.update_container(fields)
    else:
        form[_PDF.pdf_name("/Fields")] = _PDF.ArrayObject([reference])
        writer.update_container(form)
    if look(form, "/SigFlags") != 3:
        form[_PDF.pdf_name("/SigFlags")] = _PDF.NumberObject(3)
        writer.update_container(form)
