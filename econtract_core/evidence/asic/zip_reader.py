"""A ZIP file's entries (PKWARE APPNOTE 6.3.10), read so that no two programs can see different files in it.

Entries fill the file from its first byte to the central directory without a gap or an overlap; each local header says what
the central directory says. Whatever strays from that is refused, however harmless it may be.
"""

from __future__ import annotations

import struct
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import IO

from econtract_core.rules.errors import DocumentTooLarge, FileNotReadable, UnsupportedDocument

BLOCK = 1024 * 1024
STORED, DEFLATED = 0, 8
_MOST_ENTRIES = 10_000
_LARGEST_DIRECTORY = 8 * 1024 * 1024
_LONGEST_NAME = 1024
_INFLATES_TO, _INFLATES_BY = 16 * 1024 * 1024, 100  # deflated entries together: 16 MiB and 100 times the file
_ENCRYPTED, _DESCRIPTOR, _UTF8 = 0x0001, 0x0008, 0x0800
_KNOWN_FLAGS = 0x0006 | _DESCRIPTOR | _UTF8  # 0x0006: how hard deflate tried
_LOCAL, _CENTRAL, _END = b"PK\3\4", b"PK\1\2", b"PK\5\6"
_END_64, _LOCATOR_64, _PIECE = b"PK\6\6", b"PK\6\7", b"PK\7\x08"
_ZIP64, _UNICODE_PATH = 0x0001, 0x7075
_NEWEST = 63  # the version of the format an entry may need, times ten
_FULL_16, _FULL_32 = 0xFFFF, 0xFFFFFFFF
_KIND_OF_FILE, _LINK = 0o170000, 0o120000  # of a Unix mode
_Refusal = Callable[[str], UnsupportedDocument]


@dataclass(frozen=True)
class Entry:
    """One file in a container. `offset`: where its packed bytes start; `bare`: its local header has no extra field."""

    name: str
    size: int
    packed: int
    method: int
    crc: int
    flags: int
    header: int
    offset: int = 0
    bare: bool = False


class ZipReader:
    """An open ZIP file. A context manager; one thread. Memory does not grow with the entries' sizes."""

    def __init__(self, path: Path) -> None:
        """Read the directory and hold it against the local headers. Raises FileNotReadable, UnsupportedDocument."""
        self.path = path
        try:
            self._file: IO[bytes] = path.open("rb")
        except OSError as problem:
            raise FileNotReadable(path=str(path), problem=problem.strerror or str(problem)) from None
        try:
            self.size = self._file.seek(0, 2)
            start, central = self._directory()
            self.entries = self._laid_out(list(_central(central, self._refused)), start)
            self._check_names()
        except OSError as problem:
            self._file.close()
            raise FileNotReadable(path=str(path), problem=problem.strerror or str(problem)) from None
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> ZipReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._file.close()

    def entry(self, name: str) -> Entry | None:
        return next((e for e in self.entries if e.name == name), None)

    def read(self, entry: Entry, limit: int) -> bytes:
        """The whole entry. Raises DocumentTooLarge above `limit` bytes, else as `blocks`."""
        if entry.size > limit:
            raise DocumentTooLarge(size=entry.size, limit=limit)
        return b"".join(self.blocks(entry))

    def blocks(self, entry: Entry) -> Iterator[bytes]:
        """The entry's bytes, unpacked, a MiB at most at a time. Raises UnsupportedDocument where they are not what the directory
        says (size, CRC), FileNotReadable."""
        size, crc = 0, 0
        for block in self._inflated(entry) if entry.method == DEFLATED else self._packed(entry):
            size += len(block)
            crc = zlib.crc32(block, crc)
            if size > entry.size:
                break
            yield block
        if (size, crc) != (entry.size, entry.crc):
            raise self._refused(f"an entry is not as long or not as it should be: {entry.name}")

    def _packed(self, entry: Entry) -> Iterator[bytes]:
        position, left = entry.offset, entry.packed
        while left:
            block = self._at(position, min(left, BLOCK))
            position += len(block)
            left -= len(block)
            yield block

    def _inflated(self, entry: Entry) -> Iterator[bytes]:
        machine = zlib.decompressobj(-15)
        try:
            for packed in self._packed(entry):
                if machine.eof:
                    raise self._refused(f"bytes after the end of an entry: {entry.name}")
                left = packed
                while left:
                    yield machine.decompress(left, BLOCK)
                    left = machine.unconsumed_tail
            while not machine.eof:
                last = machine.decompress(b"", BLOCK)
                if not last and not machine.eof:
                    raise self._refused(f"an entry is cut short: {entry.name}")
                yield last
        except zlib.error:
            raise self._refused(f"an entry cannot be unpacked: {entry.name}") from None
        if machine.unused_data:
            raise self._refused(f"bytes after the end of an entry: {entry.name}")

    def _at(self, position: int, length: int) -> bytes:
        try:
            self._file.seek(position)
            data = self._file.read(length)
        except OSError as problem:
            raise FileNotReadable(path=str(self.path), problem=problem.strerror or str(problem)) from None
        if len(data) != length:
            raise self._refused("cut short")
        return data

    def _refused(self, problem: str) -> UnsupportedDocument:
        return UnsupportedDocument(file=str(self.path), problem=f"ZIP: {problem}")

    # --- the end records ---------------------------------------------------------------------------------------------

    def _directory(self) -> tuple[int, bytes]:
        """(where the central directory starts, its bytes)."""
        tail = self._at(max(0, self.size - 22 - _FULL_16), min(self.size, 22 + _FULL_16))
        at = tail.rfind(_END)
        if at < 0 or len(tail) - at < 22:
            raise self._refused("no end record")
        disk, disk_of_start, here, count, length, start, comment = struct.unpack_from("<4H2LH", tail, at + 4)
        if at + 22 + comment != len(tail):
            raise self._refused("bytes after the end record")
        end = self.size - len(tail) + at
        if disk or disk_of_start or here != count:
            raise self._refused("in several parts")
        if end >= 20 and self._at(end - 20, 4) == _LOCATOR_64:
            end, (count, length, start) = self._end_64(end, (count, length, start))
        elif count == _FULL_16 or _FULL_32 in (length, start):
            raise self._refused("no ZIP64 end record")
        if count > _MOST_ENTRIES or length > _LARGEST_DIRECTORY:
            raise self._refused("too many entries")
        if start + length != end:
            raise self._refused("the central directory does not end where it should")
        central = self._at(start, length)
        if sum(1 for _ in _central(central, self._refused)) != count:
            raise self._refused("another number of entries")
        return start, central

    def _end_64(self, end: int, short: tuple[int, int, int]) -> tuple[int, tuple[int, int, int]]:
        disk, at, disks = struct.unpack_from("<LQL", self._at(end - 20, 20), 4)
        if disk or disks != 1 or at + 56 + 20 != end:
            raise self._refused("the ZIP64 end record is elsewhere")
        record = self._at(at, 56)
        size, _, _, disk, disk_of_start, here, count, length, start = struct.unpack_from("<Q2H2L4Q", record, 4)
        if record[:4] != _END_64 or size != 44 or disk or disk_of_start or here != count:
            raise self._refused("the ZIP64 end record")
        for value, told, full in zip((count, length, start), short, (_FULL_16, _FULL_32, _FULL_32), strict=True):
            if told not in (full, value):
                raise self._refused("the two end records disagree")
        return at, (count, length, start)

    # --- the local headers -------------------------------------------------------------------------------------------

    def _laid_out(self, entries: list[Entry], end: int) -> tuple[Entry, ...]:
        """The entries in the file's order with their places, which must fill the file up to `end`."""
        found: list[Entry] = []
        entries.sort(key=lambda e: e.header)
        position = 0
        inflated = 0
        for number, entry in enumerate(entries):
            if entry.header != position:
                raise self._refused("bytes that belong to no entry, or to two")
            follows = entries[number + 1].header if number + 1 < len(entries) else end
            placed = self._placed(entry)
            position = placed.offset + placed.packed
            if entry.flags & _DESCRIPTOR:
                position += self._descriptor(placed, follows - position)
            inflated += entry.size if entry.method == DEFLATED else 0
            found.append(placed)
        if position != end:
            raise self._refused("bytes that belong to no entry, or to two")
        if inflated > _INFLATES_TO + _INFLATES_BY * self.size:
            raise self._refused("unpacks to far more than it is")
        return tuple(found)

    def _placed(self, entry: Entry) -> Entry:
        header = self._at(entry.header, 30)
        _, flags, method, _, _, crc, packed, size, named, extras = struct.unpack_from("<5H3L2H", header, 4)
        name = self._at(entry.header + 30, named)
        extra = self._at(entry.header + 30 + named, extras)
        if header[:4] != _LOCAL or (flags, method) != (entry.flags, entry.method) or name != entry.name.encode():
            raise self._refused("a local header says something else")
        packed, size, _ = _wide(extra, packed, size, 0, self._refused)
        told = (crc, packed, size)
        if told != (entry.crc, entry.packed, entry.size) and not (flags & _DESCRIPTOR and not any(told)):
            raise self._refused("a local header says something else")
        return replace(entry, offset=entry.header + 30 + named + extras, bare=not extras)

    def _descriptor(self, entry: Entry, room: int) -> int:
        """The length of the data descriptor after an entry."""
        wide = struct.pack("<LQQ", entry.crc, entry.packed, entry.size)
        forms = [wide, _PIECE + wide]
        if max(entry.packed, entry.size) <= _FULL_32:
            narrow = struct.pack("<LLL", entry.crc, entry.packed, entry.size)
            forms += [narrow, _PIECE + narrow]
        if room in (len(f) for f in forms) and self._at(entry.offset + entry.packed, room) in forms:
            return room
        raise self._refused("an entry's end")

    def _check_names(self) -> None:
        seen: set[str] = set()
        for entry in self.entries:
            folded = unicodedata.normalize("NFC", entry.name).casefold().rstrip("/")
            if folded in seen:
                raise self._refused(f"two entries of one name: {entry.name}")
            seen.add(folded)
            if not _harmless(entry.name):
                raise self._refused(f"a name that leads elsewhere: {entry.name!r}")
            if entry.name.endswith("/") and entry.size:
                raise self._refused(f"a folder with content: {entry.name}")


def _harmless(name: str) -> bool:
    """A relative path of plain names, the same on every system."""
    if len(name.encode()) > _LONGEST_NAME or "\\" in name or name[1:2] == ":":
        return False
    if any(unicodedata.category(c) in {"Cc", "Cs"} for c in name):
        return False
    return all(part not in ("", ".", "..") for part in name.removesuffix("/").split("/"))


def _central(data: bytes, refused: _Refusal) -> Iterator[Entry]:
    """The records of a central directory, which they must fill."""
    position = 0
    while position < len(data):
        if data[position : position + 4] != _CENTRAL or len(data) - position < 46:
            raise refused("the central directory")
        fields = struct.unpack_from("<6H3L5H2L", data, position + 4)
        needs, flags, method, crc, packed, size = fields[1], *fields[2:4], *fields[6:9]
        named, extras, comment, disk, _, mode, header = fields[9:]
        name = data[position + 46 : position + 46 + named]
        extra = data[position + 46 + named : position + 46 + named + extras]
        position += 46 + named + extras + comment
        if position > len(data):
            raise refused("the central directory")
        if flags & _ENCRYPTED:
            raise refused("an entry is encrypted")
        known = not flags & ~_KNOWN_FLAGS and method in (STORED, DEFLATED) and needs & 0xFF <= _NEWEST
        if not known or disk or mode >> 16 & _KIND_OF_FILE == _LINK:
            raise refused("an entry of an unusual kind")
        packed, size, header = _wide(extra, packed, size, header, refused)
        if method == STORED and packed != size:
            raise refused("an entry's length")
        yield Entry(_name(name, refused), size, packed, method, crc, flags, header)


def _name(raw: bytes, refused: _Refusal) -> str:
    """UTF-8, whether or not the entry says so (ETSI EN 319 162-1 A.1)."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise refused("a name that is not UTF-8") from None


def _wide(extra: bytes, packed: int, size: int, header: int, refused: _Refusal) -> tuple[int, int, int]:
    """Sizes and place with the ZIP64 field's values where the short ones are full."""
    position, wide = 0, b""
    seen: set[int] = set()
    while position < len(extra):
        if len(extra) - position < 4:
            raise refused("an extra field")
        kind, length = struct.unpack_from("<2H", extra, position)
        content = extra[position + 4 : position + 4 + length]
        position += 4 + length
        if len(content) != length or kind == _UNICODE_PATH or kind in seen:
            raise refused("an extra field")
        seen.add(kind)
        if kind == _ZIP64:
            wide = content
    values = []
    for value in (size, packed, header):
        if value == _FULL_32:
            if len(wide) < 8:
                raise refused("a ZIP64 field is missing")
            values.append(struct.unpack_from("<Q", wide)[0])
            wide = wide[8:]
        else:
            values.append(value)
    return values[1], values[0], values[2]
