"""Signing and timestamping PDFs by hand, byte by byte: what no honest program of ours would write, for tests of attacks."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from econtract_desktop.crypto.pades import cms
from tests.fakes import documents
from tests.fakes.evidence_pki import TestPki, make_token
from tests.fakes.key_card import KeyCard
from tests.fakes.pki import Issued

_ROOM = 6_000
_RANGE = b"[0 1111111111 1111111111 1111111111]"


@dataclass(frozen=True)
class RawField:
    """A signature field to append as objects `number` (the field, also its widget) and `number + 1` (its value). `catalog`: the
    new object 1, without its /AcroForm. `known`: references of fields that are there already."""

    number: int
    catalog: bytes = b"/Type /Catalog /Pages 2 0 R"
    known: bytes = b""
    name: bytes = b"raw-1"
    entries: bytes = b"/Rect [0 0 0 0]"
    objects: dict[int, bytes] = field(default_factory=dict)


def signed(data: bytes, raw: RawField, pki: TestPki, person: Issued) -> bytes:
    """`data` with a PAdES-B-T signature over all of it."""

    def contents(digest: bytes) -> bytes:
        card = KeyCard(person)
        attributes = cms.signed_attributes(digest, person.der)
        signature = card.sign(attributes)
        token = make_token(pki.tsa, sha256(signature.value).digest())
        return cms.signed_data(attributes, signature, (person.der, pki.issuing.der), token)

    return _appended(data, raw, b"/Type /Sig /SubFilter /ETSI.CAdES.detached", contents)


def stamped(data: bytes, raw: RawField, pki: TestPki) -> bytes:
    """`data` with a document timestamp over all of it, as anybody can have from a public service."""
    entries = b"/Type /DocTimeStamp /SubFilter /ETSI.RFC3161"
    return _appended(data, raw, entries, lambda digest: make_token(pki.tsa, digest))


def _appended(data: bytes, raw: RawField, entries: bytes, contents: object) -> bytes:
    assert callable(contents)
    value = b"<< %s /Filter /Adobe.PPKLite /ByteRange %s /Contents <%s> >>" % (entries, _RANGE, b"0" * _ROOM * 2)
    shown = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (%s) /V %d 0 R %s >>"
    objects = {
        1: b"<< %s /AcroForm << /Fields [%s %d 0 R] /SigFlags 3 >> >>" % (raw.catalog, raw.known, raw.number),
        raw.number: shown % (raw.name, raw.number + 1, raw.entries),
        raw.number + 1: value,
        **raw.objects,
    }
    whole = documents.updated(data, objects)
    start = whole.index(b"/Contents <" + b"0" * _ROOM * 2, len(data)) + len(b"/Contents ")
    end = start + 2 * _ROOM + 2
    numbers = b"[0 %d %d %d]" % (start, end, len(whole) - end)
    whole = whole[: len(data)] + whole[len(data) :].replace(_RANGE, numbers.ljust(len(_RANGE)))
    made: bytes = contents(sha256(whole[:start] + whole[end:]).digest())
    return whole[: start + 1] + made.hex().encode().ljust(2 * _ROOM, b"0") + whole[end - 1 :]
