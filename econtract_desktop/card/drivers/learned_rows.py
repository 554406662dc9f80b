"""A new driver row from what a module showed of a card: for the cards whose modules nobody has published.

The row says what was measured and nothing else; nobody's name, certificate or serial number is in it.
"""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from econtract_core import __version__
from econtract_core.rules.errors import CardMissing, DriverFault, DriverMissing, FileNotWritable, SeveralCards
from econtract_desktop.card.drivers.profiles import write_row
from econtract_desktop.ports.card import ReaderInfo
from econtract_desktop.ports.drivers import AtrPattern, DriverProfile, Evidence, ModuleReport, ModuleSlot, PinFor, Sure
from econtract_desktop.ports.pin import PinRule

_LOGIN_REQUIRED, _PROTECTED_PATH, _INITIALIZED = 0x04, 0x100, 0x400
_RSA_PKCS, _RSA_PSS = 0x01, 0x0D
_ECDSA = 0x1041


def learned(report: ModuleReport, readers: tuple[ReaderInfo, ...], system: str, today: date) -> DriverProfile:
    """Raises DriverMissing, DriverFault (the module does not work), CardMissing, SeveralCards (in several readers)."""
    if not report.library:
        code = report.findings[0].code if report.findings else report.stage
        missing = report.stage in ("file", "load", "entry")
        raise (DriverMissing if missing else DriverFault)(module=report.module, problem=code)
    tokens = [slot for slot in report.slots if slot.present and slot.recognised and slot.flags & _INITIALIZED]
    if not tokens:
        raise CardMissing(wanted="")
    names = sorted({slot.reader for slot in tokens})
    atrs = sorted({r.atr for r in readers if r.atr and any(_same(r.name, name) for name in names)})
    if len(atrs) > 1:
        raise SeveralCards(choices=names)
    library = report.library
    called = " ".join(dict.fromkeys(t for s in tokens for t in (s.manufacturer, s.model) if t)) or tokens[0].label
    identity = hashlib.sha256("\0".join([report.module, *atrs, *(s.label for s in tokens)]).encode()).hexdigest()[:12]
    return DriverProfile(
        id=f"learned-{identity}",
        title={"ja": f"{called}（このPCで確認）", "en": f"{called} (found on this PC)"},
        atrs=tuple(AtrPattern(atr, b"\xff" * len(atr)) for atr in (bytes.fromhex(text) for text in atrs)),
        aids=(),
        modules={system: (report.module,)},
        pins=tuple(pin for slot in tokens if (pin := _pin(slot)) is not None),
        quirks=_quirks(tokens),
        evidence=(
            Evidence(
                what=f"tokens {', '.join(repr(s.label) for s in tokens)}; lengths of PINs and mechanisms as the module tells them",
                source=f"{library.get('manufacturer', '')} {library.get('description', '')} {library.get('version', '')}, "
                f"econtract {__version__}, {today.isoformat()}",
                sure=Sure.MEASURED,
            ),
        ),
    )


def write(row: DriverProfile, out: Path) -> None:
    """Raises FileNotWritable; an existing file is replaced whole."""
    fresh = out.with_name(out.name + ".new")
    try:
        fresh.write_text(write_row(row), encoding="utf-8")
        fresh.replace(out)
    except OSError as problem:
        raise FileNotWritable(path=str(out), problem=problem.strerror or str(problem)) from None


def _pin(slot: ModuleSlot) -> PinFor | None:
    """The module's own lengths; none where they make no sense or no log-in is needed."""
    if not slot.flags & _LOGIN_REQUIRED or not 0 < slot.min_pin <= slot.max_pin <= 255:
        return None
    return PinFor(slot.label, PinRule(slot.min_pin, slot.max_pin))


def _quirks(tokens: list[ModuleSlot]) -> tuple[str, ...]:
    """What is measurable without a PIN."""
    found = []
    if not any(slot.certificates for slot in tokens):
        found.append("certificate-hidden-until-log-in")
    mechanisms = {m for slot in tokens for m in slot.mechanisms}
    if _RSA_PKCS in mechanisms and not mechanisms & {_RSA_PSS, _ECDSA}:
        found.append("rsa-pkcs1-only")
    if any(slot.flags & _PROTECTED_PATH for slot in tokens):
        found.append("protected-path")
    return tuple(found)


def _same(one: str, other: str) -> bool:
    return other != "" and (one.startswith(other) or other.startswith(one))
