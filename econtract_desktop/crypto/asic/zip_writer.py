"""Writing a container's ZIP file (PKWARE APPNOTE 6.3.10): entries stored, one after the other, ZIP64 where they need it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from econtract_core.rules.errors import SigningFailed
from econtract_desktop.crypto.new_file import NewFile

_UTF8, _PLAIN, _ZIP64 = 0x0800, 20, 45  # flag; versions needed to extract
_FULL_16, _FULL_32 = 0xFFFF, 0xFFFFFFFF
_NARROW = 0xF000_0000  # an entry expected below this gets no ZIP64 field
_EXTRA_64 = 1


@dataclass(frozen=True)
class _Written:
    name: bytes
    size: int
    crc: int
    header: int
    wide: bool


class ZipWriter:
    """Entries into a NewFile. The same entries at the same time give the same bytes."""

    def __init__(self, file: NewFile, when: datetime) -> None:
        """`when`: the entries' time, in its own time zone."""
        self._file = file
        self._stamp = _dos(when)
        self._position = 0
        self._entries: list[_Written] = []

    def add(self, name: str, blocks: Iterable[bytes], expected: int) -> int:
        """Write one entry; its size. `expected`: bytes it will have, as far as known. Raises SigningFailed where it turns out
        far larger, DiskFull, FileNotWritable, and what `blocks` raises."""
        encoded = name.encode("utf-8")
        wide = expected >= _NARROW
        start, size, crc = self._position, 0, 0
        self._write(self._local(encoded, (0, 0), wide))
        for block in blocks:
            size += len(block)
            crc = zlib.crc32(block, crc)
            self._write(block)
        if size >= _FULL_32 and not wide:
            raise SigningFailed(file=name, problem="the file grows while it is read")
        self._file.patch(start, self._local(encoded, (size, crc), wide))
        self._entries.append(_Written(encoded, size, crc, start, wide))
        return size

    def finish(self) -> None:
        """Write the central directory. Raises DiskFull, FileNotWritable."""
        start = self._position
        for entry in self._entries:
            self._write(self._central(entry))
        length, count = self._position - start, len(self._entries)
        if count >= _FULL_16 or start >= _FULL_32 or length >= _FULL_32:
            end = self._position
            self._write(
                struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, _ZIP64, _ZIP64, 0, 0, count, count, length, start)
                + struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
            )
        short = min(count, _FULL_16)
        sizes = (min(length, _FULL_32), min(start, _FULL_32))
        self._write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, short, short, *sizes, 0))

    def _write(self, data: bytes) -> None:
        self._file.append(data)
        self._position += len(data)

    def _local(self, name: bytes, sums: tuple[int, int], wide: bool) -> bytes:
        size, crc = sums
        extra = struct.pack("<2H2Q", _EXTRA_64, 16, size, size) if wide else b""
        told = _FULL_32 if wide else size
        version = _ZIP64 if wide else _PLAIN
        head = (b"PK\3\4", version, _UTF8, 0, *self._stamp, crc, told, told, len(name), len(extra))
        return struct.pack("<4s5H3L2H", *head) + name + extra

    def _central(self, entry: _Written) -> bytes:
        values = [v for v in (entry.size, entry.size, entry.header) if v >= _FULL_32]
        extra = struct.pack(f"<2H{len(values)}Q", _EXTRA_64, 8 * len(values), *values) if values else b""
        version = _ZIP64 if values or entry.wide else _PLAIN
        size, header = min(entry.size, _FULL_32), min(entry.header, _FULL_32)
        head = (b"PK\1\2", version, version, _UTF8, 0, *self._stamp, entry.crc, size, size)
        tail = (len(entry.name), len(extra), 0, 0, 0, 0, header)
        return struct.pack("<4s6H3L5H2L", *head, *tail) + entry.name + extra


def _dos(when: datetime) -> tuple[int, int]:
    """(time, date) as MS-DOS counts them, from 1980 to 2107."""
    year = min(max(when.year, 1980), 2107) - 1980
    return when.hour << 11 | when.minute << 5 | when.second // 2, year << 9 | when.month << 5 | when.day
