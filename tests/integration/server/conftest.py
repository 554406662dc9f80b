"""One PKI for all tests of the server; a server of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.server_bench import Pki, Running, running_pki, running_server
from tests.fakes.server_desk import Desk, desk_in


@pytest.fixture(scope="session")
def server_pki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pki]:
    with running_pki(tmp_path_factory.mktemp("server-pki")) as pki:
        yield pki


@pytest.fixture
def running(server_pki: Pki, tmp_path: Path) -> Iterator[Running]:
    with running_server(server_pki, tmp_path / "central") as server:
        yield server


@pytest.fixture
def desk(running: Running, server_pki: Pki, tmp_path: Path) -> Iterator[Desk]:
    with desk_in(running, server_pki, tmp_path) as desk:
        yield desk
