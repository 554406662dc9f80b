#!/usr/bin/env python3
"""The one entry for people who work on this project: `python3 dev.py COMMAND` (Windows: `py dev.py COMMAND`).

Standard library only, and nothing newer than Python 3.7 in its grammar, so that a too old Python is told so in plain words.
Every command sets up first; that takes no time when nothing changed. Exit statuses are passed through: 0 done, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.util
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "econtract-setup.json"
LOCKS = ROOT / "requirements"
CACHE = ROOT / ".cache"
OLDEST, TOO_NEW = (3, 11), (3, 15)
# Names of our own: a type checker takes the platform it runs on for the only one.
LINUX, MAC = sys.platform.startswith("linux"), sys.platform == "darwin"
LAUNCHER = "py dev.py" if os.name == "nt" else "python3 dev.py"
# What lock files are made from, in this order: (result, sources and constraints, extras). uv itself is pinned too.
LOCK_FILES = (
    ("lock.txt", ("requirements/lock.in",), ()),
    ("pip.txt", ("requirements/pip.in",), ()),
    ("build-constraints.txt", ("requirements/build-constraints.in", "-c", "requirements/pip.txt"), ()),
    ("dev.txt", ("pyproject.toml",), ("desktop", "server", "dev")),
    ("desktop.txt", ("pyproject.toml", "-c", "requirements/dev.txt"), ("desktop",)),
    ("server.txt", ("pyproject.toml", "-c", "requirements/dev.txt"), ("server",)),
    ("package.txt", ("pyproject.toml", "-c", "requirements/dev.txt"), ("desktop", "server", "build")),
    ("windows-tests.txt", ("requirements/windows-tests.in", "-c", "requirements/dev.txt"), ()),
)
# Debian packages by what goes unchecked without them; a name after "|" counts as the same package (renamed in Debian 13).
QT_LIBRARIES = (
    "libegl1 libgl1 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 libfreetype6 libgssapi-krb5-2 "
    "libglib2.0-0|libglib2.0-0t64 libx11-xcb1 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 "
    "libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libxcb-xkb1"
)
SYSTEM_PACKAGES = (
    ("the window (Qt's libraries)", QT_LIBRARIES),
    ("windows on a virtual display", "xvfb"),
    ("practice cards on SoftHSM (PKCS#12 file cards are used instead)", "softhsm2"),
    ("virtual cards on the real PC/SC stack", "pcscd vsmartcard-vpcd opensc-pkcs11 opensc"),
    ("signed files by poppler's pdfsig", "poppler-utils libnss3-tools"),
    ("timestamps by openssl", "openssl"),
    ("PDF syntax by qpdf and mutool", "qpdf mupdf-tools"),
    ("archives in later years (shifted clocks)", "faketime"),
    ("containers by xmlsec1", "xmlsec1"),
    ("the server on PostgreSQL", "postgresql"),
    ("TLS to the package index", "ca-certificates"),
)
# For two commands alone (`package --windows`, `wine-test`); ordinary set-up and tests do without.
WINE_PACKAGES = "wine wine64 gcc-mingw-w64-x86-64 nsis osslsigncode xvfb"


class Failure(Exception):
    """A step failed; the message is for the person, the status for the shell."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def say(text: str) -> None:
    print(text, flush=True)


# --- running things --------------------------------------------------------------------------------------------------


def environment(**more: str) -> dict[str, str]:
    """What children see: the virtual environment first, no foreign Python paths, UTF-8 everywhere. pip's own settings
    (mirrors, proxies, certificates) are left alone: hashes decide what may be installed, not addresses."""
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    env["PATH"] = str(BIN) + os.pathsep + env.get("PATH", "")
    env["VIRTUAL_ENV"] = str(VENV)
    env["PYTHONUTF8"] = "1"
    env.setdefault("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    env.update(more)
    return env


def run(command: list[str | Path], **more: str) -> int:
    """Run in the project's folder with our standard streams; the exit status (a signal as 128 + its number).

    Ctrl+C reaches the child too: it gets the time to tidy up (servers, card processes), until the third one. SIGTERM is handed on.
    """
    try:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(**more))
    except OSError as problem:
        raise Failure(f"{command[0]}: {problem.strerror}", 127) from None
    signal.signal(signal.SIGTERM, lambda _number, _frame: process.terminate())
    for _ in range(3):
        try:
            status = process.wait()
        except KeyboardInterrupt:
            continue
        return status if status >= 0 else 128 - status
    process.kill()
    return 130


def must(what: str, command: list[str | Path], **more: str) -> None:
    """Run quietly; on failure show all it said and stop."""
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment(**more), check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
    except OSError as problem:
        raise Failure(f"{what}: {command[0]}: {problem.strerror}") from None
    if done.returncode:
        say(done.stdout.decode("utf-8", "replace").rstrip())
        raise Failure(f"{what} failed (exit status {done.returncode}): {shlex.join(map(str, command))}")


def module(name: str, *arguments: str | Path, **more: str) -> int:
    """`python -m name …` in the virtual environment."""
    return run([PYTHON, "-m", name, *arguments], **more)


# --- set-up ----------------------------------------------------------------------------------------------------------


def check_python() -> None:
    """Raises Failure naming this Python and what to do where it is too old or too new."""
    if OLDEST <= sys.version_info[:2] < TOO_NEW:
        return
    wanted = "{}.{} to {}.{}".format(*OLDEST, TOO_NEW[0], TOO_NEW[1] - 1)
    names = [f"python3.{minor}" for minor in range(TOO_NEW[1] - 1, OLDEST[1] - 1, -1)]
    found = next((name for name in names if shutil.which(name)), None)
    way = f"run: {found} dev.py …" if found else "install one (python.org, or your system's packages)"
    raise Failure(f"this is Python {sys.version.split()[0]} ({sys.executable}); Python {wanted} is needed. {way}", 2)


def fingerprint() -> str:
    """Changes whenever the virtual environment must be made or filled again."""
    import tomllib  # not at the top: a too old Python must get as far as being named

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    installed = [project["build-system"], project["project"], project["tool"]["setuptools"]]
    digest = hashlib.sha256(f"2\0{ROOT}\0{PYTHON.resolve()}\0{json.dumps(installed)}".encode())
    for path in sorted(LOCKS.glob("*.txt")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def read_stamp() -> dict[str, object]:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def setup(*, told: bool = False) -> None:
    """Make everything ready; at once when it is. `told`: say so even then. Raises Failure."""
    check_python()
    started = time.monotonic()
    stamp = read_stamp()
    if PYTHON.exists() and stamp.get("fingerprint") == fingerprint():
        looked = stamp.get("packages") == all_packages()  # a table that has grown since is looked through again
        gaps = [] if looked and not stamp.get("gaps") else missing_packages()
        if gaps and (told or not looked):
            gaps = system_packages()
        if gaps != stamp.get("gaps") or not looked:
            STAMP.write_text(json.dumps({**stamp, "gaps": gaps, "packages": all_packages()}), encoding="utf-8")
        if told:
            report(gaps, started)
        elif gaps:
            say(f"setup: not on this machine: {' '.join(gaps)} (see {LAUNCHER} setup)")
        return
    with contextlib.suppress(OSError):
        STAMP.unlink()  # whatever breaks off below must be done again
    gaps = system_packages()
    make_venv()
    fill_venv()
    stamp = {"fingerprint": fingerprint(), "gaps": gaps, "packages": all_packages()}
    STAMP.write_text(json.dumps(stamp), encoding="utf-8")
    report(gaps, started)


def report(gaps: list[str], started: float) -> None:
    """The end of set-up: what stays unchecked on this machine, and the time it took."""
    for line in not_checked(gaps):
        say(line)
    say(f"setup: done in {time.monotonic() - started:.1f} s")


def make_venv() -> None:
    """`.venv` with this Python, unless the one there works."""
    if PYTHON.exists():
        probe = [str(PYTHON), "-c", "import sys, pip; print(sys.prefix)"]
        seen = subprocess.run(probe, capture_output=True, text=True, check=False, env=environment())
        if seen.returncode == 0 and Path(seen.stdout.strip()).resolve() == VENV.resolve():
            return
    if Path(sys.prefix).resolve() == VENV.resolve():
        raise Failure(f"the virtual environment must be made anew: run {LAUNCHER} with the system's Python")
    say(f"setup: .venv with Python {sys.version.split()[0]}")
    must("making .venv", [sys.executable, "-m", "venv", "--clear", VENV])


def fill_venv() -> None:
    """Exactly what the lock files say, by hash. Only pyscard is built from source (on Linux), with pinned build tools."""
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "--quiet", "--no-input"]
    say("setup: pip and build tools, by hash")
    must("pip", [*pip, "--require-hashes", "--only-binary=:all:", "-r", LOCKS / "pip.txt"])
    say("setup: locked dependencies, by hash (about 200 MB when nothing is cached)")
    from_source = ["--no-binary=pyscard"] if LINUX else []
    locked: list[str | Path] = ["--build-constraint", LOCKS / "build-constraints.txt", "-r", LOCKS / "dev.txt"]
    must("dependencies", [*pip, "--require-hashes", "--only-binary=:all:", *from_source, *locked])
    say("setup: this project, editable")
    # "compat": a plain path file. The other editable modes install an import hook that every start of the program pays for.
    must("project", [*pip, "--no-deps", "--no-build-isolation", "--config-settings=editable_mode=compat", "-e", ROOT])


# --- system packages -------------------------------------------------------------------------------------------------


def essentials() -> list[str]:
    """Debian packages without which set-up cannot go on: a virtual environment, and a compiler with headers for pyscard."""
    if not LINUX:
        return []
    debian_python = Path(sys.executable).resolve().parent == Path("/usr/bin")
    version = "{}.{}".format(*sys.version_info)
    own = "python3" if Path("/usr/bin/python3").resolve().name == f"python{version}" else f"python{version}"
    wanted = []
    if importlib.util.find_spec("ensurepip") is None and not PYTHON.exists():
        wanted.append(f"{own}-venv" if debian_python else "python3-venv")
    if not Path(sysconfig.get_path("include"), "Python.h").is_file():
        wanted.append(f"{own}-dev" if debian_python else "python3-dev")
    if not (shutil.which("gcc") and Path("/usr/include/stdio.h").is_file()):
        wanted += ["gcc", "libc6-dev"]
    if not Path("/usr/include/PCSC/winscard.h").is_file():
        wanted.append("libpcsclite-dev")
    return wanted


def all_packages() -> list[str]:
    return " ".join(names for _, names in SYSTEM_PACKAGES).split()


def missing_packages(of: str | None = None) -> list[str]:
    """Names from SYSTEM_PACKAGES (or from the list `of`) that dpkg does not have; empty where there is no dpkg."""
    if not shutil.which("dpkg-query"):
        return []
    wanted = all_packages() if of is None else of.split()
    every = [name for entry in wanted for name in entry.split("|")]
    answer = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *every],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
        text=True,
    ).stdout
    there = {line.split()[0] for line in answer.splitlines() if line.endswith(" installed")}
    return [entry.split("|")[0] for entry in wanted if not there.intersection(entry.split("|"))]


def system_packages() -> list[str]:
    """Install what is missing where we may; else say how. Returns what is still missing. Raises Failure without essentials."""
    needed = essentials()
    if not shutil.which("dpkg-query"):
        if needed:
            others = "a C compiler, Python's headers and venv module, pcsc-lite's headers (winscard.h)"
            raise Failure(f"install first: {others}. On Debian these are: {' '.join(needed)}")
        return []
    wanted = [*needed, *missing_packages()]
    if not wanted:
        return []
    command = ["apt-get", "install", "-y", "--no-install-recommends", *wanted]
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("apt-get"):
        say("setup: missing system packages; as root: " + " ".join(command))
        if needed:
            raise Failure("set-up cannot go on without: " + " ".join(needed))
        return wanted
    say(f"setup: {len(wanted)} system packages: {' '.join(wanted)}")
    apt_install(wanted)
    left = essentials()
    if left:
        raise Failure("still missing after apt-get: " + " ".join(left))
    return missing_packages()


def apt_install(packages: list[str]) -> None:
    """Install with the package lists as they are; fetch fresh ones only where that fails. Raises Failure."""
    apt: list[str | Path] = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    install = [*apt, "install", "-y", "--no-install-recommends", *packages]
    quiet = environment(DEBIAN_FRONTEND="noninteractive")
    for attempt in ([*install, "--simulate"], install):
        if subprocess.run(attempt, env=quiet, capture_output=True, check=False).returncode:
            say("setup: apt-get update")
            must("apt-get update", [*apt, "update"])
            must("apt-get install", install, DEBIAN_FRONTEND="noninteractive")
            return


def not_checked(gaps: list[str]) -> list[str]:
    """What cannot be checked on this machine, in words."""
    lines = []
    for what, names in SYSTEM_PACKAGES:
        lacking = sorted(set(gaps) & {entry.split("|")[0] for entry in names.split()})
        if lacking:
            lines.append(f"setup: NOT CHECKED here: {what} (missing: {' '.join(lacking)})")
    if not LINUX:
        lines.append(
            "setup: NOT CHECKED here: SoftHSM and virtual cards, pdfsig, openssl ts (Debian only); file cards are used"
        )
    elif not shutil.which("dpkg-query"):
        lines.append(
            "setup: no dpkg here: Qt's libraries, softhsm2, pcscd, poppler-utils, openssl and xvfb are not looked for"
        )
    return lines


# --- commands --------------------------------------------------------------------------------------------------------


def has_display() -> bool:
    if os.name == "nt" or MAC:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def practice(options: argparse.Namespace, _: list[str]) -> int:
    """The practice environment: the window, or the whole journey headless."""
    setup()
    if not options.headless and not options.life and has_display():
        directory = (options.dir or CACHE / "practice-window").resolve()
        return module("econtract_desktop", "practice", "window", "--dir", directory)
    if not options.headless and not options.life:
        say("practice: no display here, so headless")
    directory = (options.dir or CACHE / "practice").resolve()
    report = (options.report or ROOT / "practice-report").resolve()
    for given, place in ((options.dir, directory), (options.report, report)):
        if not given and place.exists():
            shutil.rmtree(place)  # our own places are fresh each time; a folder somebody named is theirs
    what = ("life", "--kind", options.life) if options.life else ("journey",)
    return module("econtract_practice", *what, "--dir", directory, "--report", report)


def test(_: argparse.Namespace, rest: list[str]) -> int:
    """All tests, or what pytest's own arguments choose."""
    setup()
    platform = os.environ.get("QT_QPA_PLATFORM", "offscreen")
    return module("pytest", *rest, QT_QPA_PLATFORM=platform)


def check(_: argparse.Namespace, __: list[str]) -> int:
    """Everything that can be judged without running the program. All checks run; any failure fails."""
    setup()
    typed = ["dev.py", "benchmarks", "installer", "tests/house"] + (
        ["fuzz"] if any((ROOT / "fuzz").glob("*.py")) else []
    )
    checks: list[tuple[str, list[str | Path]]] = [
        ("lint", [PYTHON, "-m", "ruff", "check", "."]),
        ("format", [PYTHON, "-m", "ruff", "format", "--check", "."]),
        ("types", [PYTHON, "-m", "mypy"]),
        ("types of the tools", [PYTHON, "-m", "mypy", *typed]),
        ("import contracts", [BIN / "lint-imports"]),
        ("house rules, texts, documents", [PYTHON, "-m", "pytest", "-q", "--no-header", *house_tests()]),
    ]
    failed = []
    for name, command in checks:
        started = time.monotonic()
        done = subprocess.run(
            command, cwd=ROOT, env=environment(), check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        if done.returncode:
            failed.append(name)
            say(done.stdout.decode("utf-8", "replace").rstrip())
        say(f"check: {'FAILED' if done.returncode else 'ok'}: {name} ({time.monotonic() - started:.1f} s)")
    say("check: FAILED: " + ", ".join(failed) if failed else "check: all ok")
    return 1 if failed else 0


def house_tests() -> list[str]:
    return [str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests/unit").glob("test_house*.py"))]


def bench(_: argparse.Namespace, rest: list[str]) -> int:
    """Benchmarks by name (all without one): one JSON line each."""
    setup()
    return module("benchmarks", *rest, QT_QPA_PLATFORM="offscreen")


def screens(options: argparse.Namespace, rest: list[str]) -> int:
    """A PNG of every screen: Japanese and English, light, dark and high contrast, 100 and 150 %."""
    setup()
    out = (options.out or ROOT / "screens").resolve()
    return module("econtract_desktop.ui.gallery", "--out", out, *rest, QT_QPA_PLATFORM="offscreen")


def fuzz(options: argparse.Namespace, rest: list[str]) -> int:
    """Fuzzing, all targets or those named."""
    setup()
    return module("fuzz", "--seconds", str(options.seconds), *rest)


def coverage(_: argparse.Namespace, __: list[str]) -> int:
    """The rules' own tests reach every line and every branch of the rules; fails below 100 %."""
    setup()
    data = CACHE / "coverage-rules"
    CACHE.mkdir(exist_ok=True)
    what = ("run", "--branch", "--source", "econtract_core.rules", "--data-file", str(data))
    status = module("coverage", *what, "-m", "pytest", "-q", "-x", "tests/unit/core/rules")
    if status:
        return status
    return module("coverage", "report", "--data-file", data, "--show-missing", "--skip-covered", "--fail-under", "100")


def lock(options: argparse.Namespace, _: list[str]) -> int:
    """Make the lock files again with uv, in an environment that is thrown away. Pins stay unless --upgrade."""
    check_python()
    with tempfile.TemporaryDirectory(prefix="econtract-lock-") as folder:
        place = Path(folder)
        must("making an environment for uv", [sys.executable, "-m", "venv", place])
        tool = place / BIN.name
        pip: list[str | Path] = [tool / "python", "-m", "pip", "install", "--quiet"]
        must("installing uv, by hash", [*pip, "--only-binary=:all:", "--require-hashes", "-r", LOCKS / "lock.txt"])
        # One lock for Linux, Windows and macOS from the oldest Python on; no addresses, so that every mirror serves it.
        compiling: list[str | Path] = [
            tool / "uv",
            "pip",
            "compile",
            "--quiet",
            "--universal",
            "--python-version",
            "3.11",
        ]
        compiling += ["--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"]
        compiling += ["--custom-compile-command", "python3 dev.py lock"] + (["--upgrade"] if options.upgrade else [])
        for name, sources, extras in LOCK_FILES:
            chosen = [word for extra in extras for word in ("--extra", extra)]
            must(name, [*compiling, *sources, *chosen, "-o", f"requirements/{name}"], UV_NO_CONFIG="1")
            say(f"lock: requirements/{name}")
    return 0


def package(options: argparse.Namespace, _: list[str]) -> int:
    """The frozen program, and for Windows its signed set-up file."""
    setup()
    for_windows = options.windows or os.name == "nt"
    if for_windows and LINUX:
        more_packages("the Windows program under Wine", WINE_PACKAGES)
    where = "--windows" if for_windows else "--linux"
    return module("installer", "package", where, *(["--twice"] if options.twice else []))


def wine_test(_: argparse.Namespace, __: list[str]) -> int:
    """The set-up file and the installed program, tried under Wine from the first start to the last file removed."""
    setup()
    more_packages("the Windows program under Wine", WINE_PACKAGES)
    return module("installer", "wine-test")


def more_packages(what: str, packages: str) -> None:
    """System packages that one command alone needs: installed when it is asked for. Raises Failure."""
    wanted = missing_packages(packages)
    if not wanted:
        return
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Failure(f"{what} needs, as root: apt-get install --no-install-recommends {' '.join(wanted)}")
    say(f"{len(wanted)} system packages for {what}: {' '.join(wanted)}")
    apt_install(wanted)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="dev.py", description="Set up, practise, test, check and measure this project.")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text)

    add("setup", "system packages (as root on Debian), .venv, locked dependencies")
    command = add("practice", "the practice environment: opens the window, or runs the whole contract journey headless")
    command.add_argument("--headless", action="store_true", help="no window: run the journey and print each step")
    command.add_argument(
        "--life", choices=["works", "services"], help="the whole life of a contract, by command, one JSON object a step"
    )
    command.add_argument("--report", type=Path, metavar="DIR", help="where the journey's report goes")
    command.add_argument("--dir", type=Path, metavar="DIR", help="keep the practice environment here")
    add("test", "all tests; further arguments go to pytest")
    add("check", "lint, format, types, import contracts, house rules, translations, documents")
    add("bench", "benchmarks, all or by NAME; one JSON line each")
    command = add("screens", "a PNG of every screen")
    command.add_argument("--out", type=Path, metavar="DIR", help="where the pictures go")
    command = add("fuzz", "fuzzing, all targets or by NAME; --list names them")
    command.add_argument("--seconds", type=int, default=60, help="how long for each target (default 60)")
    add("coverage", "how much of the rules their tests reach: every branch, or it fails")
    command = add("lock", "make the lock files again (maintainers)")
    command.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    command = add("package", "the frozen program, and on the way to Windows its set-up file; its path is the last line")
    place = command.add_mutually_exclusive_group()
    place.add_argument("--linux", action="store_true", help="for this Linux (the default there)")
    place.add_argument(
        "--windows", action="store_true", help="for Windows, made under Wine (on Windows itself: natively)"
    )
    command.add_argument("--twice", action="store_true", help="build again and list what differs")
    add("wine-test", "builds, installs, tries, upgrades and removes the Windows program under Wine")
    return top


def main(arguments: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a Windows console may lack a character; that is no reason to stop
    top = parser()
    options, rest = top.parse_known_args(arguments)
    if rest and options.command not in ("test", "bench", "screens", "fuzz"):
        top.error("unrecognized arguments: " + " ".join(rest))
    if options.command == "setup":
        setup(told=True)
        return 0
    does = {
        "practice": practice,
        "test": test,
        "check": check,
        "bench": bench,
        "screens": screens,
        "fuzz": fuzz,
        "coverage": coverage,
        "lock": lock,
        "package": package,
        "wine-test": wine_test,
    }
    return does[options.command](options, rest)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failure as failure:
        print(f"dev.py: {failure}", file=sys.stderr)
        sys.exit(failure.status)
    except KeyboardInterrupt:
        sys.exit(130)
