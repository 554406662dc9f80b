"""Opens a contract's documents for review, keeps count of what was shown, and leads to signing or giving back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from econtract_core.rules.dates import in_japan
from econtract_core.rules.errors import EcontractError
from econtract_desktop.ui.context import Context, Place
from econtract_desktop.ui.errors.model import error_model
from econtract_desktop.ui.review.changes import Changes, compare
from econtract_desktop.ui.review.model import SeenModel, review_model
from econtract_desktop.ui.review.view import ReviewView
from econtract_desktop.ui.tasks import Endings, Moment, Task
from econtract_desktop.ui.widgets.dialog import ReasonDialog
from econtract_desktop.ui.widgets.pages import PdfPages

if TYPE_CHECKING:
    from econtract_core.messages.cases import CaseData
    from econtract_desktop.services.review_contract import Review, ReviewFile


class ReviewPresenter:
    """One contract at a time. What was shown is remembered by the bytes: a new version starts from nothing."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._key = ""
        self._at = 0
        self.view = ReviewView(context.look, context.texts)
        self.view.left.connect(lambda: context.go(Place("case", self._key)))
        self.view.turned.connect(lambda step: self._turn(self._at + step))
        self.view.checks.signed.connect(self._sign)
        self.view.checks.returned.connect(self._ask_reason)
        self.view.pages.page_shown.connect(self._page_shown)
        self.view.pages.current.connect(lambda _page: self._show_thumbnails())
        self.view.pages.wanted.connect(lambda page, scale: self._draw(page, scale, large=True))
        self.view.thumbnails.wanted.connect(lambda page, scale: self._draw(page, scale, large=False))
        context.session.changed.connect(self._show_seen)
        self._wanted_part = ""
        self._review: Review | None = None
        self._open_file: PdfPages | None = None
        self._opened = ""  # SHA-256 of the file that is shown
        self._seen: dict[str, set[int]] = {}
        self._changes: dict[str, Changes] = {}
        self._task: Task[Review] | None = None

    def enter(self, place: Place) -> None:
        """`place.key`: the contract; `place.part`: a document to begin with."""
        if place.key and place.key != self._key:
            self._review = None
            self._opened = ""
        self._key = place.key or self._key
        self._wanted_part = place.part
        self.view.clear_notices()
        self.view.show_notice("info", self._context.texts("review.opening"))
        self.view.checks.back.setEnabled(False)  # what is being fetched may be another version
        key, desk = self._key, self._context.desk
        if self._task is not None:
            self._task.forget()
        self._task = self._context.tasks.start(
            lambda progress: desk.review_contract.open(key, progress),
            Endings(done=self._opened_all, failed=self._failed, step=self._told),
        )
        self._show_seen()

    def leave(self) -> None:
        """Another place is shown: the download may end, what came is kept."""
        if self._task is not None:
            self._task.forget()

    def close(self) -> None:
        """The window goes: let the file go too."""
        pages, self._open_file, self._opened = self._open_file, None, ""
        if pages is not None:
            self._context.tasks.start(
                lambda _p: pages.close(), Endings(done=lambda _none: None, failed=lambda _e: None), "pages"
            )

    def _told(self, moment: Moment) -> None:
        words = self._context.texts("progress." + moment.key)
        if moment.total:
            counted = self._context.texts("review.opening_at", done=moment.done + 1, total=moment.total)
            words = f"{words} {moment.subject} {counted}"
        self.view.show_notice("info", words)

    def _opened_all(self, review: Review) -> None:
        self._review = review
        self.view.checks.back.setEnabled(True)
        self.view.clear_notices()
        self._context.session.keep(review.case)
        ids = [file.document.document_id for file in review.files]
        self._turn(ids.index(self._wanted_part) if self._wanted_part in ids else min(self._at, max(len(ids) - 1, 0)))

    def _failed(self, error: EcontractError, again: bool = True) -> None:
        act = (lambda: self.enter(Place("review", self._key, self._wanted_part))) if again else None
        self.view.show_error(error_model(error, self._context.texts, self._context.now()), act)

    def _file(self) -> ReviewFile | None:
        files = self._review.files if self._review is not None else ()
        return files[self._at] if 0 <= self._at < len(files) else None

    def _turn(self, at: int) -> None:
        if self._review is None or not 0 <= at < len(self._review.files):
            return
        self._at = at
        self._show_model()
        file = self._file()
        assert file is not None
        sha256 = file.document.current_sha256
        if sha256 != self._opened:
            self._open(file, sha256)
        self._show_seen()

    def _open(self, file: ReviewFile, sha256: str) -> None:
        before, self._open_file, self._opened = self._open_file, None, ""

        def work(_progress: object) -> PdfPages:
            if before is not None:
                before.close()
            return PdfPages(file.path)

        def done(pages: PdfPages) -> None:
            self._open_file, self._opened = pages, sha256
            self.view.show_document(pages.sizes, frozenset(self._seen.get(sha256, ())))
            self._show_thumbnails()
            if sha256 in self._changes:
                self._show_changes(self._changes[sha256])
            elif file.changed_from_previous:
                self._compare(file, sha256)

        self._context.tasks.start(work, Endings(done=done, failed=lambda e: self._failed(e, again=False)), "pages")

    def _compare(self, file: ReviewFile, sha256: str) -> None:
        def work(_progress: object) -> Changes:
            assert file.previous is not None
            old, new = PdfPages(file.previous), PdfPages(file.path)
            try:
                return compare(old.lines(), new.lines())
            finally:
                old.close()
                new.close()

        def done(changes: Changes) -> None:
            self._changes[sha256] = changes
            if self._opened == sha256:
                self._show_model()
                self._show_changes(changes)

        self._context.tasks.start(work, Endings(done=done, failed=lambda e: self._failed(e, again=False)), "pages")

    def _show_changes(self, changes: Changes) -> None:
        self.view.show_marks(changes.marks)
        self._show_thumbnails()

    def _draw(self, page: int, scale: float, *, large: bool) -> None:
        pages, sha256 = self._open_file, self._opened
        if pages is None:
            return

        def done(picture: QImage) -> None:
            if self._opened != sha256:
                return
            if large:
                self.view.pages.show_picture(page, scale, picture)
            else:
                self.view.thumbnails.show_picture(page, picture)

        self._context.tasks.start(
            lambda _p: pages.picture(page, scale),
            Endings(done=done, failed=lambda e: self._failed(e, again=False)),
            "pages",
        )

    def _page_shown(self, page: int) -> None:
        if self._opened:
            self._seen.setdefault(self._opened, set()).add(page)
            self._show_seen()
            self._show_thumbnails()

    def _show_thumbnails(self) -> None:
        seen = frozenset(self._seen.get(self._opened, ()))
        self.view.thumbnails.show_state(self.view.pages.at, seen, self.view.mark_counts())

    def _show_model(self) -> None:
        file = self._file()
        if self._review is None or file is None:
            return
        changes = self._changes.get(file.document.current_sha256)
        fingerprint = self._context.formats.fingerprint(file.document.current_sha256)
        model = review_model(self._review, self._at, changes, self._context.texts, fingerprint=fingerprint)
        self.view.show_model(model)

    def _show_seen(self) -> None:
        texts, session = self._context.texts, self._context.session
        files = self._review.files if self._review is not None else ()
        signed = [file for file in files if file.document.needs_signature]
        total = sum(file.inspection.pages or 1 for file in signed)
        shown = sum(len(self._seen.get(file.document.current_sha256, ())) for file in signed)
        done = bool(signed) and shown >= total
        safe = all(file.inspection.safe_to_sign for file in signed)
        card, who = session.own_card(), session.known.who
        fits = card is not None and (who is None or card.certificate_sha256 == who.certificate_sha256)
        if card is None or not fits:
            words = texts("review.card_none")
        else:
            month = self._context.formats.month(in_japan(card.not_after).date())
            words = texts("review.card", name=card.holder or card.label, month=month)
        if not safe:
            told = texts("review.cannot_sign")
        elif done:
            told = texts("review.seen_all", count=total)
        else:
            told = texts("review.seen", shown=shown, count=total, documents=len(signed))
        self.view.show_seen(SeenModel(done and safe, told, words, fits, ready=done and safe))

    def _sign(self) -> None:
        files = self._review.files if self._review is not None else ()
        self._context.go(Place("signing", self._key, seen=frozenset(file.document.sha256 for file in files)))

    def _ask_reason(self) -> None:
        texts = self._context.texts
        names = ("title", "text", "label", "hint", "esc", "out", "on")
        dialog = ReasonDialog(
            self._context.look, {name: texts(f"case.reason_{name}") for name in names}, self.view.window()
        )
        dialog.given.connect(self.give_back)
        dialog.show_over(self.view.window())

    def give_back(self, reason: str) -> None:
        """差し戻す with this reason, then back to the case."""
        if self._review is None:
            return
        key, desk, version = self._key, self._context.desk, self._review.contract.version

        def done(case: CaseData) -> None:
            self._context.session.keep(case)
            time = self._context.formats.clock(self._context.now())
            self._context.go(Place("case", key, said=self._context.texts("case.returned", time=time)))

        self._context.tasks.start(
            lambda _p: desk.review_contract.give_back(key, reason, version),
            Endings(done=done, failed=lambda e: self._failed(e, again=False)),
        )
