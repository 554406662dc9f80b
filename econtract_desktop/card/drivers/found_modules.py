"""Module files on this PC: named by a row, by p11-kit, by e-Government's load path file, by Windows, or found by their names.

No module is loaded here; whatever is found by its name only must export PKCS#11's entry point and have this program's bits.
Source: pkcs11.conf(5) of p11-kit; for /etc/e-gov_app/load_path the JPKI installer for macOS (homebrew tap ttsuru/jpki).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from econtract_desktop.card.drivers import module_files, windows_drivers
from econtract_desktop.card.drivers.surroundings import Surroundings
from econtract_desktop.ports.drivers import Candidate, DriverProfile, Source
from econtract_desktop.ports.registry import Registry

_P11_CONFIGS = ("/usr/share/p11-kit/modules", "/etc/pkcs11/modules")
_P11_USER = (".config/pkcs11/modules", ".pkcs11/modules")
_LINUX_MODULES = (
    "/usr/lib/x86_64-linux-gnu/pkcs11", "/usr/lib/aarch64-linux-gnu/pkcs11", "/usr/lib64/pkcs11", "/usr/lib/pkcs11",
    "/usr/local/lib/pkcs11", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib",
)  # fmt: skip
_LOAD_PATH = "/etc/e-gov_app/load_path"
_LOOKS_LIKE = re.compile(r".*(?:p11|pkcs11|pk11|cryptoki).*\.dll", re.IGNORECASE)
_MOST_ENTRIES, _MOST_FILES, _DEEPEST = 20_000, 100, 3
_NO_DRIVERS = re.compile(r"p11-kit-(?:proxy|trust|client)|pkcs11-spy|onepin-", re.IGNORECASE)


def by_rows(rows: tuple[DriverProfile, ...], atrs: tuple[bytes, ...], around: Surroundings) -> Iterator[Candidate]:
    """The modules of every row that are on this PC; first those whose row knows one of the cards."""
    for row in sorted(rows, key=lambda row: not any(row.knows(atr) for atr in atrs)):
        fits = any(row.knows(atr) for atr in atrs)
        for pattern in row.modules.get(around.system, ()):
            place = _find(pattern, around)
            if place is not None:
                yield Candidate(place, Source.PROFILE if fits else Source.INSTALLED, row.id, fits)


def by_p11_kit(around: Surroundings) -> Iterator[Candidate]:
    """What is registered with p11-kit; a later file of the same name takes the place of an earlier one."""
    folders = [*_P11_CONFIGS]
    home = around.variable("HOME")
    folders += [around.join(home, part) for part in _P11_USER] if home else []
    configurations: dict[str, dict[str, str]] = {}
    for folder in folders:
        for name in around.names(folder):
            if name.endswith(".module"):
                read = _settings(_text(around, around.join(folder, name)), ":")
                configurations[name] = {**configurations.get(name, {}), **read}
    for settings in configurations.values():
        module = settings.get("module", "")
        unwanted = settings.get("trust-policy") == "yes" or "enable-in" in settings or _NO_DRIVERS.search(module)
        place = None if unwanted or not module else _find(module, around)
        if place is not None:
            yield Candidate(place, Source.P11_KIT)


def by_load_path(around: Surroundings) -> Iterator[Candidate]:
    """macOS: the file in which e-Government programs look for the signing module."""
    if around.system != "macos":
        return
    for name in around.names(_LOAD_PATH):
        if name.startswith("default.dat") and not name.endswith("_bk"):
            module = _settings(_text(around, around.join(_LOAD_PATH, name)), "=").get("pathsign", "")
            if module and around.is_absolute(module) and around.is_file(module):
                yield Candidate(module, Source.LOAD_PATH)


def by_registry(registry: Registry | None, atrs: tuple[bytes, ...], around: Surroundings) -> Iterator[Candidate]:
    """Windows: modules that lie with the software which Windows names for one of these ATRs."""
    if registry is None:
        return
    for atr in atrs:
        for _, folder in windows_drivers.folders_of_card(registry, atr, around):
            for place in _search([folder], around, deepest=1):
                yield Candidate(place, Source.REGISTRY, fits_card=True)


def by_name(registry: Registry | None, around: Surroundings) -> Iterator[Candidate]:
    """Windows: System32, Program Files, and the folders that installed programs name."""
    if around.system != "windows":
        return
    root = around.variable("SystemRoot") or "C:\\Windows"
    for place in _search([around.join(root, "System32")], around, deepest=0):
        yield Candidate(place, Source.FOUND)
    folders = [f for name in ("ProgramFiles", "ProgramFiles(x86)") if (f := around.variable(name))]
    folders += [program.folder for program in windows_drivers.programs(registry)] if registry is not None else []
    for place in _search(folders, around, deepest=_DEEPEST):
        yield Candidate(place, Source.FOUND)


def _find(pattern: str, around: Surroundings) -> str | None:
    """The file a row or configuration means, where it is there."""
    path = around.expand(pattern)
    if path is None:
        return None
    if not around.is_bare(path):
        return path if around.is_absolute(path) and around.is_file(path) else None
    folders: tuple[str, ...] = _LINUX_MODULES
    if around.system == "windows":
        folders = (around.join(around.variable("SystemRoot") or "C:\\Windows", "System32"),)
    elif around.system == "macos":
        folders = ("/usr/local/lib", "/Library/OpenSC/lib")
    return next((place for folder in folders if around.is_file(place := around.join(folder, path))), None)


def _search(folders: list[str], around: Surroundings, *, deepest: int) -> Iterator[str]:
    """Files that are named like a module and are one, breadth first and bounded."""
    waiting = [(folder, 0) for folder in dict.fromkeys(folders)]
    entries = files = 0
    while waiting and entries < _MOST_ENTRIES and files < _MOST_FILES:
        folder, depth = waiting.pop(0)
        for name in around.names(folder):
            entries += 1
            place = around.join(folder, name)
            if _LOOKS_LIKE.fullmatch(name):
                files += 1
                if _is_module(place, around):
                    yield place
            elif depth < deepest and "." not in name and around.path(place).is_dir():
                waiting.append((place, depth + 1))


def _is_module(place: str, around: Surroundings) -> bool:
    if _NO_DRIVERS.search(place):
        return False
    try:
        file = module_files.examine(around.path(place))
    except OSError:
        return False
    return file.library and file.entry is True and file.bits in (0, around.bits)


def _text(around: Surroundings, place: str) -> str:
    try:
        with around.path(place).open("rb") as source:
            data = source.read(1 << 16)
    except OSError:
        return ""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp932", "replace")


def _settings(text: str, sign: str) -> dict[str, str]:
    """`name: value` (or `name=value`) lines; # begins a remark."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, separator, value = line.strip().partition(sign)
        if separator and not name.startswith("#"):
            found[name.strip().lower()] = value.strip()
    return found
