"""econtract card drivers|try|learn: which driver reads a card, what a module file really does, and a new row for it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from econtract_core.rules.errors import UsageError
from econtract_desktop.cli.call import Call, Result
from econtract_desktop.ports.drivers import ModuleSlot

DEEDS = ("drivers", "try", "learn")


def run(what: str, call: Call) -> Result:
    if what == "drivers":
        return _drivers(call)
    if not call.options.module:
        raise UsageError(problem="--module FILE")
    return _try(call) if what == "try" else _learn(call)


def _drivers(call: Call) -> Result:
    """Every module on this PC, best first for the cards that are in."""
    found = call.desk.find_driver.found()
    broken = call.desk.find_driver.broken_rows()
    data: dict[str, object] = {
        "drivers": [
            {
                "module": d.module,
                "source": d.source,
                "fits_card": d.fits_card,
                "title": d.title.get(call.texts.language, ""),
            }
            for d in found
        ],
        "broken_rows": list(broken),
    }
    lines = [
        call.texts(
            "drivers.fits" if d.fits_card else "drivers.there",
            module=d.module,
            why=call.texts(f"drivers.source-{d.source}"),
            title=d.title.get(call.texts.language, ""),
        ).rstrip()
        for d in found
    ]
    lines += [call.texts("drivers.broken-row", problem=problem) for problem in broken]
    return Result(data, lines or [call.texts("drivers.nothing-found")])


def _try(call: Call) -> Result:
    report = call.desk.find_driver.try_module(Path(call.options.module), call.options.reader)
    kept = call.options.keep and call.desk.find_driver.keep(report)
    texts = [call.texts(f"drivers.{f.code}", **f.facts) for f in report.findings]
    marked = [("✓ " if f.good else "・") + text for f, text in zip(report.findings, texts, strict=True)]
    data: dict[str, object] = {
        "module": report.module,
        "usable": report.usable,
        "kept": bool(kept),
        "stage": report.stage,
        "library": report.library,
        "slots": [_slot(slot) for slot in report.slots],
        "findings": [
            {"code": f.code, "good": f.good, "text": text, **f.facts}
            for f, text in zip(report.findings, texts, strict=True)
        ],
        "seconds": round(report.seconds, 3),
    }
    verdict = call.texts("drivers.usable" if report.usable else "drivers.not-usable", module=report.module)
    return Result(data, [verdict, *marked], status=0 if report.usable else 1)


def _slot(slot: ModuleSlot) -> dict[str, object]:
    return {
        "slot": slot.number,
        "reader": slot.reader,
        "present": slot.present,
        "recognised": slot.recognised,
        "label": slot.label,
        "manufacturer": slot.manufacturer,
        "model": slot.model,
        "pin": {"min_length": slot.min_pin, "max_length": slot.max_pin},
        "mechanisms": [f"{mechanism:#x}" for mechanism in slot.mechanisms],
        "certificates": [hashlib.sha256(der).hexdigest() for der in slot.certificates],
    }


def _learn(call: Call) -> Result:
    if call.options.out is None:
        raise UsageError(problem="--out ROW.json")
    row = call.desk.find_driver.learn(Path(call.options.module), call.options.reader, call.options.out)
    told = call.texts("drivers.learned", title=row.title[call.texts.language], out=call.options.out)
    data: dict[str, object] = {
        "id": row.id,
        "out": str(call.options.out),
        "module": str(call.options.module),
        "atrs": [pattern.atr.hex() for pattern in row.atrs],
        "tokens": [pin.token for pin in row.pins],
        "quirks": list(row.quirks),
    }
    return Result(data, [told, call.texts("drivers.learned-where")])
