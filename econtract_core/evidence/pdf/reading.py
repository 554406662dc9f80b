"""Opening a PDF and finding its signatures: fields, byte ranges, what each covers, and the digests in one pass."""

from __future__ import annotations

import hashlib
import io
import os
import re
from dataclasses import dataclass
from dataclasses import field as entry
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.crypt import StandardSecurityHandler
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import process_data_at_eof

from econtract_core.evidence.der import element
from econtract_core.evidence.library import guarded
from econtract_core.evidence.pdf.reader import Reader
from econtract_core.rules.errors import DocumentEncrypted, FileNotReadable, NotAPdf, UnsupportedDocument

if TYPE_CHECKING:
    from types import TracebackType

_IN_MEMORY = 64 * 1024 * 1024
_BLOCK = 1024 * 1024
_HEADER = re.compile(rb"%PDF-\d\.\d")
_HEXADECIMAL = re.compile(rb"<[0-9A-Fa-f\s]*>")
_LARGEST_CONTENTS = 4 * 1024 * 1024
_DEEPEST_FIELD = 32
MOST_SIGNATURES = 200


@dataclass(frozen=True)
class Embedded:
    """One filled signature field."""

    field: str
    kind: str  # "signature" or "document" (an archive timestamp)
    subfilter: str
    contents: bytes = entry(repr=False)
    byte_range: tuple[int, int, int, int] | None  # None: not one that can be relied on
    problem: str  # why the byte range cannot be relied on
    revision: int  # index of the file's revision that holds it
    covers_file: bool
    dictionary: Any = entry(repr=False)  # pyHanko's, for the modules of this folder only
    field_dictionary: Any = entry(repr=False)

    @property
    def signed_length(self) -> int:
        return self.byte_range[2] + self.byte_range[3] if self.byte_range else 0

    @property
    def claimed_time(self) -> datetime | None:
        """What the signer's clock said (/M); None where it says nothing that can be read."""
        try:
            with guarded("signature"):
                value = look(self.dictionary, "/M")
                moment = generic.parse_pdf_date(value, strict=False) if value is not None else None
                return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
        except NotAPdf:
            return None


class OpenPdf:
    """A PDF being read. A context manager. `strict` False: read leniently, because the strict reader refused (`objection`)."""

    def __init__(
        self, path: Path, name: Path | None = None, *, length: int | None = None, lenient: bool = False
    ) -> None:
        """`name`: what errors call the file, where it is a copy. `length`: only the file's first bytes, its form before later
        updates. `lenient`: because an earlier form of the file was read so. Raises FileNotReadable, NotAPdf, DocumentEncrypted
        (only when it does not open without a password)."""
        self.path = name or path
        try:
            self.stream = _open(path, length)
            self.size = self.stream.seek(0, os.SEEK_END)
        except OSError as problem:
            raise FileNotReadable(path=str(self.path), problem=problem.strerror or str(problem)) from None
        try:
            if lenient:
                self.reader, self.objection = _read(self.stream, str(self.path), strict=False), "read as it was before"
            else:
                self.reader, self.objection = _reader(self.stream, str(self.path))
            self.encrypted = _unlock(self.reader, str(self.path))
        except BaseException:
            self.stream.close()
            raise

    @property
    def strict(self) -> bool:
        return not self.objection

    def __enter__(self) -> OpenPdf:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.stream.close()

    def signatures(self) -> tuple[Embedded, ...]:
        """Filled signature fields in the order they were signed. Raises NotAPdf where the form cannot be read."""
        with guarded(str(self.path)):
            found = [self._embedded(*item) for item in self._filled_fields()]
        return tuple(sorted(found, key=lambda e: (e.signed_length or self.size, e.revision)))

    def field_names(self) -> frozenset[str]:
        """Names of all top-level form fields, filled or not."""
        with guarded(str(self.path)):
            form = _dictionary(self.reader.root, "/AcroForm")
            fields = look(form, "/Fields") if form is not None else None
            entries = [resolve(f) for f in (fields if isinstance(fields, list) else ())]
            return frozenset(str(look(f, "/T", "")) for f in entries if isinstance(f, generic.DictionaryObject))

    def _filled_fields(self) -> list[tuple[str, Any]]:
        form = _dictionary(self.reader.root, "/AcroForm")
        fields = look(form, "/Fields") if form is not None else None
        waiting = [("", item, "", 0) for item in (fields if isinstance(fields, list) else ())]
        seen: set[Any] = set()
        filled: list[tuple[str, Any]] = []
        while waiting:
            parent, item, inherited, depth = waiting.pop()
            if isinstance(item, generic.IndirectObject):
                if item.reference in seen:
                    continue
                seen.add(item.reference)
                item = resolve(item)
            if not isinstance(item, generic.DictionaryObject) or depth > _DEEPEST_FIELD:
                continue
            name = ".".join(part for part in (parent, str(look(item, "/T", ""))) if part)
            kind = look(item, "/FT", inherited)
            if kind == "/Sig" and isinstance(look(item, "/V"), generic.DictionaryObject):
                filled.append((name, item))
                if len(filled) > MOST_SIGNATURES:
                    raise NotAPdf(file=str(self.path), problem=f"more than {MOST_SIGNATURES} signatures")
            kids = look(item, "/Kids")
            waiting += [(name, kid, kind, depth + 1) for kid in (kids if isinstance(kids, list) else ())]
        return filled

    def _embedded(self, name: str, item: Any) -> Embedded:
        value = look(item, "/V")
        reference = getattr(item.raw_get("/V"), "reference", None)
        contents = value.raw_get("/Contents", decrypt=generic.EncryptedObjAccess.RAW)
        if not isinstance(contents, generic.TextStringObject | generic.ByteStringObject):
            raise PdfReadError("/Contents is no string")
        data: bytes = contents.original_bytes
        subfilter = str(look(value, "/SubFilter", "")).removeprefix("/")
        byte_range, problem = self._byte_range(look(value, "/ByteRange"), data)
        revision = self.reader.xrefs.get_last_change(reference) if reference is not None else 0
        covers_file = byte_range is not None and byte_range[2] + byte_range[3] == self.size
        if byte_range is not None and not covers_file:
            problem = self._revision_problem(revision, byte_range[2] + byte_range[3], reference)
        if not problem and _after_signature(data).strip(b"\0"):
            problem = "something stands behind the signature in its /Contents"
        return Embedded(
            field=name,
            kind="document" if subfilter == "ETSI.RFC3161" else "signature",
            subfilter=subfilter,
            contents=data,
            byte_range=byte_range,
            problem=problem,
            revision=revision,
            covers_file=covers_file,
            dictionary=value,
            field_dictionary=item,
        )

    def _byte_range(self, raw: Any, contents: bytes) -> tuple[tuple[int, int, int, int] | None, str]:
        """The byte range if it starts at 0 and leaves out nothing but this very /Contents (against wrapping attacks)."""
        values = [int(v) for v in raw] if isinstance(raw, list) and len(raw) == 4 else []
        if not values or any(v < 0 for v in values):
            return None, "no usable byte range"
        start, first, second, rest = values
        if start != 0 or not 0 < first < second <= second + rest <= self.size:
            return None, "the byte range does not cover the file from its start"
        if second - first > _LARGEST_CONTENTS:
            return None, "the byte range leaves out too much"
        self.stream.seek(first)
        gap = self.stream.read(second - first)
        if not _HEXADECIMAL.fullmatch(gap) or bytes.fromhex(_even(gap[1:-1])) != contents:
            return None, "the byte range leaves out something else than the signature"
        return (start, first, second, rest), ""

    def _revision_problem(self, revision: int, end: int, reference: Any) -> str:
        """A signature that ends before the file does must end where its revision ends, and that revision must lie wholly in
        what is signed (after pyHanko's coverage check)."""
        if reference is None:
            return "the signature is not an object of its own"
        self.stream.seek(end)
        try:
            startxref = process_data_at_eof(self.stream)
        except (PdfReadError, ValueError):
            return "what is signed does not end with a whole revision"
        xrefs = self.reader.xrefs
        if startxref != xrefs.get_startxref_for_revision(revision):
            return "what is signed ends in another revision"
        if any(xrefs.get_xref_container_info(i).end_location > end for i in range(revision + 1)):
            return "a cross-reference section lies outside of what is signed"
        return ""

    def digests(self, wanted: set[tuple[str, tuple[int, int, int, int]]]) -> tuple[str, dict[Any, bytes]]:
        """(SHA-256 of the file as hex, digest by (algorithm, byte range)), reading the file once and each tail once more.

        Unknown algorithms are left out."""
        algorithms = {"sha256", *(algorithm for algorithm, _ in wanted if algorithm in hashlib.algorithms_available)}
        running = {algorithm: hashlib.new(algorithm) for algorithm in algorithms}
        kept: dict[tuple[str, int], Any] = {}
        position = 0
        self.stream.seek(0)
        for stop in sorted({byte_range[1] for _, byte_range in wanted} | {self.size}):
            while position < stop and (block := self.stream.read(min(_BLOCK, stop - position))):
                for state in running.values():
                    state.update(block)
                position += len(block)
            for algorithm, state in running.items():
                kept[algorithm, stop] = state.copy()
        results: dict[Any, bytes] = {}
        for algorithm, byte_range in wanted:
            if algorithm in running:
                results[algorithm, byte_range] = self._finish(kept[algorithm, byte_range[1]], byte_range)
        return running["sha256"].hexdigest(), results

    def _finish(self, state: Any, byte_range: tuple[int, int, int, int]) -> bytes:
        state = state.copy()
        self.stream.seek(byte_range[2])
        left = byte_range[3]
        while left and (block := self.stream.read(min(_BLOCK, left))):
            state.update(block)
            left -= len(block)
        digest: bytes = state.digest()
        return digest


def sha256_of(path: Path) -> str:
    """SHA-256 (hex) of a file. Raises FileNotReadable."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as problem:
        raise FileNotReadable(path=str(path), problem=problem.strerror or str(problem)) from None


def resolve(value: Any) -> Any:
    """What a reference points at, decrypted where the file is encrypted; anything else as it is. A reference to nothing is null
    (ISO 32000-2 7.3.10), which pyHanko's strict reader takes for an error."""
    if isinstance(value, generic.IndirectObject):
        try:
            value = value.get_object()  # type: ignore[no-untyped-call]
        except PdfReadError:
            if not _points_nowhere(value):
                raise
            return None
    return value.decrypted if isinstance(value, generic.DecryptedObjectProxy) else value


def _points_nowhere(reference: Any) -> bool:
    xrefs = getattr(reference.get_pdf_handler(), "xrefs", None)
    return xrefs is not None and xrefs[reference.reference] is None


def look(holder: Any, key: str, default: Any = None) -> Any:
    """The value under `key`, references followed, PDF's null as absent. (`dict.get` would hand out bare references.)"""
    value = resolve(dict.get(holder, key)) if isinstance(holder, dict) else None
    return default if value is None or isinstance(value, generic.NullObject) else value


def dictionary_of(holder: Any, key: str) -> Any:
    """The dictionary under `key`, or None where there is something else or nothing."""
    return _dictionary(holder, key)


def _open(path: Path, length: int | None) -> BinaryIO:
    stream = path.open("rb")
    if length is None and os.fstat(stream.fileno()).st_size > _IN_MEMORY:
        return stream
    if length is not None and length > _IN_MEMORY:
        return io.BufferedReader(_Beginning(stream, length))
    with stream:
        return BytesIO(stream.read(-1 if length is None else length))


class _Beginning(io.RawIOBase):
    """A file's first `length` bytes as a file of its own, without reading them all."""

    def __init__(self, stream: BinaryIO, length: int) -> None:
        self._stream = stream
        self._length = min(length, os.fstat(stream.fileno()).st_size)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = max(0, offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length}[whence])
        return self._at

    def readinto(self, buffer: Any) -> int:
        self._stream.seek(self._at)
        data = self._stream.read(max(0, min(len(buffer), self._length - self._at)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _reader(stream: BinaryIO, file: str) -> tuple[Reader, str]:
    """(reader, what the strict reader objected to). Raises NotAPdf."""
    stream.seek(0)
    if not _HEADER.search(stream.read(1024)):
        raise NotAPdf(file=file, problem="no PDF header")
    try:
        return _read(stream, file, strict=True), ""
    except NotAPdf as objection:
        return _read(stream, file, strict=False), str(objection.facts.get("problem", "")) or "not strict"


def _read(stream: BinaryIO, file: str, *, strict: bool) -> Reader:
    with guarded(file):
        reader = Reader(stream, strict=strict)
        if strict and reader.xrefs.hybrid_xrefs_present:
            raise PdfReadError("hybrid cross-reference sections")
        if not reader.encrypted and _dictionary(reader.root, "/Pages") is None:
            raise PdfReadError("no page tree")
        return reader


def _unlock(reader: Reader, file: str) -> bool:
    """Whether the file is encrypted; opened here when it needs no password."""
    with guarded(file):
        if not reader.encrypted:
            return False
        if not isinstance(reader.security_handler, StandardSecurityHandler):  # for the holders of certain certificates
            raise DocumentEncrypted(file=file)
        result = reader.decrypt(b"")
        if result.status.name == "FAILED":
            raise DocumentEncrypted(file=file)
        _dictionary(reader.root, "/Pages")
    return True


def _dictionary(holder: Any, key: str) -> Any:
    value = look(holder, key)
    return value if isinstance(value, generic.DictionaryObject) else None


def _after_signature(contents: bytes) -> bytes:
    """What stands in /Contents behind the signature; it is signed by nobody and must be zeros."""
    try:
        return contents[element(contents).end :]
    except UnsupportedDocument:
        return b""  # BER of indefinite length, or nothing at all: `cms.read` tells


def _even(digits: bytes) -> str:
    text = b"".join(digits.split()).decode("ascii")
    return text + "0" * (len(text) % 2)
