"""Whatever a worker does, what Python collects ends on the GUI thread."""

from __future__ import annotations

import gc
import threading
import weakref

from pytestqt.qtbot import QtBot

from econtract_desktop.ui.tasks import Endings, GuiCollector, TaskProgress, Tasks


class Knot:
    """A cycle: only the collector frees it."""

    def __init__(self) -> None:
        self.me = self


def test_what_a_worker_leaves_is_collected_on_the_gui_thread(qtbot: QtBot) -> None:
    ended_on: list[int] = []

    def leave(_progress: TaskProgress) -> None:
        for _ in range(5_000):
            weakref.finalize(Knot(), lambda: ended_on.append(threading.get_ident()))

    gc.enable()
    collector, tasks, done = GuiCollector(), Tasks(), [False]
    try:
        tasks.start(leave, Endings(done=lambda _none: done.__setitem__(0, True), failed=lambda _error: None))
        qtbot.waitUntil(lambda: done[0])
        qtbot.waitUntil(lambda: bool(ended_on), timeout=10_000)
    finally:
        tasks.close()
        collector.stop()
        gc.collect()
        gc.disable()  # as the module's fixture wants it
    assert set(ended_on) == {threading.get_ident()}
