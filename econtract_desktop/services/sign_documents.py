"""Sign files on this PC that belong to no case."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from econtract_core.evidence.verdict import Verdict
from econtract_core.rules.errors import SelfCheckFailed
from econtract_desktop.ports.card import Cards, CardSelector
from econtract_desktop.ports.pin import PinBuffer, PinPrompt, PinPurpose, PinRequest
from econtract_desktop.ports.progress import Progress
from econtract_desktop.ports.signer import SignedDocument, Signer, SignOptions, Verifier
from econtract_desktop.services.plain_files import readable


@dataclass(frozen=True)
class SignedFiles:
    documents: tuple[SignedDocument, ...]
    pins_asked: int
    signatures_made: int


class SignDocuments:
    def __init__(self, cards: Cards, signer: Signer, verifier: Verifier) -> None:
        self._cards = cards
        self._signer = signer
        self._verifier = verifier

    def sign(
        self,
        files: tuple[Path, ...],
        folder: Path,
        options: SignOptions,
        card_and_pin: tuple[CardSelector, PinPrompt],
        progress: Progress,
    ) -> SignedFiles:
        """Sign each into `folder` under its own name, one log-in. All are checked before the PIN is asked; the first that
        cannot be signed stops the run, what was finished stays."""
        for i, file in enumerate(files):
            progress.step("check", i, len(files), file.name)
            self._signer.check_signable(readable(file))
        selector, prompt = card_and_pin
        counting = _Counting(prompt)
        done: list[SignedDocument] = []
        with self._cards.open(selector, progress) as card:
            card.log_in(counting, PinPurpose("sign", tuple(file.name for file in files)))
            for i, file in enumerate(files):
                progress.check()
                progress.step("card-sign", i, len(files), file.name)
                result = self._signer.sign(file, folder / file.name, card, options)
                progress.step("verify", i, len(files), file.name)
                verdict = self._verifier.verify(result.output)
                if verdict.verdict in (Verdict.TOTAL_FAILED, Verdict.NO_SIGNATURE):
                    result.output.unlink(missing_ok=True)
                    raise SelfCheckFailed(file=str(file), problem=str(verdict.sub_indication or verdict.verdict))
                done.append(result)
                progress.step("done", i + 1, len(files), file.name)
        return SignedFiles(tuple(done), counting.asked, len(done))


class _Counting:
    """Counts how often the person was asked."""

    def __init__(self, prompt: PinPrompt) -> None:
        self._prompt = prompt
        self.asked = 0

    def ask(self, request: PinRequest) -> PinBuffer:
        self.asked += 1
        return self._prompt.ask(request)
