"""`python -m fuzz [NAME…] [--seconds N] [--seed N] [--repeat FILE] [--list]`. Exit status: 0 nothing found, 1 a find, 2 wrong usage."""

from __future__ import annotations

import argparse
import faulthandler
import hashlib
import pkgutil
import random
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import fuzz
from fuzz.mutate import mutated

ROOT = Path(__file__).resolve().parents[1]
FINDS, KNOWN = ROOT / ".cache/fuzz", ROOT / "fuzz/known"
NOT_TARGETS = {"__main__", "mutate"}
_LONGEST = 1.0  # seconds one input may take
_HUNG = 60.0  # seconds after which the process ends with a traceback
_GROWTH = 256  # MiB
_MOST_KEPT = 400  # inputs that showed something new


class Target(Protocol):
    """A module that can be fuzzed."""

    def seeds(self) -> list[bytes]: ...

    def run(self, data: bytes) -> str: ...


@dataclass
class Outcome:
    """What a run of one target saw."""

    runs: int = 0
    words: Counter[str] = field(default_factory=Counter)
    finds: list[Path] = field(default_factory=list)
    slowest: float = 0.0


def targets() -> dict[str, Target]:
    """{name: module}, sorted."""
    names = sorted(m.name for m in pkgutil.iter_modules(fuzz.__path__) if m.name not in NOT_TARGETS)
    return {name: cast(Target, import_module(f"fuzz.{name}")) for name in names}


def known_inputs(name: str) -> list[bytes]:
    """Inputs that once were finds."""
    return [path.read_bytes() for path in sorted((KNOWN / name).glob("*.bin"))]


def work(name: str, target: Target, seconds: float, seed: int, finds: Path = FINDS) -> Outcome:
    """Fuzz one target. The first inputs are the known ones and the seeds themselves."""
    chance = random.Random(seed)
    pool = [*known_inputs(name), *target.seeds()]
    waiting, outcome, began, memory = list(pool), Outcome(), time.monotonic(), _peak()
    while time.monotonic() - began < seconds and len(outcome.finds) < 5:
        data = waiting.pop() if waiting else _changed(target, chance.choice(pool), pool, chance)
        word, spent = _one(target, data)
        outcome.runs += 1
        outcome.slowest = max(outcome.slowest, spent)
        if word is None or spent > getattr(target, "SECONDS", _LONGEST):
            outcome.finds.append(_kept(finds / name, data, "slow" if word is not None else "crash"))
        elif word not in outcome.words and len(pool) < _MOST_KEPT:
            pool.append(data)
        outcome.words[word or "CRASH"] += 1
    if _peak() - memory > _GROWTH:
        print(f"{name}: grew by {_peak() - memory} MiB, {_GROWTH} at most", flush=True)
        outcome.finds.append(_kept(finds / name, b"", "memory"))
    return outcome


def _changed(target: Target, data: bytes, pool: list[bytes], chance: random.Random) -> bytes:
    """By the target's own knowledge of its format where it has any, by bytes, or by both."""
    own = getattr(target, "mutate", None)
    if own is None:
        return mutated(data, pool, chance)
    way = chance.randrange(4)
    if way < 2:
        data = mutated(data, pool, chance)
    return data if way == 0 else own(data, chance)


def _one(target: Target, data: bytes) -> tuple[str | None, float]:
    began = time.monotonic()
    faulthandler.dump_traceback_later(_HUNG, exit=True)
    try:
        return target.run(data), time.monotonic() - began
    except Exception:  # noqa: BLE001 - an exception the target did not promise is what is looked for
        traceback.print_exc()
        return None, time.monotonic() - began
    finally:
        faulthandler.cancel_dump_traceback_later()


def _kept(folder: Path, data: bytes, kind: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{kind}-{hashlib.sha256(data).hexdigest()[:16]}.bin"
    path.write_bytes(data)
    return path


def _peak() -> int:
    """This process's largest size so far, MiB; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main(arguments: list[str]) -> int:
    known = targets()
    parser = argparse.ArgumentParser(prog="dev.py fuzz", epilog="targets: " + " ".join(known))
    parser.add_argument("names", nargs="*", metavar="NAME", help="all of them without one")
    parser.add_argument("--seconds", type=float, default=60, help="for each target (default 60)")
    parser.add_argument("--seed", type=int, default=None, help="the random numbers' beginning (default: the time)")
    parser.add_argument("--repeat", type=Path, metavar="FILE", help="run this one input and stop")
    parser.add_argument("--list", action="store_true", help="only the names")
    options = parser.parse_args(arguments)
    if options.list:
        print("\n".join(known))
        return 0
    unknown = [name for name in options.names if name not in known]
    if unknown or (options.repeat and len(options.names) != 1):
        parser.error(f"no such target: {' '.join(unknown)}" if unknown else "--repeat wants one NAME")
    if options.repeat:
        print(known[options.names[0]].run(options.repeat.read_bytes()))
        return 0
    seed = options.seed if options.seed is not None else time.time_ns() % 1_000_000
    failed = False
    for name in options.names or known:
        outcome = work(name, known[name], options.seconds, seed)
        told = ", ".join(f"{count} {word}" for word, count in outcome.words.most_common(6))
        print(
            f"{name}: {outcome.runs} inputs, {len(outcome.words)} outcomes, slowest {outcome.slowest * 1000:.0f} ms, "
            f"seed {seed}: {told}",
            flush=True,
        )
        for path in outcome.finds:
            print(f"{name}: FOUND {path}; again: python3 dev.py fuzz {name} --repeat {path}", flush=True)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
