"""Sizes, names, docstrings and module-level state. Each function takes a `Source` and returns complaints."""

from __future__ import annotations

import ast

from tests.house.sources import Source

FILE_LINES = 600
CLASS_METHODS = 20
FUNCTION_LINES = 50
_MUTABLE_CALLS = {"list", "dict", "set", "bytearray", "defaultdict", "OrderedDict", "Counter", "deque"}
_MUTATORS = {
    "append",
    "add",
    "update",
    "extend",
    "insert",
    "pop",
    "popitem",
    "clear",
    "remove",
    "discard",
    "setdefault",
}
_BANNED_NAMES = {"utils.py", "util.py", "helpers.py", "misc.py", "common.py"}
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def file_size(source: Source) -> list[str]:
    """A file has 600 lines at most, and a name that says what is in it."""
    lines = source.text.count("\n")
    found = [source.at(1, f"{lines} lines, {FILE_LINES} at most")] if lines > FILE_LINES else []
    name = source.path.rsplit("/", 1)[-1]
    return found + ([source.at(1, f"{name} says nothing about what is in it")] if name in _BANNED_NAMES else [])


def class_and_function_sizes(source: Source) -> list[str]:
    """A class has 20 methods at most; a function 50 lines, its docstring not counted."""
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef):
            methods = sum(isinstance(item, _Function) for item in node.body)
            if methods > CLASS_METHODS:
                found.append(source.at(node.lineno, f"class {node.name}: {methods} methods, {CLASS_METHODS} at most"))
        elif isinstance(node, _Function):
            lines = _lines(node)
            if lines > FUNCTION_LINES:
                found.append(source.at(node.lineno, f"{node.name}: {lines} lines, {FUNCTION_LINES} at most"))
    return found


def _lines(function: _Function) -> int:
    total = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        total -= (first.end_lineno or first.lineno) - first.lineno + 1
    return total


def docstrings(source: Source) -> list[str]:
    """A module with code says what it is for, and a public class what it promises: itself, or by its methods."""
    if not source.tree.body:
        return []
    found = [] if ast.get_docstring(source.tree) else [source.at(1, "the module has no docstring")]
    for node in source.tree.body:
        if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
            continue
        words = [item for item in (node, *node.body) if isinstance(item, ast.ClassDef | _Function)]
        if not _plain_data(node) and not any(ast.get_docstring(item) for item in words):
            found.append(source.at(node.lineno, f"class {node.name} has no docstring"))
    return found


def _plain_data(node: ast.ClassDef) -> bool:
    """Only fields (and comments beside them): the names say it."""
    return all(isinstance(item, ast.AnnAssign | ast.Assign | ast.Pass) for item in node.body)


def module_state(source: Source) -> list[str]:
    """No state that lives in a module: no `global`, no mutable value under a lower-case name, no table that is changed."""
    found: list[str] = []
    tables: set[str] = set()
    for node in source.tree.body:
        for name, value in _assigned(node):
            if not _mutable(value):
                continue
            if name.isupper() or name.lstrip("_").isupper():
                tables.add(name)
            elif not name.startswith("__"):
                found.append(source.at(node.lineno, f"module-level mutable state: {name}"))
    for inner in ast.walk(source.tree):
        if isinstance(inner, ast.Global):
            found.append(source.at(inner.lineno, "global " + ", ".join(inner.names)))
        elif _changed(inner) in tables:
            found.append(source.at(getattr(inner, "lineno", 1), f"a module-level table is changed: {_changed(inner)}"))
    return found


def _assigned(node: ast.stmt) -> list[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        return [(target.id, node.value) for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
        return [(node.target.id, node.value)]
    return []


def _mutable(value: ast.expr) -> bool:
    if isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp):
        return True
    if not isinstance(value, ast.Call):
        return False
    called = value.func
    name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
    return name in _MUTABLE_CALLS


def _changed(node: ast.AST) -> str:
    """The name that this node changes in place; empty if it does not."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _MUTATORS:
        return node.func.value.id if isinstance(node.func.value, ast.Name) else ""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        return node.value.id if isinstance(node.value, ast.Name) else ""
    return ""
