"""The run over the chosen files: the journalled service, what it tells, what is proven at its end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from econtract_core.rules.dates import in_japan
from econtract_core.rules.errors import EcontractError, MarkDoesNotFit
from econtract_desktop.ports.card import CardSelector
from econtract_desktop.ports.signer import Mark, SignOptions, State
from econtract_desktop.ui.context import Context, Place
from econtract_desktop.ui.errors.model import error_model
from econtract_desktop.ui.sign_files.model import is_pdf, with_icons
from econtract_desktop.ui.sign_files.sheet import on_something
from econtract_desktop.ui.sign_files.view import SignFilesView
from econtract_desktop.ui.signing.model import Proof, RunModel, begun, finished, moved, proven
from econtract_desktop.ui.tasks import Endings, Moment, Task, TaskProgress

if TYPE_CHECKING:
    from econtract_desktop.services.sign_documents import SignedFiles


class FilesRun(QObject):
    """One at a time. `signed` when all are; `again` where the person wants to go on with what was stopped."""

    signed = Signal()
    again = Signal()

    def __init__(self, context: Context, view: SignFilesView) -> None:
        super().__init__()
        self._context = context
        self._view = view
        self._task: Task[SignedFiles] | None = None
        self._model: RunModel | None = None
        self._signed: SignedFiles | None = None
        view.run.stopped.connect(self._stop)
        view.run.went_on.connect(self._go_on)
        context.stamps.changed.connect(self._stamped)

    def start(self, files: tuple[Path, ...], folder: Path, options: SignOptions, selector: CardSelector) -> None:
        """Sign these. Raises UsageError where two would have one name."""
        if self._task is not None and self._task.running:
            return
        context = self._context
        desk, prompt, mark = context.desk, context.prompt, options.mark
        titles = desk.sign_documents.titles(files, folder, options)
        self._signed = None
        self._view.run.clear_notices()
        self._view.run.show_deeds(())
        model = begun(titles, str(folder), self._foot(), context.texts)
        self._show_run(replace(with_icons(model), lead=context.texts("sign_files.run_lead")))
        self._view.setCurrentWidget(self._view.run)
        context.session.busy_card = True

        def work(progress: TaskProgress) -> SignedFiles:
            _check_marks(files, mark, progress)
            return desk.sign_documents.sign(files, folder, options, (selector, prompt), progress)

        endings = Endings(done=self._done, failed=self._failed, cancelled=self._cancelled, step=self._told)
        self._task = context.tasks.start(work, endings, "card")

    def _foot(self) -> str:
        card, texts = self._context.session.own_card(), self._context.texts
        if card is None:
            return texts("signing.foot_plain")
        day = self._context.formats.plain_day(in_japan(card.not_after).date())
        return texts("signing.foot", name=card.holder or card.label, day=day)

    def _show_run(self, model: RunModel) -> None:
        self._model = model
        self._view.run.show_model(model)

    def _told(self, moment: Moment) -> None:
        if self._model is not None and not self._model.ended:
            time = self._context.formats.clock(self._context.now())
            self._show_run(moved(self._model, moment.key, moment.subject, time, self._context.texts))

    def _end(self, ended: str) -> None:
        self._context.session.busy_card = False
        self._context.session.look_at_cards()
        if self._model is not None:
            time = self._context.formats.clock(self._context.now())
            self._show_run(finished(self._model, ended, time, self._context.texts))

    def _done(self, signed: SignedFiles) -> None:
        texts = self._context.texts
        self._signed = signed
        self._end("done")
        self._prove()
        self._context.session.told_timestamp("ok" if signed.timestamp_problem is None else "warn")
        first = signed.documents[0].output
        self._view.offer_after(
            (
                (texts("sign_files.open"), "sign_files.open", lambda: _open(first.parent)),
                (texts("sign_files.verify"), "sign_files.verify", lambda: self._verify(first)),
            )
        )
        self.signed.emit()
        self._context.stamps.complete()

    def _prove(self) -> None:
        """What is proven, and what waits for its timestamp."""
        signed, texts, clock = self._signed, self._context.texts, self._context.formats.clock
        if signed is None or self._model is None:
            return
        proofs = tuple(
            Proof(title, clock(d.signed_at), clock(d.timestamp) if d.timestamp is not None else "")
            for title, d in zip((d.title for d in self._model.documents), signed.documents, strict=True)
        )
        wants_proof = any(d.level.rpartition("B-")[2] != "B" or d.state is not State.COMPLETE for d in signed.documents)
        pending = any(d.state is not State.COMPLETE for d in signed.documents)
        model = proven(self._model, proofs, "", texts) if wants_proof else self._model
        which, folder = "pending" if pending else "done", str(signed.documents[0].output.parent)
        self._show_run(
            replace(
                model,
                ended="done",
                title=texts(f"sign_files.{which}_title"),
                lead=texts(f"sign_files.{which}_lead", folder=folder),
                button=texts("sign_files.again"),
            )
        )

    def _stamped(self) -> None:
        """Files that waited may be proven now."""
        if self._signed is None:
            return
        times = dict(self._context.stamps.now.proven)
        documents = tuple(
            replace(d, timestamp=times[d.output], state=State.COMPLETE) if d.output in times else d
            for d in self._signed.documents
        )
        if documents != self._signed.documents:
            self._signed = replace(self._signed, documents=documents)
            self._prove()

    def _verify(self, file: Path) -> None:
        self._context.go(Place("verify", str(file)))

    def _cancelled(self) -> None:
        self._end("stopped")

    def _failed(self, error: EcontractError) -> None:
        self._end("failed")
        self._view.run.show_error(error_model(error, self._context.texts, self._context.now()), self.again.emit)
        back = self._context.texts("sign_files.back")
        self._view.offer_after(((back, "sign_files.back", self._choose_again),))

    def _stop(self) -> None:
        if self._task is not None and self._task.running:
            self._task.cancel()
            self._view.run.show_notice("info", self._context.texts("signing.stopping"))

    def _choose_again(self) -> None:
        self._view.setCurrentWidget(self._view.files)

    def _go_on(self) -> None:
        if self._model is not None and self._model.ended in ("stopped", "failed"):
            self.again.emit()
        else:
            self._choose_again()


def _check_marks(files: tuple[Path, ...], mark: Mark | None, progress: TaskProgress) -> None:
    """Raises MarkDoesNotFit before any PIN is asked: the place was seen on one of the files only."""
    if mark is None or mark.box is None or mark.over_text:
        return
    for number, file in enumerate(file for file in files if is_pdf(file)):
        progress.check()
        progress.step("check", number, len(files), file.name)
        if on_something(file, mark.page, mark.box):
            raise MarkDoesNotFit(file=file.name, page=mark.page, problem="something stands there")


def _open(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
