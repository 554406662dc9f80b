"""Http: the one way out to the network (proxy, trust store, time limits). Timestamps and revocation data go through it too."""

from __future__ import annotations

from dataclasses import dataclass, field
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
