"""The table of driver profiles: rows that are shipped (`resources/drivers`), and rows a person or an administrator added.

A row says nothing without evidence. Its form is JSON, checked field by field here; `format` grows when a field changes its meaning.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from econtract_core.rules.errors import SettingsUnreadable
from econtract_desktop.ports.drivers import SYSTEMS, AtrPattern, DriverProfile, Evidence, PinFor, Sure
from econtract_desktop.ports.pin import PinRule

FORMAT = 1
LARGEST = 1 << 18  # bytes of one row's file
# What a driver or its card does that others do not; the card code acts on these words.
QUIRKS = frozenset(
    {
        "certificate-hidden-until-log-in",  # the signing certificate cannot be read before the PIN
        "always-authenticate",  # CKA_ALWAYS_AUTHENTICATE: the PIN for every signature
        "serial-says-nothing",  # all tokens have the same serial number
        "rsa-pkcs1-only",
        "stays-verified",  # after log-out the card still takes signatures until it is reset or powered off
        "protected-path",  # the PIN is typed on the reader
        "32-bit-only",
    }
)
_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_FIELDS = {"format", "id", "title", "atrs", "aids", "modules", "pins", "quirks", "evidence"}


def shipped() -> tuple[DriverProfile, ...]:
    """The rows that come with the program, sorted by id. A broken one is a defect of ours and raises SettingsUnreadable."""
    folder = resources.files("resources") / "drivers"
    rows = [read_row(item.read_bytes(), item.name) for item in folder.iterdir() if item.name.endswith(".json")]
    return tuple(sorted(rows, key=lambda row: row.id))


def added(folders: Iterable[Path]) -> tuple[dict[str, DriverProfile], tuple[str, ...]]:
    """(rows by id, complaints) of these folders, later ones over earlier ones. A missing folder is empty; never raises."""
    rows: dict[str, DriverProfile] = {}
    complaints: list[str] = []
    for folder in folders:
        try:
            files = sorted(path for path in folder.iterdir() if path.suffix == ".json")
        except OSError:
            continue
        for path in files:
            try:
                with path.open("rb") as source:
                    row = read_row(source.read(LARGEST + 1), str(path))
                rows[row.id] = row
            except OSError as problem:
                complaints.append(f"{path}: {problem.strerror}")
            except SettingsUnreadable as problem:
                complaints.append(f"{path}: {problem.facts['problem']}")
    return rows, tuple(complaints)


def read_row(data: bytes, place: str) -> DriverProfile:
    """Raises SettingsUnreadable, naming `place` and what is wrong."""
    try:
        if len(data) > LARGEST:
            raise ValueError("too large")
        return _row(json.loads(data))
    except (ValueError, TypeError, KeyError, RecursionError) as problem:
        told = f"missing: {problem.args[0]}" if isinstance(problem, KeyError) else str(problem)
        raise SettingsUnreadable(path=place, problem=told) from None


def write_row(row: DriverProfile) -> str:
    """The row as JSON text; `read_row` reads the same row from it."""
    data = {
        "format": FORMAT,
        "id": row.id,
        "title": row.title,
        "atrs": [{"atr": p.atr.hex(), "mask": p.mask.hex()} for p in row.atrs],
        "aids": [aid.hex() for aid in row.aids],
        "modules": {system: list(paths) for system, paths in row.modules.items()},
        "pins": [_plain_pin(pin) for pin in row.pins],
        "quirks": list(row.quirks),
        "evidence": [{"what": e.what, "source": e.source, "sure": e.sure.value} for e in row.evidence],
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _row(data: object) -> DriverProfile:
    fields = _object(data, "row")
    if fields.get("format") != FORMAT:
        raise ValueError(f"format {fields.get('format')!r}; this program knows {FORMAT}")
    strange = sorted(fields.keys() - _FIELDS)
    if strange:
        raise ValueError(f"unknown: {', '.join(strange)}")
    name = _text(fields["id"], "id", 64)
    if _ID.fullmatch(name) is None:
        raise ValueError("id: small letters, digits, . and - only")
    title = {language: _text(text, "title", 200) for language, text in _object(fields["title"], "title").items()}
    if set(title) != {"ja", "en"}:
        raise ValueError("title: ja and en")
    modules = {system: _texts(paths, "modules", 500) for system, paths in _object(fields["modules"], "modules").items()}
    if not set(modules) <= set(SYSTEMS):
        raise ValueError(f"modules: {', '.join(SYSTEMS)}")
    quirks = _texts(fields.get("quirks", []), "quirks", 64)
    if not set(quirks) <= QUIRKS:
        raise ValueError(f"unknown quirks: {', '.join(sorted(set(quirks) - QUIRKS))}")
    evidence = tuple(_evidence(item) for item in _list(fields["evidence"], "evidence"))
    if not evidence:
        raise ValueError("a row without evidence")
    return DriverProfile(
        id=name,
        title=title,
        atrs=tuple(_pattern(item) for item in _list(fields.get("atrs", []), "atrs")),
        aids=tuple(_hex(item, "aids", 5, 16) for item in _list(fields.get("aids", []), "aids")),
        modules=modules,
        pins=tuple(_pin(item) for item in _list(fields.get("pins", []), "pins")),
        quirks=quirks,
        evidence=evidence,
    )


def _pattern(data: object) -> AtrPattern:
    fields = _object(data, "atrs")
    atr = _hex(fields["atr"], "atr", 2, 33)
    mask = _hex(fields["mask"], "mask", 2, 33) if "mask" in fields else b"\xff" * len(atr)
    if len(mask) != len(atr) or not any(mask):
        raise ValueError("mask: as long as the ATR, and not empty")
    return AtrPattern(atr, mask)


def _pin(data: object) -> PinFor:
    fields = _object(data, "pins")
    shortest, longest = _number(fields["min_length"], 1, 255), _number(fields["max_length"], 1, 255)
    if shortest > longest:
        raise ValueError("pins: min_length over max_length")
    rule = PinRule(shortest, longest, fields.get("digits_only") is True, fields.get("upper_case") is True)
    tries = fields.get("tries")
    return PinFor(_text(fields.get("token", ""), "token", 64), rule, None if tries is None else _number(tries, 1, 255))


def _plain_pin(pin: PinFor) -> dict[str, object]:
    return {
        "token": pin.token,
        "min_length": pin.rule.min_length,
        "max_length": pin.rule.max_length,
        "digits_only": pin.rule.digits_only,
        "upper_case": pin.rule.upper_case,
        "tries": pin.tries,
    }


def _evidence(data: object) -> Evidence:
    fields = _object(data, "evidence")
    what, source = _text(fields["what"], "what", 500), _text(fields["source"], "source", 500)
    if not what.strip() or not source.strip():
        raise ValueError("evidence says what and names its source")
    return Evidence(what, source, Sure(_text(fields["sure"], "sure", 20)))


def _object(data: object, where: str) -> dict[str, object]:
    if not isinstance(data, dict):
        raise TypeError(f"{where}: not an object")
    return data


def _list(data: object, where: str) -> list[object]:
    if not isinstance(data, list) or len(data) > 100:
        raise TypeError(f"{where}: not a list of at most 100")
    return data


def _text(data: object, where: str, longest: int) -> str:
    if not isinstance(data, str) or len(data) > longest:
        raise TypeError(f"{where}: not a text of at most {longest} characters")
    data.encode()  # half a surrogate pair can be written as \\udf08 in JSON and is no character; UnicodeEncodeError is a ValueError
    return data


def _texts(data: object, where: str, longest: int) -> tuple[str, ...]:
    return tuple(_text(item, where, longest) for item in _list(data, where))


def _number(data: object, least: int, most: int) -> int:
    if not isinstance(data, int) or isinstance(data, bool) or not least <= data <= most:
        raise TypeError(f"not a number from {least} to {most}: {data!r}"[:100])
    return data


def _hex(data: object, where: str, shortest: int, longest: int) -> bytes:
    found = bytes.fromhex(_text(data, where, 200).replace(":", " "))
    if not shortest <= len(found) <= longest:
        raise ValueError(f"{where}: {shortest} to {longest} bytes")
    return found
