"""One PKI for all tests of the server; a server of its own for each test; all of it on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.databases import Databases, SqliteFiles
from tests.fakes.postgresql import programs, running_cluster
from tests.fakes.server_bench import Pki, Running, running_pki, running_server
from tests.fakes.server_desk import Desk, desk_in

POSTGRESQL = "postgresql"
# What runs on PostgreSQL every time; the rest of this folder with the slow tests.
ALWAYS = ("test_operations.py", "test_receipts.py", "test_blobs.py", "test_two_servers.py")
ALWAYS_IN_MATRIX = ("contractor", "rival")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        given = getattr(item, "callspec", None)
        here = Path(__file__).parent in item.path.parents and given is not None
        if here and given.params.get("databases") == POSTGRESQL and not _always(item, given.params):
            item.add_marker(pytest.mark.slow)


def _always(item: pytest.Item, params: dict[str, object]) -> bool:
    if item.path.name == "test_procedures.py":
        return "test_a_paper_that_is_none" not in item.name
    return item.path.name in ALWAYS or params.get("role") in ALWAYS_IN_MATRIX


@pytest.fixture(scope="session")
def one_pki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pki]:
    with running_pki(tmp_path_factory.mktemp("server-pki")) as pki:
        yield pki


@pytest.fixture(scope="session", params=["sqlite", POSTGRESQL])
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    if request.param != POSTGRESQL:
        yield SqliteFiles()
        return
    if programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def server_pki(one_pki: Pki, databases: Databases) -> Pki:
    return replace(one_pki, databases=databases)


@pytest.fixture
def running(server_pki: Pki, tmp_path: Path) -> Iterator[Running]:
    with running_server(server_pki, tmp_path / "central") as server:
        yield server


@pytest.fixture
def desk(running: Running, server_pki: Pki, tmp_path: Path) -> Iterator[Desk]:
    with desk_in(running, server_pki, tmp_path) as desk:
        yield desk
