"""Opens a case, does what its side card names, saves contacts and the concluded files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from econtract_core.rules.errors import EcontractError, LoginRequired, OfflineQueued
from econtract_desktop.ui.case.model import ContactRow, case_model
from econtract_desktop.ui.case.view import CaseView
from econtract_desktop.ui.context import Context, Place
from econtract_desktop.ui.errors.model import error_model
from econtract_desktop.ui.offer.dialog import OfferDialog, OfferedFile
from econtract_desktop.ui.tasks import Endings, TaskProgress
from econtract_desktop.ui.widgets.dialog import ReasonDialog

if TYPE_CHECKING:
    from datetime import datetime

    from econtract_core.messages.cases import CaseData


class CasePresenter:
    """One case at a time; follows the session while it is shown."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._key = ""
        self.view = CaseView(context.look, context.texts)
        self.view.acted.connect(self._act)
        self.view.document.connect(lambda document: context.go(Place("review", self._key, document)))
        self.view.contacts_saved.connect(self._save_contacts)
        self.view.listed.connect(lambda: context.go(Place("cases")))
        self._shown = False
        self._busy = False
        context.session.changed.connect(self._show)

    def enter(self, place: Place) -> None:
        """`place.key`: the contract. `place.part`: a tab."""
        if not self._busy:
            self.view.clear_notices()
        if place.said:
            self.view.show_notice("ok", place.said)
        self._key = place.key or self._key
        waits = self._context.stamps.now.contract(self._key)
        if waits is not None and not place.said:
            kind = "refused" if waits.refused else "waits"
            self.view.show_notice("warn" if waits.refused else "info", self._context.texts(f"case.stamp_{kind}"))
        self._shown = True
        self._show()
        if place.part:
            self.view.show_tab(place.part)
        self._context.session.refresh()

    def leave(self) -> None:
        """Another place is shown."""
        self._shown = False

    def _show(self) -> None:
        found, who = self._context.session.find(self._key), self._context.session.known.who
        if self._shown and found is not None and who is not None:
            words = (self._context.texts, self._context.formats)
            self.view.show_model(case_model(*found, who, self._context.now(), words))

    def _act(self, kind: str) -> None:
        deeds: dict[str, Callable[[], None]] = {
            "review": lambda: self._context.go(Place("review", self._key)),
            "countersign": lambda: self._context.go(Place("review", self._key)),
            "read": lambda: self._context.go(Place("review", self._key)),
            "submit": self._submit,
            "offer": self._ask_offer,
            "return": self._ask_reason,
            "concluded": self._ask_folder,
        }
        deeds[kind]()

    def _submit(self) -> None:
        key, desk = self._key, self._context.desk
        self._run(lambda _p: desk.review_contract.submit(key), "case.submitted", self._submit)

    def _ask_reason(self) -> None:
        texts = self._context.texts
        names = ("title", "text", "label", "hint", "esc", "out", "on")
        dialog = ReasonDialog(
            self._context.look, {name: texts(f"case.reason_{name}") for name in names}, self.view.window()
        )
        dialog.given.connect(self.give_back)
        dialog.show_over(self.view.window())

    def give_back(self, reason: str) -> None:
        """差し戻す with this reason."""
        key, desk = self._key, self._context.desk
        self._run(
            lambda _p: desk.review_contract.give_back(key, reason),
            "case.returned",
            lambda: self.give_back(reason),
        )

    def _ask_offer(self) -> None:
        found = self._context.session.find(self._key)
        if found is None:
            return
        dialog = OfferDialog(self._context.look, self._context.texts, found[1].deadline, self.view.window())
        dialog.offered.connect(self.offer)
        dialog.show_over(self.view.window())

    def offer(self, files: tuple[OfferedFile, ...], deadline: datetime | None) -> None:
        """契約図書を提示する."""
        key, desk = self._key, self._context.desk
        pairs = tuple((file.title, file.path) for file in files)
        self._run(
            lambda _p: desk.prepare_contract.offer(key, pairs, deadline),
            "case.offered",
            lambda: self.offer(files, deadline),
        )

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self.view.window(), self._context.texts("case.choose_folder"))
        dialog.setObjectName("case.folder")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda folder: self.save_files(Path(folder)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.finished.connect(self.view.window().activateWindow)
        dialog.open()

    def save_files(self, folder: Path) -> None:
        """契約書を保存する: the concluded files, each checked before it is told that they are there."""
        found, desk = self._context.session.find(self._key), self._context.desk
        if found is None:
            return
        contract = found[1]

        def work(_progress: TaskProgress) -> tuple[int, str, str]:
            saved = desk.files.save(contract, folder)
            verdicts = [desk.verify.verify(path) for document, path in saved if document.needs_signature]
            worst = next((v for v in verdicts if v.verdict != "TOTAL-PASSED"), None)
            return len(saved), str(folder), "" if worst is None else str(worst.verdict)

        def done(result: tuple[int, str, str]) -> None:
            count, place, worst = result
            self._free()
            texts = self._context.texts
            if worst:
                self.view.show_notice("warn", texts("case.saved_unsure", count=count, folder=place, verdict=worst))
            else:
                self.view.show_notice("ok", texts("case.saved", count=count, folder=place))

        self._start(work, done, lambda: self.save_files(folder))

    def _save_contacts(self, rows: tuple[ContactRow, ...]) -> None:
        found, desk = self._context.session.find(self._key), self._context.desk
        if found is None:
            return
        case_id = found[0].case_id

        def work(_progress: TaskProgress) -> CaseData:
            from econtract_core.messages.cases import ContactData
            from econtract_core.rules.case import Contact

            for row in rows:
                Contact(row.name, row.email, row.phone)  # the rules speak first: an empty name is no message at all
            contacts = tuple(ContactData(name=row.name, email=row.email, phone=row.phone) for row in rows)
            return desk.contacts.set(case_id, contacts)

        self._run(work, "case.contacts_saved", lambda: self._save_contacts(rows))

    def _run(self, work: Callable[[TaskProgress], CaseData], said: str, again: Callable[[], None]) -> None:
        """A deed that answers with the case; `said` names the sentence when it is done."""

        def done(case: CaseData) -> None:
            self._free()
            self._context.session.keep(case)
            self.view.show_notice(
                "ok", self._context.texts(said, time=self._context.formats.clock(self._context.now()))
            )

        self._start(work, done, again)

    def _start(
        self, work: Callable[[TaskProgress], object], done: Callable[..., None], again: Callable[[], None]
    ) -> None:
        if self._busy:
            return
        self._busy = True
        self.view.next.set_busy(True)
        self.view.show_notice("info", self._context.texts("case.working"))

        def failed(error: EcontractError) -> None:
            self._free()
            if isinstance(error, LoginRequired):
                self._context.session.ended()
            sent_later = isinstance(error, OfflineQueued)  # safe in the outbox: doing it again would be doing it twice
            act = self._context.session.refresh if sent_later or not error.retriable else again
            self.view.show_error(error_model(error, self._context.texts, self._context.now()), act)
            self._context.session.refresh()

        self._context.tasks.start(work, Endings(done=done, failed=failed))

    def _free(self) -> None:
        self._busy = False
        self.view.next.set_busy(False)
