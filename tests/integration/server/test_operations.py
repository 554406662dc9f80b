"""/v1/ops: once and only once, whatever the network does; and who may see and do what."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest

from econtract_practice.people import CONTRACTOR
from tests.fakes.databases import rows
from tests.fakes.documents import plain
from tests.fakes.server_bench import PARTNER, RIVAL, Client, Pki, Running, problem_of, registration

CONTACTS = {"kind": "case.contacts", "contacts": [{"name": "鈴木", "email": "a@b.example", "phone": ""}]}


@pytest.fixture
def officer(running: Running, server_pki: Pki) -> Client:
    return running.client(server_pki.cards["officer"])


@pytest.fixture
def contractor(running: Running, server_pki: Pki) -> Client:
    return running.client(server_pki.cards["contractor"])


def offer_payload(digest: str, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "contract.offer",
        "files": [{"document_id": "d1", "title": "工事請負契約書", "sha256": digest, **changes}],
    }


# --- once


def test_a_lost_answer_is_given_again_to_the_letter(running: Running, officer: Client, contractor: Client) -> None:
    case_id, operation_id = uuid4().hex, uuid4().hex
    first = officer.operate(case_id, 0, registration(), operation_id)
    contractor.operate(case_id, 1, CONTACTS).raise_for_status()  # the case goes on meanwhile
    again = officer.operate(case_id, 0, registration(), operation_id)
    assert (again.status_code, again.content) == (first.status_code, first.content) == (200, first.content)
    assert rows(running.config.database_url, "select count(*) from procurement_case") == [(1,)]
    assert rows(running.config.database_url, "select count(*) from audit") == [(2,)]


def test_a_final_error_is_given_again_too(officer: Client, contractor: Client) -> None:
    case_id, operation_id = officer.register(), uuid4().hex
    first = contractor.operate(case_id, 7, CONTACTS, operation_id)
    assert problem_of(first) == (412, "ED-RULE-6004")
    assert first.json()["error"]["facts"] == {"expected": 7, "found": 1}
    again = contractor.operate(case_id, 7, CONTACTS, operation_id)
    assert (again.status_code, again.content) == (412, first.content)


def test_the_same_identifier_with_another_body_or_person_is_refused(officer: Client, contractor: Client) -> None:
    case_id, operation_id = officer.register(), uuid4().hex
    contractor.operate(case_id, 1, CONTACTS, operation_id).raise_for_status()
    other = {"kind": "case.contacts", "contacts": []}
    assert problem_of(contractor.operate(case_id, 1, other, operation_id)) == (422, "ED-RULE-6008")
    assert problem_of(officer.operate(case_id, 1, CONTACTS, operation_id)) == (422, "ED-RULE-6008")
    assert contractor.send("GET", f"/v1/cases/{case_id}").json()["contacts"] == [
        {**one, "organization_id": "o-aobabashi"} for one in CONTACTS["contacts"]
    ]


def test_a_missing_file_is_not_final(officer: Client) -> None:
    case_id, operation_id, data = officer.register(), uuid4().hex, plain()
    payload = offer_payload(sha256(data).hexdigest())
    assert problem_of(officer.operate(f"{case_id}-C0", 0, payload, operation_id)) == (424, "ED-RULE-6009")
    officer.put(data)
    assert officer.operate(f"{case_id}-C0", 0, payload, operation_id).status_code == 200


def test_sent_eight_times_at_once_it_is_done_once(running: Running, officer: Client, server_pki: Pki) -> None:
    case_id, operation_id = uuid4().hex, uuid4().hex
    clients = [running.client() for _ in range(8)]
    for client in clients:
        client.token, client.device = officer.token, officer.device
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda c: c.operate(case_id, 0, registration(), operation_id), clients))
    assert {a.status_code for a in answers} == {200}
    assert len({a.content for a in answers}) == 1
    assert rows(running.config.database_url, "select count(*) from audit") == [(1,)]


def test_eight_writers_one_wins_and_nothing_is_lost(running: Running, officer: Client) -> None:
    case_id = officer.register()
    clients = [running.client() for _ in range(8)]
    for client in clients:
        client.token, client.device = officer.token, officer.device
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(lambda c: c.operate(case_id, 1, CONTACTS).status_code, clients))
    assert statuses == [200] + [412] * 7
    assert officer.send("GET", f"/v1/cases/{case_id}").json()["revision"] == 2


def test_a_rule_broken_halfway_leaves_nothing_behind(running: Running, officer: Client) -> None:
    officer.register(number="1")
    again = officer.operate(uuid4().hex, 0, registration(number="1"))
    assert problem_of(again) == (422, "ED-RULE-6008")
    assert again.json()["error"]["facts"]["field"] == "number"
    assert rows(running.config.database_url, "select count(*) from case_party") == [(2,)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("contractor_ids", []),
        ("contractor_ids", ["o-nobody"]),
        ("contractor_ids", ["o-kanto"]),  # a body is no contractor
        ("contractor_ids", [CONTRACTOR.organization_id] * 2),
        ("amount", 0),
        ("tax", 148_500_000),
        ("term_from", "2027-03-27"),
        ("title", "  "),
        ("title", ""),
        ("surprise", 1),
    ],
)
def test_a_case_that_is_none(officer: Client, field: str, value: object) -> None:
    answer = officer.operate(uuid4().hex, 0, {**registration(), field: value})
    assert problem_of(answer) == (422, "ED-RULE-6008")
    assert officer.send("GET", "/v1/cases").json() == {"cases": []}


def test_a_case_number_is_a_bodys_own(running: Running, officer: Client, server_pki: Pki) -> None:
    officer.register(number="1")
    running.client(server_pki.cards["rival"]).register(number="1")


def test_identifiers_that_are_too_long_or_taken(officer: Client) -> None:
    assert problem_of(officer.operate("c" * 62, 0, registration())) == (422, "ED-RULE-6008")
    case_id = officer.register(number="1")
    assert officer.operate(case_id, 0, registration(number="2")).json()["error"]["facts"]["field"] == "object_id"


# --- who sees what


def test_others_see_nothing_and_cannot_tell_that_it_is_there(
    running: Running, officer: Client, contractor: Client, server_pki: Pki
) -> None:
    case_id = officer.register()
    digest = officer.put(plain())
    officer.operate(f"{case_id}-C0", 0, offer_payload(digest)).raise_for_status()
    for who in ("partner", "rival"):
        other = running.client(server_pki.cards[who])
        assert other.send("GET", "/v1/cases").json() == {"cases": []}
        for path in (f"/v1/cases/{case_id}", f"/v1/contracts/{case_id}-C0/files/{digest}"):
            assert problem_of(other.send("GET", path)) == (404, "ED-RULE-6005")
        for object_id, payload in (
            (case_id, CONTACTS),
            (f"{case_id}-C0", {"kind": "contract.act", "action": "review"}),
            (f"{case_id}-C0", {"kind": "contract.act", "action": "withdraw", "reason": "x"}),
            (f"{case_id}-C0", offer_payload(digest)),
        ):
            assert problem_of(other.operate(object_id, 1, payload)) == (404, "ED-RULE-6005")
    assert contractor.send("GET", f"/v1/contracts/{case_id}-C0/files/{digest}").content == plain()


def test_a_contractor_registers_nothing(contractor: Client) -> None:
    assert problem_of(contractor.operate(uuid4().hex, 0, registration())) == (403, "ED-RULE-6002")


def test_every_member_of_a_joint_venture_sees_the_case(running: Running, officer: Client, server_pki: Pki) -> None:
    case_id = officer.register(CONTRACTOR.organization_id, PARTNER.organization_id)
    for who in ("contractor", "partner"):
        case = running.client(server_pki.cards[who]).send("GET", f"/v1/cases/{case_id}").json()
        assert [c["organization"] for c in case["contractors"]] == ["あおば橋建設株式会社", "みどり組株式会社"]
        assert case["contracts"][0]["unsigned_contractor_ids"] == [CONTRACTOR.organization_id, PARTNER.organization_id]
    assert RIVAL.organization_id not in str(case)


def test_a_draft_that_was_never_offered_shows_the_contractor_nothing(officer: Client, contractor: Client) -> None:
    case_id = officer.register()
    digest = officer.put(plain())
    contract = contractor.send("GET", f"/v1/cases/{case_id}").json()["contracts"][0]
    assert (contract["documents"], contract["allowed"]) == ([], [])
    answer = contractor.send("GET", f"/v1/contracts/{case_id}-C0/files/{digest}")
    assert problem_of(answer) == (404, "ED-RULE-6005")


def test_one_cannot_get_a_file_by_its_hash(running: Running, officer: Client, server_pki: Pki) -> None:
    """Another body knows the SHA-256 of our draft (it stands in receipts) and offers it as its own, to read it."""
    digest = officer.put(plain())
    rival = running.client(server_pki.cards["rival"])
    case_id = rival.register()
    assert rival.send("HEAD", f"/v1/blobs/{digest}").status_code == 404
    assert problem_of(rival.operate(f"{case_id}-C0", 0, offer_payload(digest))) == (424, "ED-RULE-6009")
    rival.put(plain())  # who has the bytes may use them
    assert rival.operate(f"{case_id}-C0", 0, offer_payload(digest)).status_code == 200


# --- contracts


def test_the_whole_way_back_and_forth(officer: Client, contractor: Client) -> None:
    case_id = officer.register()
    contract_id = f"{case_id}-C0"
    contract = officer.do(contract_id, 0, **offer_payload(officer.put(plain())))
    assert (contract["state"], contract["version"], contract["turn"]) == ("OFFERED", 1, "contractor")
    contract = contractor.do(contract_id, 1, kind="contract.act", action="review")
    assert contract["allowed"] == ["return", "sign"]
    empty = contractor.operate(contract_id, 2, {"kind": "contract.act", "action": "return", "reason": " "})
    assert problem_of(empty) == (422, "ED-RULE-6003")
    contract = contractor.do(contract_id, 2, kind="contract.act", action="return", reason="工期が違います")
    assert (contract["state"], contract["history"][-1]["reason"]) == ("DRAFTING", "工期が違います")
    # What came back stays to be seen by both: it was offered once.
    assert contractor.send("GET", f"/v1/cases/{case_id}").json()["contracts"][0]["documents"] != []
    contract = officer.do(contract_id, 3, **offer_payload(officer.put(plain(info=b"<< /Title (2) >>"))))
    assert (contract["version"], contract["revision"]) == (2, 4)
    contract = officer.do(contract_id, 4, kind="contract.act", action="withdraw", reason="中止")
    assert (contract["state"], contract["turn"]) == ("WITHDRAWN", None)


@pytest.mark.parametrize("action", ["sign", "countersign", "offer", "conclude"])
def test_signing_offering_and_concluding_are_no_plain_acts(officer: Client, contractor: Client, action: str) -> None:
    case_id = officer.register()
    officer.do(f"{case_id}-C0", 0, **offer_payload(officer.put(plain())))
    for client in (officer, contractor):
        answer = client.operate(f"{case_id}-C0", 1, {"kind": "contract.act", "action": action})
        assert problem_of(answer) in ((422, "ED-RULE-6001"), (403, "ED-RULE-6002"))
    assert officer.send("GET", f"/v1/cases/{case_id}").json()["contracts"][0]["revision"] == 1


def _with_script() -> bytes:
    return plain(
        b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>", catalog=b"<< /Type /Catalog /Pages 2 0 R /OpenAction 6 0 R >>"
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (_with_script(), "ED-DOC-4004"),
        (b"%PDF-1.7\n" + b"garbage" * 100, "ED-DOC-4001"),
        (b"no PDF at all", "ED-DOC-4001"),
    ],
)
def test_an_offer_that_must_not_be_signed_is_refused(officer: Client, data: bytes, code: str) -> None:
    case_id = officer.register()
    answer = officer.operate(f"{case_id}-C0", 0, offer_payload(officer.put(data)))
    assert problem_of(answer) == (422, code)
    assert answer.json()["error"]["facts"]["file"] == "工事請負契約書"  # never a path of the server
    # Also where nobody is asked to sign it, and under another name.
    unsigned = officer.operate(f"{case_id}-C0", 0, offer_payload(officer.put(data), needs_signature=False))
    assert problem_of(unsigned) == (422, code)
    other = officer.operate(f"{case_id}-C0", 0, offer_payload(officer.put(data), media_type="image/png"))
    assert problem_of(other) == (422, "ED-DOC-4009")


def test_an_offer_must_have_something_to_sign_and_no_document_twice(officer: Client) -> None:
    case_id, digest = officer.register(), officer.put(plain())
    nothing = offer_payload(digest, needs_signature=False)
    assert problem_of(officer.operate(f"{case_id}-C0", 0, nothing)) == (422, "ED-RULE-6007")
    twice = {"kind": "contract.offer", "files": offer_payload(digest)["files"] * 2}
    assert problem_of(officer.operate(f"{case_id}-C0", 0, twice)) == (422, "ED-RULE-6008")
