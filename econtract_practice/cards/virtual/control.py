"""What the control channel can ask the emulator for: cards, faults, waiting, pcscd."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from econtract_practice.cards.virtual.card import Card
from econtract_practice.cards.virtual.faults import Fault
from econtract_practice.cards.virtual.link import Link
from econtract_practice.cards.virtual.plan import CardPlan
from econtract_practice.cards.virtual.service import Service

Condition = Callable[[], bool]


class Bad(Exception):
    """The control channel asked for something that cannot be done."""


class Loop(Protocol):
    """The loop, as the requests see it. Each request is answered once: by `say`, or by `wait` later."""

    def say(self, answer: dict[str, object]) -> None: ...

    def wait(self, answer: dict[str, object], condition: Condition, seconds: float = 10.0) -> None: ...

    def settled(self, reader: int, present: bool) -> bool: ...

    def all_settled(self) -> bool: ...


class Control:
    """The cards and the links, and every request by its name."""

    def __init__(self, loop: Loop, service: Service, readers: int) -> None:
        self._loop = loop
        self._service = service
        self._cards: dict[str, Card] = {}
        self.links = [Link(service.port(number), self._card) for number in range(readers)]

    def do(self, request: dict[str, Any]) -> None:
        """Raises Bad, and KeyError, TypeError, ValueError, IndexError for a request that makes no sense."""
        deeds: dict[str, Callable[[dict[str, Any]], None]] = {
            "make": self._make,
            "insert": self._insert,
            "remove": self._remove,
            "fault": self._fault,
            "clear": self._clear,
            "delay": self._delay,
            "release": self._release,
            "stats": lambda asked: self._loop.say(self._card(asked["card"]).told()),
            "log": lambda asked: self._loop.say({"log": self._card(asked["card"]).log(asked["since"])}),
            "await": self._await,
            "where": self._where,
            "start": self._start,
            "stop": self._stop,
        }
        deeds[request["do"]](request)

    def _make(self, asked: dict[str, Any]) -> None:
        plan = CardPlan.from_json(asked["plan"])
        if plan.name in self._cards:
            raise Bad(f"there is a card {plan.name}")
        self._cards[plan.name] = plan.build()
        self._loop.say({})

    def _insert(self, asked: dict[str, Any]) -> None:
        link, card = self.links[asked["reader"]], self._card(asked["card"])
        if link.card is not None or any(other.card is card for other in self.links):
            raise Bad("there is a card in the reader, or the card is in a reader")
        link.insert(card)
        self._loop.wait({}, lambda: self._loop.settled(asked["reader"], True))

    def _remove(self, asked: dict[str, Any]) -> None:
        link = self.links[asked["reader"]]
        link.pull()
        self._loop.wait({}, lambda: self._loop.settled(asked["reader"], False))

    def _fault(self, asked: dict[str, Any]) -> None:
        fault = Fault.from_json(asked["fault"])
        if fault.other:
            self._card(fault.other)
        self.links[asked["reader"]].script.add(fault)
        self._loop.say({})

    def _clear(self, asked: dict[str, Any]) -> None:
        self.links[asked["reader"]].script.clear()
        self._loop.say({})

    def _delay(self, asked: dict[str, Any]) -> None:
        self.links[asked["reader"]].delay = asked["milliseconds"] / 1000
        self._loop.say({})

    def _release(self, asked: dict[str, Any]) -> None:
        self.links[asked["reader"]].release()
        self._loop.say({})

    def _await(self, asked: dict[str, Any]) -> None:
        """Until PC/SC says present or empty; "hanging": until a card hangs."""
        link, wanted = self.links[asked["reader"]], asked["state"]
        if wanted == "hanging":
            self._loop.wait({}, lambda: link.hanging, asked["seconds"])
        else:
            self._loop.wait({}, lambda: self._loop.settled(asked["reader"], wanted == "present"), asked["seconds"])

    def _where(self, _: dict[str, Any]) -> None:
        cards = [link.card.name if link.card is not None else None for link in self.links]
        self._loop.say({"cards": cards, "running": self._service.running})

    def _start(self, _: dict[str, Any]) -> None:
        self._service.start()
        self._loop.wait({}, self._loop.all_settled)

    def _stop(self, asked: dict[str, Any]) -> None:
        self._service.stop(kill=asked["kill"])
        self._loop.say({})

    def _card(self, name: str) -> Card:
        if name not in self._cards:
            raise Bad(f"no card {name}")
        return self._cards[name]
