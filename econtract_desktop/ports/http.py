"""Http: the one way out to the network (proxy, trust store, time limits). Timestamps and revocation data go through it too."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class HttpAnswer:
    status: int
    headers: dict[str, str] = field(repr=False)  # lower-case names
    body: bytes = field(repr=False)


class Http(Protocol):
    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        limit: int = 10_000_000,
        timeout: float = 30.0,
    ) -> HttpAnswer:
        """One request over a kept connection; never follows redirects; answers above `limit` bytes are refused.

        Raises ServerUnreachable, ServerNotTrusted, ServerAnswerInvalid. Thread-safe.
        """
        ...


class FileHttp(Http, Protocol):
    """Http that also carries whole files, in constant memory. Thread-safe."""

    def put_file(
        self, url: str, file: Path, *, headers: dict[str, str] | None = None, timeout: float = 60.0
    ) -> HttpAnswer:
        """PUT the file's bytes with their Content-Length. Raises as `request` does, and FileNotReadable."""
        ...

    def get_to_file(
        self,
        url: str,
        destination: Path,
        sha256: str,
        *,
        headers: dict[str, str] | None = None,
        limit: int = 500_000_000,
        timeout: float = 60.0,
    ) -> HttpAnswer:
        """GET into `destination`, which appears only whole, durable and with this SHA-256 (hex); a download that broke off
        goes on where it stopped. An answer other than 200 and 206 is returned with its body and writes nothing.

        Raises as `request` does; DocumentAltered, DiskFull, FileNotWritable.
        """
        ...
