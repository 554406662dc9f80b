"""A case's further contracts on the real server: changes, agreements, corrections, joint ventures, ends."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.fakes.documents import plain
from tests.fakes.server_bench import Client, problem_of
from tests.fakes.server_desk import Desk, hand_in

NOT_NOW, OPEN, CONDITION, TURN = "ED-RULE-6001", "ED-RULE-6030", "ED-RULE-6031", "ED-RULE-6002"


def begin(client: Client, case_id: str, kind: str = "change", **change: Any) -> tuple[str, requests.Response]:
    contract_id = uuid4().hex
    payload = {"kind": "contract.begin", "case_id": case_id, "contract_kind": kind, "change": change}
    return contract_id, client.operate(contract_id, 0, payload)


def of(answer: requests.Response, contract_id: str) -> dict[str, Any]:
    assert answer.ok, answer.text
    return next(c for c in answer.json()["case"]["contracts"] if c["contract_id"] == contract_id)


def conclude(desk: Desk, contract_id: str) -> requests.Response:
    """Offer, review, sign, submit, countersign."""
    data = plain()
    digest = desk.officer.put(data)
    files = [{"document_id": "d1", "title": "契約書", "sha256": digest}]
    assert desk.officer.operate(contract_id, 0, {"kind": "contract.offer", "files": files}).ok
    assert desk.contractor.operate(contract_id, 1, {"kind": "contract.act", "action": "review"}).ok
    signed = desk.sign(data)
    assert hand_in(desk.contractor, contract_id, 2, "sign", {"d1": signed}).ok
    assert desk.contractor.operate(contract_id, 3, {"kind": "contract.act", "action": "submit"}).ok
    answer = hand_in(desk.officer, contract_id, 4, "countersign", {"d1": desk.sign(signed, "officer")})
    assert answer.ok, answer.text
    return answer


@pytest.fixture
def case_id(desk: Desk) -> str:
    """A concluded original."""
    case_id = desk.officer.register()
    conclude(desk, f"{case_id}-C0")
    return case_id


def test_changes_follow_one_another_and_move_the_terms(desk: Desk, case_id: str) -> None:
    first, answer = begin(desk.officer, case_id, amount=11_000_000, tax=1_000_000)
    assert of(answer, first)["number"] == 1
    assert answer.json()["case"]["terms"]["amount"] == 148_500_000  # not concluded yet
    assert problem_of(begin(desk.officer, case_id)[1]) == (422, OPEN)
    assert problem_of(begin(desk.contractor, case_id)[1]) == (403, TURN)
    assert conclude(desk, first).json()["case"]["terms"] | {"on_paper": []} == {
        "amount": 159_500_000,
        "tax": 14_500_000,
        "term_from": None,
        "term_to": "2027-03-26",
        "on_paper": [],
    }
    second, answer = begin(desk.officer, case_id, term_to="2027-09-30", amount=-500_000_000)
    assert problem_of(answer) == (422, "ED-RULE-6008")
    second, answer = begin(desk.officer, case_id, term_to="2027-09-30")
    assert of(answer, second)["number"] == 2
    assert conclude(desk, second).json()["case"]["terms"]["term_to"] == "2027-09-30"


def test_nothing_is_changed_before_there_is_a_contract(desk: Desk) -> None:
    case_id = desk.officer.register()
    for kind in ("change", "unit_price"):
        assert problem_of(begin(desk.officer, case_id, kind)[1]) == (422, CONDITION)
    assert problem_of(begin(desk.officer, case_id, "original")[1]) == (422, OPEN)


def test_a_unit_price_agreement_beside_the_contract(desk: Desk, case_id: str) -> None:
    agreement, answer = begin(desk.officer, case_id, "unit_price")
    assert of(answer, agreement)["kind"] == "unit_price"
    assert answer.json()["case"]["unit_price_due"] is not None
    assert conclude(desk, agreement).json()["case"]["unit_price_due"] is None


def test_a_correction_takes_the_wrong_one_s_place(desk: Desk, case_id: str) -> None:
    wrong, correction = f"{case_id}-C0", uuid4().hex
    answer = desk.officer.operate(correction, 0, {"kind": "contract.correct", "corrects_id": wrong})
    assert of(answer, correction)["corrects_id"] == wrong
    assert of(answer, wrong)["state"] == "CONCLUDED"  # it stands until then
    done = conclude(desk, correction)
    assert of(done, wrong)["state"] == "CORRECTED_BY"
    assert of(done, wrong)["corrected_by_id"] == correction
    assert of(done, wrong)["signatures"]  # nothing is lost


def test_the_end_of_the_contract_ends_what_is_open(desk: Desk, case_id: str) -> None:
    change, _ = begin(desk.officer, case_id)
    original = f"{case_id}-C0"
    act = {"kind": "contract.act", "action": "terminate"}
    assert problem_of(desk.officer.operate(original, 6, act)) == (422, "ED-RULE-6003")  # no reason
    answer = desk.officer.operate(original, 6, act | {"reason": "受注者の申出"})
    assert of(answer, original)["state"] == of(answer, change)["state"] == "TERMINATED"
    assert problem_of(begin(desk.officer, case_id)[1]) == (422, CONDITION)


def test_one_that_is_on_paper_from_now_on(desk: Desk, case_id: str) -> None:
    change, _ = begin(desk.officer, case_id, amount=1_100_000, tax=100_000)
    act = {"kind": "contract.act", "action": "move_to_paper", "reason": "カードの故障"}
    assert problem_of(desk.contractor.operate(change, 0, act)) == (403, TURN)
    answer = desk.officer.operate(change, 0, act)
    assert of(answer, change)["state"] == "MOVED_TO_PAPER"
    assert answer.json()["case"]["terms"]["on_paper"] == [change]


def test_what_is_not_there_cannot_be_corrected(desk: Desk) -> None:
    unknown = desk.officer.operate(uuid4().hex, 0, {"kind": "contract.correct", "corrects_id": "nothing"})
    assert unknown.status_code == 404
