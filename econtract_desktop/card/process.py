"""The program's side of a card process: starts it, talks to it under a time limit, ends it when it hangs, starts it anew."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

from econtract_core.rules.errors import CardError, DriverFault, DriverHung, Fact, error_from_code
from econtract_desktop.card import channel
from econtract_desktop.config import CardSettings

IDLE_LIMIT = 5.0  # seconds without a call, nobody logged in
_TICK = 1.0  # seconds between two words to whoever waits
START_LIMIT = 30.0  # seconds; a driver may look for readers while it loads


class CardProcess:
    """One driver in one process. Thread-safe: one call at a time."""

    def __init__(self, card: CardSettings, limit: float) -> None:
        """`limit`: seconds one call may take. The process starts with the first call."""
        self._card = card
        self._limit = limit
        self._lock = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[dict[str, object] | None] = queue.SimpleQueue()
        self.start_limit = START_LIMIT
        self.idle_limit = IDLE_LIMIT
        self.keep = False  # somebody is logged in: the process is not let go when nothing is asked of it
        self._idle: threading.Timer | None = None
        self.generation = 0  # grows with every start; a log-in belongs to one generation

    @property
    def module(self) -> str:
        return self._card.module

    @property
    def is_running(self) -> bool:
        with self._lock:  # one that is just ending still holds its card
            return self._process is not None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def call(
        self,
        do: str,
        *,
        pin: memoryview | None = None,
        waiting: Callable[[float, float], None] | None = None,
        **more: object,
    ) -> dict[str, object]:
        """One request and its answer. Raises the error the process names, DriverHung, DriverFault. The caller wipes `pin`.

        `waiting(seconds waited, seconds at most)` is called about once a second; what it raises (Cancelled) ends the process.
        """
        with self._lock:
            process = self._running()
            out = cast(IO[bytes], process.stdin)
            try:
                channel.send_json(out, {"do": do, **more})  # type: ignore[arg-type]
                if pin is not None:
                    channel.send_pin(out, pin)  # type: ignore[arg-type]
            except channel.Closed:
                self._end()
                raise DriverFault(module=self.module, problem="the card process ended") from None
            answer = self._answer(self._limit, waiting)
            self._let_go_later()
            return answer

    def start(self) -> None:
        """Start it ahead of its first call. Raises DriverMissing, DriverFault, DriverHung."""
        with self._lock:
            self._running()

    def close(self) -> None:
        """End the process. Every log-in of it ends too."""
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        environment = {**os.environ, **dict(self._card.environment)}
        self._process = subprocess.Popen(
            [*_command(), self.module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=environment,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            start_new_session=os.name == "posix",  # so that what a driver starts ends with it
        )
        self.generation += 1
        self._answers = queue.SimpleQueue()
        reader = threading.Thread(target=_read, args=(self._process, self._answers), name="card-answers", daemon=True)
        reader.start()
        try:
            self._answer(self.start_limit)
        except CardError:
            self._end()  # it said why it cannot begin; a next call begins anew
            raise
        return self._process

    def _answer(self, limit: float, waiting: Callable[[float, float], None] | None = None) -> dict[str, object]:
        try:
            answer = self._wait(limit, waiting)
        except queue.Empty:
            self._end()
            raise DriverHung(module=self.module, seconds=limit) from None
        except BaseException:
            self._end()
            raise
        if answer is None:
            self._end()
            raise DriverFault(module=self.module, problem="the card process ended")
        error = answer.get("error")
        if isinstance(error, dict):
            facts = cast(dict[str, Fact], {"module": self.module, **error["facts"]})
            raise error_from_code(error["code"], error["detail"], facts)
        return answer

    def _wait(self, limit: float, waiting: Callable[[float, float], None] | None) -> dict[str, object] | None:
        began = time.monotonic()
        while True:
            waited = time.monotonic() - began
            try:
                return self._answers.get(timeout=max(min(_TICK, limit - waited), 0.001))
            except queue.Empty:
                waited = time.monotonic() - began
                if waited >= limit:
                    raise
                if waiting is not None:
                    waiting(waited, limit)

    def _let_go_later(self) -> None:
        """A driver that has seen a card holds on to it, and another program cannot have it for itself meanwhile."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if not self.keep:
            self._idle = threading.Timer(self.idle_limit, self._let_go, (self.generation,))
            self._idle.daemon = True
            self._idle.start()

    def _let_go(self, generation: int) -> None:
        with self._lock:
            if generation == self.generation and not self.keep:
                self._end()

    def _end(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            cast(IO[bytes], process.stdin).close()
        try:
            process.wait(timeout=0.5)  # a healthy one leaves by itself when its input ends
        except subprocess.TimeoutExpired:
            _end_tree(process.pid)
            process.kill()
            process.wait()
        else:
            _end_tree(process.pid)
        cast(IO[bytes], process.stdout).close()


def _end_tree(pid: int) -> None:
    """Whatever a driver has started ends with its card process."""
    if sys.platform == "win32":
        killer = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "taskkill.exe"
        with contextlib.suppress(OSError):
            subprocess.run([killer, "/T", "/F", "/PID", str(pid)], capture_output=True, check=False)
    else:
        with contextlib.suppress(OSError):  # nobody of its session is left
            os.killpg(pid, signal.SIGKILL)


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, "--card-worker"]
    return [sys.executable, "-m", "econtract_desktop.card.worker"]


def _read(process: subprocess.Popen[bytes], answers: queue.SimpleQueue[dict[str, object] | None]) -> None:
    source = process.stdout
    try:
        while True:
            answers.put(channel.receive_json(source))  # type: ignore[arg-type]
    except channel.Closed:
        answers.put(None)
