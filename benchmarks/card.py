"""`card-in`, `card-sign`, `card-worker`: what our card port adds to bare PC/SC and PKCS#11, on virtual cards.

Ours and the other side have a reader each with a card of the same make, so that neither waits for the other. The other side is
`python -m benchmarks.card MODULE READER PIN`: python-pkcs11 and nothing else, in a process of its own.
"""

from __future__ import annotations

import contextlib
import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, cast

from benchmarks.harness import BenchmarkBroken, Figure, NotHere, Plan, Sample, environment, measure, timed

PLANS = (
    Plan(
        name="card-in",
        unit="ms",
        target=1.5,
        what="from PC/SC's event of a card to its holder's name, against bare event and certificate",
    ),
    Plan(
        name="card-sign",
        unit="ms",
        target=1.0,
        kind="difference",
        what="one signature through card port and process, against bare PKCS#11 on a virtual card",
    ),
    Plan(name="card-worker", unit="ms", target=250, kind="absolute", what="card process started and ready, card in"),
)
_PIN = "48151623"
_OURS, _OTHER = 0, 1  # readers
_ROUNDS = 10  # signatures in one sample


def run(plan: Plan, runs: int) -> Figure:
    with tempfile.TemporaryDirectory(prefix="econtract-bench-") as name, ExitStack() as stack:
        bench = _Bench(Path(name), stack)
        if plan.name == "card-worker":
            return measure(plan, bench.start_worker, None, runs)
        if plan.name == "card-sign":
            return measure(plan, bench.our_signature(), bench.bare_signature(), runs)
        return measure(plan, bench.our_card_in(), bench.bare_card_in(), runs)


class _Bench:
    def __init__(self, folder: Path, stack: ExitStack) -> None:
        from econtract_desktop.config import CardSettings, Settings
        from econtract_practice.authority import Authority
        from econtract_practice.cards.virtual import CardPlan, CardRig, RigUnavailable, opensc_module
        from econtract_practice.people import CONTRACTOR

        try:
            self.rig = stack.enter_context(CardRig(2))
        except RigUnavailable as problem:
            raise NotHere(f"no virtual cards: {problem}") from None
        module = opensc_module()
        assert module is not None
        self._stack, self._module = stack, str(module)
        stack.enter_context(environment(**self.rig.environment))
        authority = Authority.create(folder / "ca", "http://127.0.0.1:9")
        self.names = ("bench-ours", "bench-other")
        for name in self.names:
            keys = {"sign": authority.issue(CONTRACTOR.person)}
            self.rig.make(CardPlan(name, "ebid", keys, {"user": _PIN}, label="card"))
        card = CardSettings(self._module, tuple(self.rig.environment.items()))
        self._card = card
        self._settings = Settings(profile=folder, cards=(card,), card_timeout=20.0)

    def start_worker(self) -> float:
        from econtract_desktop.card.process import CardProcess

        if self.rig.cards()[_OURS] is None:
            self.rig.insert(_OURS, self.names[_OURS])
        process = CardProcess(self._card, 20.0)
        try:
            return timed(process.start)()
        finally:
            process.close()

    def our_signature(self) -> Sample:
        from econtract_desktop.card.cards import DriverCards
        from econtract_desktop.ports.card import CardSelector
        from econtract_desktop.ports.pin import PinBuffer, PinPurpose, PinRequest

        class Prompt:
            def ask(self, request: PinRequest) -> PinBuffer:
                return PinBuffer(bytearray(_PIN.encode()))

        for reader, name in enumerate(self.names):
            self.rig.insert(reader, name)
        cards = DriverCards(self._settings)
        self._stack.callback(cards.close)
        token = self._stack.enter_context(cards.open(CardSelector(reader=self.rig.readers[_OURS])))
        token.log_in(Prompt(), PinPurpose("sign", ("x",)))

        def sign() -> None:
            for _ in range(_ROUNDS):
                token.sign(b"message")

        taken = timed(sign)
        return lambda: taken() / _ROUNDS

    def bare_signature(self) -> Sample:
        other = self._stack.enter_context(_other(self._module, self.rig.readers[_OTHER]))
        return lambda: other("sign")

    def our_card_in(self) -> Sample:
        from econtract_core.identity import read_holder
        from econtract_desktop.card.cards import DriverCards
        from econtract_desktop.card.watcher import ReaderWatch
        from econtract_desktop.ports.card import CardEvent

        cards, watch = DriverCards(self._settings), ReaderWatch(self._settings)
        shown: queue.Queue[float] = queue.Queue()

        def heard(event: CardEvent) -> None:
            if (event.kind, event.change, event.reader) == ("card", "inserted", self.rig.readers[_OURS]):
                (token,) = (t for t in cards.listing().tokens if t.reader == event.reader)
                assert read_holder(token.certificates[0].der).name
                shown.put((time.monotonic() - event.monotonic) * 1000)

        cards.listing()  # the card process is there, as in a program that runs
        watch.start(heard)
        self._stack.callback(cards.close)
        self._stack.callback(watch.stop)

        def sample() -> float:
            self.rig.insert(_OURS, self.names[_OURS])
            taken = shown.get(timeout=20)
            self.rig.remove(_OURS)
            return taken

        return sample

    def bare_card_in(self) -> Sample:
        other = self._stack.enter_context(_other(self._module, self.rig.readers[_OTHER]))

        def sample() -> float:
            other("watch")
            self.rig.insert(_OTHER, self.names[_OTHER])
            taken = other("seen")
            self.rig.remove(_OTHER)
            return taken

        return sample


class _Other:
    """The other side's process: a word to it, a figure back."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, word: str) -> float:
        out, told = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)
        with contextlib.suppress(OSError):
            out.write(word + "\n")
            out.flush()
        line = told.readline()
        if not line:
            raise BenchmarkBroken("the bare side ended")
        return float(line)


@contextmanager
def _other(module: str, reader: str) -> Iterator[_Other]:
    command = [sys.executable, "-m", "benchmarks.card", module, reader, _PIN]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _Other(process)
        finally:
            cast(IO[str], process.stdin).close()


def bare(module: str, reader: str, pin: str) -> None:
    """Answer words on standard input with milliseconds, by python-pkcs11 and PC/SC alone."""
    import hashlib

    import pkcs11
    from pkcs11 import Attribute, Mechanism, ObjectClass
    from smartcard import scard

    library = pkcs11.lib(module)
    info = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(b"message").digest()
    key: Any = None
    state = scard.SCARD_STATE_UNAWARE
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    for line in sys.stdin:
        taken = 0.0
        if line == "sign\n":
            if key is None:
                (slot,) = (s for s in library.get_slots(token_present=True) if s.slot_description.strip() == reader)
                session = slot.get_token().open(user_pin=pin)
                (key,) = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}))
            began = time.perf_counter()
            for _ in range(_ROUNDS):
                key.sign(info, mechanism=Mechanism.RSA_PKCS)
            taken = (time.perf_counter() - began) * 1000 / _ROUNDS
        elif line == "watch\n":
            library.get_slots()
            _, ((_, state, _),) = scard.SCardGetStatusChange(context, 0, [(reader, scard.SCARD_STATE_UNAWARE)])
        else:
            while not state & scard.SCARD_STATE_PRESENT:
                _, ((_, state, _),) = scard.SCardGetStatusChange(context, 20_000, [(reader, state)])
            began = time.perf_counter()
            (slot,) = (s for s in library.get_slots(token_present=True) if s.slot_description.strip() == reader)
            with slot.get_token().open() as session:
                for found in list(session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})):
                    bytes(found[Attribute.VALUE])
            taken = (time.perf_counter() - began) * 1000
        print(taken, flush=True)


if __name__ == "__main__":
    bare(*sys.argv[1:])
