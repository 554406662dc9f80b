"""Object streams (ISO 32000-2 7.5.7) by an index of each: pyHanko looks through the whole stream again for each of its objects, which
for a file of 1.5 MB can take minutes."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.misc import PdfReadError, PdfStreamError

_MOST = 1_000_000
_Stream = tuple[BytesIO, list[tuple[int, int]]]


class ObjectStreams:
    """The object streams of one reader, each decoded and indexed when it is first asked for."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self._streams: dict[int, _Stream | None] = {}

    def read(self, name: int, stream: int, index: int) -> Any:
        """Object `name`, which the cross-reference table places in object stream `stream` at `index`. None where something is not
        as it should be (pyHanko tells what), and in encrypted files."""
        if stream not in self._streams:
            self._streams[stream] = None  # a stream that leads to itself
            self._streams[stream] = self._open(stream)
        opened = self._streams[stream]
        if opened is None:
            return None
        data, places = opened
        if not 0 <= index < len(places) or places[index][0] != name:
            return None
        data.seek(places[index][1])
        try:
            value = generic.read_object(data, generic.Reference(name, 0, self._reader))
        except (PdfReadError, PdfStreamError, ValueError):
            return None
        return None if isinstance(value, generic.StreamObject | generic.IndirectObject) else value

    def _open(self, number: int) -> _Stream | None:
        if self._reader.encrypted:
            return None
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
        return BytesIO(data), [(int(name), first + int(offset)) for name, offset in pairs]
