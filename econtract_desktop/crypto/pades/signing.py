"""One PAdES signature in the making."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from econtract_core.evidence import der
from econtract_core.evidence.pdf.self_check import NewSignature, check_new_signature, value_holds
from econtract_core.identity.holder import Holder
from econtract_core.rules.errors import SelfCheckFailed, SigningFailed
from econtract_desktop.crypto.pades import cms
from econtract_desktop.crypto.pades.appendix import Appendix
from econtract_desktop.crypto.pades.archive import Archive, covered_digest, imprint_of, whole_sha256
from econtract_desktop.crypto.pades.private_copy import PrivateCopy
from econtract_desktop.crypto.pades.revisions import Gap
from econtract_desktop.crypto.sources import Sources, ValidationData
from econtract_desktop.ports.card import CardSignature
from econtract_desktop.ports.signer import SignedDocument, State

if TYPE_CHECKING:
    from types import TracebackType

_NOTHING = ValidationData()


class PadesSigning:
    """The port Signing for a PDF."""

    def __init__(
        self,
        source: Path,
        copy: PrivateCopy,
        place: tuple[Appendix, Gap, str],
        who: tuple[Holder, tuple[bytes, ...], datetime],
        goal: tuple[str, Sources],
    ) -> None:
        """`place`: what was appended, the room for the signature, the field's name. `who`: the signer, the certificates to enclose (the signer's first), when. `goal`: the level and what it takes."""
        self._source = source
        self._copy = copy
        self._appendix, self._gap, self._field = place
        self._holder, self._enclosed, self._when = who
        self._level, self._sources = goal
        self.to_sign = cms.signed_attributes(
            covered_digest(copy.state, self._appendix.tail, self._gap), self._holder.der
        )
        self._archive = Archive(str(source), self._appendix, copy.size, copy.state, self._sources)
        self._signature: CardSignature | None = None
        self._token: bytes | None = None
        self._cms = b""
        self._has_data = False

    def __enter__(self) -> PadesSigning:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._copy.__exit__(kind, value, tb)

    def signed(self, signature: CardSignature) -> None:
        if not value_holds(self._holder.der, self.to_sign, signature.value):
            raise SelfCheckFailed(file=str(self._source), problem="the signature value")
        self._signature = signature

    def complete(self) -> SignedDocument:
        signature = self._made()
        if self._level != "B-B" and self._token is None:
            self._token = self._sources.token(imprint_of(signature.value))
        self._place(signature)
        if self._level in ("B-LT", "B-LTA") and self._token is not None:
            if not self._has_data:
                self._has_data = self._archive.add_validation_data(
                    (self._cms,), _NOTHING, der.token_facts(self._token)[1]
                )
            if self._level == "B-LTA" and self._has_data:
                self._archive.add_timestamp(f"{self._field}-archive", len(self._token))
        return self._publish()

    def keep(self) -> SignedDocument:
        self._place(self._made())
        return self._publish()

    def _made(self) -> CardSignature:
        if self._signature is None:
            raise SigningFailed(file=str(self._source), problem="no signature yet")
        return self._signature

    def _place(self, signature: CardSignature) -> None:
        """The signature, with its timestamp if it has one by now, into the room kept for it."""
        self._cms = cms.signed_data(self.to_sign, signature, self._enclosed, self._token)
        if len(self._cms) > self._gap.room:
            problem = f"the signature takes {len(self._cms)} bytes of {self._gap.room}"
            raise SigningFailed(file=str(self._source), problem=problem)
        self._gap.fill(self._appendix.tail, self._cms)

    def _publish(self) -> SignedDocument:
        """Write, read back, check, and give the file its name."""
        copy, tail = self._copy, bytes(self._appendix.tail)
        copy.append(tail)
        written = copy.tail()
        self._check(written)
        if written != tail:
            raise SelfCheckFailed(file=str(self._source), problem="what stands on the disk is something else")
        copy.publish()
        level, state = self._reached()
        return SignedDocument(
            inputs=(self._source,),
            output=copy.output,
            format="PDF",
            level=f"PAdES-{level}",
            sha256=whole_sha256(copy.state, tail),
            size=copy.size + len(tail),
            signed_at=self._when,
            timestamp=der.token_facts(self._token)[1] if self._token is not None else None,
            state=state,
        )

    def _check(self, written: bytes) -> None:
        gap, signature = self._gap, self._made()
        own = written[: gap.covered]
        new = NewSignature(
            self._copy.state,
            own,
            (gap.start, gap.end),
            self._holder.der,
            self.to_sign,
            signature.value,
            self._cms,
            self._token,
        )
        problem = check_new_signature(new)
        if problem:
            raise SelfCheckFailed(file=str(self._source), problem=problem)
        self._archive.check(written)

    def _reached(self) -> tuple[str, State]:
        """(the level, what is still to come)."""
        if self._level == "B-B":
            return "B-B", State.COMPLETE
        if self._token is None:
            return "B-B", State.TIMESTAMP_WAITING
        if self._level == "B-T":
            return "B-T", State.COMPLETE
        if not self._has_data:
            return "B-T", State.VALIDATION_DATA_WAITING
        if self._level == "B-LT":
            return "B-LT", State.COMPLETE
        return ("B-LTA", State.COMPLETE) if self._archive.stamped else ("B-LT", State.TIMESTAMP_WAITING)
