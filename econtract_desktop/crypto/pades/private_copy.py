"""The signer's own copy of a file: hashed while it is copied, finished in the output's folder, shown only when whole."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import sys
import tempfile
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import IO

from econtract_core.rules.errors import DiskFull, FileNotReadable, FileNotWritable, OutputExists

_BLOCK = 1024 * 1024
_WORTH_FLUSHING = 256 * 1024
_LINE_ENDS = (b"\n", b"\r")


class PrivateCopy:
    """A temporary file beside the output that starts with the source's bytes. A context manager: unless `publish` was
    called, nothing is left of it. One thread."""

    def __init__(self, source: Path, output: Path, *, replace: bool = False) -> None:
        """Copy `source`. `replace`: what stands under `output` gives way at the end. Raises OutputExists, FileNotReadable,
        FileNotWritable, DiskFull."""
        self._replace = replace
        self.output = output
        if output.exists() and not replace:
            raise OutputExists(path=str(output))
        self._fill(source, output)

    @classmethod
    def ahead(cls, source: Path, folder: Path) -> PrivateCopy:
        """A copy whose output is not known yet (`give_to` tells it), flushed to the disk. Raises as the constructor."""
        copy = cls.__new__(cls)
        copy._replace = False
        copy.output = folder / source.name
        copy._fill(source, copy.output)
        copy._flushed()
        return copy

    def give_to(self, output: Path) -> bool:
        """Let it become `output`; False where that lies on another disk. Raises OutputExists, FileNotWritable."""
        if output.exists():
            raise OutputExists(path=str(output))
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            if output.parent.stat().st_dev != self.path.stat().st_dev:
                return False
        except OSError as problem:
            raise _unwritable(problem, output) from None
        self.output = output
        return True

    def _fill(self, source: Path, output: Path) -> None:
        self.state = hashlib.sha256()
        self.size = 0
        self._flushing: threading.Thread | None = None
        self._file, self.path = _beside(output)
        try:
            last = self._take_over(source)
            self.sha256 = self.state.hexdigest()
            if last not in _LINE_ENDS:  # an update starts on a line of its own
                self.append(b"\n")
                self.state.update(b"\n")
                self.size += 1
            if self.size >= _WORTH_FLUSHING:  # while the card signs and the timestamp comes
                self._file.flush()
                self._flushing = threading.Thread(target=_flush, args=(self._file.fileno(),), daemon=True)
                self._flushing.start()
        except OSError as problem:
            self._discard()
            raise _unwritable(problem, output) from None
        except BaseException:
            self._discard()
            raise

    def _take_over(self, source: Path) -> bytes:
        """Copy, and hash beside it: two blocks are on their way at a time. The last byte."""
        last = b""
        with _readable(source) as stream, ThreadPoolExecutor(1, "hash") as hashing:
            waiting: Future[None] | None = None
            while block := _read(stream, source):
                if len(block) < _BLOCK and waiting is None:  # a small file is not worth a second thread
                    self.state.update(block)
                else:
                    if waiting is not None:
                        waiting.result()
                    waiting = hashing.submit(self.state.update, block)
                self._write(block)
                self.size += len(block)
                last = block[-1:]
            if waiting is not None:
                waiting.result()
        return last

    def __enter__(self) -> PrivateCopy:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._discard()

    def append(self, tail: bytes) -> None:
        """Write after what is there. Raises DiskFull, FileNotWritable."""
        self._write(tail)

    def patch(self, offset: int, data: bytes) -> None:
        """Put `data` over what stands at `offset`, before anything is appended; `state` and `sha256` follow. Raises DiskFull,
        FileNotWritable."""
        try:
            self._file.flush()
            self._file.seek(offset)
            self._file.write(data)
            self._file.flush()
            self._file.seek(0)
            self.state = hashlib.sha256()
            while block := self._file.read(_BLOCK):
                self.state.update(block)
        except OSError as problem:
            raise _unwritable(problem, self.output) from None
        self.sha256 = self.state.hexdigest()

    def path_to_read(self) -> Path:
        """Where the copy can be read. Raises DiskFull, FileNotWritable."""
        try:
            self._file.flush()
        except OSError as problem:
            raise _unwritable(problem, self.output) from None
        return self.path

    def tail(self) -> bytes:
        """What stands in the file after the source's bytes, read back."""
        self.path_to_read()
        self._file.seek(self.size)
        return self._file.read()

    def publish(self) -> None:
        """Make it durable and give it its name. Raises OutputExists where another file has come to stand there meanwhile."""
        try:
            self._flushed()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            if self._replace:
                self.path.chmod(self.output.stat().st_mode & 0o777)
                self.path.replace(self.output)
            else:
                _rename_unless_there(self.path, self.output)
        except FileExistsError:
            raise OutputExists(path=str(self.output)) from None
        except OSError as problem:
            raise _unwritable(problem, self.output) from None

    def _write(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError as problem:
            raise _unwritable(problem, self.output) from None

    def _flushed(self) -> None:
        """Wait for the flush that was begun."""
        if self._flushing is not None:
            self._flushing.join()
            self._flushing = None

    def _discard(self) -> None:
        self._flushed()
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


def _flush(number: int) -> None:
    with contextlib.suppress(OSError):  # the flush at the end tells
        os.fsync(number)


def _beside(output: Path) -> tuple[IO[bytes], Path]:
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=f".{output.name[:40]}.", suffix=".part", dir=output.parent)
    except OSError as problem:
        raise _unwritable(problem, output) from None
    return os.fdopen(number, "w+b"), Path(name)


def _readable(source: Path) -> IO[bytes]:
    try:
        return source.open("rb", buffering=0)
    except OSError as problem:
        raise FileNotReadable(path=str(source), problem=problem.strerror or str(problem)) from None


def _read(stream: IO[bytes], source: Path) -> bytes:
    try:
        return stream.read(_BLOCK)
    except OSError as problem:
        raise FileNotReadable(path=str(source), problem=problem.strerror or str(problem)) from None


def _rename_unless_there(temporary: Path, output: Path) -> None:
    """A rename that never overwrites: Windows' own; elsewhere a second name, then the first is taken away."""
    if sys.platform == "win32":
        temporary.rename(output)
        return
    umask = os.umask(0)
    os.umask(umask)
    temporary.chmod(0o666 & ~umask)  # mkstemp made it readable by its owner only
    try:
        os.link(temporary, output)
    except OSError as problem:
        if problem.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        if output.exists():  # a file system without links: the best that can be had
            raise FileExistsError from None
        temporary.replace(output)


def _unwritable(problem: OSError, output: Path) -> DiskFull | FileNotWritable:
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(path=str(output))
    return FileNotWritable(path=str(output), problem=problem.strerror or str(problem))
