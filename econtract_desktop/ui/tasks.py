"""The only bridge between the window and other threads.

A task is one blocking call of a service. It ends in exactly one of done, retry (an error that trying again can mend),
cancelled and failed; the ending is delivered on the GUI thread, and to nobody when its owner has gone. Work for the card
goes through a lane of its own (one thread): a card answers one caller at a time. PDF pages too (PDFium is not thread-safe).
"""

from __future__ import annotations

import gc
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from econtract_core.rules.errors import Cancelled, EcontractError, InternalError

T = TypeVar("T")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Moment:
    """How far a task is. `key` names a text ("progress.<key>"); `subject` what it is about."""

    key: str
    done: int
    total: int
    subject: str


@dataclass(frozen=True)
class Endings(Generic[T]):
    """Who hears what; called on the GUI thread. What is None is told to `failed`; cancelling may be left untold."""

    done: Callable[[T], None]
    failed: Callable[[EcontractError], None]
    retry: Callable[[EcontractError], None] | None = None
    cancelled: Callable[[], None] | None = None
    step: Callable[[Moment], None] | None = None


class TaskProgress:
    """The port Progress over a task: told from the worker, heard on the GUI thread; cancelled from any thread."""

    def __init__(self, tell: Callable[[Moment], None]) -> None:
        self._tell = tell
        self._stop = threading.Event()

    def step(self, key: str, done: int, total: int, subject: str = "") -> None:
        """Never blocks."""
        self._tell(Moment(key, done, total, subject))

    def check(self) -> None:
        """Raises Cancelled where the person asked to stop."""
        if self._stop.is_set():
            raise Cancelled()

    def cancel(self) -> None:
        """Ask the task to stop where nothing is lost by it."""
        self._stop.set()


class Task(Generic[T]):
    """One call under way. GUI thread only."""

    def __init__(self, work: Callable[[TaskProgress], T], endings: Endings[T], post: Callable[[object], None]) -> None:
        self._work = work
        self._endings: Endings[T] | None = endings
        self._post = post
        self.progress = TaskProgress(lambda moment: post(lambda: self._heard(moment)))

    @property
    def running(self) -> bool:
        """Not ended yet, and not forgotten."""
        return self._endings is not None

    def cancel(self) -> None:
        """Ask it to stop; it ends as cancelled, or as done when it was too late."""
        self.progress.cancel()

    def forget(self) -> None:
        """Its owner goes: ask it to stop, and tell nobody how it ended."""
        self._endings = None
        self.progress.cancel()

    def run(self) -> None:
        """In the worker: the task base, which turns whatever happens into one ending."""
        try:
            value = self._work(self.progress)
        except EcontractError as error:
            self._end_with(error)
        except Exception as problem:  # noqa: BLE001  (the task base: a defect becomes an ending)
            _LOG.error("a task failed: %s", type(problem).__name__, exc_info=problem)
            self._end_with(InternalError(type(problem).__name__, where=_place(problem)))
        else:
            self._post(lambda: self._ended(lambda endings: endings.done(value)))

    def _end_with(self, error: EcontractError) -> None:
        def tell(endings: Endings[T]) -> None:
            if isinstance(error, Cancelled):
                if endings.cancelled is not None:
                    endings.cancelled()
            elif error.retriable and endings.retry is not None:
                endings.retry(error)
            else:
                endings.failed(error)

        self._post(lambda: self._ended(tell))

    def _ended(self, tell: Callable[[Endings[T]], None]) -> None:
        endings, self._endings = self._endings, None
        if endings is not None:
            tell(endings)

    def _heard(self, moment: Moment) -> None:
        if self._endings is not None and self._endings.step is not None:
            self._endings.step(moment)


def _place(problem: BaseException) -> str:
    """File and line of the innermost frame, without values."""
    trace = problem.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return (
        f"{trace.tb_frame.f_code.co_qualname if hasattr(trace.tb_frame.f_code, 'co_qualname') else trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
        if trace
        else ""
    )


class GuiCollector(QObject):
    """Garbage is collected on the GUI thread only. A cycle with a widget in it, freed by a worker that happens to allocate,
    would destroy the widget outside its thread. Stops with `stop`."""

    EVERY = 1000  # ms

    def __init__(self) -> None:
        super().__init__()
        self._was_on = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(self.EVERY)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """As Python would by itself: the young often, the old seldom."""
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation] > 0:
                gc.collect(generation)
                return

    def stop(self) -> None:
        """Python collects by itself again."""
        self._timer.stop()
        if self._was_on:
            gc.enable()


class _Bridge(QObject):
    """Carries calls to the GUI thread, in order."""

    call = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.call.connect(self._make, Qt.ConnectionType.QueuedConnection)

    def _make(self, call: Callable[[], None]) -> None:
        call()


class Tasks:
    """A small pool: four threads for network, crypto and disk, one for the card, one for PDF pages. Made on the GUI thread.

    The threads start with the first task of their lane and end with the process: a hanging network call never keeps the
    window's process alive.
    """

    LANES = (("any", 4), ("card", 1), ("pages", 1))

    def __init__(self) -> None:
        self._bridge = _Bridge()
        self._queues: dict[str, queue.SimpleQueue[Task[object] | None]] = {}
        self._started: dict[str, int] = {}
        self._closed = False

    def start(self, work: Callable[[TaskProgress], T], endings: Endings[T], lane: str = "any") -> Task[T]:
        """Run `work` in a lane. GUI thread."""
        task = Task(work, endings, self.post)
        waiting = self._queues.setdefault(lane, queue.SimpleQueue())
        most = dict(self.LANES)[lane]
        if self._started.get(lane, 0) < most:
            number = self._started.get(lane, 0) + 1
            self._started[lane] = number
            thread = threading.Thread(target=_serve, args=(waiting,), name=f"{lane}-{number}", daemon=True)
            thread.start()
        waiting.put(task)  # type: ignore[arg-type]
        return task

    def post(self, call: Callable[[], None] | object) -> None:
        """Make a call on the GUI thread soon. Any thread; silent once the window is closed."""
        if not self._closed:
            self._bridge.call.emit(call)

    def close(self) -> None:
        """No more endings are told; idle threads end."""
        self._closed = True
        for lane, waiting in self._queues.items():
            for _ in range(self._started.get(lane, 0)):
                waiting.put(None)


def _serve(waiting: queue.SimpleQueue[Task[object] | None]) -> None:
    while (task := waiting.get()) is not None:
        task.run()
