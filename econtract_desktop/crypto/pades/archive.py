"""Adding validation data and an archive timestamp behind a signature that is in place (PAdES B-LT, B-LTA)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from econtract_core.evidence import der
from econtract_core.evidence.library import guarded
from econtract_core.evidence.pdf.self_check import stamped
from econtract_core.rules.errors import SelfCheckFailed, SigningFailed
from econtract_desktop.crypto.pades.appendix import Appendix
from econtract_desktop.crypto.pades.revisions import (
    Gap,
    append_timestamp,
    append_validation_data,
)
from econtract_desktop.crypto.sources import Sources, ValidationData

if TYPE_CHECKING:
    from hashlib import _Hash

_LEAST_ROOM, _SPARE = 4_096, 2_048


class Archive:
    """What is appended to one document behind its last signature. `before`: SHA-256 state over the file before the appendix;
    `base`: its length. One thread."""

    def __init__(self, file: str, appendix: Appendix, base: int, before: _Hash, sources: Sources) -> None:
        self._file = file
        self._appendix = appendix
        self._base = base
        self._before = before
        self._sources = sources
        self._stamps: list[tuple[Gap, bytes]] = []

    def add_validation_data(self, messages: tuple[bytes, ...], held: ValidationData, proven: datetime | None) -> bool:
        """For these signatures and tokens (CMS). Whether it is whole; what there is goes in all the same."""
        proof = self._sources.proof(messages, held, proven)
        with guarded(self._file):
            append_validation_data(self._appendix, proof.data)
        return proof.whole

    def add_timestamp(self, name: str, likely: int) -> tuple[bytes, datetime]:
        """A document timestamp over all that is there; `likely`: how large the last token was. (token, its time). Raises
        TimestampError, SigningFailed where no token fits twice."""
        room = max(_LEAST_ROOM, likely + _SPARE)
        before = self._appendix.mark()
        for _ in range(2):
            with guarded(self._file):
                gap = append_timestamp(self._appendix, name, self._base, room)
            try:
                token = self._sources.token(covered_digest(self._before, self._appendix.tail, gap))
            except BaseException:
                self._appendix.back_to(before)
                raise
            if len(token) <= gap.room:
                gap.fill(self._appendix.tail, token)
                self._stamps.append((gap, token))
                return token, der.token_facts(token)[1]
            self._appendix.back_to(before)
            room = 2 * len(token)
        raise SigningFailed(file=self._file, problem=f"the timestamp takes {len(token)} bytes of {gap.room}")

    @property
    def stamped(self) -> bool:
        """An archive timestamp was added."""
        return bool(self._stamps)

    def check(self, tail: bytes) -> None:
        """That every timestamp added here is of what stands in `tail`, as it was read back. Raises SelfCheckFailed."""
        for gap, token in self._stamps:
            problem = stamped(covered_digest(self._before, tail, gap), tail[gap.start : gap.end], token)
            if problem:
                raise SelfCheckFailed(file=self._file, problem=problem)


def covered_digest(before: _Hash, tail: bytes | bytearray, gap: Gap) -> bytes:
    """SHA-256 over what a gap's byte range covers, by the kept state of what is before the appendix."""
    state = before.copy()
    state.update(memoryview(tail)[: gap.start])
    state.update(memoryview(tail)[gap.end : gap.covered])
    return state.digest()


def whole_sha256(before: _Hash, tail: bytes | bytearray) -> str:
    """SHA-256 (hex) of the file with its appendix."""
    state = before.copy()
    state.update(tail)
    return state.hexdigest()


def imprint_of(signature: bytes) -> bytes:
    """What a signature's own timestamp is over (EN 319 122-1 5.3)."""
    return hashlib.sha256(signature).digest()
