"""What files are called inside a container, and what kind they are said to be."""

from __future__ import annotations

import unicodedata
from pathlib import Path

_FORBIDDEN = '<>:"/\\|?*'
_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{n}{i}" for n in ("COM", "LPT") for i in range(1, 10))}
_OURS = {"MIMETYPE", "META-INF"}
_LONGEST = 200  # bytes of UTF-8
_UNKNOWN = "application/octet-stream"
# Not the system's table: the same file must be signed alike on every PC.
_TYPES = {
    "csv": "text/csv",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "dwg": "image/vnd.dwg",
    "dxf": "image/vnd.dxf",
    "gif": "image/gif",
    "htm": "text/html",
    "html": "text/html",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "pdf": "application/pdf",
    "png": "image/png",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "svg": "image/svg+xml",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "txt": "text/plain",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml",
    "zip": "application/zip",
}


def entry_names(sources: tuple[Path, ...]) -> tuple[str, ...]:
    """A name for each: its own as far as every system takes it, no two alike but for case or composition."""
    taken: set[str] = set()
    found = []
    for source in sources:
        name, number = _plain(source.name), 1
        wanted = name
        while name.casefold() in taken:
            number += 1
            stem, dot, suffix = wanted.rpartition(".")
            name = f"{stem} ({number}).{suffix}" if dot and stem else f"{wanted} ({number})"
        taken.add(name.casefold())
        found.append(name)
    return tuple(found)


def media_type(name: str) -> str:
    """By the file name's end."""
    return _TYPES.get(name.rpartition(".")[2].lower(), _UNKNOWN)


def _plain(name: str) -> str:
    kept = "".join("_" if c in _FORBIDDEN or unicodedata.category(c) in {"Cc", "Cf", "Cs"} else c for c in name)
    kept = unicodedata.normalize("NFC", kept).strip(" .") or "document"
    if kept.upper() in _OURS or kept.partition(".")[0].upper() in _RESERVED:
        kept = f"_{kept}"
    stem, dot, suffix = kept.rpartition(".")
    if not dot or len(suffix.encode()) > 20:
        stem, dot, suffix = kept, "", ""
    room = _LONGEST - len(suffix.encode()) - len(dot)
    return stem.encode()[:room].decode("utf-8", "ignore") + dot + suffix
