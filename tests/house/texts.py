"""The texts: both languages complete, every key that code uses is there, every error is told, every field can be filled."""

from __future__ import annotations

import ast
import json
import re
import string
from collections.abc import Mapping
from pathlib import Path

from tests.house.sources import Source

ERROR_PARTS = ("title", "cause", "remedy", "button")
_KEY = re.compile(r"[a-z][a-z0-9_]*(?:\.[A-Za-z0-9_-]+)+")
# Calls whose first (or, for `step`, "progress."-less first) argument is a text's key.
_TEXT_CALLS = {"texts", "text", "_texts", "_text", "t", "tr"}

Table = dict[str, object]
Tables = dict[str, Table]


def load_tables(folder: Path) -> Tables:
    """{area: table} of one language's folder."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def flat(tables: Tables) -> dict[str, str]:
    """{"area.key": text}; an entry of several parts gives "area.key.part"."""
    found: dict[str, str] = {}
    for area, table in tables.items():
        for key, value in table.items():
            if isinstance(value, dict):
                found.update({f"{area}.{key}.{part}": str(text) for part, text in value.items()})
            else:
                found[f"{area}.{key}"] = str(value)
    return found


def fields(template: str) -> set[str]:
    """The names a `str.format` template asks for. Raises ValueError where it cannot be parsed."""
    return {
        name.split(".")[0].split("[")[0] for _, name, _, _ in string.Formatter().parse(template) if name is not None
    }


def languages_agree(ja: Tables, en: Tables) -> list[str]:
    """Same keys, same fields, nothing empty but an error's button, and templates that can be filled."""
    japanese, english = flat(ja), flat(en)
    found = [f"no English text: {key}" for key in sorted(japanese.keys() - english.keys())]
    found += [f"no Japanese text: {key}" for key in sorted(english.keys() - japanese.keys())]
    for key in sorted(japanese.keys() & english.keys()):
        try:
            one, other = fields(japanese[key]), fields(english[key])
        except ValueError as problem:
            found.append(f"{key}: {problem}")
            continue
        if one != other:
            found.append(f"{key}: fields differ: ja {sorted(one)}, en {sorted(other)}")
        if not key.endswith(".button") and not (japanese[key].strip() and english[key].strip()):
            found.append(f"{key}: empty")
    return found


def errors_told(types: Mapping[str, type], table: Table) -> list[str]:
    """Every code has its four parts, no text is left over, and a text asks for no fact that its error does not promise."""
    found = [f"no text for {code} {types[code].__name__}" for code in sorted(types.keys() - table.keys())]
    found += [f"text for an unknown code: {code}" for code in sorted(table.keys() - types.keys())]
    for code in sorted(types.keys() & table.keys()):
        entry = table[code]
        if not isinstance(entry, dict) or set(entry) != set(ERROR_PARTS):
            found.append(f"{code}: an entry has exactly {', '.join(ERROR_PARTS)}")
            continue
        promised = facts(types[code])
        for part in ERROR_PARTS:
            found += [f"{code}.{part}: no such fact: {name}" for name in sorted(fields(str(entry[part])) - promised)]
    return found


def facts(kind: type) -> set[str]:
    """The names after "Facts:" in an error's docstring."""
    _, _, promised = (kind.__doc__ or "").partition("Facts:")
    return set(re.findall(r"\b[a-z][a-z0-9_]*\b", promised))


def used_keys(source: Source) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """(literal keys, beginnings of keys put together by an f-string or +) with their lines."""
    whole: list[tuple[int, str]] = []
    begun: list[tuple[int, str]] = []
    for node in ast.walk(source.tree):
        if not (isinstance(node, ast.Call) and node.args):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        before = "progress." if called == "step" else ""
        if called not in _TEXT_CALLS and not before:
            continue
        for argument in _branches(node.args[0]):
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                key = before + argument.value
                if _KEY.fullmatch(key):
                    whole.append((node.lineno, key))
            elif (start := _beginning(argument)) is not None:
                begun.append((node.lineno, before + start))
    return whole, begun


def _branches(node: ast.expr) -> list[ast.expr]:
    """Both values of a conditional expression."""
    return [*_branches(node.body), *_branches(node.orelse)] if isinstance(node, ast.IfExp) else [node]


def _beginning(node: ast.expr) -> str | None:
    first = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        first = node.left
    return (
        first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) and "." in first.value else None
    )


def keys_exist(source: Source, tables: Tables) -> list[str]:
    """Every key used in this file has a text; every key that is put together has at least one."""
    known = flat(tables)
    whole, begun = used_keys(source)
    found = [source.at(line, f"no text for {key}") for line, key in whole if key not in known]
    return found + [
        source.at(line, f"no text begins with {start}")
        for line, start in begun
        if not any(key.startswith(start) for key in known)
    ]
