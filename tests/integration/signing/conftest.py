"""One authority and one quick timestamp service for these tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.quick_stamps import quick_stamps
from econtract_practice.authority import Authority
from tests.integration.signing.batch import Batch


@pytest.fixture(scope="session")
def batch_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("batch-ca"), "http://127.0.0.1:9")


@pytest.fixture(scope="session")
def stamps(batch_authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The service's port."""
    with quick_stamps(tmp_path_factory.mktemp("batch-tsa"), batch_authority) as port:
        yield port


@pytest.fixture
def make_batch(tmp_path: Path, batch_authority: Authority, stamps: int) -> Callable[..., Batch]:
    """`make_batch(documents)`, with `port=` another timestamp service."""

    def make(documents: int = 3, port: int = stamps) -> Batch:
        return Batch.make(tmp_path / "batch", batch_authority, port, documents)

    return make
