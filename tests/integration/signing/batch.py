"""A batch on the disk (documents, a practice card in a file, a profile) and the real service over it, with a look between its steps."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from benchmarks.material import pdf
from benchmarks.quick_stamps import PATH
from econtract_desktop.api.http import RequestsHttp
from econtract_desktop.bootstrap import SystemClock, TimeOrderedIds
from econtract_desktop.card.cards import DriverCards
from econtract_desktop.config import CardSettings, Settings
from econtract_desktop.crypto.asic.signer import AsicSigner
from econtract_desktop.crypto.installed_trust import InstalledTrust
from econtract_desktop.crypto.lanes import ThreadLanes
from econtract_desktop.crypto.pades.signer import PadesSigner
from econtract_desktop.crypto.revocation import HttpRevocation
from econtract_desktop.crypto.signers import AnySigner
from econtract_desktop.crypto.timestamps import HttpTimestamper
from econtract_desktop.crypto.verifier import EvidenceVerifier
from econtract_desktop.ports.card import CardSelector
from econtract_desktop.ports.pin import PinBuffer, PinRequest
from econtract_desktop.ports.progress import NoProgress, Progress
from econtract_desktop.ports.signer import SignOptions
from econtract_desktop.services.extend_documents import ExtendDocuments
from econtract_desktop.services.sign_documents import SignDocuments, SignDocumentsTools, SignedFiles
from econtract_desktop.services.timestamp_waiting import TimestampWaiting
from econtract_desktop.store.signing_journal import FileSigningJournals
from econtract_desktop.store.waiting_timestamps import FileWaitingTimestamps
from econtract_practice.authority import Authority
from econtract_practice.cards import make_file_card
from econtract_practice.people import CONTRACTOR

PIN = "123456"
NOBODY = 9  # a port where nobody answers
Tick = Callable[[str], None]


@dataclass(frozen=True)
class Batch:
    """`port`: of the timestamp service. `asked`: a file that grows by a byte each time the card is asked to sign."""

    folder: Path
    authority: Authority
    port: int

    @classmethod
    def make(cls, folder: Path, authority: Authority, port: int, documents: int) -> Batch:
        batch = cls(folder, authority, port)
        (folder / "in").mkdir(parents=True)
        source = pdf(8_000)
        for number in range(documents):
            (folder / "in" / f"{number:03}.pdf").write_bytes(source + b"%% %d\n" % number)
        key, certificate = authority.issue(CONTRACTOR.person)
        make_file_card(batch.card, "batch", PIN, key, certificate)
        batch.asked.write_bytes(b"")
        return batch

    @property
    def sources(self) -> tuple[Path, ...]:
        return tuple(sorted((self.folder / "in").iterdir()))

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def profile(self) -> Path:
        return self.folder / "profile"

    @property
    def card(self) -> Path:
        return self.folder / "card.p12"

    @property
    def asked(self) -> Path:
        return self.folder / "asked"

    @property
    def journals(self) -> list[Path]:
        return sorted((self.profile / "signing").glob("*.journal"))


class Typist:
    """A PinPrompt that knows the PIN."""

    def ask(self, request: PinRequest) -> PinBuffer:
        return PinBuffer(bytearray(PIN.encode()))


class BatchDesk:
    """The services for signing over their real adapters. `tick` hears of every step, before and after it."""

    def __init__(self, batch: Batch, tick: Tick = lambda _step: None, *, each_time: bool = False) -> None:
        """`each_time`: the card says that it wants the PIN for every signature."""
        self.batch = batch
        trust = InstalledTrust(batch.authority.trust_dir)
        self.web = RequestsHttp()
        revocation = HttpRevocation(lambda: self.web, batch.profile / "revocation", trust)
        stamper = HttpTimestamper(self.web, (f"http://127.0.0.1:{batch.port}{PATH}",), trust)
        self.cards = DriverCards(Settings(profile=batch.profile, cards=(CardSettings(str(batch.card)),)))
        self.signer = AnySigner(PadesSigner(stamper, revocation, trust), AsicSigner(stamper, revocation, trust))
        self.verifier = EvidenceVerifier(trust, lambda: revocation)
        journals = FileSigningJournals(batch.profile / "signing")
        waiting = FileWaitingTimestamps(batch.profile / "signing")
        self.extend = ExtendDocuments(self.signer, self.verifier, waiting)
        self.waiting = TimestampWaiting(waiting, self.extend, revocation.offline(), SystemClock())
        self.tools = SignDocumentsTools(
            cards=watched(_EachTime(self.cards) if each_time else self.cards, tick, batch.asked),
            signer=watched(self.signer, tick),
            verifier=watched(self.verifier, tick),
            journals=watched(journals, tick),
            lanes=ThreadLanes(),
            clock=SystemClock(),
            ids=TimeOrderedIds(),
        )
        self.sign_documents = SignDocuments(self.tools, self.waiting)

    def sign(self, progress: Progress | None = None, options: SignOptions | None = None, **how: Any) -> SignedFiles:
        card_and_pin = (CardSelector(), Typist())
        batch = self.batch
        return self.sign_documents.sign(
            batch.sources, batch.out, options or SignOptions(), card_and_pin, progress or NoProgress(), **how
        )

    def close(self) -> None:
        self.cards.close()
        self.signer.close()
        self.web.close()


class _EachTime:
    """The port Cards or CardToken that says so; the card port's own tests have cards that are so."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def open(self, *arguments: Any) -> Any:
        return cast(Any, _EachTime(self._inner.open(*arguments)))

    @property
    def certificate(self) -> Any:
        return replace(self._inner.certificate, pin_each_time=True)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._inner.__exit__(kind, value, tb)


_STEPS = {
    "prepare", "signed", "complete", "keep",  # signer
    "asked", "refused", "publishing", "in_place", "verified", "signer", "finish",  # journal
    "verify", "log_in", "sign",
}  # fmt: skip
_PARTS = {"prepare", "open"}  # what they return is watched too


def watched(inner: Any, tick: Tick, asked: Path | None = None) -> Any:
    """`inner` behind a look before and after each of its steps."""
    return cast(Any, _Watched(inner, tick, asked))


class _Watched:
    def __init__(self, inner: Any, tick: Tick, asked: Path | None) -> None:
        self._inner = inner
        self._tick = tick
        self._asked = asked

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._step(name, found) if callable(found) and name in _STEPS | _PARTS else found

    def __enter__(self) -> Any:
        self._inner.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._inner.__exit__(kind, value, tb)

    def _step(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **more: Any) -> Any:
            self._tick(f"before {name}")
            if name == "sign" and self._asked is not None:
                with self._asked.open("ab") as log:
                    log.write(b"x")
            value = call(*arguments, **more)
            self._tick(f"after {name}")
            return watched(value, self._tick, self._asked) if name in _PARTS else value

        return step


def leftovers(batch: Batch) -> list[str]:
    """Whatever lies about besides the finished documents."""
    wanted = {source.name for source in batch.sources}
    left = [
        str(p.relative_to(batch.folder)) for p in batch.out.rglob("*") if p.name not in wanted or p.parent != batch.out
    ]
    return left + [path.name for path in batch.journals]


def signatures_in(document: Path) -> int:
    """How many signatures a file has, by its bytes alone."""
    return document.read_bytes().count(b"/ETSI.CAdES.detached")


def count_asked(batch: Batch) -> int:
    return os.stat(batch.asked).st_size  # noqa: PTH116
