"""What we append to a PDF: a signature, validation data (DSS), an archive timestamp. Each is a revision of its own
(ISO 32000-2 12.8; ETSI EN 319 142-1 5.4, 5.5)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyhanko.pdf_utils import generic

from econtract_core.evidence.pdf.reading import OpenPdf, look, resolve
from econtract_desktop.crypto.pades.appendix import Appendix, Hole
from econtract_desktop.crypto.pades.form_field import FormField, fill
from econtract_desktop.crypto.sources import ValidationData

_PDF: Any = generic  # pyHanko's objects are only half typed
_PRINT, _LOCKED = 4, 128
_BYTE_RANGE_WIDTH = 44  # "[0 1234567890 1234567890 1234567890]" with room
_WORTH_PACKING = 4_096
_MOST_KEPT = 500


@dataclass(frozen=True)
class Gap:
    """Room for a signature or a timestamp. `start`, `end`: where it stands in the appendix, with its < and >; `covered`: how
    much of the appendix its byte range covers."""

    start: int
    end: int
    covered: int

    @property
    def room(self) -> int:
        """Bytes of DER that fit."""
        return (self.end - self.start - 2) // 2

    def fill(self, tail: bytearray, value: bytes) -> None:
        """Put it in; the rest of the room stays zeros."""
        tail[self.start + 1 : self.start + 1 + 2 * len(value)] = value.hex().encode("ascii")


@dataclass(frozen=True)
class Widget:
    """Where a field stands, and what it shows. `page`: the page's reference; `box`: in the page's own coordinates."""

    page: Any
    box: tuple[float, float, float, float]
    appearance: Any  # the reference of a form XObject


@dataclass(frozen=True)
class Place:
    """A form's own field, and what it shows: a form XObject's reference and its size (points)."""

    field: FormField
    picture: tuple[Any, tuple[float, float]] | None


def append_signature(
    appendix: Appendix,
    field: tuple[str, Widget | Place | None],
    base: int,
    texts: dict[str, str],
    how: tuple[datetime, int],
) -> Gap:
    """A signature field with its widget; one that shows nothing is on the first page. A form's own field is filled instead. `texts`: Name, Reason, Location; `how`:
    the time it claims, the bytes to keep room for."""
    when, room = how
    name, widget = field
    entries = {
        "/Type": "/Sig",
        "/Filter": "/Adobe.PPKLite",
        "/SubFilter": "/ETSI.CAdES.detached",
    }
    value = _dictionary({key: _PDF.pdf_name(name) for key, name in entries.items()})
    value[_PDF.pdf_name("/M")] = _PDF.pdf_date(when)
    for key, text in texts.items():
        if text:
            value[_PDF.pdf_name(f"/{key}")] = _PDF.pdf_string(text)
    return _append_filled_field(appendix, (name, value, widget), base, room)


def append_timestamp(appendix: Appendix, name: str, base: int, room: int) -> Gap:
    """A document timestamp (DocTimeStamp), for archiving or in place of a signature's own."""
    entries = {"/Type": "/DocTimeStamp", "/Filter": "/Adobe.PPKLite", "/SubFilter": "/ETSI.RFC3161"}
    value = _dictionary({key: _PDF.pdf_name(entry) for key, entry in entries.items()})
    return _append_filled_field(appendix, (name, value, None), base, room)


def append_validation_data(appendix: Appendix, data: ValidationData) -> bool:
    """Add to the document security store what it does not hold yet; False (and no revision) where it holds all of it."""
    root = appendix.now(appendix.root)
    known = appendix.now(dict.get(root, "/DSS"))
    store = _dictionary(known if isinstance(known, dict) else {})
    grown = False
    for key, items in (("/Certs", data.certificates), ("/CRLs", data.crls), ("/OCSPs", data.ocsps)):
        held = appendix.now(dict.get(store, key))
        references = list.copy(held)[:_MOST_KEPT] if isinstance(held, list) else []
        there = {s.data for s in map(appendix.now, references) if isinstance(s, generic.StreamObject)}
        fresh = [item for item in dict.fromkeys(items) if item not in there]
        if fresh:
            references += [appendix.add(_stream(item)) for item in fresh]
            store[_PDF.pdf_name(key)] = _PDF.ArrayObject(references)
            grown = True
    if not grown:
        return False
    root = appendix.own(appendix.root)
    root[_PDF.pdf_name("/DSS")] = appendix.add(store)
    _declare(appendix, root)
    appendix.close()
    return True


def _declare(appendix: Appendix, root: Any) -> None:
    """The ESIC developer extension, which the DSS belongs to before PDF 2.0 (EN 319 142-1 5.4.1)."""
    known = appendix.now(dict.get(root, "/Extensions"))
    extensions = _dictionary(known if isinstance(known, dict) else {})
    if "/ESIC" not in extensions:
        level = _dictionary({"/BaseVersion": _PDF.pdf_name("/1.7"), "/ExtensionLevel": _PDF.NumberObject(1)})
        extensions[_PDF.pdf_name("/ESIC")] = level
        root[_PDF.pdf_name("/Extensions")] = extensions


def _append_filled_field(
    appendix: Appendix, field: tuple[str, Any, Widget | Place | None], base: int, room: int
) -> Gap:
    name, value, widget = field
    contents, byte_range = Hole(b"<" + b"0" * (2 * room) + b">"), Hole(b" " * _BYTE_RANGE_WIDTH)
    value[_PDF.pdf_name("/Contents")] = contents
    value[_PDF.pdf_name("/ByteRange")] = byte_range
    if isinstance(widget, Place):
        fill(appendix, widget.field, appendix.add(value), widget.picture)
    else:
        _add_field(appendix, name, appendix.add(value), widget)
    appendix.close()
    gap = Gap(contents.start, contents.end, len(appendix.tail))
    values = b"[0 %d %d %d]" % (base + gap.start, base + gap.end, gap.covered - gap.end)
    appendix.tail[byte_range.start : byte_range.start + len(values)] = values
    return gap


def _add_field(appendix: Appendix, name: str, value: Any, widget: Widget | None) -> None:
    """A signature field merged with its widget (PDF/A wants it printable)."""
    page = widget.page if widget is not None else appendix.page(0)
    box = [_PDF.FloatObject(round(v, 2)) for v in widget.box] if widget is not None else [_PDF.NumberObject(0)] * 4
    field = _dictionary(
        {
            "/FT": _PDF.pdf_name("/Sig"),
            "/T": _PDF.pdf_string(name),
            "/V": value,
            "/Type": _PDF.pdf_name("/Annot"),
            "/Subtype": _PDF.pdf_name("/Widget"),
            "/F": _PDF.NumberObject(_PRINT | _LOCKED),
            "/Rect": _PDF.ArrayObject(box),
            "/P": page,
        }
    )
    if widget is not None:
        field[_PDF.pdf_name("/AP")] = _dictionary({"/N": widget.appearance})
    reference = appendix.add(field)
    _append_to(appendix, page, "/Annots", reference)
    root = appendix.now(appendix.root)
    form = dict.get(root, "/AcroForm")
    if not isinstance(appendix.now(form), generic.DictionaryObject):
        made = _dictionary({"/Fields": _PDF.ArrayObject([reference]), "/SigFlags": _PDF.NumberObject(3)})
        appendix.own(appendix.root)[_PDF.pdf_name("/AcroForm")] = appendix.add(made)
        return
    if not isinstance(form, generic.IndirectObject):  # it stands in the catalog: only that can be written again
        root = appendix.own(appendix.root)
        owner = _dictionary(form)
        root[_PDF.pdf_name("/AcroForm")] = owner
        fields = list.copy(look(owner, "/Fields") or [])
        if isinstance(dict.get(owner, "/Fields"), generic.IndirectObject):
            appendix.own(dict.get(owner, "/Fields")).append(reference)
        else:
            owner[_PDF.pdf_name("/Fields")] = _PDF.ArrayObject([*fields, reference])
        owner[_PDF.pdf_name("/SigFlags")] = _PDF.NumberObject(3)
        return
    _append_to(appendix, form, "/Fields", reference)
    if look(appendix.now(form), "/SigFlags") != 3:
        appendix.own(form)[_PDF.pdf_name("/SigFlags")] = _PDF.NumberObject(3)


def _append_to(appendix: Appendix, holder: Any, key: str, reference: Any) -> None:
    """Append to the array under `key` of an indirect dictionary; the array may be indirect itself or missing."""
    there = dict.get(appendix.now(holder), key)
    if isinstance(there, generic.IndirectObject) and isinstance(appendix.now(there), list):
        appendix.own(there).append(reference)
        return
    before = appendix.now(there) if there is not None else None
    items = list.copy(before) if isinstance(before, list) else []
    appendix.own(holder)[_PDF.pdf_name(key)] = _PDF.ArrayObject([*items, reference])


def _dictionary(entries: Any) -> Any:
    return _PDF.DictionaryObject({_PDF.pdf_name(key): value for key, value in dict.items(entries)})


def _stream(data: bytes) -> Any:
    if len(data) < _WORTH_PACKING:
        return _PDF.StreamObject({}, encoded_data=data)
    packed = {_PDF.pdf_name("/Filter"): _PDF.pdf_name("/FlateDecode")}
    return _PDF.StreamObject(packed, encoded_data=zlib.compress(data, 6))


def held_in_store(pdf: OpenPdf) -> ValidationData:
    """What the document security store of the newest revision holds."""
    store = look(pdf.reader.root, "/DSS")
    found: dict[str, tuple[bytes, ...]] = {}
    for key in ("/Certs", "/CRLs", "/OCSPs"):
        items = look(store, key) if isinstance(store, dict) else None
        streams = [resolve(i) for i in list.copy(items)[:_MOST_KEPT]] if isinstance(items, list) else []
        found[key] = tuple(s.data for s in streams if isinstance(s, generic.StreamObject))
    return ValidationData(found["/Certs"], found["/CRLs"], found["/OCSPs"])
