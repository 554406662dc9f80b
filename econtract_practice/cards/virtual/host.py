"""The emulator's process: `python -m econtract_practice.cards.virtual.host JSON`. One thread: cards, faults, pcscd and the control channel.

Control: one JSON object a line on standard input, one answer a line on standard output; commands that wait for PC/SC are answered when it has
seen what they did. Ends with standard input or with its parent, and pcscd with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import socket
import sys
import time
from pathlib import Path

from econtract_practice.cards.virtual import namespace
from econtract_practice.cards.virtual.control import Bad, Condition, Control
from econtract_practice.cards.virtual.service import Service

_LOOK = 0.002  # seconds between two looks at PC/SC while something waits for it
_IDLE = 1.0


class Host:
    """The loop: lines to pcscd, what PC/SC has seen, and the one request that waits for it."""

    def __init__(self, service: Service, readers: int) -> None:
        self._service = service
        self._control = Control(self, service, readers)
        self._links = self._control.links
        self._selector = selectors.DefaultSelector()
        self._watched: list[tuple[socket.socket, int] | None] = [None] * readers  # what is registered, by reader
        self._states: list[tuple[str, bool | None]] | None = None
        self._waiting: tuple[Condition, float, dict[str, object]] | None = None
        self._input = b""
        self._parent = os.getppid()
        self._over = False

    def run(self) -> None:
        """Until standard input ends."""
        os.set_blocking(0, False)
        self._selector.register(0, selectors.EVENT_READ, None)
        self.wait({"ready": True}, lambda: self._states is not None)
        while not self._over and os.getppid() == self._parent:
            self._attend()
            for key, _ in self._selector.select(self._patience()):
                if key.data is None:
                    self._read()
                elif key.data.socket is key.fileobj:
                    key.data.readable()
            for link in self._links:
                link.flush()

    def _attend(self) -> None:
        """Look at PC/SC where anything depends on it, put cards on the line, answer who waits."""
        if self._needs_pcsc():
            self._states = self._service.states()
        for number, link in enumerate(self._links):
            if self._states is not None and self._states[number][1] is False:
                link.must_be_seen_empty = False
            if self._states is not None:
                link.connect()
        self._register()
        if self._waiting is not None:
            condition, until, answer = self._waiting
            if condition():
                self.say(answer)
            elif time.monotonic() > until:
                self.say({"error": f"PC/SC did not follow in time: {self._states}; {self._service.log()[-500:]}"})

    def _needs_pcsc(self) -> bool:
        wants = any((link.card is not None and link.socket is None) or link.must_be_seen_empty for link in self._links)
        return self._waiting is not None or wants or not self._states

    def _patience(self) -> float:
        if self._needs_pcsc():
            return _LOOK if self._service.running else 10 * _LOOK
        due = [link.due for link in self._links if link.due is not None]
        return max(0.0, min([_IDLE, *(moment - time.monotonic() for moment in due)]))

    def _register(self) -> None:
        """Watch the lines that are open now. Numbers of closed ones come again, so the sockets themselves are compared."""
        for number, link in enumerate(self._links):
            watched = self._watched[number]
            if link.socket is (watched[0] if watched else None):
                continue
            if watched is not None:
                self._selector.unregister(watched[1])
            self._watched[number] = None
            if link.socket is not None:
                self._selector.register(link.socket, selectors.EVENT_READ, link)
                self._watched[number] = (link.socket, link.socket.fileno())

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            came = os.read(0, 1 << 20)
            self._over = not came
            self._input += came
        while b"\n" in self._input:
            line, _, self._input = self._input.partition(b"\n")
            try:
                self._control.do(json.loads(line))
            except (Bad, KeyError, TypeError, ValueError, IndexError) as problem:
                self.say({"error": f"{type(problem).__name__}: {problem}"})

    def settled(self, reader: int, present: bool) -> bool:
        """PC/SC knows; a service that is not there knows nothing, and nobody waits for it."""
        if self._states is None:
            return not self._service.running
        link = self._links[reader]
        return (
            self._states[reader][1] is present and not link.must_be_seen_empty and (link.socket is not None) is present
        )

    def all_settled(self) -> bool:
        """PC/SC knows every reader as it is."""
        return self._states is not None and all(
            self.settled(number, link.card is not None) for number, link in enumerate(self._links)
        )

    def wait(self, answer: dict[str, object], condition: Condition, seconds: float = 10.0) -> None:
        """Answer when `condition` holds; it is looked at after what PC/SC says from now on."""
        self._states = self._service.states()
        self._waiting = (condition, time.monotonic() + seconds, answer)

    def say(self, answer: dict[str, object]) -> None:
        """Answer the request; nothing waits any more. Raises BrokenPipeError."""
        self._waiting = None
        if answer.get("ready"):
            names = [name for name, _ in self._states or []]
            answer = {**answer, "readers": names, "fast": self._service.fast}
        line = memoryview(json.dumps(answer).encode() + b"\n")
        while line:
            line = line[os.write(1, line) :]


def main(arguments: list[str]) -> int:
    """Arguments: one JSON object {pcscd, driver, readers, fast, configuration (OpenSC's, written inside)}."""
    asked = json.loads(arguments[0])
    os.environ.pop("PCSCLITE_CSOCK_NAME", None)
    try:
        driver = namespace.enter(Path(asked["driver"]))
    except namespace.NoNamespace as problem:
        print(json.dumps({"unavailable": str(problem)}), flush=True)
        return 1
    (namespace.PRIVATE / "opensc.conf").write_text(asked["configuration"], encoding="ascii")
    service = Service(Path(asked["pcscd"]), driver, asked["readers"], fast=asked["fast"])
    service.start()
    try:
        Host(service, asked["readers"]).run()
    except BrokenPipeError:
        pass  # whoever asked is gone
    finally:
        service.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
