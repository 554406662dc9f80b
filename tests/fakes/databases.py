"""Where a server under test keeps its database, and a look into it from outside."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import MetaData, NullPool, create_engine, select, text


class Databases(Protocol):
    """One database for each server's folder; the same one every time."""

    def url(self, folder: Path) -> str: ...

    def copy(self, source: Path, target: Path) -> None:
        """Before `target`'s first use."""


class SqliteFiles:
    """A file in that folder."""

    def url(self, folder: Path) -> str:
        return f"sqlite:///{folder / 'server.db'}"

    def copy(self, source: Path, target: Path) -> None:
        for path in source.glob("server.db*"):
            shutil.copy(path, target)


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def tamper(url: str, *statements: str) -> None:
    """Behind the server's back."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def everything(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    engine, tables = create_engine(url, poolclass=NullPool), MetaData()
    with engine.connect() as connection:
        tables.reflect(connection)
        found = {t.name: [tuple(row) for row in connection.execute(select(t))] for t in tables.sorted_tables}
    return {name: sorted(kept, key=repr) for name, kept in found.items()}
