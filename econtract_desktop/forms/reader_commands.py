"""File names in commands that people copy: one word for the shell, whatever the name, and nothing hidden from the eye.

POSIX sh (IEEE 1003.1, 2.2 and 2.6.3) and PowerShell 5.1 and later (about_Quoting_Rules). A name with characters that would mislead
the eye is spelled by its bytes or code points, since such characters do not survive being shown and copied.
"""

from __future__ import annotations

import os
import shlex

from econtract_core.identity.characters import visible

_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ./_-")
_QUOTES = "'\u2018\u2019\u201a\u201b"  # PowerShell takes every one of them for an apostrophe


def posix_word(name: str) -> str:
    """A file of this name in the folder at hand, as one word for sh."""
    if visible(name) == name:
        return shlex.quote(f"./{name}")
    body = name.rstrip("\n")  # a substitution drops the last line ends
    spelled = "".join(chr(b) if b in _PLAIN else f"\\{b:03o}" for b in os.fsencode(f"./{body}"))
    ends = name[len(body) :]
    return f"\"$(printf '{spelled}')\"" + (f"'{ends}'" if ends else "")


def powershell_word(name: str) -> str:
    """A file of this name in the folder at hand, as one argument for PowerShell."""
    if visible(name) == name:
        return _single_quoted(f".\\{name}")
    parts: list[str] = []
    plain = ".\\"
    for unit in _utf16(name):
        if visible(unit) == unit:
            plain += unit
        else:
            parts += [_single_quoted(plain), f"[char]0x{ord(unit):04X}"] if plain else [f"[char]0x{ord(unit):04X}"]
            plain = ""
    return f"({' + '.join([*parts, *([_single_quoted(plain)] if plain else [])])})"


def _utf16(text: str) -> list[str]:
    """As .NET counts characters: those beyond the first plane are two."""
    data = text.encode("utf-16-be", "surrogatepass")
    return [chr(int.from_bytes(data[i : i + 2], "big")) for i in range(0, len(data), 2)]


def _single_quoted(text: str) -> str:
    return "'" + "".join(c * 2 if c in _QUOTES else c for c in text) + "'"
