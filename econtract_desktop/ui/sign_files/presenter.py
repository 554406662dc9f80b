"""Inspects the chosen files, shows the mark on its page, and signs all of them over the journalled run with one PIN."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from econtract_core.evidence.verdict import Inspection
from econtract_core.rules.dates import in_japan
from econtract_core.rules.errors import EcontractError, MarkDoesNotFit
from econtract_desktop.ports.card import CardSelector
from econtract_desktop.ports.signer import Mark, SignOptions, State
from econtract_desktop.services.plain_files import readable
from econtract_desktop.ui.context import Context, Place
from econtract_desktop.ui.errors.model import error_model
from econtract_desktop.ui.sign_files.mark_sheet import MarkSheet
from econtract_desktop.ui.sign_files.model import FileEntry, inspected, is_pdf, with_icons
from econtract_desktop.ui.sign_files.sheet import on_something
from econtract_desktop.ui.sign_files.view import SignFilesView
from econtract_desktop.ui.signing.model import Proof, RunModel, begun, finished, moved, proven
from econtract_desktop.ui.tasks import Endings, Moment, Task, TaskProgress

if TYPE_CHECKING:
    from econtract_desktop.services.sign_documents import SignedFiles


class SignFilesPresenter:
    """One run at a time; leaving the screen does not stop it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.view = SignFilesView(context.look, context.texts)
        self._entries: dict[Path, FileEntry] = {}
        self._task: Task[SignedFiles] | None = None
        self._model: RunModel | None = None
        self._signed: SignedFiles | None = None
        files, options = self.view.files, self.view.files.options
        self._sheet = MarkSheet(context, options)
        self._sheet.changed.connect(self._show)
        self._sheet.failed.connect(self._told_error)
        files.added.connect(self.add)
        files.removed.connect(self._remove)
        files.signed.connect(self.sign)
        options.changed.connect(self._show)
        options.page_asked.connect(lambda _page: self._show())
        self.view.run.stopped.connect(self._stop)
        self.view.run.went_on.connect(self._go_on)
        context.session.changed.connect(self._show)
        context.stamps.changed.connect(self._stamped)

    def enter(self, _place: Place) -> None:
        """The shell shows it."""
        self._show()

    def leave(self) -> None:
        """The run goes on."""

    def add(self, paths: list[Path]) -> None:
        """Put files on the list and look at each."""
        fresh = [path.absolute() for path in paths if path.absolute() not in self._entries]
        for path in fresh:
            self._entries[path] = FileEntry(path, is_pdf(path))
        if fresh and self.view.files.options.choices.folder is None:
            self.view.files.options.show_folder(fresh[0].parent / self._context.texts("sign_files.folder_default"))
        self._show()
        for path in fresh:
            self._inspect(path)

    def sign(self) -> None:
        """All of them, with one PIN."""
        context, choices = self._context, self.view.files.options.choices
        files, folder = tuple(self._entries), choices.folder
        if not files or folder is None or (self._task is not None and self._task.running):
            return
        mark = choices.mark if not choices.container else None
        options = SignOptions(choices.level, choices.reason, mark=mark, container=choices.container)
        desk, prompt, selector = context.desk, context.prompt, self._selector()
        try:
            titles = desk.sign_documents.titles(files, folder, options)
        except EcontractError as error:
            self._told_error(error)
            return
        self._signed = None
        self.view.run.clear_notices()
        self.view.run.show_deeds(())
        model = begun(titles, str(folder), self._foot(), context.texts)
        self._show_run(replace(with_icons(model), lead=context.texts("sign_files.run_lead")))
        self.view.setCurrentWidget(self.view.run)
        context.session.busy_card = True

        def work(progress: TaskProgress) -> SignedFiles:
            _check_marks(files, mark, progress)
            return desk.sign_documents.sign(files, folder, options, (selector, prompt), progress)

        endings = Endings(done=self._done, failed=self._failed, cancelled=self._cancelled, step=self._told)
        self._task = context.tasks.start(work, endings, "card")

    # --- choosing

    def _inspect(self, path: Path) -> None:
        desk, texts = self._context.desk, self._context.texts

        def work(_progress: TaskProgress) -> Inspection | None:
            if is_pdf(path):
                return desk.verify.inspect(path)
            readable(path)
            return None

        def done(inspection: Inspection | None) -> None:
            entry = FileEntry(path, is_pdf(path), "ok")
            self._became(inspected(entry, inspection, texts) if inspection is not None else entry)

        def failed(error: EcontractError) -> None:
            words = error_model(error, texts, self._context.now())
            self._became(FileEntry(path, is_pdf(path), "err", (words.title, words.cause)))

        self._context.tasks.start(work, Endings(done=done, failed=failed))

    def _became(self, entry: FileEntry) -> None:
        if entry.path in self._entries:
            self._entries[entry.path] = entry
            self._show()

    def _remove(self, path: Path) -> None:
        self._entries.pop(path, None)
        self._show()

    def _show(self) -> None:
        options = self.view.files.options
        choices = options.choices
        self.view.files.show_files(tuple(self._entries.values()), self._why_not())
        if options.by_hand and not choices.container:
            good = (e.path for e in self._entries.values() if e.pdf and e.tone in ("ok", "warn"))
            self._sheet.show_page(next(good, None), options.page, self._context.session.own_card())

    def _why_not(self) -> str:
        texts, tones = self._context.texts, {entry.tone for entry in self._entries.values()}
        cards = self._context.session.known.cards
        mark = self.view.files.options.choices.mark
        if "err" in tones:
            return texts("sign_files.why_err")
        if "looking" in tones:
            return texts("sign_files.why_looking")
        if mark is not None and mark.box is not None and self._sheet.on_text and not mark.over_text:
            return texts("sign_files.why_text")
        if cards is not None and not cards.tokens:
            return texts("sign_files.why_card")
        return ""

    def _told_error(self, error: EcontractError) -> None:
        self.view.files.show_error(error_model(error, self._context.texts, self._context.now()))

    # --- the run

    def _selector(self) -> CardSelector:
        card = self._context.session.own_card()
        return CardSelector(certificate=card.certificate_sha256) if card is not None else CardSelector()

    def _foot(self) -> str:
        card, texts = self._context.session.own_card(), self._context.texts
        if card is None:
            return texts("signing.foot_plain")
        day = self._context.formats.plain_day(in_japan(card.not_after).date())
        return texts("signing.foot", name=card.holder or card.label, day=day)

    def _show_run(self, model: RunModel) -> None:
        self._model = model
        self.view.run.show_model(model)

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
        self.view.offer_after(
            (
                (texts("sign_files.open"), "sign_files.open", lambda: _open(first.parent)),
                (texts("sign_files.verify"), "sign_files.verify", lambda: self._verify(first)),
            )
        )
        self._entries.clear()
        self._show()
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
        self.view.run.show_error(error_model(error, self._context.texts, self._context.now()), self.sign)
        back = self._context.texts("sign_files.back")
        self.view.offer_after(((back, "sign_files.back", self._choose_again),))

    def _stop(self) -> None:
        if self._task is not None and self._task.running:
            self._task.cancel()
            self.view.run.show_notice("info", self._context.texts("signing.stopping"))

    def _choose_again(self) -> None:
        self.view.setCurrentWidget(self.view.files)
        self._show()

    def _go_on(self) -> None:
        if self._model is not None and self._model.ended in ("stopped", "failed"):
            self.sign()
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
