"""What must not be there: broad excepts, threads in services, nested event loops, mocks, PINs in arguments, addresses."""

from __future__ import annotations

import ast
import re

from tests.house.sources import Source

# The only files that may catch everything: the task base, main, and one named guard per foreign library.
GUARDS = {
    "benchmarks/__main__.py": "_measure",  # one broken benchmark must not hide the others
    "fuzz/__main__.py": "_one",  # an exception that no target promised is what fuzzing looks for
    "econtract_core/evidence/library.py": "guarded",  # pyHanko and asn1crypto leak built-in exceptions
    "econtract_desktop/crypto/lanes.py": "run",  # what happens beside is carried whole to who waits for it
    "econtract_desktop/store/keys.py": "guarded",  # keyring's backends let D-Bus and pywin32 errors through
    "econtract_desktop/ui/tasks.py": "run",  # the task base: a task ends in exactly one of four ways
    "econtract_server/working.py": "_round",  # one broken round must not end the worker
    "econtract_server/routes/errors.py": "_around",  # the last guard of every request
    "econtract_desktop/cli/main.py": "run",  # main: a defect becomes InternalError
}
_THREADING = {"threading", "asyncio", "concurrent", "multiprocessing", "queue"}
# Put together here, because this file is read by the same check.
_HOSTS = ("py" + "pi.org", "python" + "hosted.org", "deb." + "debian.org", "registry." + "npmjs", "npmjs." + "org")
_MACHINE = re.compile(r"(?<![\w.])(?:/" + r"work/(?:main|shared|\.)|/ro" + r"ot/|/ho" + r"me/(?!\$)\w+/)")
_INDEX = re.compile(r"(?<!no-emit-)\b(?:extra-)?(?:index-" + r"url|find-" + r"links|trusted-" + r"host)\b")


def broad_excepts(source: Source, guards: dict[str, str] = GUARDS) -> list[str]:
    """`except Exception` (or wider, or bare) only in the named guards, or where it is raised again as it is."""
    found = []
    for function, node in _handlers(source.tree, "module"):
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        names = {item.id if isinstance(item, ast.Name) else None for item in caught if item is not None}
        wide = node.type is None or names & {"Exception", "BaseException"}
        last = node.body[-1]
        passes_on = isinstance(last, ast.Raise) and last.exc is None  # tidies up and lets it go on
        if wide and not passes_on and guards.get(source.path) != function:
            found.append(
                source.at(node.lineno, f"catches everything in {function}: name the errors, or a guard in GUARDS")
            )
    return found


def _handlers(node: ast.AST, function: str) -> list[tuple[str, ast.ExceptHandler]]:
    """Every except clause with the name of the innermost function around it."""
    found = []
    for child in ast.iter_child_nodes(node):
        inner = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else function
        if isinstance(child, ast.ExceptHandler):
            found.append((inner, child))
        found += _handlers(child, inner)
    return found


def threads_in_services(source: Source) -> list[str]:
    """A service knows no thread and no event loop: it is plain blocking code."""
    found = []
    for line, module in imports(source.tree):
        if module.split(".")[0] in _THREADING:
            found.append(source.at(line, f"a service imports {module}"))
    return found


def threads_in_ui(source: Source) -> list[str]:
    """In ui only `tasks.py` starts threads, and nobody runs an event loop inside the event loop."""
    found = []
    for node in ast.walk(source.tree):
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        line = getattr(node, "lineno", 1)
        if name in {"QThread", "QThreadPool", "QRunnable", "Thread"} and not source.path.endswith("/ui/tasks.py"):
            found.append(source.at(line, f"{name} outside ui/tasks.py"))
        if name in {"QEventLoop", "processEvents"}:
            found.append(source.at(line, f"nested event loop: {name}"))
        if (
            isinstance(node, ast.Call)
            and name == ""
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "exec"
        ):
            receiver = ast.unparse(node.func.value)
            if "app" not in receiver.lower():
                found.append(source.at(line, f"nested event loop: {receiver}.exec()"))
    return found


def mocks(source: Source) -> list[str]:
    """Tests use fakes that pass the port's contract tests, never mock objects or replaced behaviour."""
    found = []
    for line, module in imports(source.tree):
        if module.split(".")[0] in {"mock", "pytest_mock"} or module.startswith("unittest.mock"):
            found.append(source.at(line, f"{module}: use a fake from tests/fakes"))
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in {"setattr", "setitem", "delattr"}
            and isinstance(node.value, ast.Name)
            and node.value.id == "monkeypatch"
        ):
            found.append(source.at(node.lineno, f"monkeypatch.{node.attr}: behaviour is not replaced in tests"))
    return found


def pin_arguments(source: Source) -> list[str]:
    """No argument carries a PIN: only --pin-fd (a descriptor) and --pin-env (a name, practice cards only) exist."""
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            word = node.value.split("=")[0]
            if re.fullmatch(r"--(?:so-|user-|new-)?pin(?:-(?!fd$|env$)[a-z0-9-]+)?", word):
                found.append(source.at(node.lineno, f"{word} would carry a PIN in an argument list"))
    return found


def addresses(path: str, text: str) -> list[str]:
    """No registry's host, no path of one machine, no index address in any file of the project."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        found += [f"{path}:{number}: names the registry {host}" for host in _HOSTS if host in line]
        found += [f"{path}:{number}: path of one machine: {hit.group()}" for hit in _MACHINE.finditer(line)]
        if not path.startswith(("dev.py", "tests/house/")):
            found += [f"{path}:{number}: an index address option: {hit.group()}" for hit in _INDEX.finditer(line)]
    return found


def imports(tree: ast.AST) -> list[tuple[int, str]]:
    """(line, dotted module) of every import, function-local ones too."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += [(node.lineno, node.module)]
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found
