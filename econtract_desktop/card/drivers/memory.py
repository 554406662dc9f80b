"""Which module read which card last: a small file in the profile, `card-drivers.json`.

It holds ATRs, certificate fingerprints and module paths, nothing of the person. A file that cannot be read counts as empty: the
search for a driver then begins anew, which is all that is lost.
"""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

from econtract_core.rules.errors import FileNotWritable

NAME = "card-drivers.json"
_MOST = 50
_LARGEST = 1 << 18


@dataclass(frozen=True)
class Remembered:
    """One card as it was read. Either of `atr` and `certificate_sha256` may be "" (hex both)."""

    module: str
    atr: str
    certificate_sha256: str

    def is_of(self, atrs: frozenset[str], certificates: frozenset[str]) -> bool:
        return self.atr in atrs or self.certificate_sha256 in certificates


class DriverMemory:
    """Thread-safe within this process; the file is replaced whole or not at all."""

    def __init__(self, profile: Path) -> None:
        self._path = profile / NAME
        self._lock = threading.Lock()

    def all(self) -> tuple[Remembered, ...]:
        """Newest first; never raises."""
        try:
            with self._path.open("rb") as source:
                data = json.loads(source.read(_LARGEST))
            return tuple(_entry(item) for item in data["cards"])[:_MOST]
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return ()

    def modules(self, atrs: tuple[str, ...], certificates: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Modules that read one of these cards, newest first. An empty ATR or fingerprint is nobody's."""
        wanted, known = frozenset(atrs) - {""}, frozenset(certificates) - {""}
        return tuple(dict.fromkeys(card.module for card in self.all() if card.is_of(wanted, known)))

    def keep(self, module: str, atr: str, certificate_sha256: str) -> None:
        """Raises FileNotWritable."""
        new = Remembered(module, atr.lower(), certificate_sha256.lower())
        with self._lock:
            older = [
                card for card in self.all() if (card.atr, card.certificate_sha256) != (new.atr, new.certificate_sha256)
            ]
            self._write([new, *older][:_MOST])

    def drop(self, module: str) -> None:
        """Forget everything this module has read. Raises FileNotWritable."""
        with self._lock:
            left = [card for card in self.all() if card.module != module]
            if len(left) != len(self.all()):
                self._write(left)

    def _write(self, cards: list[Remembered]) -> None:
        fresh = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            data = {"cards": [asdict(card) for card in cards]}
            fresh.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
            fresh.replace(self._path)
        except OSError as problem:
            raise FileNotWritable(path=str(self._path), problem=problem.strerror or str(problem)) from None


def _entry(item: object) -> Remembered:
    if not isinstance(item, dict):
        raise TypeError("not an object")
    texts = [item[name] for name in ("module", "atr", "certificate_sha256")]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("not texts")
    return Remembered(*texts)
