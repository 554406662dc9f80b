"""Inspects the chosen files and shows the mark on its page, until all of it can be signed."""

from __future__ import annotations

from pathlib import Path

from econtract_core.evidence.verdict import Inspection
from econtract_core.rules.errors import EcontractError
from econtract_desktop.ports.card import CardSelector
from econtract_desktop.ports.signer import SignOptions
from econtract_desktop.services.plain_files import readable
from econtract_desktop.ui.context import Context, Place
from econtract_desktop.ui.errors.model import error_model
from econtract_desktop.ui.sign_files.mark_sheet import MarkSheet
from econtract_desktop.ui.sign_files.model import FileEntry, inspected, is_pdf
from econtract_desktop.ui.sign_files.run import FilesRun
from econtract_desktop.ui.sign_files.view import SignFilesView
from econtract_desktop.ui.tasks import Endings, TaskProgress


class SignFilesPresenter:
    """The list and the options; `FilesRun` does the rest. Leaving the screen does not stop it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.view = SignFilesView(context.look, context.texts)
        self._entries: dict[Path, FileEntry] = {}
        files, options = self.view.files, self.view.files.options
        self._sheet = MarkSheet(context, options)
        self._sheet.changed.connect(self._show)
        self._sheet.failed.connect(self._told_error)
        files.added.connect(self.add)
        files.removed.connect(self._remove)
        files.signed.connect(self.sign)
        options.changed.connect(self._show)
        options.page_asked.connect(lambda _page: self._show())
        self._run = FilesRun(context, self.view)
        self._run.signed.connect(self._over)
        self._run.again.connect(self.sign)
        context.session.changed.connect(self._show)

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
        choices, files = self.view.files.options.choices, tuple(self._entries)
        if not files or choices.folder is None:
            return
        mark = choices.mark if not choices.container else None
        options = SignOptions(choices.level, choices.reason, mark=mark, container=choices.container)
        try:
            self._run.start(files, choices.folder, options, self._selector())
        except EcontractError as error:
            self._told_error(error)

    def _over(self) -> None:
        """All signed: the list is empty again."""
        self._entries.clear()
        self._show()

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

    def _selector(self) -> CardSelector:
        card = self._context.session.own_card()
        return CardSelector(certificate=card.certificate_sha256) if card is not None else CardSelector()
