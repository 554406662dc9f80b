"""The gallery's studio: builds each screen inside the frame and takes its picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtGui import QCursor, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QWidget

from econtract_core.evidence.verdict import DocumentVerdict, Finding, Inspection, Severity
from econtract_core.rules.contract import Side, State
from econtract_core.rules.errors import CardRemoved, DocumentAltered, OfflineQueued, TimestampUnreachable
from econtract_desktop.ports.pin import PinPurpose, PinRequest, PinRule
from econtract_desktop.services.diagnose import Condition
from econtract_desktop.services.review_contract import Review, ReviewFile
from econtract_desktop.texts import Texts
from econtract_desktop.ui import gallery_files, gallery_stamps, sample_verdicts, samples
from econtract_desktop.ui.case.model import case_model
from econtract_desktop.ui.case.view import CaseView
from econtract_desktop.ui.cases.model import cases_model
from econtract_desktop.ui.cases.view import CasesView
from econtract_desktop.ui.contract_words import todo_count
from econtract_desktop.ui.diagnosis.view import DiagnosisView
from econtract_desktop.ui.errors.model import error_model
from econtract_desktop.ui.errors.view import ErrorPanel
from econtract_desktop.ui.first_start.model import CardDoorModel, door_model, starting_model
from econtract_desktop.ui.first_start.view import CardDoorView
from econtract_desktop.ui.formats import Formats
from econtract_desktop.ui.home.model import HomeModel, home_model
from econtract_desktop.ui.home.view import HomeView
from econtract_desktop.ui.later.view import LaterScreen
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.offer.dialog import OfferDialog
from econtract_desktop.ui.pin.dialog import PinDialog
from econtract_desktop.ui.pin.model import pin_model
from econtract_desktop.ui.review.changes import compare
from econtract_desktop.ui.review.model import SeenModel, review_model
from econtract_desktop.ui.review.view import ReviewView
from econtract_desktop.ui.session import Known
from econtract_desktop.ui.settings.model import SettingsModel
from econtract_desktop.ui.settings.view import SettingsView
from econtract_desktop.ui.shell.model import Account, Light, ShellModel
from econtract_desktop.ui.shell.presenter import nav_entries
from econtract_desktop.ui.shell.view import ShellView
from econtract_desktop.ui.signing.model import begun, finished, moved
from econtract_desktop.ui.signing.view import SigningView
from econtract_desktop.ui.verify.model import verify_model
from econtract_desktop.ui.verify.view import VerifyView
from econtract_desktop.ui.widgets.dialog import ReasonDialog, Scrim
from econtract_desktop.ui.widgets.page import Page
from econtract_desktop.ui.widgets.pages import PdfPages

if TYPE_CHECKING:
    from econtract_core.messages.account import Who

_SAFE = Inspection(file="contract.pdf", pages=3, safe_to_sign=True, findings=())


class Studio:
    """One language and theme. `names` are the pictures it can take. GUI thread."""

    def __init__(self, look: Look, texts: Texts, size: tuple[int, int], folder: Path) -> None:
        self._look = look
        self._texts = texts
        self._formats = Formats(texts)
        self._size = size
        self._folder = folder
        self._pages: PdfPages | None = None
        self._shots: dict[str, Callable[[], tuple[QWidget, QDialog | None, str]]] = {
            "starting": lambda: self._door(starting_model(texts)),
            "first-start": lambda: self._door(self._door_model(inside=False, who=None)),
            "first-start-card": lambda: self._door(self._door_model(inside=True, who=None)),
            "card": lambda: self._door(self._door_model(inside=True, who=samples.CONTRACTOR)),
            "home": lambda: self._home(samples.CONTRACTOR),
            "home-officer": lambda: self._home(samples.OFFICER),
            "home-empty": lambda: self._home(samples.CONTRACTOR, empty=True),
            "home-offline": lambda: self._home(samples.CONTRACTOR, online=False),
            "cases": self._cases,
            "case": lambda: self._case(State.UNDER_REVIEW, samples.CONTRACTOR),
            "case-submit": lambda: self._case(State.SIGNING, samples.CONTRACTOR),
            "case-concluded": lambda: self._case(State.CONCLUDED, samples.CONTRACTOR),
            "case-history": lambda: self._case(State.SUBMITTED, samples.CONTRACTOR, tab="history"),
            "case-contacts": lambda: self._case(State.UNDER_REVIEW, samples.CONTRACTOR, tab="contacts"),
            "case-officer-offer": lambda: self._case(State.DRAFTING, samples.OFFICER),
            "case-officer-sign": lambda: self._case(State.SUBMITTED, samples.OFFICER),
            "review": lambda: self._review(done=True),
            "review-begun": lambda: self._review(done=False),
            "review-unsafe": lambda: self._review(done=False, safe=False),
            "return": self._return,
            "offer": self._offer,
            "pin": lambda: self._pin(3, None),
            "pin-wrong": lambda: self._pin(2, "ED-CARD-2101"),
            "pin-last-try": lambda: self._pin(1, None),
            "pin-login": lambda: self._pin(3, None, login=True),
            "signing": lambda: self._signing(""),
            "signing-done": lambda: self._signing("done"),
            "signing-failed": lambda: self._signing("failed"),
            **_new_signing(look, texts, folder),
            "errors": self._errors,
            "settings": self._settings,
            "diagnosis": self._diagnosis,
            "verify": lambda: _verified(self._look, self._texts, sample_verdicts.passed()),
            "verify-failed": lambda: _verified(self._look, self._texts, sample_verdicts.failed()),
            "later": lambda: (LaterScreen(look, texts, "inspection").view, None, "inspection"),
        }

    @property
    def names(self) -> tuple[str, ...]:
        """Every picture."""
        return tuple(self._shots)

    def close(self) -> None:
        """The document that was shown last is closed."""
        if self._pages is not None:
            self._pages.close()
            self._pages = None

    def build(self, name: str) -> tuple[ShellView, QDialog | None]:
        """The window with this screen in it, shown, and the dialog over it. The caller closes both."""
        page, dialog, place = self._shots[name]()
        shell = ShellView(self._look, self._texts, lambda _typed: ())
        shell.resize(*self._size)
        shell.show_page(page, slim=place == "review")
        shell.show_model(self._shell(name), place)
        QCursor.setPos(4000, 4000)  # nothing is under the pointer
        shell.show()
        if dialog is not None:
            dialog.show()
        _settle()
        return shell, dialog

    def shoot(self, name: str) -> QPixmap:
        """The picture."""
        shell, dialog = self.build(name)
        if dialog is not None:
            Scrim(shell)
        picture = shell.grab()
        if dialog is not None:
            over = dialog.grab()
            ratio = picture.devicePixelRatio()
            at = QPoint(
                int((picture.width() - over.width()) / 2 / ratio), int((picture.height() - over.height()) / 2 / ratio)
            )
            painter = QPainter(picture)
            painter.drawPixmap(at, over)
            painter.end()
            dialog.close()
            dialog.deleteLater()
        shell.close()
        shell.deleteLater()
        return picture

    def _shell(self, name: str) -> ShellModel:
        texts = self._texts
        officer = "officer" in name or name == "offer"
        nobody = name in ("starting", "first-start", "first-start-card", "pin-login")
        who = samples.OFFICER if officer else samples.CONTRACTOR
        account = Account(nobody=texts("shell.nobody"))
        if not nobody:
            role = texts("words.role_officer" if officer else "words.role_representative")
            account = Account(who.organization, who.user, role)
        if name in ("starting", "first-start"):
            card = Light(texts("shell.card_none"), "off")
        else:
            month = self._formats.month(samples.card().not_after.date())
            card = Light(texts("shell.card", name=who.user, month=month), "ok")
        lights = (
            card,
            Light(texts("shell.offline"), "warn")
            if name == "home-offline"
            else Light(texts("shell.online_synced", time="14:02"), "ok"),
            Light(texts("shell.waiting", count=2), icon="send_20_regular"),
            Light(texts("shell.stamp_ok"), "ok"),
        )
        cases = () if nobody or name == "home-empty" else samples.cases(who.side)
        return ShellModel(nav_entries(texts, logged_in=not nobody, todo=todo_count(cases, who)), account, lights)

    def _door_model(self, *, inside: bool, who: Who | None) -> CardDoorModel:
        known = Known(who=who, asked=True, cards=samples.cards(inside=inside), online=True)
        return door_model(known, self._texts, self._formats)

    def _door(self, model: CardDoorModel) -> tuple[QWidget, None, str]:
        view = CardDoorView(self._look, self._texts)
        view.show_model(model)
        return view, None, "card"

    def _home(self, who: Who, *, empty: bool = False, online: bool = True) -> tuple[QWidget, None, str]:
        view = HomeView(self._look, self._texts)
        cases = () if empty else samples.cases(who.side)
        words = (self._texts, self._formats)
        notice = "" if online else self._texts("home.offline")
        model: HomeModel = home_model(cases, who, samples.NOW, words, notice=notice)
        view.show_model(model)
        return view, None, "home"

    def _cases(self) -> tuple[QWidget, None, str]:
        view = CasesView(self._look, self._texts)
        view.show_model(cases_model(samples.cases(Side.CONTRACTOR), Side.CONTRACTOR, self._texts, self._formats))
        return view, None, "cases"

    def _case(self, state: State, who: Who, tab: str = "documents") -> tuple[QWidget, None, str]:
        view = CaseView(self._look, self._texts)
        case = samples.case(state, who.side)
        view.show_model(case_model(case, case.contracts[0], who, samples.NOW, (self._texts, self._formats)))
        view.show_tab(tab)
        return view, None, "cases"

    def _review(self, *, done: bool, safe: bool = True) -> tuple[QWidget, None, str]:
        old, new = self._folder / "old.pdf", self._folder / "new.pdf"
        if not new.exists():
            samples.contract_pdf(old, version=1)
            samples.contract_pdf(new, version=2)
        case = samples.case()
        contract = case.contracts[0]
        inspection = _SAFE if safe else replace(_SAFE, safe_to_sign=False, findings=_BAD)
        files = tuple(ReviewFile(document, new, inspection, old) for document in contract.documents)
        before, pages = PdfPages(old), PdfPages(new)
        changes = compare(before.lines(), pages.lines())
        before.close()
        self.close()
        self._pages = pages
        view = ReviewView(self._look, self._texts)
        view.pages.wanted.connect(lambda at, scale: view.pages.show_picture(at, scale, pages.picture(at, scale)))
        view.thumbnails.wanted.connect(lambda at, scale: view.thumbnails.show_picture(at, pages.picture(at, scale)))
        model = review_model(
            Review(case, contract, files),
            0,
            changes,
            self._texts,
            fingerprint=self._formats.fingerprint(contract.documents[0].current_sha256),
        )
        view.show_model(model)
        seen = frozenset(range(3)) if done else frozenset({0})
        view.show_document(pages.sizes, seen)
        view.show_marks(changes.marks)
        view.thumbnails.show_state(0, seen, view.mark_counts())
        texts = self._texts
        told = texts("review.seen_all", count=9) if done else texts("review.seen", shown=1, count=9, documents=3)
        card = texts("review.card", name="山田 太郎", month=self._formats.month(samples.card().not_after.date()))
        view.show_seen(SeenModel(done, told if safe else texts("review.cannot_sign"), card, True, done and safe))
        return view, None, "review"

    def _return(self) -> tuple[QWidget, QDialog, str]:
        view, _, place = self._review(done=True)
        names = ("title", "text", "label", "hint", "esc", "out", "on")
        words = {name: self._texts(f"case.reason_{name}") for name in names}
        return view, ReasonDialog(self._look, words), place

    def _offer(self) -> tuple[QWidget, QDialog, str]:
        view, _, place = self._case(State.DRAFTING, samples.OFFICER)
        dialog = OfferDialog(self._look, self._texts, samples.DEADLINE)
        dialog.add_file(Path("工事請負契約書.pdf"))
        dialog.add_file(Path("工事請負契約約款.pdf"))
        return view, dialog, place

    def _pin(self, tries: int, error: str | None, *, login: bool = False) -> tuple[QWidget, QDialog, str]:
        titles = () if login else tuple(d.title for d in samples.case().contracts[0].documents)
        request = PinRequest(
            purpose=PinPurpose("login" if login else "sign", titles, "https://keiyaku.example.jp"),
            token_label="practice",  # noqa: S106  (a label, no password)
            holder="山田 太郎",
            organization=samples.FIRM,
            not_after="2028-03-31",
            rule=PinRule(),
            tries_left=tries,
            last_try=tries == 1,
            last_error=error,
        )
        view: QWidget
        if login:
            view, _, place = self._door(self._door_model(inside=True, who=None))
        else:
            view, _, place = self._review(done=True)
        dialog = PinDialog(self._look, self._texts, pin_model(request, self._texts, self._formats))
        if not error:
            QTest.keyClicks(dialog.field, "123456")
        return view, dialog, place

    def _signing(self, ended: str) -> tuple[QWidget, None, str]:
        view = SigningView(self._look, self._texts)
        texts = self._texts
        case = samples.case()
        titles = tuple(document.title for document in case.contracts[0].documents)
        day = self._formats.plain_day(samples.card().not_after.date())
        model = begun(titles, case.title, texts("signing.foot", name="山田 太郎", day=day), texts)
        for key, title in (("card-sign", 0), ("done", 0), ("timestamp", 1)):
            model = moved(model, key, titles[title], "14:01", texts)
        if ended:
            model = finished(model, ended, "14:02", texts)
        view.show_model(model)
        if ended == "failed":
            error = TimestampUnreachable(url="http://tsa.example.jp", problem="timed out")
            view.show_error(error_model(error, texts, samples.NOW))
        return view, None, "cases"

    def _errors(self) -> tuple[QWidget, None, str]:
        page = Page(self._look, self._texts)
        page.head(self._texts("shell.nav_help"))
        for i, error in enumerate(
            (
                CardRemoved("CKR_DEVICE_REMOVED (0x32)", reader="テスト CR-01"),
                DocumentAltered(file="工事請負契約書", expected="9f3a", found="21c7"),
                OfflineQueued(operation_id="7K2M", kind="contract.submit"),
            )
        ):
            panel = ErrorPanel(self._look, self._texts, error_model(error, self._texts, samples.NOW), primary=i == 0)
            page.body.addWidget(panel)
            if i == 0:
                panel.unfold()
        page.body.addStretch(1)
        return page, None, "help"

    def _diagnosis(self) -> tuple[QWidget, None, str]:
        view = DiagnosisView(self._look, self._texts)
        facts = {"holder": "山田 太郎", "organization": samples.FIRM, "day": "2026-12-20", "label": "card"}
        view.show_conditions(
            (
                Condition("service_ok", "ok"),
                Condition("reader_ok", "ok", {"reader": "テスト CR-01"}),
                Condition("card_busy", "warn", {"reader": "テスト CR-02"}),
                Condition("card_expires", "warn", facts),
                Condition("pin_locked", "error", facts),
            )
        )
        return view, None, "diagnosis"

    def _settings(self) -> tuple[QWidget, None, str]:
        view = SettingsView(self._look, self._texts)
        view.show_model(
            SettingsModel(
                self._texts.language,
                self._look.theme.mode,
                "https://keiyaku.example.jp",
                r"C:\Users\yamada\AppData\Local\econtract",
                False,
                "0.1.0",
            )
        )
        return view, None, "settings"


def _new_signing(look: Look, texts: Texts, folder: Path) -> dict[str, Callable[[], gallery_files.Shot]]:
    """Missing timestamps and files of no case."""
    files = {
        f"sign-files-{kind}": partial(gallery_files.choosing, look, texts, folder, kind)
        for kind in ("empty", "chosen", "mark", "bad")
    }
    return {
        "signing-pending": lambda: gallery_stamps.signing_pending(look, texts, proved=False),
        "signing-proven": lambda: gallery_stamps.signing_pending(look, texts, proved=True),
        "home-stamps": lambda: gallery_stamps.home_waiting(look, texts, near=False),
        "home-stamps-near": lambda: gallery_stamps.home_waiting(look, texts, near=True),
        "sign-files-done": lambda: gallery_files.ended(look, texts, pending=False),
        "sign-files-pending": lambda: gallery_files.ended(look, texts, pending=True),
        **files,
    }


def _verified(look: Look, texts: Texts, verdict: DocumentVerdict) -> tuple[QWidget, None, str]:
    view = VerifyView(look, texts)
    view.show_verdict(verify_model(verdict, texts, Formats(texts)))
    return view, None, "verify"


_BAD = (
    Finding("script", Severity.REFUSE, (), "document"),
    Finding("external-reference", Severity.REFUSE, (), "page 2"),
)


def _settle() -> None:
    """Let layouts, timers and paints come to rest."""
    QTest.qWait(60)
