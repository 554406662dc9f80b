"""The quick way reads what pyHanko reads, or leaves it to pyHanko."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from econtract_core.evidence.pdf.inspect import inspect_pdf
from econtract_core.evidence.pdf.quick_objects import quick_object
from econtract_core.evidence.verdict import Severity
from tests.fakes.documents import plain

READER = PdfFileReader(BytesIO(plain()))
CONTAINER = generic.Reference(9, 0, READER)


def quickly(data: bytes) -> tuple[bytes, int] | None:
    read = quick_object(data, 0, CONTAINER)
    return (written(read[0]), read[1]) if read is not None else None


def written(value: object) -> bytes:
    out = BytesIO()
    value.write_to_stream(out, None)  # type: ignore[attr-defined]
    return out.getvalue()


def slowly(data: bytes) -> tuple[bytes, int]:
    source = BytesIO(data)
    return written(generic.read_object(source, CONTAINER)), source.tell()


ORDINARY = (
    b"<< /A 1 /B [1 0 R (text) <6162> true false null -3 +4 .5 -1.25] /C << /D /E >> >>",
    b"[ ]",
    b"<<>>",
    b"[/A/B[1 2]<</C(x)>>]",
    b"<</Kids[1 0 R 2 0 R]/Count 2>> endobj",
)
UNUSUAL = (
    b"<< /A 1 /A 2 >>",
    b"<< /A#20B 1 >>",
    b"[(a\\)b)]",
    b"[((nested))]",
    b"[1 % a remark\n2]",
    b"<< /A >>",
    b"<< 1 2 >>",
    b"[1 2",
    b"[1 >>",
    b"[0 0 R]",
    b"<abc>",
    b"[<abc>]",
    b"[99999999999999999999]",
    b"[1.2.3]",
    b"(x)",
    b"",
    b"[" * 200 + b"]" * 200,
    "[/日本 1]".encode(),
)


@pytest.mark.parametrize("data", ORDINARY)
def test_ordinary_objects_are_read_alike(data: bytes) -> None:
    assert quickly(data) == slowly(data)


@pytest.mark.parametrize("data", UNUSUAL)
def test_unusual_ones_are_left_alone(data: bytes) -> None:
    assert quickly(data) is None


PIECES = st.sampled_from(
    [
        b"<<",
        b">>",
        b"[",
        b"]",
        b"/A",
        b"/B",
        b"1",
        b"-2.5",
        b"3 0 R",
        b"(t)",
        b"<41>",
        b"true",
        b"null",
        b" ",
        b"\n",
        b"\\",
        b"%",
    ]
)


@given(st.lists(PIECES, max_size=14))
def test_what_is_read_is_what_pyhanko_reads(pieces: list[bytes]) -> None:
    data = b"[" + b" ".join(pieces) + b"] "
    found = quickly(data)
    if found is not None:
        assert found == slowly(data)


def test_a_key_that_stands_twice_is_seen(tmp_path: Path) -> None:
    """In a file's object too: which of the two counts is for nobody to guess."""
    file = tmp_path / "twice.pdf"
    file.write_bytes(plain(b"<< /A 1 /A 2 >>", catalog=b"<< /Type /Catalog /Pages 2 0 R /Extra 6 0 R >>"))
    assert Severity.REFUSE in {f.severity for f in inspect_pdf(file).findings}
