"""Add what is missing to files that were signed before: a timestamp, validation data, an archive timestamp. No card."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from econtract_core.evidence.verdict import Verdict
from econtract_core.rules.errors import SelfCheckFailed
from econtract_desktop.ports.progress import Progress
from econtract_desktop.ports.signer import LEVELS, SignedDocument, Signer, State, Verifier
from econtract_desktop.ports.waiting_timestamps import WaitingTimestamps
from econtract_desktop.services.plain_files import readable


class ExtendDocuments:
    def __init__(self, signer: Signer, verifier: Verifier, waiting: WaitingTimestamps) -> None:
        self._signer = signer
        self._verifier = verifier
        self._waiting = waiting

    def extend(self, files: tuple[Path, ...], level: str, progress: Progress) -> tuple[SignedDocument, ...]:
        """Each file becomes its extended form in its own place, at once or not at all. All are looked for first; the first that
        cannot be extended stops the run, what was finished stays. Raises Cancelled between files, and what the port's `extend`
        raises."""
        return self._each(files, lambda _file: level, progress)

    def timestamp(self, files: tuple[Path, ...], progress: Progress) -> tuple[SignedDocument, ...]:
        """As `extend`, to what each file waits for, else to B-T."""
        wanted = {waiting.file: waiting.level for waiting in self._waiting.files()}
        return self._each(files, lambda file: wanted.get(file, "B-T"), progress)

    def _each(
        self, files: tuple[Path, ...], level_of: Callable[[Path], str], progress: Progress
    ) -> tuple[SignedDocument, ...]:
        wanted = [readable(file).absolute() for file in files]
        done = []
        for number, file in enumerate(wanted):
            progress.check()
            progress.step("timestamp", number, len(wanted), file.name)
            done.append(self.one(file, level_of(file)))
        progress.step("done", len(wanted), len(wanted))
        return tuple(done)

    def one(self, file: Path, level: str) -> SignedDocument:
        """One file (absolute). It waits no more where nothing of what it waited for is missing."""
        document = self._signer.extend(file, file, level)
        verdict = self._verifier.verify(file)
        if verdict.verdict in (Verdict.TOTAL_FAILED, Verdict.NO_SIGNATURE):
            raise SelfCheckFailed(file=str(file), problem=str(verdict.sub_indication or verdict.verdict))
        if document.state is State.COMPLETE:
            for waiting in self._waiting.files():
                if waiting.file == file and LEVELS.index(waiting.level) <= LEVELS.index(level):
                    self._waiting.remove(file)
        return document
