"""A new file that gets its name only when it is whole: made beside its place, flushed, renamed without overwriting."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

from econtract_core.rules.errors import DiskFull, FileNotReadable, FileNotWritable, OutputExists

BLOCK = 1024 * 1024


class NewFile:
    """A temporary file beside `output`. A context manager: unless `publish` was called, nothing is left of it. One thread."""

    def __init__(self, output: Path, *, replace: bool = False) -> None:
        """`replace`: what stands under `output` gives way at the end. Raises OutputExists, FileNotWritable, DiskFull."""
        self.output = output
        self._replace = replace
        if output.exists() and not replace:
            raise OutputExists(path=str(output))
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            number, name = tempfile.mkstemp(prefix=f".{output.name[:40]}.", suffix=".part", dir=output.parent)
        except OSError as problem:
            raise unwritable(problem, output) from None
        self._file: IO[bytes] = os.fdopen(number, "w+b")
        self._path = Path(name)

    def __enter__(self) -> NewFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    def append(self, data: bytes) -> None:
        """Raises DiskFull, FileNotWritable."""
        try:
            self._file.write(data)
        except OSError as problem:
            raise unwritable(problem, self.output) from None

    def patch(self, offset: int, data: bytes) -> None:
        """Put `data` over what stands at `offset`; writing goes on at the end. Raises DiskFull, FileNotWritable."""
        try:
            self._file.seek(offset)
            self._file.write(data)
            self._file.seek(0, os.SEEK_END)
        except OSError as problem:
            raise unwritable(problem, self.output) from None

    def path_to_read(self) -> Path:
        """Where it can be read. Raises DiskFull, FileNotWritable."""
        try:
            self._file.flush()
        except OSError as problem:
            raise unwritable(problem, self.output) from None
        return self._path

    def publish(self) -> None:
        """Make it durable and give it its name. Raises OutputExists where another file has come to stand there meanwhile,
        DiskFull, FileNotWritable."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            if self._replace and self.output.exists():
                self._path.chmod(self.output.stat().st_mode & 0o777)
            else:
                _open_to_others(self._path)
            if self._replace:
                self._path.replace(self.output)
            else:
                _rename_unless_there(self._path, self.output)
        except FileExistsError:
            raise OutputExists(path=str(self.output)) from None
        except OSError as problem:
            raise unwritable(problem, self.output) from None


def blocks_of(source: Path) -> Iterator[bytes]:
    """A file's bytes, a MiB at a time. Raises FileNotReadable."""
    try:
        with source.open("rb", buffering=0) as stream:
            while block := stream.read(BLOCK):
                yield block
    except OSError as problem:
        raise FileNotReadable(path=str(source), problem=problem.strerror or str(problem)) from None


def unwritable(problem: OSError, output: Path) -> DiskFull | FileNotWritable:
    """What an OSError while writing `output` means."""
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(path=str(output))
    return FileNotWritable(path=str(output), problem=problem.strerror or str(problem))


def _open_to_others(temporary: Path) -> None:
    """As readable as any file this person makes; a temporary one is its owner's only."""
    if sys.platform != "win32":
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)


def _rename_unless_there(temporary: Path, output: Path) -> None:
    """A rename that never overwrites: Windows' own; elsewhere a second name, then the first is taken away."""
    if sys.platform == "win32":
        temporary.rename(output)
        return
    try:
        os.link(temporary, output)
    except OSError as problem:
        if problem.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        if output.exists():  # a file system without links: the best that can be had
            raise FileExistsError from None
        temporary.replace(output)
