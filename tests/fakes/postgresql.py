"""A PostgreSQL of our own: a cluster in a temporary folder, reached over a socket there, thrown away afterwards.

Texts sort by Japanese rules (ICU), unlike SQLite's bytes: what relies on the database's order shows.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import psycopg
from psycopg import sql

_QUICK = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=32MB -c max_connections=200"
_USERS = ("postgres", "nobody")  # root may not run it


def programs() -> Path | None:
    """The folder with initdb and pg_ctl: on Debian outside of PATH. None where PostgreSQL is not installed (or on Windows)."""
    if os.name != "posix":
        return None
    known = [path.parent for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)]
    found = shutil.which("initdb")
    return next(iter([Path(found).parent] if found else known), None)


@dataclass(frozen=True)
class Cluster:
    """`Databases` on PostgreSQL. `socket`: the folder it is reached in, as the user "econtract"."""

    socket: Path

    def url(self, folder: Path) -> str:
        """The database that belongs to this folder, as the server's configuration has it; made where it is not there yet."""
        with self.connect("postgres") as connection:
            there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (_name(folder),)).fetchone()
            if there is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_name(folder))))
        return self.address(_name(folder))

    def copy(self, source: Path, target: Path) -> None:
        """`target`'s database begins as `source`'s, which nobody may be using."""
        names = sql.Identifier(_name(target)), sql.Identifier(_name(source))
        with self.connect("postgres") as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))

    def address(self, name: str) -> str:
        return f"postgresql+psycopg://econtract@/{name}?host={self.socket}"

    def connect(self, name: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(host=str(self.socket), user="econtract", dbname=name, autocommit=True)


def _name(folder: Path) -> str:
    return "f" + sha256(str(folder).encode()).hexdigest()[:24]


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Raises FileNotFoundError where PostgreSQL is not installed."""
    place = programs()
    if place is None:
        raise FileNotFoundError("initdb")
    # Not pytest's folder: a socket's path may have 107 characters, and the other user must be let in.
    folder = Path(tempfile.mkdtemp(prefix="econtract-pg-"))
    data, user = folder / "data", _other_user()
    try:
        if user is not None:
            shutil.chown(folder, user)
        folder.chmod(0o755)
        initdb = [str(place / "initdb"), "-D", str(data), "-U", "econtract", "-A", "trust", "-E", "UTF8", "--no-sync"]
        _run([*initdb, "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=ja"], user, folder)
        options = f"-k {folder} -c listen_addresses= {_QUICK}"
        control = [str(place / "pg_ctl"), "-D", str(data), "-w", "-s"]
        _run([*control, "-l", str(folder / "log"), "-o", options, "start"], user, folder)
        try:
            yield Cluster(folder)
        finally:
            _run([*control, "-m", "immediate", "stop"], user, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _other_user() -> str | None:
    """Whom to run it as; None: as ourselves."""
    import pwd

    if os.geteuid() != 0:
        return None
    there = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in _USERS if name in there)


def _run(command: list[str], user: str | None, folder: Path) -> None:
    # The daemon keeps its standard streams: pipes would never end.
    with (folder / "said").open("w+b") as said:
        done = subprocess.run(command, user=user, cwd=folder, check=False, stdout=said, stderr=subprocess.STDOUT)
        said.seek(0)
        assert done.returncode == 0, said.read().decode("utf-8", "replace")
