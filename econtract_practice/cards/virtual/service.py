"""pcscd as a child of the emulator: start, stop, kill, and what it says of its readers. Inside the namespace only."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path
from typing import Any

from econtract_practice.cards.virtual import fastpoll, namespace

FIRST_PORT = 0x8C7B
_PER_DEVICE = 2  # slots of one vpcd device
_PORT_STEP = 0x10


class Service:
    """pcscd with `readers` virtual readers. Not shared between threads."""

    def __init__(self, pcscd: Path, driver: Path, readers: int, *, fast: bool) -> None:
        self._pcscd = pcscd
        self._readers = readers
        devices = (readers + _PER_DEVICE - 1) // _PER_DEVICE
        self._slots = devices * _PER_DEVICE
        self._configuration = namespace.PRIVATE / "readers"
        self._configuration.mkdir()
        self._preload = fastpoll.build(namespace.PRIVATE) if fast else None
        self._process: subprocess.Popen[bytes] | None = None
        self._context: Any = None
        for device in range(devices):
            library = namespace.copy_of(driver, device) if device else driver
            channel = FIRST_PORT + device * _PORT_STEP
            lines = (
                f'FRIENDLYNAME "Practice Reader {chr(ord("A") + device)}"',
                f"DEVICENAME /dev/null:{channel:#x}",
                f"LIBPATH {library}",
                f"CHANNELID {channel:#x}",
            )
            (self._configuration / f"vpcd{device}").write_text("\n".join(lines) + "\n", encoding="ascii")

    @property
    def fast(self) -> bool:
        return self._preload is not None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def port(self, reader: int) -> int:
        return FIRST_PORT + reader // _PER_DEVICE * _PORT_STEP + reader % _PER_DEVICE

    def start(self) -> None:
        """Begin; `states` tells when it is ready."""
        if self.running:
            return
        surroundings = {**os.environ, "LC_ALL": "C"}
        if self._preload is not None:
            surroundings["LD_PRELOAD"] = str(self._preload)
        with (namespace.PRIVATE / "pcscd.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._pcscd, "--foreground", "--config", self._configuration],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=surroundings,
                preexec_fn=namespace.die_with_parent,  # noqa: PLW1509 - this process has one thread
            )

    def stop(self, *, kill: bool = False) -> None:
        """SIGTERM, or SIGKILL (then its socket stays behind); back when it has ended."""
        self._release()
        process, self._process = self._process, None
        if process is None:
            return
        if kill:
            process.kill()
        else:
            process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def log(self) -> str:
        with contextlib.suppress(OSError):
            return (namespace.PRIVATE / "pcscd.log").read_text(encoding="utf-8", errors="replace")
        return ""

    def states(self) -> list[tuple[str, bool | None]] | None:
        """(name, card present) of every reader, in our order; None while the service does not answer or lacks a reader.

        What counts is pcscd's own watcher, which counts each coming and going: its number is odd while it sees a card. The state beside it
        can be wrong for long: a program that lets go of a card that was pulled resets it, which fails and leaves "absent" before the watcher
        has looked (a card put in then would never be noticed), or "present, mute" after it. None: between the two.
        """
        from smartcard import scard  # this process has no other use for it

        if not self.running:
            return None
        if self._context is None:
            result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
            if result != scard.SCARD_S_SUCCESS:
                return None
            self._context = context
        result, names = scard.SCardListReaders(self._context, [])
        if result == scard.SCARD_S_SUCCESS and len(names) == self._slots:
            asked = [(name, scard.SCARD_STATE_UNAWARE) for name in sorted(names)[: self._readers]]
            result, seen = scard.SCardGetStatusChange(self._context, 0, asked)
            if result == scard.SCARD_S_SUCCESS:
                known = scard.SCARD_STATE_PRESENT | scard.SCARD_STATE_EMPTY
                if not all(state & known for _, state, _ in seen):
                    return None  # a watcher has not looked yet
                return [
                    (name, (True if state & scard.SCARD_STATE_PRESENT else None) if state >> 16 & 1 else False)
                    for name, state, _ in seen
                ]
        if result not in (scard.SCARD_S_SUCCESS, scard.SCARD_E_NO_READERS_AVAILABLE):
            self._release()  # of a service that has gone
        return None

    def _release(self) -> None:
        if self._context is not None:
            from smartcard import scard

            scard.SCardReleaseContext(self._context)
            self._context = None
