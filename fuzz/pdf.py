"""Any bytes as a PDF: opened, inspected, verified, and held against what it was before an update. Typed errors and verdicts only."""

from __future__ import annotations

import itertools
import random
import re
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from econtract_core.evidence.pdf.additions import added_signature, added_signatures
from econtract_core.evidence.pdf.inspect import inspect_pdf
from econtract_core.evidence.pdf.verify import certificates_of, verify_pdf
from econtract_core.evidence.trust import TrustStore
from econtract_core.evidence.verdict import Verdict
from tests.fakes.documents import page, plain, stream, updated
from tests.fakes.evidence_pki import TestPki
from tests.fakes.signing_bench import Bench

SECONDS = 5.0
_LONGEST = 100_000
_LONG_DIGITS = re.compile(rb"<([0-9A-Fa-f\0\t\n\f\r ]{1000,})>")
_FORM = b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [6 0 R] >> >>"
_FIELD = b"<< /Subtype /Widget /FT /Tx /T (a) /V (b) /Rect [9 9 99 30] /AP << /N 7 0 R >> >>"
_SHOWN = b"/Subtype /Form /BBox [0 0 90 21] /Resources << /Font << /F1 5 0 R >> >>"
_CONTENTS = (
    b"q 1 g 0 0 9 9 re f BT 3 Tr /F1 9 Tf 1 0 0 1 72 700 Tm [(a) -9 <62>] TJ ET Q BI /W 1 /H 1 /IM true ID \xff EI /X Do",
    b'/OC /L BDC 0 0 m 9 0 l 9 9 l 0 9 l h W n /G gs (a\\)b(c)) Tj T* 1 2 (x) " EMC [/a << /b [ 1 ] >>] true (',
)
_PIECES = (
    b"null", b"true", b"-1", b"0", b"4294967296", b"1e9", b"()", b"(a(b)", b"<>", b"<6>", b"[", b"]", b"<<", b">>", b"<< >>",
    b"[ ]", b"/Kids [2 0 R]", b"/Parent 2 0 R", b"1 0 R", b"2 0 R", b"3 0 R", b"4 0 R", b"5 0 R", b"6 0 R", b"99 0 R",
    b"/Length 4 0 R", b"/Filter /FlateDecode", b"/Filter [/ASCIIHexDecode /LZWDecode]", b"/DecodeParms << /Predictor 12 >>",
    b"/Type /ObjStm /N 9 /First 9", b"/Prev 0", b"/XRefStm 9", b"/ByteRange [0 9 9 9]", b"/Contents <00>", b"/FT /Sig",
    b"/AcroForm << /Fields [3 0 R] /XFA () >>", b"/DSS << /Certs [4 0 R] >>", b"/Encrypt << /Filter /Standard /V 1 /R 2 >>",
    b"/Root 3 0 R", b"/Size 1", b"xref", b"trailer", b"startxref", b"%%EOF", b"endobj", b"6 0 obj", b"stream\n", b"endstream",
)  # fmt: skip


class _World:
    """A person, their trust, and files on a disk. One for the process."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="fuzz-pdf-")
        path = Path(self.folder.name)
        pki = TestPki.make()
        self.bench = Bench(pki, pki.person(), path)
        self.first = self.bench.sign(level="B-T").output
        self.second = self.bench.sign(self.first, "second.pdf", person=pki.person("佐藤 花子"), level="B-T").output
        self.trust = TrustStore.of(pki.trust)
        self.crls = (pki.crl(),)
        self.file = path / "fuzzed.pdf"
        self.meant = {self.first.read_bytes(), self.second.read_bytes()}


@cache
def _world() -> _World:
    return _World()


def seeds() -> list[bytes]:
    """Hand-written files of every kind the inspection looks at, files with one and two signatures, and updates of them."""
    world = _world()
    first = world.first.read_bytes()
    return [
        plain(),
        plain(_FIELD, stream(_CONTENTS[0], _SHOWN), catalog=_FORM, first_page=page(b"/Annots [6 0 R]")),
        *(plain(stream(content, _SHOWN), first_page=page(b"/Annots []").replace(b"4 0 R", b"[6 0 R]")) for content in _CONTENTS),
        updated(plain(), {4: stream(_CONTENTS[1]), 6: _FIELD}),
        first,
        world.second.read_bytes(),
        updated(first, {4: stream(b"0 g")}),
        b"\0" + plain(),
    ]  # fmt: skip


def mutate(data: bytes, chance: random.Random) -> bytes:
    """A change that a PDF's own grammar knows: a number, a name, a piece of syntax, an object taken for another."""
    changed = bytearray(data[:_LONGEST])
    for _ in range(chance.choice((1, 1, 2, 4))):
        chance.choice(_WAYS)(changed, chance)
    return _indexed(bytes(changed)) if chance.random() < 0.8 else bytes(changed)


def _indexed(data: bytes) -> bytes:
    """The file with its cross-reference tables right again, as far as they still look like ones: else few inputs would come
    further than the table."""
    for _ in range(3):  # numbers may get longer, and then all that follows moves
        before, tables = data, [m.start() for m in re.finditer(rb"(?<!start)xref\n", data)]
        out = bytearray(data)
        for start, stop in itertools.pairwise([0, *tables]):
            objects = {
                int(m[1]): start + m.start() for m in re.finditer(rb"(?<![0-9])([0-9]{1,5}) 0 obj", data[start:stop])
            }
            number = 0
            for line in re.finditer(rb"([0-9]{1,5}) ([0-9]{1,5})\n|[0-9]{10} [0-9]{5} [nf]", data[stop : stop + 4096]):
                if line[1]:
                    number = int(line[1])
                    continue
                if number in objects and line[0].endswith(b"n"):
                    place = stop + line.start()
                    out[place : place + 10] = b"%010d" % objects[number]
                number += 1
        data = _numbered(bytes(out), b"startxref\n", tables)
        data = _numbered(data, b"/Prev ", tables)
        if data == before:
            break
    return data


def _numbered(data: bytes, word: bytes, places: list[int]) -> bytes:
    """The number after each `word` taken from `places`, one after the other."""
    turn = iter(places)
    return re.sub(word + rb"[0-9]+", lambda _m: word + b"%d" % next(turn, 0), data)


def _number(data: bytearray, chance: random.Random) -> None:
    _replace(data, re.compile(rb"(?<![0-9a-fA-F])[0-9]{1,10}(?![0-9a-fA-F])"), chance, lambda old: b"%d" % chance.choice((
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, int(old) + 1, int(old) * 2, max(0, int(old) - 1), 255, 65_536, 2**31, 2**63, 10**9,
    )))  # fmt: skip


def _name(data: bytearray, chance: random.Random) -> None:
    names = re.findall(rb"/[A-Za-z0-9]+", bytes(data)) or [b"/A"]
    _replace(data, re.compile(rb"/[A-Za-z0-9]+"), chance, lambda _old: chance.choice(names))


def _piece(data: bytearray, chance: random.Random) -> None:
    place = chance.choice([m.start() for m in re.finditer(rb"[ \n/<\[]", bytes(data))] or [0])
    data[place:place] = b" " + chance.choice(_PIECES) + b" "


def _swap(data: bytearray, chance: random.Random) -> None:
    _replace(data, re.compile(rb"[0-9]+ 0 R|\([^()]*\)|\[[^\[\]]*\]"), chance, lambda _old: chance.choice(_PIECES))


def _again(data: bytearray, chance: random.Random) -> None:
    """The file once more behind itself, or an update with one object that replaces another."""
    if len(data) > _LONGEST // 2:
        return
    if chance.random() < 0.3 or b"startxref" not in data or b"/Size" not in data:
        data += data[chance.randrange(len(data) + 1) :]
        return
    objects = re.findall(rb"obj\n(.*?)\nendobj", bytes(data), re.S) or [b"null"]
    try:
        data[:] = updated(bytes(data), {chance.randrange(1, 12): chance.choice(objects)})
    except (ValueError, IndexError):
        return


def _replace(data: bytearray, what: re.Pattern[bytes], chance: random.Random, by: Callable[[bytes], bytes]) -> None:
    places = list(what.finditer(bytes(data)))
    if places:
        place = chance.choice(places)
        data[place.start() : place.end()] = by(place[0])


_WAYS = (_number, _number, _name, _piece, _swap, _swap, _again)


def is_kept(meant: bytes, data: bytes, length: int) -> bool:
    """Whether the first `length` bytes are those that were signed. What no signature covers, and means nothing, may differ: how the
    digits of its own /Contents are written, white space among them, and how many zeros fill its place (ISO 32000-2, 7.3.4.3)."""
    return _plain(meant[:length]) == _plain(data[:length])


def _plain(data: bytes) -> bytes:
    return _LONG_DIGITS.sub(lambda m: b"<" + m[1].translate(None, b"\0\t\n\f\r ").rstrip(b"0").lower() + b">", data)


def run(data: bytes) -> str:
    world = _world()
    world.file.write_bytes(data)
    found = inspect_pdf(world.file)
    verdict = verify_pdf(world.file, world.trust, crls=world.crls)
    certificates_of(world.file)
    added = added_signature(world.first, world.file)
    added_signatures(world.file, len(world.first.read_bytes()))
    if verdict.verdict is Verdict.TOTAL_PASSED:
        kept = any(is_kept(meant, data, s.signed_length) for meant in world.meant for s in verdict.signatures)
        assert kept, "TOTAL-PASSED over bytes that nobody signed"
    codes = ",".join(sorted({f.code for f in found.findings})[:4])
    return f"{verdict.verdict} {verdict.sub_indication} {codes} {added.problem[:12]}"
