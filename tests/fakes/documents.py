"""PDFs written by hand for tests: exact bytes, nothing of a library's own making."""

from __future__ import annotations

TEXT = b"BT /F1 24 Tf 72 720 Td (Contract) Tj ET"
CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def page(extra: bytes = b"") -> bytes:
    resources = b"/Resources << /Font << /F1 5 0 R >> >>"
    return b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R %s %s >>" % (resources, extra)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)


def plain(
    *more: bytes, catalog: bytes = CATALOG, pages: bytes = PAGES, first_page: bytes | None = None, info: bytes = b""
) -> bytes:
    """One page of text. `more` become objects 6, 7 …; `info` the /Info dictionary after them."""
    objects = [catalog, pages, first_page or page(), stream(TEXT), FONT, *more, *([info] if info else [])]
    trailer = b"/Info %d 0 R" % len(objects) if info else b""
    return build(objects, trailer)


def build(objects: list[bytes], trailer: bytes = b"") -> bytes:
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(out)


def updated(original: bytes, objects: dict[int, bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    """`original` with an incremental update that replaces or adds these objects."""
    out = bytearray(original)
    places = {}
    for number, content in sorted(objects.items()):
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    before = int(original.rsplit(b"startxref", 1)[1].split()[0])
    size = max(int(original.rsplit(b"/Size", 1)[1].split()[0]), max(objects) + 1)
    start = len(out)
    out += b"xref\n"
    for number, place in places.items():
        out += b"%d 1\n%010d 00000 n \n" % (number, place)
    out += b"trailer\n<< /Size %d /Prev %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, before, trailer, start)
    return bytes(out)
