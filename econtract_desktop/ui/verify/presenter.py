"""Verifies the chosen file in a worker and shows what came out."""

from __future__ import annotations

from pathlib import Path

from econtract_core.evidence.verdict import DocumentVerdict, Verdict
from econtract_core.identity.characters import visible
from econtract_core.rules.errors import EcontractError
from econtract_desktop.ports.evidence import EvidenceReport
from econtract_desktop.ui.context import Context, Place
from econtract_desktop.ui.errors.model import error_model
from econtract_desktop.ui.tasks import Endings
from econtract_desktop.ui.verify.model import verify_model
from econtract_desktop.ui.verify.view import VerifyView


class VerifyPresenter:
    """The last file stays on the screen until another is chosen."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.view = VerifyView(context.look, context.texts)
        self.view.chosen.connect(self.verify)
        self.view.evidence_to.connect(self.save_evidence)
        self._asked = ""

    def enter(self, place: Place) -> None:
        """The shell shows it; `key` names a file to begin with."""
        if place.key:
            self.verify(place.key)

    def leave(self) -> None:
        """Another place is shown."""

    def verify(self, file: str) -> None:
        """Look at this file."""
        desk = self._context.desk
        self._asked = file
        self.view.clear_notices()
        self.view.show_waiting(Path(file).name)
        self._context.tasks.start(
            lambda _progress: desk.verify.verify(Path(file)),
            Endings(done=lambda verdict: self._done(file, verdict), failed=lambda error: self._failed(file, error)),
        )

    def save_evidence(self, out: str) -> None:
        """One page about the file that is shown, verified anew. Told on the screen whatever file is shown by then."""
        desk, file = self._context.desk, self._asked
        self.view.clear_notices()
        self.view.set_saving(True)
        self._context.tasks.start(
            lambda progress: desk.evidence.of_files((Path(file),), Path(out), progress),
            Endings(
                done=lambda report: self._saved(report, out),
                failed=lambda error: self._not_saved(error, out),
                cancelled=lambda: self.view.set_saving(False),
            ),
        )

    def _saved(self, report: EvidenceReport, out: str) -> None:
        texts = self._context.texts
        self.view.set_saving(False)
        names = "、".join(visible(document.name) for document in report.documents)
        passed = all(d.proof is not None and d.proof.verdict.verdict is Verdict.TOTAL_PASSED for d in report.documents)
        key = "verify.evidence_saved" if passed else "verify.evidence_saved_unsure"
        self.view.show_notice("ok" if passed else "warn", texts(key, file=names, place=out))

    def _not_saved(self, error: EcontractError, out: str) -> None:
        self.view.set_saving(False)
        again = (lambda: self.save_evidence(out)) if error.retriable else None
        self.view.show_error(error_model(error, self._context.texts, self._context.now()), again)

    def _done(self, file: str, verdict: DocumentVerdict) -> None:
        if file == self._asked:  # an earlier one came late
            self.view.show_verdict(verify_model(verdict, self._context.texts, self._context.formats))

    def _failed(self, file: str, error: EcontractError) -> None:
        if file == self._asked:
            self.view.show_waiting("")
            model = error_model(error, self._context.texts, self._context.now())
            self.view.show_error(model, lambda: self.verify(file))
