"""What was seen is what is signed or given back, whatever was offered meanwhile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from econtract_core.rules.contract import State
from econtract_core.rules.errors import CardMissing, RevisionConflict
from econtract_desktop.ports.card import CardSelector
from econtract_desktop.ports.progress import NoProgress
from econtract_desktop.services.sign_contract import SignContract, SignTools
from econtract_desktop.services.sign_documents import SignDocuments
from econtract_practice.authority import Authority
from tests.fakes.desk import CONTRACT, FakeDesk
from tests.integration.signing.batch import NOBODY, Batch, BatchDesk


@pytest.fixture
def desk(tmp_path: Path, qapp: object) -> FakeDesk:
    """Its contract is drawn with Qt."""
    return FakeDesk(tmp_path)


def sign(desk: FakeDesk, folder: Path, seen: frozenset[str] | None) -> None:
    batch = Batch.make(
        folder / f"batch{len(list(folder.iterdir()))}", Authority.create(folder / "ca", "http://127.0.0.1:9"), NOBODY, 0
    )
    bench = BatchDesk(batch)
    tools = SignTools(
        desk.server,
        cast(Any, desk.files)._store,
        bench.verifier,
        SignDocuments(replace(bench.tools, cards=desk.cards), bench.waiting),
        bench.waiting,
        folder,
    )
    service = SignContract(tools, desk.cases, desk.files, desk.log_in, desk.outbox)
    service.sign(CONTRACT, CardSelector(), cast(Any, None), NoProgress(), seen)


def test_an_unseen_document_is_not_signed(desk: FakeDesk, tmp_path: Path) -> None:
    review = desk.review_contract.open(CONTRACT, NoProgress())
    seen = frozenset(file.document.sha256 for file in review.files)
    with pytest.raises(RevisionConflict):
        sign(desk, tmp_path, frozenset({"0" * 64}))
    for good in (seen, None):
        with pytest.raises(CardMissing):  # so far it comes: no card is in
            sign(desk, tmp_path, good)


def test_another_version_is_not_given_back(desk: FakeDesk) -> None:
    review = desk.review_contract.open(CONTRACT, NoProgress())
    with pytest.raises(RevisionConflict):
        desk.review_contract.give_back(CONTRACT, "why", review.contract.version + 1)
    assert desk.review_contract.give_back(CONTRACT, "why", review.contract.version).contracts[0].state is State.DRAFTING
