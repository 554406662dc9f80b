"""`batch-200-tsa200`, `batch-50-card300`: many documents with one log-in.

Ours: the service behind `econtract sign`, from its call until the last document stands under its name (journal, checks before the PIN and
log-in included), self-checked; the verification of each in full goes on beside that and is not waited for. `batch-200`: 200 × 29 KB to
PAdES-B-T by a SoftHSM card, the timestamp service 200 ms away, held beside pyHanko's documented use in a loop. `batch-50`: the card takes 300
ms for a signature, against its own rate.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from benchmarks.harness import BenchmarkBroken, Figure, Plan, environment, evaluate
from benchmarks.material import pdf
from benchmarks.quick_stamps import PATH
from benchmarks.signing_world import PIN, World, known_crls

_SIZE = 29_000
_LATENCY = 0.2  # seconds to the timestamp service
_CARD = 0.3  # seconds a real card takes
_PEER_DOCUMENTS = 12  # its rate does not depend on how many there are
PLANS = (
    Plan(
        name="batch-200-tsa200",
        unit="1/s",
        target=40,
        kind="absolute",
        at_most=False,
        what="documents a second: 200 x 29 KB to PAdES-B-T, one log-in, timestamps 200 ms away, beside a loop over stock pyHanko",
    ),
    Plan(
        name="batch-50-card300",
        unit="1/s",
        target=0.95,
        at_most=False,
        what="documents a second: 50 x 29 KB to PAdES-B-T, card 300 ms, timestamps 200 ms away, against the card's own rate",
    ),
)


def run(plan: Plan, runs: int) -> Figure:
    large = plan.name == "batch-200-tsa200"
    mine, other = [], []
    with tempfile.TemporaryDirectory(prefix="econtract-bench-") as name, ExitStack() as stack:
        batch = _Batch(World(Path(name), stack, latency=_LATENCY), 200 if large else 50, 0.0 if large else _CARD)
        beside = batch.peer() if large else batch.card_alone
        batch.ours()
        for turn in range(runs):
            if turn % 2:
                other.append(beside())
            mine.append(batch.ours())
            if not turn % 2:
                other.append(beside())
    return evaluate(plan, mine, other)


class _Batch:
    """Documents, and the ways to sign them; each returns documents a second."""

    def __init__(self, world: World, documents: int, delay: float) -> None:
        self._world = world
        self._delay = delay
        self._sources = []
        source = pdf(_SIZE)
        (world.folder / "in").mkdir()
        for number in range(documents):
            file = world.folder / "in" / f"{number:03}.pdf"
            file.write_bytes(source + b"%% %d\n" % number)
            self._sources.append(file)
        self._service, self._cards = self._made()

    def ours(self) -> float:
        from econtract_desktop.ports.card import CardSelector
        from econtract_desktop.ports.signer import SignOptions

        out = self._world.folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        watch, files = _Watch(), tuple(self._sources)
        started = time.perf_counter()
        signed = self._service.sign(files, out, SignOptions(level="B-T"), (CardSelector(), _Prompt()), watch)
        if len(watch.placed) != len(files) or any(d.level != "PAdES-B-T" for d in signed.documents):
            raise BenchmarkBroken(f"{len(watch.placed)} of {len(files)} documents; {signed.timestamp_problem}")
        return len(files) / (watch.placed[-1] - started)

    def card_alone(self) -> float:
        from econtract_desktop.ports.card import CardSelector
        from econtract_desktop.ports.pin import PinPurpose

        times = 10
        with self._cards.open(CardSelector()) as token:
            token.log_in(_Prompt(), PinPurpose("sign"))
            started = time.perf_counter()
            for _ in range(times):
                token.sign(secrets.token_bytes(64))
            return times / (time.perf_counter() - started)

    def peer(self) -> Any:
        """pyHanko as its documentation has it: one session at the card, one file after the other."""
        import pkcs11
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign import signers, timestamps
        from pyhanko.sign.fields import SigSeedSubFilter
        from pyhanko.sign.pkcs11 import PKCS11Signer

        world = self._world
        world.stack.enter_context(environment(**world.card.environment))
        library = pkcs11.lib(str(world.card.module))
        library.reinitialize()  # SoftHSM reads its configuration then
        token: Any = library.get_token(token_label=world.card.token_label)
        session = world.stack.enter_context(token.open(user_pin=PIN))
        folder = world.folder / "peer"

        def loop() -> float:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            signer = cast(Any, PKCS11Signer)(session, cert_label="BENCH", key_label="BENCH")
            stamper = timestamps.HTTPTimeStamper(f"http://127.0.0.1:{world.port}{PATH}")
            started = time.perf_counter()
            for source in self._sources[:_PEER_DOCUMENTS]:
                with source.open("rb") as reading, (folder / source.name).open("wb") as writing:
                    signers.sign_pdf(
                        IncrementalPdfFileWriter(reading),
                        signers.PdfSignatureMetadata(field_name="Signature", subfilter=SigSeedSubFilter.PADES),
                        signer=signer,
                        timestamper=stamper,
                        output=writing,
                    )
            return _PEER_DOCUMENTS / (time.perf_counter() - started)

        return loop

    def _made(self) -> tuple[Any, Any]:
        from econtract_desktop.api.http import RequestsHttp
        from econtract_desktop.bootstrap import SystemClock, TimeOrderedIds
        from econtract_desktop.card.cards import DriverCards
        from econtract_desktop.config import CardSettings, Settings
        from econtract_desktop.crypto.installed_trust import InstalledTrust
        from econtract_desktop.crypto.lanes import ThreadLanes
        from econtract_desktop.crypto.pades.signer import PadesSigner
        from econtract_desktop.crypto.timestamps import HttpTimestamper
        from econtract_desktop.crypto.verifier import EvidenceVerifier
        from econtract_desktop.services.extend_documents import ExtendDocuments
        from econtract_desktop.services.sign_documents import SignDocuments, SignDocumentsTools
        from econtract_desktop.services.timestamp_waiting import TimestampWaiting
        from econtract_desktop.store.signing_journal import FileSigningJournals
        from econtract_desktop.store.waiting_timestamps import FileWaitingTimestamps

        world, profile = self._world, self._world.folder / "profile"
        card = CardSettings(str(world.card.module), tuple(world.card.environment.items()))
        cards = _SlowCards(DriverCards(Settings(profile=profile, cards=(card,))), self._delay)
        web, trust, known = RequestsHttp(), InstalledTrust(world.authority.trust_dir), _Known(world.authority)
        stamper = HttpTimestamper(web, (f"http://127.0.0.1:{world.port}{PATH}",), trust)
        signer = PadesSigner(stamper, known, trust)
        verifier = EvidenceVerifier(trust, lambda: cast(Any, known))
        for part in (cards, signer, web):
            world.stack.callback(part.close)
        waiting = FileWaitingTimestamps(profile / "signing")
        extend = ExtendDocuments(signer, verifier, waiting)
        clock, journals = SystemClock(), FileSigningJournals(profile / "signing")
        tools = SignDocumentsTools(cards, signer, verifier, journals, ThreadLanes(), clock, TimeOrderedIds())
        return SignDocuments(tools, TimestampWaiting(waiting, extend, known, clock)), cards


class _Watch:
    """The port Progress: when each document got its name."""

    def __init__(self) -> None:
        self.placed: list[float] = []

    def step(self, key: str, done: int, total: int, subject: str = "") -> None:
        if key == "placed":
            self.placed.append(time.perf_counter())

    def check(self) -> None:
        pass


class _Prompt:
    def ask(self, request: object) -> Any:
        from econtract_desktop.ports.pin import PinBuffer

        return PinBuffer(bytearray(PIN.encode()))


class _SlowCards:
    """The port Cards, whose cards take so many seconds more for a signature."""

    def __init__(self, inner: Any, delay: float) -> None:
        self._inner = inner
        self._delay = delay

    def listing(self) -> Any:
        return self._inner.listing()

    def open(self, selector: Any, progress: Any = None) -> Any:
        return _SlowToken(self._inner.open(selector, progress), self._delay)

    def close(self) -> None:
        self._inner.close()


class _SlowToken:
    def __init__(self, inner: Any, delay: float) -> None:
        self._inner = inner
        self._delay = delay

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def sign(self, message: bytes) -> Any:
        time.sleep(self._delay)
        return self._inner.sign(message)

    def __enter__(self) -> _SlowToken:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._inner.__exit__(kind, value, tb)


class _Known:
    """The port Revocation with what a program that has just signed has at hand: no request is made."""

    def __init__(self, authority: Any) -> None:
        self._issuing = authority.issuing_der
        self._crls = known_crls(authority)

    def offline(self) -> _Known:
        return self

    def issuers(self, certificate: bytes) -> tuple[bytes, ...]:
        return (self._issuing,) if certificate != self._issuing else ()

    def for_certificates(self, certificates: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        return self._crls, ()
