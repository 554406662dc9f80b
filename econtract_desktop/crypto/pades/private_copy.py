"""The signer's own copy of a file: hashed while it is copied, finished in the output's folder, shown only when whole."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from econtract_core.rules.errors import OutputExists
from econtract_desktop.crypto.new_file import BLOCK, NewFile, blocks_of, unwritable

_WORTH_FLUSHING = 256 * 1024
_LINE_ENDS = (b"\n", b"\r")


class PrivateCopy(NewFile):
    """A new file that starts with the source's bytes. `size`: how many; `state`: SHA-256 over them; `sha256`: of the source."""

    def __init__(self, source: Path, output: Path, *, replace: bool = False) -> None:
        """Copy `source`. Raises as NewFile, and FileNotReadable."""
        super().__init__(output, replace=replace)
        self.state = hashlib.sha256()
        self.size = 0
        self._flushing: threading.Thread | None = None
        try:
            last = self._take_over(source)
            self.sha256 = self.state.hexdigest()
            if last not in _LINE_ENDS:  # an update starts on a line of its own
                self.append(b"\n")
                self.state.update(b"\n")
                self.size += 1
            if self.size >= _WORTH_FLUSHING:  # while the card signs and the timestamp comes
                self.path_to_read()
                self._flushing = threading.Thread(target=_flush, args=(self._file.fileno(),), daemon=True)
                self._flushing.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise

    @classmethod
    def ahead(cls, source: Path, folder: Path) -> PrivateCopy:
        """A copy whose output is not known yet (`give_to` tells it), flushed to the disk. Raises as the constructor."""
        copy = cls(source, folder / source.name, replace=True)
        copy._flushed()
        copy._replace = False
        return copy

    def give_to(self, output: Path) -> bool:
        """Let it become `output`; False where that lies on another disk. Raises OutputExists, FileNotWritable."""
        if output.exists():
            raise OutputExists(path=str(output))
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            if output.parent.stat().st_dev != self._path.stat().st_dev:
                return False
        except OSError as problem:
            raise unwritable(problem, output) from None
        self.output = output
        return True

    def __enter__(self) -> PrivateCopy:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._flushed()
        super().__exit__(kind, value, tb)

    def patch(self, offset: int, data: bytes) -> None:
        """Put `data` over what stands at `offset`, before anything is appended; `state` and `sha256` follow. Raises DiskFull,
        FileNotWritable."""
        super().patch(offset, data)
        path = self.path_to_read()
        self.state = hashlib.sha256()
        for block in blocks_of(path):
            self.state.update(block)
        self.sha256 = self.state.hexdigest()

    def tail(self) -> bytes:
        """What stands in the file after the source's bytes, read back."""
        self.path_to_read()
        self._file.seek(self.size)
        return self._file.read()

    def publish(self) -> None:
        """See NewFile."""
        self._flushed()
        super().publish()

    def _take_over(self, source: Path) -> bytes:
        """Copy, and hash beside it: two blocks are on their way at a time. The last byte."""
        last = b""
        with ThreadPoolExecutor(1, "hash") as hashing:
            waiting: Future[None] | None = None
            for block in blocks_of(source):
                if len(block) < BLOCK and waiting is None:  # a small file is not worth a second thread
                    self.state.update(block)
                else:
                    if waiting is not None:
                        waiting.result()
                    waiting = hashing.submit(self.state.update, block)
                self.append(block)
                self.size += len(block)
                last = block[-1:]
            if waiting is not None:
                waiting.result()
        return last

    def _flushed(self) -> None:
        """Wait for the flush that was begun."""
        if self._flushing is not None:
            self._flushing.join()
            self._flushing = None


def _flush(number: int) -> None:
    with contextlib.suppress(OSError):  # the flush at the end tells
        os.fsync(number)
