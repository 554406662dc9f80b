"""Adding to a signed PDF what it lacks for a higher level, and renewing its archive timestamp. No card."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from econtract_core.evidence import cms as read_cms
from econtract_core.evidence import der
from econtract_core.evidence.library import guarded
from econtract_core.evidence.pdf.inspect import locked_by
from econtract_core.evidence.pdf.reading import Embedded, OpenPdf
from econtract_core.evidence.pdf.self_check import holds_over
from econtract_core.rules.errors import (
    DocumentEncrypted,
    DocumentLocked,
    NoSignature,
    NotAPdf,
    SelfCheckFailed,
    SignatureInvalid,
    UnsupportedDocument,
)
from econtract_desktop.crypto.pades import cms
from econtract_desktop.crypto.pades.appendix import Appendix
from econtract_desktop.crypto.pades.archive import Archive, imprint_of, whole_sha256
from econtract_desktop.crypto.pades.private_copy import PrivateCopy
from econtract_desktop.crypto.pades.revisions import held_in_store
from econtract_desktop.crypto.sources import Sources, ValidationData
from econtract_desktop.ports.signer import LEVELS, SignedDocument, State

_LIKELY_TOKEN = 6_144
_CLAIMED_UNKNOWN = datetime.fromtimestamp(0, UTC)


class Extension:
    """One run over one private copy. One thread."""

    def __init__(self, source: Path, copy: PrivateCopy, level: str, sources: Sources) -> None:
        self._source = source
        self._copy = copy
        self._wanted = LEVELS.index(level)
        self._sources = sources

    def run(self) -> SignedDocument:
        """See the port's `extend`."""
        self._stamp_in_place()
        copy = self._copy
        with OpenPdf(copy.path_to_read(), self._source) as pdf:
            signatures = self._extendable(pdf)
            with guarded(str(self._source)):
                appendix = Appendix(pdf, copy.size, f"{copy.sha256} extend".encode())
                held = held_in_store(pdf)
            archive = Archive(str(self._source), appendix, copy.size, copy.state, self._sources)
            proven, whole, archived = self._append(signatures, held, archive)
        tail = bytes(appendix.tail)
        copy.append(tail)
        written = copy.tail()
        archive.check(written)
        if written != tail:
            raise SelfCheckFailed(file=str(self._source), problem="what stands on the disk is something else")
        copy.publish()
        level, state = self._reached(proven, whole, archived)
        return SignedDocument(
            inputs=(self._source,),
            output=copy.output,
            format="PDF",
            level=f"PAdES-{level}",
            sha256=whole_sha256(copy.state, tail),
            size=copy.size + len(tail),
            signed_at=_claimed(signatures),
            timestamp=proven,
            state=state,
        )

    def _stamp_in_place(self) -> None:
        """The last signature's missing timestamp into the room kept for it, which no byte range covers."""
        with OpenPdf(self._copy.path_to_read(), self._source) as pdf:
            last = self._extendable(pdf)[-1]
        message = _read(last)
        if self._wanted < LEVELS.index("B-T") or message is None or message.timestamps or last.kind != "signature":
            return
        if not last.covers_file or last.byte_range is None:
            return
        token = self._sources.token(imprint_of(message.signature))
        start, end = last.byte_range[1], last.byte_range[2]
        try:
            grown = cms.with_timestamp(der.element(last.contents).whole, token)
        except UnsupportedDocument:
            return  # built in another way: a document timestamp does
        if 2 * len(grown) > end - start - 2:
            return
        self._copy.patch(start, b"<" + grown.hex().encode("ascii").ljust(end - start - 2, b"0") + b">")

    def _extendable(self, pdf: OpenPdf) -> tuple[Embedded, ...]:
        """Signatures and timestamps, if there is one, all hold, and none forbids what we add."""
        signatures = pdf.signatures()
        file = str(self._source)
        if not any(s.kind == "signature" for s in signatures):
            raise NoSignature(file=file)
        if pdf.encrypted:
            raise DocumentEncrypted(file=file)
        locked = locked_by(pdf, signatures)
        if locked:
            raise DocumentLocked(file=file, by=locked)
        for item in signatures:
            problem = holds_over(pdf, item)
            if problem:
                raise SignatureInvalid(file=file, verdict="TOTAL-FAILED", sub_indication=problem)
        return signatures

    def _append(
        self, signatures: tuple[Embedded, ...], held: ValidationData, archive: Archive
    ) -> tuple[datetime | None, bool, bool]:
        """(the time that is proven for all, validation data is whole, an archive timestamp was added)."""
        proven = _proven(signatures)
        whole = archived = False
        number = 1 + sum(s.kind == "document" for s in signatures)
        name = f"econtract-archive-{number}"
        likely = max((len(s.contents) for s in signatures if s.kind == "document"), default=_LIKELY_TOKEN)
        if proven is None and self._wanted >= LEVELS.index("B-T"):
            _, proven = archive.add_timestamp(name, likely)
            name = f"econtract-archive-{number + 1}"
        if self._wanted >= LEVELS.index("B-LT"):
            contents = tuple(s.contents for s in signatures)
            whole = archive.add_validation_data(contents, held, proven)
        # What an earlier archive timestamp proves need not be answered for again: its renewal must not wait for that.
        proved = any(s.kind == "document" for s in signatures)
        if self._wanted >= LEVELS.index("B-LTA") and (whole or proved):
            archive.add_timestamp(name, likely)
            archived = True
        return proven, whole, archived

    def _reached(self, proven: datetime | None, whole: bool, archived: bool) -> tuple[str, State]:
        if archived:
            return "B-LTA", State.COMPLETE
        if whole:
            return "B-LT", State.COMPLETE
        wants_data = self._wanted >= LEVELS.index("B-LT")
        return ("B-T" if proven else "B-B"), State.VALIDATION_DATA_WAITING if wants_data else State.COMPLETE


def _read(item: Embedded) -> read_cms.SignedMessage | None:
    try:
        return read_cms.read(item.contents)
    except NotAPdf:
        return None


def _proven(signatures: tuple[Embedded, ...]) -> datetime | None:
    """The time at which all signatures existed, by their own timestamps or a document timestamp behind them; None where one
    has neither."""
    latest: datetime | None = None
    for i, item in enumerate(signatures):
        if item.kind != "signature":
            continue
        message = _read(item)
        tokens = list(message.timestamps) if message is not None else []
        tokens += [s.contents for s in signatures[i + 1 :] if s.kind == "document"]
        if not tokens:
            return None
        time = min(der.token_facts(token)[1] for token in tokens)
        latest = time if latest is None else max(latest, time)
    return latest


def _claimed(signatures: tuple[Embedded, ...]) -> datetime:
    """What the last signature's own clock said."""
    times = [s.claimed_time for s in signatures if s.kind == "signature"]
    return next((t for t in reversed(times) if t is not None), _CLAIMED_UNKNOWN)
