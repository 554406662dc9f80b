"""Ports and their adapters: every Protocol of `econtract_desktop/ports` is kept by some class, as far as names can tell."""

from __future__ import annotations

import ast

from tests.house.sources import Source


def protocols(source: Source) -> dict[str, set[str]]:
    """{Protocol class: its public method and property names} of one port file."""
    return {
        node.name: methods(node)
        for node in source.tree.body
        if isinstance(node, ast.ClassDef) and any(_name(base) == "Protocol" for base in node.bases)
    }


def methods(node: ast.ClassDef) -> set[str]:
    return {
        item.name
        for item in node.body
        if isinstance(item, ast.FunctionDef)
        and (not item.name.startswith("_") or item.name in {"__enter__", "__exit__"})
    }


def offered(sources: list[Source]) -> list[set[str]]:
    """What each class of these files offers: its own methods and fields, and those of bases found in the same files."""
    classes = {node.name: node for s in sources for node in ast.walk(s.tree) if isinstance(node, ast.ClassDef)}
    return [
        _offers(node, classes, frozenset())
        for s in sources
        for node in ast.walk(s.tree)
        if isinstance(node, ast.ClassDef)
    ]


def _offers(node: ast.ClassDef, classes: dict[str, ast.ClassDef], seen: frozenset[str]) -> set[str]:
    names = methods(node)
    for item in ast.walk(node):
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            names.add(item.target.id)
        elif isinstance(item, ast.Attribute) and isinstance(item.ctx, ast.Store) and _name(item.value) == "self":
            names.add(item.attr)
    for base in node.bases:
        parent = classes.get(_name(base))
        if parent is not None and parent.name not in seen:
            names |= _offers(parent, classes, seen | {node.name})
    return names


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def without_adapter(port: Source, adapters: list[Source]) -> list[str]:
    """The port's Protocols that no class of the adapters keeps."""
    classes = offered(adapters)
    return [
        f"{port.path}: nothing offers {name} ({', '.join(sorted(wanted))})"
        for name, wanted in protocols(port).items()
        if not any(wanted <= names for names in classes)
    ]
