"""A task ends in exactly one of four ways, on the GUI thread, and tells nobody once it is forgotten."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from econtract_core.rules.errors import Cancelled, EcontractError, NotAPdf, ServerUnreachable
from econtract_desktop.ui.tasks import Endings, Moment, TaskProgress, Tasks


class Heard:
    """Writes down every ending with the thread it came on."""

    def __init__(self) -> None:
        self.endings: list[tuple[str, object]] = []
        self.steps: list[Moment] = []
        self.threads: set[int] = set()

    def note(self, name: str, value: object = None) -> None:
        self.endings.append((name, value))
        self.threads.add(threading.get_ident())

    def all(self) -> Endings[object]:
        return Endings(
            done=lambda value: self.note("done", value),
            failed=lambda error: self.note("failed", error),
            retry=lambda error: self.note("retry", error),
            cancelled=lambda: self.note("cancelled"),
            step=self.steps.append,
        )


@pytest.fixture
def tasks(qtbot: QtBot) -> Iterator[Tasks]:
    made = Tasks()
    yield made
    made.close()


def run(tasks: Tasks, qtbot: QtBot, work: Callable[[TaskProgress], object]) -> Heard:
    heard = Heard()
    tasks.start(work, heard.all())
    qtbot.waitUntil(lambda: bool(heard.endings))
    qtbot.wait(50)  # a second ending would come now
    assert len(heard.endings) == 1
    assert heard.threads == {threading.get_ident()}
    return heard


def raising(error: BaseException) -> Callable[[TaskProgress], object]:
    def work(_progress: TaskProgress) -> object:
        raise error

    return work


def test_done_carries_the_value_and_works_elsewhere(tasks: Tasks, qtbot: QtBot) -> None:
    heard = run(tasks, qtbot, lambda _p: threading.get_ident())
    name, worker = heard.endings[0]
    assert name == "done"
    assert worker != threading.get_ident()


@pytest.mark.parametrize(
    ("error", "ending"),
    [(ServerUnreachable(host="x"), "retry"), (NotAPdf(file="x"), "failed"), (Cancelled(), "cancelled")],
)
def test_each_error_has_its_ending(tasks: Tasks, qtbot: QtBot, error: EcontractError, ending: str) -> None:
    assert run(tasks, qtbot, raising(error)).endings[0][0] == ending


def test_what_can_be_retried_is_told_as_failed_where_nobody_listens(tasks: Tasks, qtbot: QtBot) -> None:
    heard = Heard()
    tasks.start(
        raising(ServerUnreachable(host="x")), Endings(done=heard.note, failed=lambda e: heard.note("failed", e))
    )
    qtbot.waitUntil(lambda: bool(heard.endings))
    assert heard.endings[0][0] == "failed"


@pytest.mark.expect_log("a task failed: ZeroDivisionError")
def test_a_defect_becomes_an_internal_error_without_values(tasks: Tasks, qtbot: QtBot) -> None:
    heard = run(tasks, qtbot, lambda _p: 1 // 0)
    error = heard.endings[0][1]
    assert isinstance(error, EcontractError)
    assert error.code == "ED-BUG-9999"
    assert error.facts["where"]


def test_steps_are_heard_in_order_before_the_end(tasks: Tasks, qtbot: QtBot) -> None:
    def work(progress: TaskProgress) -> None:
        for i in range(3):
            progress.step("verify", i, 3, "a")

    heard = run(tasks, qtbot, work)
    assert [moment.done for moment in heard.steps] == [0, 1, 2]


def test_cancelling_stops_at_the_next_check(tasks: Tasks, qtbot: QtBot) -> None:
    heard, begun = Heard(), threading.Event()

    def work(progress: TaskProgress) -> None:
        begun.set()
        while True:
            progress.check()

    task = tasks.start(work, heard.all())
    qtbot.waitUntil(begun.is_set)
    task.cancel()
    qtbot.waitUntil(lambda: bool(heard.endings))
    assert heard.endings == [("cancelled", None)]


def test_a_forgotten_task_tells_nobody(tasks: Tasks, qtbot: QtBot) -> None:
    heard, gate, over = Heard(), threading.Event(), threading.Event()

    def work(_progress: TaskProgress) -> None:
        gate.wait(10)
        over.set()

    task = tasks.start(work, heard.all())
    task.forget()
    gate.set()
    qtbot.waitUntil(over.is_set)
    qtbot.wait(50)
    assert heard.endings == []
    assert not task.running


def test_the_card_lane_has_one_thread(tasks: Tasks, qtbot: QtBot) -> None:
    heard = Heard()
    inside: list[int] = []
    most: list[int] = []

    def work(_progress: TaskProgress) -> None:
        inside.append(1)
        most.append(len(inside))
        threading.Event().wait(0.02)
        inside.pop()

    for _ in range(4):
        tasks.start(work, heard.all(), "card")
    qtbot.waitUntil(lambda: len(heard.endings) == 4)
    assert max(most) == 1
