"""pyHanko's reader, reading each object once: it reads an older revision's objects anew for every look, and a signature's
/Contents digit by digit (two fifths of the time of verifying ten signatures)."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.xref import read_object_header

_LOOK = 2_048
_LONG_HEX = re.compile(rb"/Contents[ \t\r\n\0\f]*<([0-9A-Fa-f]{512})")
_LONGEST = 8 * 1024 * 1024
_END = re.compile(rb"\s*endobj")


class Reader(PdfFileReader):
    """Nothing it returns may be changed: other looks share it."""

    def __init__(self, stream: Any, *, strict: bool) -> None:
        self._read: dict[tuple[int, int, int], Any] = {}
        super().__init__(stream, strict=strict)

    def _read_object(self, ref: Any, marker: Any, never_decrypt: bool = False, as_metadata_stream: bool = False) -> Any:
        if not isinstance(marker, int) or as_metadata_stream or never_decrypt:
            return super()._read_object(ref, marker, never_decrypt, as_metadata_stream)
        key = (ref.idnum, ref.generation, marker)
        known = self._read.get(key)
        if known is None:
            known = self._signature(ref, marker) if not self.encrypted else None
            if known is None:
                known = super()._read_object(ref, marker)
            self._read[key] = known
        return known

    def _signature(self, ref: Any, marker: int) -> Any:
        """A dictionary with a long hexadecimal /Contents, which is read in one piece; None for everything else."""
        stream = self.stream
        stream.seek(marker)
        head = stream.read(_LOOK)
        found = _LONG_HEX.search(head)
        if found is None or b"endobj" in head[: found.start()]:
            return None
        stream.seek(marker + found.start(1))
        digits = bytearray()
        while b">" not in digits and len(digits) < _LONGEST and (block := stream.read(65_536)):
            digits += block
        end = digits.find(b">")
        if end < 0:
            return None
        try:
            contents = bytes.fromhex(digits[:end].decode("ascii"))
        except ValueError:
            return None  # odd, or something else in it: the library says what
        stream.seek(marker)
        rest = stream.read(found.start(1)) + bytes(digits[end:]) + stream.read(_LOOK)
        short = BytesIO(rest)
        number, generation = read_object_header(short, strict=self.strict)  # type: ignore[no-untyped-call]
        if (number, generation) != (ref.idnum, ref.generation):
            raise PdfReadError(f"object {number} {generation} where {ref.idnum} {ref.generation} belongs")
        value = generic.read_object(short, generic.Reference(number, generation, self))
        if not isinstance(value, generic.DictionaryObject) or not _END.match(rest, short.tell()):
            return None
        if dict.get(value, "/Contents") != generic.pdf_string(b""):
            return None  # the long string was not the dictionary's own
        string = generic.ByteStringObject(contents)
        string.container_ref = value.container_ref
        value[generic.pdf_name("/Contents")] = string
        return value
