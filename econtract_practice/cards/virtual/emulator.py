"""The emulator's process as its owner sees it: start, one JSON request and answer a line, end."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from econtract_practice import children
from econtract_practice.cards.virtual.opensc import CONFIGURATION, opensc_module

_PCSCD = ("/usr/sbin/pcscd", "/usr/local/sbin/pcscd")
_DRIVERS = ("/usr/lib/pcsc/drivers/serial/libifdvpcd.so", "/usr/local/lib/pcsc/drivers/serial/libifdvpcd.so")


class RigUnavailable(RuntimeError):
    """This machine lacks something; the text names it."""


class RigError(RuntimeError):
    """The emulator refused, or PC/SC did not follow."""


def rig_lacks() -> str | None:
    """What this machine lacks for a rig, as far as it shows without trying; None where nothing."""
    if not sys.platform.startswith("linux"):
        return "Linux"
    wanted = {"pcscd": _find(_PCSCD), "vsmartcard-vpcd": _find(_DRIVERS), "opensc-pkcs11": opensc_module()}
    missing = [name for name, path in wanted.items() if path is None]
    return " ".join(missing) or None


class Emulator:
    """A context manager. Thread-safe: one request at a time. Ends with this process, however that ends.

    `fast`: pcscd looks at its readers every 10 ms instead of every 400, where there is a C compiler.
    """

    def __init__(self, readers: int = 2, *, fast: bool = True) -> None:
        self._wanted = readers
        self._fast = fast
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._told: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Raises RigUnavailable, RigError."""
        lacks = rig_lacks()
        if lacks:
            raise RigUnavailable(lacks)
        asked = {
            "pcscd": str(_find(_PCSCD)),
            "driver": str(_find(_DRIVERS)),
            "readers": self._wanted,
            "fast": self._fast,
            "configuration": CONFIGURATION,
        }
        self._process = subprocess.Popen(
            children.command("econtract_practice.cards.virtual.host", json.dumps(asked)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the program, which then ends the rig
        )
        try:
            self._told = self._answer()
        except BaseException:
            self.close()
            raise
        if "unavailable" in self._told:
            reason = self._told["unavailable"]
            self.close()
            raise RigUnavailable(reason)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End pcscd and the emulator; back when they have ended."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(BrokenPipeError):
            cast(IO[bytes], process.stdin).close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        cast(IO[bytes], process.stdout).close()

    @property
    def pid(self) -> int:
        """Of the emulator's process."""
        assert self._process is not None, "the emulator is not running"
        return self._process.pid

    @property
    def readers(self) -> tuple[str, ...]:
        """PC/SC's names, in our order."""
        return tuple(self._told["readers"])

    @property
    def fast(self) -> bool:
        """pcscd notices cards within 10 ms, not within 400."""
        return bool(self._told["fast"])

    def ask(self, do: str, **more: object) -> dict[str, Any]:
        """One request and its answer. Raises RigError."""
        with self._lock:
            assert self._process is not None, "the emulator is not running"
            out = cast(IO[bytes], self._process.stdin)
            try:
                out.write(json.dumps({"do": do, **more}).encode() + b"\n")
                out.flush()
            except OSError:
                raise RigError("the emulator has ended") from None
            return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process is not None
        line = cast(IO[bytes], self._process.stdout).readline()
        if not line:
            raise RigError("the emulator has ended")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise RigError(answer["error"])
        return answer


def _find(places: tuple[str, ...]) -> Path | None:
    found = next((Path(place) for place in places if Path(place).is_file()), None)
    if found is None and (there := shutil.which(Path(places[0]).name)):
        return Path(there)
    return found
