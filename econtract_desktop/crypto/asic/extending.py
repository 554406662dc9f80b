"""Adding to a signed container what its signatures lack for a higher level, and renewing archive timestamps. No card.

Only signature files change; every other entry is written over as it is, and its digest compared with what was signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from econtract_core.evidence.asic import imprints, xades
from econtract_core.evidence.asic.container import MANIFEST, Parts
from econtract_core.evidence.asic.imprints import Objects
from econtract_core.evidence.asic.kinds import ASIC_E, MIMETYPE
from econtract_core.evidence.asic.self_check import check_new_container, holds
from econtract_core.evidence.asic.xades import XmlSignature
from econtract_core.evidence.asic.zip_reader import ZipReader
from econtract_core.rules.dates import JST
from econtract_core.rules.errors import NoSignature, SelfCheckFailed, SignatureInvalid, UnsupportedDocument
from econtract_desktop.crypto.asic.draft import CANONICAL
from econtract_desktop.crypto.asic.raising import Raising
from econtract_desktop.crypto.asic.zip_writer import ZipWriter
from econtract_desktop.crypto.new_file import NewFile, blocks_of
from econtract_desktop.crypto.sources import Sources
from econtract_desktop.ports.signer import LEVELS, SignedDocument, State

if TYPE_CHECKING:
    from hashlib import _Hash

_CLAIMED_UNKNOWN = datetime.fromtimestamp(0, UTC)
_KINDS = frozenset({("sha256", CANONICAL)})


def extend(source: Path, output: Path, level: str, sources: Sources) -> SignedDocument:
    """See the port's `extend`. `output` may be `source`."""
    with NewFile(output, replace=output == source) as file:
        with ZipReader(source) as container:
            made = _Extension(Parts(container), file, level, sources).run()
        file.publish()  # the source is closed: Windows replaces no open file
        return made


class _Extension:
    """One run over one container. One thread."""

    def __init__(self, parts: Parts, file: NewFile, level: str, sources: Sources) -> None:
        self._parts = parts
        self._container = parts.container
        self._source = parts.container.path
        self._file = file
        self._level = level
        self._sources = sources
        self._objects = Objects(parts.container)

    def run(self) -> SignedDocument:
        parts = self._parts
        if parts.cades or parts.stamps or parts.records:
            raise UnsupportedDocument(file=str(self._source), problem="only XAdES signatures are extended")
        if not parts.xades:
            raise NoSignature(file=str(self._source))
        made: dict[str, bytes] = {}
        raised: list[Raising] = []
        states: list[State] = []
        for name in parts.xades:
            data = parts.read(name)
            for number in range(len(xades.read(data))):
                raising = Raising(str(self._source), data, number, self._sources)
                states.append(self._raise(raising))
                data = raising.data
                raised.append(raising)
            made[name] = data
        digests = self._write(made)
        problem = check_new_container(self._file.path_to_read(), digests, made)
        if problem:
            raise SelfCheckFailed(file=str(self._source), problem=problem)
        return self._described(raised, states)

    def _raise(self, raising: Raising) -> State:
        signature = raising.signature
        problem = holds(signature, self._objects)
        files = imprints.follow(replace(signature, archive=()), self._objects).files
        if problem or not self._parts.objects <= set(files) or self._parts.strangers:
            sub = problem or "FORMAT_FAILURE"
            raise SignatureInvalid(file=str(self._source), verdict="TOTAL-FAILED", sub_indication=sub)
        return raising.raise_to(self._level, lambda: self._begun(raising.signature))

    def _begun(self, signature: XmlSignature) -> _Hash:
        return imprints.follow(signature, self._objects, _KINDS).archive["sha256", CANONICAL]

    def _write(self, made: dict[str, bytes]) -> dict[str, bytes]:
        """Everything into the new file; the data objects' SHA-256."""
        writer = ZipWriter(self._file, self._sources.now().astimezone(JST))
        kind = (self._parts.mimetype() or ASIC_E).encode()
        writer.add(MIMETYPE, [kind], len(kind))
        digests: dict[str, bytes] = {}
        for name in [*sorted(self._parts.objects), *([MANIFEST] if self._container.entry(MANIFEST) else [])]:
            state = hashlib.sha256()
            entry = self._container.entry(name)
            assert entry is not None
            writer.add(name, _hashed(self._container.blocks(entry), state), entry.size)
            if state.digest() != self._objects.digest(name, "sha256"):
                raise SelfCheckFailed(file=str(self._source), problem=f"the file changes while it is read: {name}")
            if name in self._parts.objects:
                digests[name] = state.digest()
        for name, data in made.items():
            writer.add(name, [data], len(data))
        writer.finish()
        return digests

    def _described(self, raised: list[Raising], states: list[State]) -> SignedDocument:
        proven = [r.proven_at() for r in raised]
        times = [t for t in proven if t is not None]
        levels = [r.level() for r in raised]
        claimed = [r.signature.signing_time for r in raised]
        state, size = hashlib.sha256(), 0
        for block in blocks_of(self._file.path_to_read()):
            state.update(block)
            size += len(block)
        return SignedDocument(
            inputs=(self._source,),
            output=self._file.output,
            format=self._parts.format(),
            level=min(levels, key=lambda level: LEVELS.index(level.removeprefix("XAdES-"))),
            sha256=state.hexdigest(),
            size=size,
            signed_at=claimed[-1] or _CLAIMED_UNKNOWN,
            timestamp=max(times) if len(times) == len(proven) and times else None,
            state=next((s for s in states if s is not State.COMPLETE), State.COMPLETE),
        )


def _hashed(blocks: Iterator[bytes], state: _Hash) -> Iterator[bytes]:
    for block in blocks:
        state.update(block)
        yield block
