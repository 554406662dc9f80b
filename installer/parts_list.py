"""What is inside the frozen program: every library, font and picture with its version and licence; as CycloneDX 1.6 JSON."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import ssl
import sys
import sysconfig
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path, PurePosixPath

from econtract_core import __version__
from installer.places import ROOT

BUILD_TOOLS = {
    "altgraph", "macholib", "packaging", "pefile", "pip", "pyinstaller", "pyinstaller-hooks-contrib", "setuptools", "wheel",
}  # fmt: skip
_TEXTS = ("licen", "copying", "notice", "authors", "copyright")
_LICENCES = Path(__file__).parent / "licences"


@dataclass(frozen=True)
class Component:
    """One thing inside. `texts`: {file name: its licence or notice}."""

    name: str
    version: str
    licence: str
    purl: str = ""
    source: str = ""
    texts: dict[str, bytes] = field(default_factory=dict)


def components(folder: Path) -> list[Component]:
    """What the program in `folder`, frozen by this Python, consists of; sorted by name."""
    found = [*_libraries(), *_foundations(folder), *_own_data()]
    return sorted(found, key=lambda part: (part.name.lower(), part.version))


def _libraries() -> Iterator[Component]:
    own = sysconfig.get_path("purelib")  # setuptools lends its own copies of libraries to whoever imports it
    for distribution in metadata.distributions(path=[own]):
        name = distribution.metadata["Name"]
        if name.lower().replace("_", "-") in BUILD_TOOLS | {"econtract-desktop"}:
            continue
        version = distribution.version
        texts = {
            name_there: Path(str(path.locate())).read_bytes()
            for path in distribution.files or ()
            if (name_there := _text_name(PurePosixPath(str(path))))
        }
        texts |= _texts_we_add(name.lower())
        purl = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
        yield Component(name, version, _licence_of(distribution), purl, texts=texts)


def _text_name(path: PurePosixPath) -> str:
    """Where a licence text of a distribution goes among our texts; empty for any other file."""
    if not path.parts[0].endswith(".dist-info") or path.name.endswith((".py", ".pyc")):
        return ""
    inside = path.relative_to(path.parts[0])
    named = inside.name.lower().startswith(_TEXTS)
    in_folder = any(part.lower().endswith(("licenses", "licences")) for part in inside.parts[:-1])
    return inside.as_posix() if named or in_folder else ""


def _licence_of(distribution: metadata.Distribution) -> str:
    told = distribution.metadata
    expression = told.json.get("license_expression")
    if expression:
        return str(expression)
    classes = [line.rsplit(" :: ", 1)[-1] for line in told.get_all("Classifier") or () if line.startswith("License ::")]
    short = str(told.json.get("license") or "").strip().splitlines()[:1]
    return " or ".join(classes) or (short[0] if short else "see its licence text")


def _texts_we_add(name: str) -> dict[str, bytes]:
    """Texts that a library's licence wants beside it and its package does not bring."""
    wanted = {
        "pyside6_essentials": ("LGPL-3.0", "GPL-3.0"),
        "shiboken6": ("LGPL-3.0", "GPL-3.0"),
        "pyscard": ("LGPL-2.1",),
    }.get(name, ())
    return {f"{each}.txt": (_LICENCES / f"{each}.txt").read_bytes() for each in wanted}


def _foundations(folder: Path) -> Iterator[Component]:
    """Python, and what comes with it and with Qt."""
    python = Path(sys.base_prefix)
    places = [python / "LICENSE.txt", python / "LICENSE", Path(os.__file__).parent / "LICENSE.txt"]
    text = next((place.read_bytes() for place in places if place.is_file()), b"")
    if not text:  # Debian's and other builds keep it elsewhere; it is the text that `license()` prints
        text = (_LICENCES / "PSF-2.0.txt").read_bytes()
    version = platform.python_version()
    yield Component(
        "CPython", version, "PSF-2.0", f"pkg:generic/python@{version}", "https://www.python.org", {"LICENSE.txt": text}
    )
    qt = metadata.version("PySide6_Essentials")
    texts = {f"{each}.txt": (_LICENCES / f"{each}.txt").read_bytes() for each in ("LGPL-3.0", "GPL-3.0")}
    texts["SOURCE.txt"] = (_LICENCES / "qt-source.txt").read_bytes().replace(b"@VERSION@", qt.encode())
    yield Component("Qt", qt, "LGPL-3.0-only", f"pkg:generic/qt@{qt}", "https://code.qt.io", texts)
    openssl = ssl.OPENSSL_VERSION.split()[1]
    apache = {"Apache-2.0.txt": (_LICENCES / "Apache-2.0.txt").read_bytes()}
    yield Component(
        "OpenSSL", openssl, "Apache-2.0", f"pkg:generic/openssl@{openssl}", "https://www.openssl.org", apache
    )
    public = {"NOTICE.txt": b"SQLite is in the public domain: https://www.sqlite.org/copyright.html\n"}
    sqlite = sqlite3.sqlite_version
    yield Component("SQLite", sqlite, "blessing", f"pkg:generic/sqlite@{sqlite}", "https://www.sqlite.org", public)
    if any(folder.rglob("VCRUNTIME140*.dll")):
        text = (_LICENCES / "microsoft-runtime.txt").read_bytes()
        yield Component("Microsoft Visual C++ runtime", "14", "redistributable", texts={"NOTICE.txt": text})


def _own_data() -> Iterator[Component]:
    resources = ROOT / "resources"
    for name, file in (("BIZ UDPGothic", "BIZUDPGothic-OFL.txt"), ("Noto Serif JP", "NotoSerifJP-OFL.txt")):
        yield Component(name, "1", "OFL-1.1", texts={file: (resources / "fonts" / file).read_bytes()})
    yield Component(
        "Fluent System Icons", "1", "MIT", texts={"LICENSE": (resources / "icons" / "LICENSE").read_bytes()}
    )
    bootloader = {"COPYING.txt": _bootloader_text()}
    version = metadata.version("pyinstaller")
    yield Component("PyInstaller bootloader", version, "GPL-2.0-or-later WITH Bootloader-exception", texts=bootloader)
    own = {"LICENSE": (ROOT / "LICENSE").read_bytes()}
    yield Component("econtract-desktop", __version__, "MIT", texts=own)


def _bootloader_text() -> bytes:
    files = metadata.distribution("pyinstaller").files or ()
    found = [path for path in files if Path(str(path)).name.upper().startswith("COPYING")]
    return Path(str(found[0].locate())).read_bytes()


def write(path: Path, inside: list[Component]) -> None:
    """The list as CycloneDX 1.6 JSON; equal contents give equal bytes."""
    when = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC)
    listed = [_entry(part) for part in inside if part.name != "econtract-desktop"]
    told = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": when.isoformat().replace("+00:00", "Z"),
            "component": {
                "type": "application",
                "name": "econtract-desktop",
                "version": __version__,
                "bom-ref": "econtract-desktop",
            },
            "properties": [{"name": "platform", "value": sys.platform}],
        },
        "components": listed,
        "dependencies": [{"ref": "econtract-desktop", "dependsOn": [entry["bom-ref"] for entry in listed]}],
    }
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(told, sort_keys=True))
    path.write_text(
        json.dumps({**told, "serialNumber": f"urn:uuid:{serial}"}, indent=1, ensure_ascii=False),
        encoding="utf-8",
        newline="\n",
    )


def _entry(part: Component) -> dict[str, object]:
    entry: dict[str, object] = {
        "type": "library",
        "bom-ref": part.purl or f"{part.name}@{part.version}",
        "name": part.name,
        "version": part.version,
        "licenses": [{"license": {"name": part.licence}}],
    }
    if part.purl:
        entry["purl"] = part.purl
    if part.source:
        entry["externalReferences"] = [{"type": "website", "url": part.source}]
    return entry
