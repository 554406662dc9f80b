"""The port PinPrompt over the dialog: any worker asks, the GUI thread shows one dialog at a time, the worker waits."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from econtract_core.rules.errors import Cancelled, InternalError
from econtract_desktop.ports.pin import PinBuffer, PinRequest
from econtract_desktop.texts import Texts
from econtract_desktop.ui.formats import Formats
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.pin.dialog import PinDialog
from econtract_desktop.ui.pin.model import pin_model


class _Question:
    """One request under way between two threads."""

    def __init__(self, request: PinRequest) -> None:
        self.request = request
        self.answer: PinBuffer | None = None
        self.over = threading.Event()


class DialogPrompt:
    """Made on the GUI thread; `ask` is called from any other."""

    def __init__(
        self, look: Look, texts: Callable[[], Texts], window: Callable[[], QWidget], post: Callable[[object], None]
    ) -> None:
        """`post` makes a call on the GUI thread."""
        self._look = look
        self._texts = texts
        self._window = window
        self._post = post
        self._gui = threading.get_ident()
        self._waiting: deque[_Question] = deque()
        self._current: _Question | None = None
        self._dialog: PinDialog | None = None
        self._most: dict[str, int] = {}
        self._closed = threading.Event()

    def ask(self, request: PinRequest) -> PinBuffer:
        """Blocks until the person has answered. Raises Cancelled when they stop or the window closes."""
        if threading.get_ident() == self._gui:
            raise InternalError("the GUI thread must not wait for itself", where="DialogPrompt.ask")
        question = _Question(request)
        self._post(lambda: self._show(question))
        while not question.over.wait(0.2):
            if self._closed.is_set():
                raise Cancelled("the window was closed")
        if question.answer is None:
            raise Cancelled()
        return question.answer

    def close(self) -> None:
        """The window goes: whoever waits hears Cancelled. GUI thread."""
        self._closed.set()
        if self._dialog is not None:
            self._dialog.reject()

    def _show(self, question: _Question) -> None:
        if self._closed.is_set():
            return
        if self._current is not None:  # never two dialogs at once
            self._waiting.append(question)
            return
        self._current = question
        window, request = self._window(), question.request
        if request.tries_left is not None:
            known = self._most.get(request.token_label, 3)
            self._most[request.token_label] = max(known, request.tries_left)
        texts = self._texts()
        model = pin_model(request, texts, Formats(texts), self._most.get(request.token_label, 3))
        dialog = PinDialog(self._look, texts, model, window)
        dialog.answered.connect(lambda pin: self._take(question, pin))
        dialog.finished.connect(lambda _result: self._finish(question))
        self._dialog = dialog
        dialog.show_over(window)

    def _take(self, question: _Question, pin: PinBuffer) -> None:
        question.answer = pin

    def _finish(self, question: _Question) -> None:
        self._current = None
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None
        if self._closed.is_set() and question.answer is not None:
            question.answer.wipe()
            question.answer = None
        question.over.set()
        if self._waiting:
            self._show(self._waiting.popleft())
