"""Contracts and cases come back from the database as they went in."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from econtract_core.rules.case import Case, CaseKind, Contact
from econtract_core.rules.contract import Action, Contract, ContractDocument, ContractKind, Deed, Side, Signature, State
from econtract_server.repository.plain import from_json, to_json

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
MOMENTS = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=9))]))
SIGNATURES = st.builds(
    Signature,
    side=st.sampled_from(Side),
    organization_id=TEXT,
    user_id=TEXT,
    certificate_sha256=TEXT,
    signed_at=MOMENTS,
    files=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
)
DOCUMENTS = st.builds(ContractDocument, TEXT, TEXT, TEXT, st.integers(0), TEXT, st.booleans(), TEXT, st.integers(0))
DEEDS = st.builds(Deed, MOMENTS, st.sampled_from(Action), st.sampled_from(Side), TEXT, TEXT, st.integers(0), TEXT)
CONTRACTS = st.builds(
    Contract,
    contract_id=TEXT,
    case_id=TEXT,
    kind=st.sampled_from(ContractKind),
    number=st.integers(0, 99),
    body_id=TEXT,
    contractor_ids=st.lists(TEXT, min_size=1, max_size=3).map(tuple),
    state=st.sampled_from(State),
    version=st.integers(0, 9),
    revision=st.integers(0),
    documents=st.lists(DOCUMENTS, max_size=3).map(tuple),
    signatures=st.lists(SIGNATURES, max_size=2).map(tuple),
    void_signatures=st.lists(st.tuples(st.integers(1, 9), SIGNATURES), max_size=2).map(tuple),
    history=st.lists(DEEDS, max_size=3).map(tuple),
    concluded_at=st.none() | MOMENTS,
    deadline=st.none() | MOMENTS,
)


@given(CONTRACTS)
def test_a_contract(contract: Contract) -> None:
    assert from_json(Contract, json.loads(json.dumps(to_json(contract)))) == contract


def test_a_case() -> None:
    case = Case(
        case_id="c",
        number="2026-83-0153",
        title="工事",
        kind=CaseKind.WORKS,
        place="",
        body_id="b",
        contractor_ids=("k", "l"),
        amount=148_500_000,
        tax=13_500_000,
        term_from=None,
        term_to=date(2027, 3, 26),
        contacts=(Contact("鈴木", "a@b.example"),),
    )
    assert from_json(Case, json.loads(json.dumps(to_json(case)))) == case
    assert to_json(datetime(2026, 11, 23, tzinfo=UTC)) == "2026-11-23T00:00:00+00:00"
