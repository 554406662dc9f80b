"""The port WaitingTimestamps: `PROFILE/signing/waiting.json`, replaced whole and durably, one process at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from econtract_core.rules.errors import StoreUnreadable
from econtract_desktop.ports.waiting_timestamps import WaitingFile
from econtract_desktop.store.disk import disk_error, one_at_a_time, private_folder, sync_folder

_PATIENCE = 10.0


class FileWaitingTimestamps:
    """The port WaitingTimestamps. Thread-safe; several processes may use one folder."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made when the first file waits."""
        self._file = folder / "waiting.json"

    def files(self) -> tuple[WaitingFile, ...]:
        return tuple(sorted(self._read().values(), key=lambda waiting: (waiting.deadline, str(waiting.file))))

    def add(self, waiting: WaitingFile) -> None:
        self._change(lambda files: {**files, str(waiting.file): waiting})

    def remove(self, file: Path) -> None:
        if str(file) in self._read():
            self._change(lambda files: {name: waiting for name, waiting in files.items() if name != str(file)})

    def _change(self, change: Callable[[dict[str, WaitingFile]], dict[str, WaitingFile]]) -> None:
        private_folder(self._file.parent)
        with one_at_a_time(self._file.with_suffix(".lock"), _PATIENCE):
            self._write(change(self._read()))

    def _read(self) -> dict[str, WaitingFile]:
        try:
            found = json.loads(self._file.read_bytes())
            return {plain["file"]: _waiting(plain) for plain in found["files"]}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError):
            raise StoreUnreadable(path=str(self._file)) from None

    def _write(self, files: dict[str, WaitingFile]) -> None:
        data = json.dumps({"files": [_plain(w) for w in files.values()]}, ensure_ascii=False, indent=1).encode()
        fresh = self._file.with_suffix(".new")
        try:
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:  # noqa: PTH123
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            fresh.replace(self._file)
            sync_folder(self._file.parent)
        except OSError as problem:
            raise disk_error(problem, self._file) from None


def _plain(waiting: WaitingFile) -> dict[str, object]:
    return {
        "file": str(waiting.file),
        "sha256": waiting.sha256,
        "level": waiting.level,
        "signed_at": waiting.signed_at.isoformat(),
        "not_after": waiting.not_after.isoformat(),
        "next_list": waiting.next_list.isoformat() if waiting.next_list else None,
    }


def _waiting(plain: dict[str, Any]) -> WaitingFile:
    return WaitingFile(
        file=Path(plain["file"]),
        sha256=plain["sha256"],
        level=plain["level"],
        signed_at=datetime.fromisoformat(plain["signed_at"]),
        not_after=datetime.fromisoformat(plain["not_after"]),
        next_list=datetime.fromisoformat(plain["next_list"]) if plain["next_list"] else None,
    )
