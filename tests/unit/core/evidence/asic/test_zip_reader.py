"""Reading ZIP files of strangers: what is accepted is what every other program sees, everything else a typed error."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from econtract_core.evidence.asic.zip_reader import ZipReader
from econtract_core.rules.errors import DocumentTooLarge, FileNotReadable, UnsupportedDocument

NAMES = st.text(st.characters(exclude_characters='\\/:"', exclude_categories=("Cc", "Cs")), min_size=1, max_size=12)


def made(*entries: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


def contents(path: Path) -> dict[str, bytes]:
    with ZipReader(path) as reader:
        return {entry.name: reader.read(entry, 1 << 30) for entry in reader.entries}


def refused(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(UnsupportedDocument) as caught:
        contents(path)
    assert caught.value.facts["file"] == str(path)
    return str(caught.value.facts["problem"])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.zip"


GOOD = made(("mimetype", b"a/b"), ("図面.dwg", b"x" * 3000), ("empty", b""))


# --- what is read --------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    entries=st.dictionaries(NAMES, st.binary(max_size=300), max_size=5),
    method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
)
def test_what_python_writes_is_read(
    entries: dict[str, bytes], method: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("zip") / "some.zip"
    path.write_bytes(made(*entries.items(), method=method))
    try:
        assert contents(path) == entries
    except UnsupportedDocument as problem:
        said = str(problem.facts["problem"])
        assert "two entries of one name" in said or "leads elsewhere" in said  # "A" and "a"; "..", "."


def test_entries_with_a_descriptor_behind(path: Path) -> None:
    """As a program writes them that cannot go back."""

    class OneWay(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            piece = bytes(data)  # type: ignore[call-overload]
            self.data += piece
            return len(piece)

    out = OneWay()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        archive.writestr("a", b"1" * 500)
        archive.writestr("b", b"")
    path.write_bytes(bytes(out.data))
    assert contents(path) == {"a": b"1" * 500, "b": b""}


def test_zip64(path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("a", "b"):
            with archive.open(name, "w", force_zip64=True) as entry:
                entry.write(b"1" * 500)
    path.write_bytes(out.getvalue())
    assert contents(path) == {"a": b"1" * 500, "b": b"1" * 500}


def test_a_comment_at_the_end(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"1")
        archive.comment = b"mimetype=application/vnd.etsi.asic-e+zip"
    assert contents(path) == {"a": b"1"}


def test_folders_are_entries_without_content(path: Path) -> None:
    path.write_bytes(made(("META-INF/", b""), ("META-INF/a", b"1")))
    assert contents(path) == {"META-INF/": b"", "META-INF/a": b"1"}


def test_large_entries_need_no_memory(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("noise", zlib.compress(bytes(1000)) + bytes(12_000_000))
        archive.writestr(zipfile.ZipInfo("stored"), bytes(40_000_000))
    tracemalloc.start()
    with ZipReader(path) as reader:
        sizes = [sum(len(block) for block in reader.blocks(entry)) for entry in reader.entries]
        peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sizes[1] == 40_000_000
    assert peak < 8_000_000


def test_an_entry_above_the_limit(path: Path) -> None:
    path.write_bytes(GOOD)
    with ZipReader(path) as reader, pytest.raises(DocumentTooLarge):
        reader.read(reader.entries[1], 2999)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotReadable):
        ZipReader(tmp_path / "nothing.zip")
    with pytest.raises(FileNotReadable):
        ZipReader(tmp_path)


# --- what is refused -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../up", "a/../../b", "a//b", "./a", "C:evil", "C:/evil", "a\\b", "tab\there", "a/.", "x" * 1100],
)
def test_names_that_lead_elsewhere(path: Path, name: str) -> None:
    data = made(("n" * len(name), b"1")).replace(b"n" * len(name), name.encode())
    assert "leads elsewhere" in refused(path, data)


@pytest.mark.parametrize("other", ["a.txt", "A.TXT", "a.txt/"])
def test_two_entries_of_one_name(path: Path, other: str) -> None:
    data = made(("a.txt", b"1"), ("#" * len(other), b"")).replace(b"#" * len(other), other.encode())
    assert "of one name" in refused(path, data)


def test_names_that_look_alike(path: Path) -> None:
    assert "of one name" in refused(path, made(("が.txt", b"1"), ("か\u3099.txt", b"2")))


def test_names_of_an_unknown_encoding(path: Path) -> None:
    data = made(("####", b"1")).replace(b"####", "図面".encode("cp932"))
    assert "not UTF-8" in refused(path, data)


def test_a_name_for_some_programs_only(path: Path) -> None:
    """The Unicode path field gives an entry another name where it is read."""
    info = zipfile.ZipInfo("a.txt")
    info.extra = struct.pack("<2HBL", 0x7075, 9, 1, zlib.crc32(b"a.txt")) + b"b.js"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, b"1")
    assert "extra field" in refused(path, out.getvalue())


def test_a_symbolic_link(path: Path) -> None:
    info = zipfile.ZipInfo("a.txt")
    info.external_attr = 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, b"/etc/passwd")
    assert "unusual kind" in refused(path, out.getvalue())


def test_encrypted_and_unknown_methods(path: Path) -> None:
    central = GOOD.index(b"PK\1\2")
    assert "encrypted" in refused(path, GOOD[: central + 8] + b"\1" + GOOD[central + 9 :])
    assert "unusual kind" in refused(path, GOOD[: central + 9] + b"\x20" + GOOD[central + 10 :])
    assert "unusual kind" in refused(path, GOOD[: central + 6] + b"\x84" + GOOD[central + 7 :])  # found by fuzzing
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a", b"1")
    assert "unusual kind" in refused(path, out.getvalue())


def test_bytes_that_belong_to_no_entry(path: Path) -> None:
    assert "end record" in refused(path, GOOD + b"more")
    assert refused(path, b"#!/bin/sh\n" + GOOD)
    central = GOOD.index(b"PK\1\2")
    between = bytearray(GOOD[:central] + b"hidden" + GOOD[central:])
    between[-6:-2] = struct.pack("<L", central + 6)
    assert "no entry" in refused(path, bytes(between))
    assert refused(path, GOOD[:-1])
    assert refused(path, b"PK\3\4")
    assert refused(path, b"")


def test_a_local_header_that_says_something_else(path: Path) -> None:
    """Programs that read from the front would see another name or another length."""
    other = bytearray(GOOD)
    other[GOOD.index("図面".encode())] ^= 1
    assert "local header" in refused(path, bytes(other))
    for place in (6, 8, 14, 18, 22):
        other = bytearray(GOOD)
        other[place] ^= 0x10
        assert "local header" in refused(path, bytes(other))


def test_two_entries_of_the_same_bytes(path: Path) -> None:
    """Overlapping entries: the classic small file that unpacks to petabytes."""
    one = made(("a", b"1" * 50))
    central = one.index(b"PK\1\2")
    record = one[central : one.index(b"PK\5\6")]
    twin = record.replace(b"a", b"b")
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 2, 2, 2 * len(record), central, 0)
    assert "two" in refused(path, one[:central] + record + twin + end)


def test_a_bomb(path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a", "w") as entry:
        for _ in range(40):
            entry.write(bytes(1 << 20))
    assert "far more" in refused(path, out.getvalue())


def test_a_bomb_that_lies_about_its_size(path: Path) -> None:
    """The directory says a little; what is unpacked is cut off there."""
    data = bytearray(made(("a", bytes(10_000_000)), method=zipfile.ZIP_DEFLATED))
    central = data.index(b"PK\1\2")
    for place in (22, central + 24):
        data[place : place + 4] = struct.pack("<L", 1000)
    path.write_bytes(bytes(data))
    seen: list[int] = []
    with ZipReader(path) as reader, pytest.raises(UnsupportedDocument):
        seen.extend(len(block) for block in reader.blocks(reader.entries[0]))
    assert sum(seen) <= 1000


def test_changed_content(path: Path) -> None:
    other = bytearray(GOOD)
    other[GOOD.index(b"xxx")] ^= 1
    assert "as it should be" in refused(path, bytes(other))
    packed = bytearray(made(("a", bytes(range(256)) * 9), method=zipfile.ZIP_DEFLATED))
    for place in range(31, 200, 7):
        flipped = bytearray(packed)
        flipped[place] ^= 1
        assert refused(path, bytes(flipped))


def test_too_many_entries(path: Path) -> None:
    assert "too many" in refused(path, made(*((f"{n}", b"") for n in range(10_001))))


def test_several_parts(path: Path) -> None:
    end = GOOD.rindex(b"PK\5\6")
    for place in (4, 6, 8):
        other = bytearray(GOOD)
        other[end + place] ^= 1
        assert refused(path, bytes(other))


@settings(max_examples=400, deadline=None)
@given(place=st.integers(0, len(GOOD) - 1), value=st.integers(0, 255), second=st.integers(0, len(GOOD) - 1))
def test_what_is_accepted_is_what_others_see(
    place: int, value: int, second: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = bytearray(GOOD)
    data[place], data[second] = value, data[second] ^ 0x41
    path = tmp_path_factory.getbasetemp() / "mutated.zip"
    path.write_bytes(bytes(data))
    try:
        found = contents(path)
    except UnsupportedDocument:
        return
    with zipfile.ZipFile(path) as archive:
        assert {e.filename: archive.read(e) for e in archive.infolist()} == found
