"""The trust anchors of this PC: which there are, from where, until when; taking over a newer signed list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from econtract_core.rules.errors import FileNotReadable, ServerAnswerInvalid, TrustMissing, UsageError
from econtract_desktop.ports.clock import Clock
from econtract_desktop.ports.http import Http
from econtract_desktop.ports.trust import TrustAnchors

if TYPE_CHECKING:
    from econtract_core.evidence.trust import TrustStore
    from econtract_core.evidence.trust_package import AnchorSet

_LARGEST = 4_000_000  # bytes; trust_package.LARGEST


@dataclass(frozen=True)
class KnownAnchor:
    """`listed`: by the signed list; else an administrator put it into a folder. `purposes` empty: any."""

    sha256: str
    name: str
    not_after: datetime
    listed: bool
    purposes: tuple[str, ...] = ()
    distrusted_after: datetime | None = None


@dataclass(frozen=True)
class TrustState:
    """`in_force`: the signed list, None where there is none."""

    anchors: tuple[KnownAnchor, ...]
    in_force: AnchorSet | None


class TrustAnchorsHere:
    def __init__(
        self, kept: TrustAnchors, trust: Callable[[], TrustStore], http: Callable[[], Http], clock: Clock
    ) -> None:
        """`trust`: all that is trusted here, from wherever."""
        self._kept = kept
        self._trust = trust
        self._http = http
        self._clock = clock

    def state(self) -> TrustState:
        """Never raises for what is missing."""
        in_force = self._kept.in_force()
        try:
            store = self._trust()
        except TrustMissing:
            return TrustState((), in_force)
        return TrustState(_known(store, in_force), in_force)

    def read(self, file: Path) -> AnchorSet:
        """What a package holds. Raises FileNotReadable, TrustPackageError."""
        return self._kept.read(_bytes(file))

    def update(self, file: Path) -> AnchorSet:
        """Raises FileNotReadable, TrustPackageError, DiskFull, FileNotWritable, StoreInUse."""
        return self._kept.update(_bytes(file), self._clock.now())

    def update_from(self, url: str) -> AnchorSet:
        """From an HTTPS address. Raises UsageError, NetworkError, and as `update` does."""
        if not url.lower().startswith("https://"):
            raise UsageError(problem="--url https://…")
        answer = self._http().request("GET", url, limit=_LARGEST)
        if answer.status != 200:
            raise ServerAnswerInvalid(host=url.split("/")[2], problem=f"HTTP {answer.status}")
        return self._kept.update(answer.body, self._clock.now())


def _known(store: TrustStore, in_force: AnchorSet | None) -> tuple[KnownAnchor, ...]:
    from hashlib import sha256

    from econtract_core.identity import read_holder

    listed = {anchor.certificate for anchor in in_force.anchors} if in_force is not None else set()
    found = []
    for certificate in store.anchors:
        holder, limit = read_holder(certificate), store.limits.get(certificate)
        found.append(
            KnownAnchor(
                sha256(certificate).hexdigest(),
                holder.name or holder.organization or holder.subject_dn,
                holder.not_after,
                certificate in listed,
                tuple(sorted(limit.purposes)) if limit is not None else (),
                limit.distrusted_after if limit is not None else None,
            )
        )
    return tuple(sorted(found, key=lambda anchor: anchor.not_after))


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(_LARGEST + 1)
    except OSError as problem:
        raise FileNotReadable(path=str(file), problem=problem.strerror or type(problem).__name__) from None
