"""The port CardWatch: on the fake, and on PC/SC with virtual cards."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from econtract_desktop.card.watcher import ReaderWatch
from econtract_desktop.config import CardSettings, Settings
from econtract_desktop.ports.card import CardEvent, CardWatch
from econtract_practice.cards.virtual import CardRig
from tests.fakes.card_rig import PlanMaker
from tests.fakes.watch import FakeWatch


class World(Protocol):
    """What can happen to readers and cards."""

    watch: CardWatch
    readers: tuple[str, ...]

    def insert(self, reader: int) -> None: ...

    def remove(self, reader: int) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.watch = FakeWatch(("Reader A", "Reader B"))
        self.readers = self.watch.readers

    def insert(self, reader: int) -> None:
        self.watch.insert(self.readers[reader], "3b00")

    def remove(self, reader: int) -> None:
        self.watch.remove(self.readers[reader])


class RealWorld:
    def __init__(self, rig: CardRig, plan: PlanMaker) -> None:
        self.watch = ReaderWatch(Settings(profile=Path()))
        self.readers = rig.readers
        self._rig = rig
        self._cards = [rig.make(plan("ebid")) for _ in self.readers]

    def insert(self, reader: int) -> None:
        self._rig.insert(reader, self._cards[reader])

    def remove(self, reader: int) -> None:
        self._rig.remove(reader)


class Ear:
    """What was heard, in order."""

    def __init__(self) -> None:
        self.events: queue.Queue[CardEvent] = queue.Queue()

    def next(self) -> tuple[str, str, str]:
        event = self.events.get(timeout=10)
        return event.kind, event.change, event.reader

    def quiet(self) -> bool:
        try:
            self.events.get(timeout=0.3)
        except queue.Empty:
            return True
        return False


@pytest.fixture(params=["fake", "pcsc"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        world: World = FakeWorld()
    else:
        world = RealWorld(request.getfixturevalue("rig"), request.getfixturevalue("plan"))
    yield world
    world.watch.stop()


def begin(world: World) -> Ear:
    ear = Ear()
    world.watch.start(ear.events.put)
    assert {ear.next() for _ in world.readers} == {("reader", "inserted", name) for name in world.readers}
    return ear


def test_readers_come_first_and_then_what_happens(world: World) -> None:
    ear = begin(world)
    for reader in (0, 1, 0):
        world.insert(reader)
        assert ear.next() == ("card", "inserted", world.readers[reader])
        world.remove(reader)
        assert ear.next() == ("card", "removed", world.readers[reader])
    assert ear.quiet()


def test_a_card_that_is_in_already_is_told_after_its_reader(world: World) -> None:
    world.insert(1)
    ear = Ear()
    world.watch.start(ear.events.put)
    told = [ear.next() for _ in range(3)]
    assert told.index(("card", "inserted", world.readers[1])) > told.index(("reader", "inserted", world.readers[1]))


def test_after_stop_nothing_is_told_and_it_can_start_again(world: World) -> None:
    ear = begin(world)
    world.watch.stop()
    world.watch.stop()
    world.insert(0)
    assert ear.quiet()
    again = Ear()
    world.watch.start(again.events.put)
    told = {again.next() for _ in range(3)}
    assert ("card", "inserted", world.readers[0]) in told
    world.remove(0)
    assert again.next() == ("card", "removed", world.readers[0])


def test_the_atr_comes_with_the_card(world: World) -> None:
    ear = begin(world)
    world.insert(0)
    event = ear.events.get(timeout=10)
    assert event.atr is not None
    assert event.atr.startswith("3b")


def test_the_service_goes_and_comes(rig: CardRig, plan: PlanMaker) -> None:
    world = RealWorld(rig, plan)
    threads = threading.active_count()
    ear = begin(world)
    try:
        world.insert(0)
        assert ear.next() == ("card", "inserted", world.readers[0])
        for kill in (False, True):
            rig.stop_pcscd(kill=kill)
            gone = [ear.next() for _ in range(3)]
            assert gone.index(("card", "removed", world.readers[0])) < gone.index(
                ("reader", "removed", world.readers[0])
            )
            rig.start_pcscd()
            back = [ear.next() for _ in range(3)]
            assert sorted(change for _, change, _ in back) == ["inserted"] * 3
    finally:
        world.watch.stop()
    assert threading.active_count() == threads


def test_no_service_at_the_start(rig: CardRig, plan: PlanMaker) -> None:
    world = RealWorld(rig, plan)
    rig.stop_pcscd()
    ear = Ear()
    world.watch.start(ear.events.put)
    try:
        assert ear.quiet()
        rig.start_pcscd()
        assert {ear.next() for _ in world.readers} == {("reader", "inserted", name) for name in world.readers}
    finally:
        world.watch.stop()


def test_practice_cards_are_seen_by_their_files(tmp_path: Path) -> None:
    card = tmp_path / "card.p12"
    watch = ReaderWatch(Settings(profile=tmp_path, cards=(CardSettings(str(card)),)))
    ear = Ear()
    watch.start(lambda event: ear.events.put(event) if event.reader == str(card) else None)
    try:
        for _ in range(2):
            card.write_bytes(b"-")
            assert ear.next() == ("card", "inserted", str(card))
            card.unlink()
            assert ear.next() == ("card", "removed", str(card))
    finally:
        watch.stop()


@pytest.mark.slow
def test_the_service_killed_fifty_times_in_use(rig: CardRig, plan: PlanMaker) -> None:
    """The last word is always right, and nothing is left behind."""
    world = RealWorld(rig, plan)
    state: dict[tuple[str, str], bool] = {}
    changed = threading.Condition()

    def heard(event: CardEvent) -> None:
        with changed:
            state[event.kind, event.reader] = event.change == "inserted"
            changed.notify_all()

    def settle(card: bool, reader: str) -> None:
        with changed:
            assert changed.wait_for(lambda: state.get(("card", reader), False) is card, timeout=15), (card, reader)

    world.watch.start(heard)
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    try:
        for turn in range(50):
            reader = turn % 2
            world.insert(reader)
            settle(True, world.readers[reader])
            rig.restart_pcscd(kill=turn % 3 != 0)
            settle(True, world.readers[reader])
            world.remove(reader)
            settle(False, world.readers[reader])
    finally:
        world.watch.stop()
    assert len(list(Path("/proc/self/fd").iterdir())) <= descriptors + 2
