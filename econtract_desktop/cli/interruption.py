"""Ctrl-C and SIGTERM as a wish to stop where nothing is lost by it."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

from econtract_core.rules.errors import Cancelled
from econtract_desktop.ports.pin import PinBuffer, PinPrompt, PinRequest
from econtract_desktop.ports.progress import Progress

_SIGNALS = ("SIGINT", "SIGTERM", "SIGBREAK")  # the last one is Windows' Ctrl-Break


class Interruption:
    """A context manager. The first signal is heard by `progress` between two steps; at once where the person is being asked for
    the PIN, and at the second signal: then as KeyboardInterrupt."""

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}
        self._asked = False
        self._at_prompt = False

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():  # signals are heard nowhere else
            for name in _SIGNALS:
                number = getattr(signal, name, None)
                if number is not None:
                    self._before[number] = signal.signal(number, self._heard)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def progress(self, inner: Progress) -> Progress:
        """`inner`, that hears of the signal."""
        return _Heard(inner, self)

    def prompt(self, inner: PinPrompt) -> PinPrompt:
        """`inner`, that is left at once."""
        return _Left(inner, self)

    def check(self) -> None:
        """Raises Cancelled after the first signal."""
        if self._asked:
            raise Cancelled()

    def asking(self, now: bool) -> None:
        """The person is being asked for the PIN, or no longer."""
        self._at_prompt = now

    def _heard(self, number: int, frame: FrameType | None) -> None:
        again, self._asked = self._asked, True
        if again or self._at_prompt:
            raise KeyboardInterrupt


class _Heard:
    """The port Progress."""

    def __init__(self, inner: Progress, interruption: Interruption) -> None:
        self._inner = inner
        self._interruption = interruption

    def step(self, key: str, done: int, total: int, subject: str = "") -> None:
        self._inner.step(key, done, total, subject)

    def check(self) -> None:
        self._interruption.check()
        self._inner.check()


class _Left:
    """The port PinPrompt."""

    def __init__(self, inner: PinPrompt, interruption: Interruption) -> None:
        self._inner = inner
        self._interruption = interruption

    def ask(self, request: PinRequest) -> PinBuffer:
        self._interruption.check()
        self._interruption.asking(True)
        try:
            return self._inner.ask(request)
        finally:
            self._interruption.asking(False)
