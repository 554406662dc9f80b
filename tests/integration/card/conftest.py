"""A table with virtual cards for each test here."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from econtract_practice.authority import Authority
from econtract_practice.cards.virtual import CardRig
from tests.fakes.virtual import Table


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
