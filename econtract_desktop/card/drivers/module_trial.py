"""Trying a module: what kind of file it is, what a process that loads it tells, and all of that as plain findings.

The module runs only in a short-lived process (`module_probe`), which is ended when it takes too long. No PIN is asked for or sent.
"""

from __future__ import annotations

import base64
import binascii
import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from econtract_core.identity import read_holder
from econtract_core.identity.characters import visible
from econtract_core.rules.errors import UnsupportedDocument
from econtract_desktop.card import channel
from econtract_desktop.card.drivers import module_files
from econtract_desktop.card.drivers.module_files import ModuleFile
from econtract_desktop.card.drivers.surroundings import Surroundings
from econtract_desktop.ports.card import ReaderInfo
from econtract_desktop.ports.drivers import Finding, ModuleReport, ModuleSlot

# CK_TOKEN_INFO flags and the mechanisms the program signs with (pkcs11t.h).
_PROTECTED_PATH, _INITIALIZED, _COUNT_LOW, _FINAL_TRY, _LOCKED = 0x100, 0x400, 0x10000, 0x20000, 0x40000
_SIGNING = frozenset({0x01, 0x40, 0x1041, 0x1044})  # RSA_PKCS, SHA256_RSA_PKCS, ECDSA, ECDSA_SHA256
_OTHER_LIBRARY = re.compile(r"([^\s:/]+\.(?:so|dylib|dll)[^\s:]*): cannot open shared object file")
_NOT_FOUND, _BAD_FORMAT = 126, 193  # ERROR_MOD_NOT_FOUND, ERROR_BAD_EXE_FORMAT


@dataclass
class Told:
    """What the probe process told before it ended."""

    stage: str = "begin"
    library: dict[str, str] = field(default_factory=dict)
    slots: list[ModuleSlot] = field(default_factory=list)
    problem: dict[str, object] = field(default_factory=dict)
    hung: bool = False

    @property
    def complete(self) -> bool:
        return self.stage == "done"


class ModuleTrial:
    """`limit`: seconds the module may take. `readers`: what PC/SC sees, to be held against what the module shows."""

    def __init__(self, around: Surroundings, limit: float, readers: Callable[[], tuple[ReaderInfo, ...]]) -> None:
        self._around = around
        self._limit = limit
        self._readers = readers

    def run(self, module: str, reader: str | None, environment: Mapping[str, str]) -> ModuleReport:
        """Never raises for what the module is or does."""
        began = time.monotonic()
        file, refused = self._file(module)
        if refused is not None or file is None:
            return ModuleReport(module, "file", False, (refused,) if refused else (), {}, (), time.monotonic() - began)
        told = probe(module, self._limit, environment)
        slots = tuple(s for s in told.slots if reader is None or reader in s.reader)
        findings = [*self._trouble(told, file, module), *self._library(told)]
        if told.complete or told.slots:
            findings += self._cards(told, slots, reader)
        usable = any(_usable(slot) for slot in slots)
        seconds = time.monotonic() - began
        return ModuleReport(module, told.stage, usable, tuple(map(_safe, findings)), told.library, slots, seconds)

    def _file(self, module: str) -> tuple[ModuleFile | None, Finding | None]:
        """The file's headers, and why it is not worth loading."""
        place = self._around.path(module)
        if not place.exists():
            return None, Finding("missing-file", {"module": module})
        try:
            file = module_files.examine(place)
        except OSError as problem:
            return None, Finding("unreadable-file", {"module": module, "problem": problem.strerror or str(problem)})
        own = self._around
        if not file.system or (not file.library and file.entry is not True):
            return file, Finding("no-library", {"module": module})
        if file.system != own.system:
            return file, Finding("wrong-system", {"system": file.system, "own": own.system})
        if file.bits not in (0, own.bits):
            return file, Finding("wrong-bits", {"bits": file.bits, "own": own.bits})
        if own.machine not in file.machine.split():
            return file, Finding("wrong-machine", {"machine": file.machine, "own": own.machine})
        if file.entry is False:
            return file, Finding("no-entry-point", {"name": module_files.ENTRY_POINT})
        return file, None

    def _trouble(self, told: Told, file: ModuleFile, module: str) -> list[Finding]:
        kind = told.problem.get("problem")
        if kind == "load":
            return [self._not_loaded(told.problem, file, module)]
        if kind == "entry":
            return [Finding("no-entry-point", {"name": module_files.ENTRY_POINT})]
        if kind == "call":
            function, answer = str(told.problem.get("function")), str(told.problem.get("code"))
            code = "initialize-failed" if told.stage == "initialize" else "call-failed"
            return [Finding(code, {"function": function, "answer": answer})]
        if told.hung:
            return [Finding("hung", {"stage": told.stage, "seconds": round(self._limit)})]
        return [] if told.complete else [Finding("crashed", {"stage": told.stage})]

    def _not_loaded(self, problem: dict[str, object], file: ModuleFile, module: str) -> Finding:
        text, number = str(problem.get("text", "")), problem.get("number")
        named = _OTHER_LIBRARY.search(text)
        if named is not None and not module.endswith(named.group(1)):
            return Finding("missing-dependency", {"names": named.group(1)})
        if number == _NOT_FOUND:
            folder = self._around.folder_of(module)
            beside = [n for n in file.needs if not self._around.is_file(self._around.join(folder, n))]
            return Finding("missing-dependency", {"names": ", ".join(beside[:20]) or "?"})
        if number == _BAD_FORMAT:
            return Finding("wrong-bits", {"bits": file.bits, "own": self._around.bits})
        return Finding("not-loadable", {"problem": text})

    def _library(self, told: Told) -> list[Finding]:
        return [Finding("speaks", dict(told.library), good=True)] if told.library else []

    def _cards(self, told: Told, slots: tuple[ModuleSlot, ...], reader: str | None) -> list[Finding]:
        """What the module shows of the cards, held against what PC/SC shows of the readers."""
        seen = self._readers()
        if reader is not None and not slots:
            return [Finding("reader-not-seen", {"reader": reader, "seen": _joined(s.reader for s in told.slots)})]
        present = [slot for slot in slots if slot.present]
        shown = {slot.reader for slot in present}
        strange = [r.name for r in seen if r.present and not any(_same_reader(r.name, other) for other in shown)]
        strange = [name for name in strange if reader is None or reader in name]
        findings = [Finding("card-not-recognised", {"reader": slot.reader}) for slot in present if not slot.recognised]
        findings += [Finding("card-not-recognised", {"reader": name}) for name in strange]
        if not present and not strange:
            code = "no-card" if slots or seen else "no-reader"
            findings.append(Finding(code, {"readers": _joined(r.name for r in seen)}))
        for slot in present:
            findings += _of_token(slot) if slot.recognised else []
        return findings


def probe(module: str, limit: float, environment: Mapping[str, str]) -> Told:
    """Load the module in a process of its own and collect what it tells. The process is over when this returns."""
    process = subprocess.Popen(
        [*_command(), module],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    hung = False
    try:
        output, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        hung = True
        process.kill()
        output, _ = process.communicate()
    told = told_by(output)
    told.hung = hung
    return told


def told_by(output: bytes) -> Told:
    """The frames of one probe process. What is broken ends the reading, as a crash does."""
    told, source = Told(), io.BytesIO(output)
    try:
        while True:
            message = channel.receive_json(cast(io.RawIOBase, source))
            if "stage" in message:
                told.stage = str(message["stage"])
            elif "library" in message:
                told.library = {str(k): str(v) for k, v in cast(dict[str, object], message["library"]).items()}
            elif "slot" in message:
                told.slots.append(_slot(cast(dict[str, object], message["slot"])))
            else:
                told.problem = message
    except (channel.Closed, ValueError, TypeError, AttributeError, KeyError, binascii.Error):
        return told


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, "--module-probe"]
    return [sys.executable, "-m", "econtract_desktop.card.drivers.module_probe"]


def _slot(data: dict[str, object]) -> ModuleSlot:
    return ModuleSlot(
        number=_number(data.get("number")),
        reader=str(data.get("reader", "")),
        present=data.get("present") is True,
        recognised=data.get("recognised") is True,
        label=str(data.get("label", "")),
        manufacturer=str(data.get("manufacturer", "")),
        model=str(data.get("model", "")),
        flags=_number(data.get("flags")),
        min_pin=_number(data.get("min_pin")),
        max_pin=_number(data.get("max_pin")),
        mechanisms=tuple(_number(m) for m in cast(list[object], data.get("mechanisms") or [])),
        certificates=tuple(base64.b64decode(str(c)) for c in cast(list[object], data.get("certificates") or [])),
    )


def _of_token(slot: ModuleSlot) -> list[Finding]:
    if not slot.flags & _INITIALIZED:
        return [Finding("token-empty", {"label": slot.label, "reader": slot.reader})]
    findings = [Finding("card", {"label": slot.label, "reader": slot.reader}, good=True)]
    for bit, code in ((_LOCKED, "pin-locked"), (_FINAL_TRY, "pin-final-try"), (_COUNT_LOW, "pin-count-low")):
        if slot.flags & bit:
            findings.append(Finding(code, {"label": slot.label}))
            break
    if slot.flags & _PROTECTED_PATH:
        findings.append(Finding("pin-on-reader", {"label": slot.label}))
    if not _SIGNING.intersection(slot.mechanisms):
        findings.append(Finding("no-signing", {"label": slot.label}))
    if not slot.certificates:
        findings.append(Finding("certificate-hidden", {"label": slot.label}))
    return findings + [_certificate(der, slot) for der in slot.certificates]


def _certificate(der: bytes, slot: ModuleSlot) -> Finding:
    try:
        holder = read_holder(der)
    except UnsupportedDocument:
        return Finding("certificate-unreadable", {"label": slot.label})
    who = " ".join(part for part in (holder.organization, holder.name) if part) or holder.subject_dn
    return Finding("certificate", {"holder": who, "day": holder.not_after.date().isoformat()}, good=True)


def _safe(finding: Finding) -> Finding:
    """A module's own words are shown, never obeyed."""
    facts = {name: visible(fact) if isinstance(fact, str) else fact for name, fact in finding.facts.items()}
    return replace(finding, facts=facts)


def _usable(slot: ModuleSlot) -> bool:
    """A card one could sign with, as far as that shows without a PIN."""
    ready = slot.present and slot.recognised and bool(slot.flags & _INITIALIZED)
    return ready and not slot.flags & _LOCKED and bool(_SIGNING.intersection(slot.mechanisms))


def _same_reader(one: str, other: str) -> bool:
    """PKCS#11 cuts a reader's name at 64 bytes and leaves its end blank."""
    return other != "" and (one.startswith(other) or other.startswith(one))


def _joined(names: object) -> str:
    return "、".join(dict.fromkeys(n for n in cast("list[str]", names) if n)) or "—"


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
