"""Objects of a PDF by the quick way, for whoever reads most of them: object streams (ISO 32000-2 7.5.7) by an index of each, where
pyHanko looks through the whole stream again for each of its objects; plain objects without a look at every byte.

What is read goes to pyHanko's own cache. What is not as it should be is left to pyHanko, which then says so.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.misc import PdfReadError, PdfStreamError
from pyhanko.pdf_utils.xref import ObjStreamRef

from econtract_core.evidence.pdf.quick_objects import quick_object

_MOST = 1_000_000
_LOOK = 4_096
_HEADER = re.compile(rb"([0-9]{1,10}) ([0-9]{1,5}) obj[\x00\t\n\f\r ]*")
_END = re.compile(rb"[\x00\t\n\f\r ]*endobj")
_Stream = tuple[bytes, list[tuple[int, int]]]


class Objects:
    """Reads ahead for one reader. `missing` tells what a reference to nothing is."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self._streams: dict[int, _Stream | None] = {}

    def missing(self, raw: Any) -> bool:
        """Whether a reference points at nothing. If it points at an object, that is in the reader's cache now, if it can be read
        the quick way."""
        reader = self._reader
        place = reader.xrefs[raw.reference]
        if place is None:
            return True
        if reader.encrypted or reader.cache_get_indirect_object(raw.generation, raw.idnum) is not None:
            return False
        if isinstance(place, ObjStreamRef):
            value = self._compressed(raw.idnum, place.obj_stream_id, place.ix_in_stream)
        else:
            value = self._plain(raw.idnum, raw.generation, place)
        if value is not None:
            reader.cache_indirect_object(raw.generation, raw.idnum, value)
        return False

    def _plain(self, number: int, generation: int, place: int) -> Any:
        self._reader.stream.seek(place)
        data = self._reader.stream.read(_LOOK)
        header = _HEADER.match(data)
        if header is None or (int(header[1]), int(header[2])) != (number, generation):
            return None
        read = quick_object(data, header.end(), generic.Reference(number, generation, self._reader))
        return read[0] if read is not None and _END.match(data, read[1]) else None

    def _compressed(self, name: int, stream: int, index: int) -> Any:
        if stream not in self._streams:
            self._streams[stream] = None  # a stream that leads to itself
            self._streams[stream] = self._open(stream)
        opened = self._streams[stream]
        if opened is None:
            return None
        data, places = opened
        if not 0 <= index < len(places) or places[index][0] != name:
            return None
        container = generic.Reference(name, 0, self._reader)
        read = quick_object(data, places[index][1], container)
        if read is not None:
            return read[0]
        source = BytesIO(data)
        source.seek(places[index][1])
        try:
            value = generic.read_object(source, container)
        except (PdfReadError, PdfStreamError, ValueError):
            return None
        return None if isinstance(value, generic.StreamObject | generic.IndirectObject) else value

    def _open(self, number: int) -> _Stream | None:
        stream: Any = generic.Reference(number, 0, self._reader).get_object()
        if not isinstance(stream, generic.StreamObject) or dict.get(stream, "/Type") != "/ObjStm":
            return None
        data: bytes = stream.read_data(DecodePurpose.OBJECT_STREAM)
        first, count = stream["/First"], stream["/N"]
        if not (isinstance(first, int) and isinstance(count, int) and 0 <= count <= _MOST and 0 <= first <= len(data)):
            return None
        heads = data[:first].split()[: 2 * count]
        if not all(head.isdigit() for head in heads):
            return None
        pairs = zip(heads[::2], heads[1::2], strict=False)
        return data, [(int(name), first + int(offset)) for name, offset in pairs]
