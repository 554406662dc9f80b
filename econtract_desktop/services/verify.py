"""Verify signed files, and inspect what a document hides."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from econtract_core.evidence.verdict import DocumentVerdict, Inspection
from econtract_desktop.ports.signer import Verifier
from econtract_desktop.services.plain_files import readable


class Verify:
    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    def verify(
        self, file: Path, at: datetime | None = None, offline: bool = False, detached: Path | None = None
    ) -> DocumentVerdict:
        """What a file's signatures are worth. `detached`: the content of a signature that does not hold it. Raises FileNotReadable; a broken file is a verdict, and so is a PC without trust anchors."""
        content = readable(detached) if detached is not None else None
        return self._verifier.verify(readable(file), at, offline, content)

    def inspect(self, file: Path) -> Inspection:
        return self._verifier.inspect(readable(file))
