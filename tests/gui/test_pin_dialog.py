"""The PIN field and dialog: keys, full width, rule, wiping, tries, the last try's sentence, Esc."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from econtract_core.rules.errors import Cancelled, EcontractError, InternalError
from econtract_desktop.ports.pin import PinBuffer, PinPurpose, PinRequest, PinRule
from econtract_desktop.texts import Texts
from econtract_desktop.ui.formats import Formats
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.pin.dialog import PinDialog
from econtract_desktop.ui.pin.field import PinField
from econtract_desktop.ui.pin.model import pin_model
from econtract_desktop.ui.pin.prompt import DialogPrompt
from econtract_desktop.ui.tasks import Endings, Tasks
from econtract_desktop.ui.widgets.days_bar import TriesDots

REQUEST = PinRequest(
    purpose=PinPurpose("sign", ("工事請負契約書", "仲裁合意書"), "https://keiyaku.example.jp"),
    token_label="card",
    holder="山田 太郎",
    organization="あおば橋建設株式会社",
    not_after="2028-03-31",
    rule=PinRule(min_length=4, max_length=8),
    tries_left=3,
    last_try=False,
)


@pytest.fixture
def field(look: Look, qtbot: QtBot) -> PinField:
    made = PinField(look, REQUEST.rule)
    qtbot.addWidget(made)
    return made


def dialog(look: Look, texts: Texts, qtbot: QtBot, request: PinRequest = REQUEST) -> PinDialog:
    made = PinDialog(look, texts, pin_model(request, texts, Formats(texts)))
    qtbot.addWidget(made)
    made.open()
    return made


def held(field: PinField) -> bytes:
    """The field's own memory, whole."""
    return bytes(field._bytes)


def commit(field: PinField, text: str) -> None:
    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(field, event)


class TestField:
    def test_keys_become_the_pin_and_taking_it_empties_the_field(self, field: PinField) -> None:
        QTest.keyClicks(field, "12ab")
        with field.take() as pin:
            assert bytes(pin.view) == b"12ab"
        assert field.count == 0
        assert set(held(field)) == {0}

    def test_full_width_and_the_input_method_are_understood(self, field: PinField) -> None:
        commit(field, "１２")
        commit(field, "Ａｂ")
        assert bytes(field.take().view) == b"12Ab"

    def test_what_no_pin_has_is_refused_and_told(self, field: PinField, qtbot: QtBot) -> None:
        with qtbot.waitSignal(field.warned, check_params_cb=lambda kind: kind == "letters"):
            commit(field, "あ")
        assert field.count == 0

    def test_digits_only(self, look: Look, qtbot: QtBot) -> None:
        made = PinField(look, replace(REQUEST.rule, digits_only=True))
        qtbot.addWidget(made)
        QTest.keyClicks(made, "1a2")
        assert bytes(made.take().view) == b"12"

    def test_no_more_than_the_rule_allows(self, field: PinField) -> None:
        QTest.keyClicks(field, "123456789")
        assert field.count == 8

    def test_backspace_overwrites_what_it_takes_away(self, field: PinField) -> None:
        QTest.keyClicks(field, "1234")
        QTest.keyClick(field, Qt.Key.Key_Backspace)
        assert held(field) == b"123" + bytes(5)
        QTest.keyClick(field, Qt.Key.Key_Delete)
        assert set(held(field)) == {0}

    def test_nothing_is_pasted_and_nothing_copied(self, field: PinField) -> None:
        QGuiApplication.clipboard().setText("9999")
        QTest.keyClicks(field, "12")
        for key in (Qt.Key.Key_V, Qt.Key.Key_A, Qt.Key.Key_C):
            QTest.keyClick(field, key, Qt.KeyboardModifier.ControlModifier)
        assert field.count == 2
        assert QGuiApplication.clipboard().text() == "9999"

    def test_caps_lock_is_told(self, field: PinField) -> None:
        told: list[str] = []
        field.warned.connect(told.append)
        QTest.keyClick(field, "A", Qt.KeyboardModifier.NoModifier)
        assert told == ["caps"]

    def test_the_input_method_never_gets_the_text(self, field: PinField) -> None:
        QTest.keyClicks(field, "1234")
        assert field.inputMethodQuery(Qt.InputMethodQuery.ImSurroundingText) is None


class TestDialog:
    def test_the_button_waits_for_the_rule(self, look: Look, texts: Texts, qtbot: QtBot) -> None:
        made = dialog(look, texts, qtbot)
        QTest.keyClicks(made.field, "123")
        assert not made.go.isEnabled()
        QTest.keyClicks(made.field, "4")
        assert made.go.isEnabled()
        assert made.go.text() == "2件に署名する"

    def test_enter_answers_and_the_field_is_wiped(self, look: Look, texts: Texts, qtbot: QtBot) -> None:
        made = dialog(look, texts, qtbot)
        pins: list[PinBuffer] = []
        made.answered.connect(pins.append)
        QTest.keyClicks(made.field, "1234")
        QTest.keyClick(made.field, Qt.Key.Key_Return)
        assert [bytes(pin.view) for pin in pins] == [b"1234"]
        assert set(held(made.field)) == {0}

    def test_escape_answers_nothing_and_wipes(self, look: Look, texts: Texts, qtbot: QtBot) -> None:
        made = dialog(look, texts, qtbot)
        pins: list[PinBuffer] = []
        made.answered.connect(pins.append)
        QTest.keyClicks(made.field, "1234")
        QTest.keyClick(made.field, Qt.Key.Key_Escape)
        assert pins == []
        assert set(held(made.field)) == {0}
        assert not made.isVisible()

    def test_tries_are_dots_only_where_the_card_tells(self, look: Look, texts: Texts, qtbot: QtBot) -> None:
        dots = dialog(look, texts, qtbot).findChild(TriesDots)
        assert isinstance(dots, TriesDots)
        assert (dots.left, dots.total) == (3, 3)
        unknown = dialog(look, texts, qtbot, replace(REQUEST, tries_left=None))
        assert unknown.findChild(TriesDots) is None

    @pytest.mark.parametrize("typed", ["最後の1回です", "最後の１回です。", " 最後の 1回です"])
    def test_the_last_try_needs_its_sentence(self, look: Look, texts: Texts, qtbot: QtBot, typed: str) -> None:
        made = dialog(look, texts, qtbot, replace(REQUEST, tries_left=1, last_try=True))
        sentence = made.findChild(QLineEdit, "pin.sentence")
        assert isinstance(sentence, QLineEdit)
        QTest.keyClicks(made.field, "1234")
        QTest.keyClick(made.field, Qt.Key.Key_Return)
        assert made.isVisible()
        assert not made.go.isEnabled()
        sentence.setText("最後")
        assert not made.go.isEnabled()
        sentence.setText(typed)
        assert made.go.isEnabled()

    def test_a_wrong_pin_is_told_and_a_fault_that_is_not_the_pins_is_not(
        self, look: Look, texts: Texts, qtbot: QtBot
    ) -> None:
        wrong = dialog(look, texts, qtbot, replace(REQUEST, last_error="ED-CARD-2101", tries_left=2))
        assert wrong.findChild(QWidget, "pin.problem") is not None
        other = dialog(look, texts, qtbot, replace(REQUEST, last_error="ED-CARD-2002"))
        assert other.findChild(QWidget, "pin.problem") is None


class TestPrompt:
    """The port, asked from a worker and answered through the dialog."""

    @pytest.fixture
    def tasks(self, qtbot: QtBot) -> Iterator[Tasks]:
        made = Tasks()
        yield made
        made.close()

    @pytest.fixture
    def window(self, look: Look, qtbot: QtBot) -> QWidget:
        made = QWidget()
        qtbot.addWidget(made)
        made.resize(900, 700)
        made.show()
        return made

    def ask(self, prompt: DialogPrompt, tasks: Tasks) -> list[object]:
        ended: list[object] = []

        def work(_progress: object) -> bytes:
            with prompt.ask(REQUEST) as pin:
                return bytes(pin.view)

        def cancelled() -> None:
            ended.append(Cancelled)

        def failed(error: EcontractError) -> None:
            ended.append(error)

        tasks.start(work, Endings(done=ended.append, failed=failed, cancelled=cancelled))
        return ended

    def opened(self, window: QWidget, qtbot: QtBot) -> PinDialog:
        qtbot.waitUntil(lambda: any(d.isVisible() for d in window.findChildren(PinDialog)))
        return next(d for d in window.findChildren(PinDialog) if d.isVisible())

    def test_the_worker_gets_what_was_typed(
        self, look: Look, texts: Texts, tasks: Tasks, window: QWidget, qtbot: QtBot
    ) -> None:
        prompt = DialogPrompt(look, lambda: texts, lambda: window, tasks.post)
        ended = self.ask(prompt, tasks)
        shown = self.opened(window, qtbot)
        QTest.keyClicks(shown.field, "4321")
        shown.go.click()
        qtbot.waitUntil(lambda: bool(ended))
        assert ended == [b"4321"]

    def test_escape_cancels_the_worker(
        self, look: Look, texts: Texts, tasks: Tasks, window: QWidget, qtbot: QtBot
    ) -> None:
        prompt = DialogPrompt(look, lambda: texts, lambda: window, tasks.post)
        ended = self.ask(prompt, tasks)
        QTest.keyClick(self.opened(window, qtbot), Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: bool(ended))
        assert ended == [Cancelled]

    def test_never_two_dialogs_at_once(
        self, look: Look, texts: Texts, tasks: Tasks, window: QWidget, qtbot: QtBot
    ) -> None:
        prompt = DialogPrompt(look, lambda: texts, lambda: window, tasks.post)
        first, second = self.ask(prompt, tasks), self.ask(prompt, tasks)
        shown = self.opened(window, qtbot)
        qtbot.wait(100)
        assert sum(d.isVisible() for d in window.findChildren(PinDialog)) == 1
        shown.reject()
        qtbot.waitUntil(lambda: len(first) + len(second) == 1)
        self.opened(window, qtbot).reject()
        qtbot.waitUntil(lambda: len(first) + len(second) == 2)

    def test_closing_the_window_frees_whoever_waits(
        self, look: Look, texts: Texts, tasks: Tasks, window: QWidget, qtbot: QtBot
    ) -> None:
        prompt = DialogPrompt(look, lambda: texts, lambda: window, tasks.post)
        ended = self.ask(prompt, tasks)
        self.opened(window, qtbot)
        prompt.close()
        qtbot.waitUntil(lambda: bool(ended))
        assert ended == [Cancelled]

    def test_the_gui_thread_must_not_wait_for_itself(
        self, look: Look, texts: Texts, tasks: Tasks, window: QWidget
    ) -> None:
        prompt = DialogPrompt(look, lambda: texts, lambda: window, tasks.post)
        assert threading.current_thread() is threading.main_thread()
        with pytest.raises(InternalError):
            prompt.ask(REQUEST)
