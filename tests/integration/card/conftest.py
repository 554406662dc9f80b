"""One rig for all tests here: libpcsclite takes its service's address once a process. Each test has cards of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from econtract_practice.authority import Authority
from econtract_practice.cards.virtual import CardRig, rig_lacks
from tests.fakes.virtual import Table


@pytest.fixture(scope="session")
def rig() -> Iterator[CardRig]:
    lacks = rig_lacks()
    if lacks:
        pytest.skip(f"no virtual cards without {lacks}")
    with CardRig(2) as rig:
        before = {name: os.environ.get(name) for name in rig.environment}
        os.environ.update(rig.environment)  # the watcher and the reader list of this very process
        yield rig
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("ca"), "http://127.0.0.1:9")


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    return count()


@pytest.fixture
def table(rig: CardRig, authority: Authority, numbers: Iterator[int], tmp_path: Path) -> Iterator[Table]:
    with Table(rig, authority, tmp_path, numbers) as table:
        yield table
