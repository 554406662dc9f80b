"""What the server lets pass as a signed contract, with real signatures, real timestamps and forgeries."""

from __future__ import annotations

from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from econtract_practice.people import CONTRACTOR
from econtract_practice.responder import Responder
from tests.fakes.documents import TEXT, page, plain, stream, updated
from tests.fakes.evidence_pki import TestPki
from tests.fakes.server_bench import PARTNER, Client, Pki, Running, problem_of, running_pki, running_server
from tests.fakes.server_desk import Desk, desk_in, hand_in
from tests.fakes.signing_bench import Bench


def state_of(client: Client, contract_id: str) -> dict[str, Any]:
    case = client.send("GET", f"/v1/cases/{contract_id.removesuffix('-C0')}").json()
    return case["contracts"][0]  # type: ignore[no-any-return]


# --- the way it should go


def test_both_sign_and_the_contract_is_concluded(desk: Desk) -> None:
    contract_id = desk.offered()
    first = desk.sign(plain())
    answer = desk.submit(contract_id, first)
    assert answer.status_code == 200, answer.text
    contract = desk.contractor.do(contract_id, 3, kind="contract.act", action="submit")
    assert (contract["state"], contract["unsigned_contractor_ids"]) == ("SUBMITTED", [])
    # Each reads the other's signed form of the document, and signs that.
    current = contract["documents"][0]["current_sha256"]
    read = desk.officer.send("GET", f"/v1/contracts/{contract_id}/files/{current}").content
    assert read == first
    both = desk.sign(read, "officer")
    answer = hand_in(desk.officer, contract_id, 4, "countersign", {"d1": both})
    assert answer.status_code == 200, answer.text
    contract = answer.json()["case"]["contracts"][0]
    assert contract["state"] == "CONCLUDED"
    assert contract["concluded_at"] == answer.json()["arrived_at"]
    assert [d["action"] for d in contract["history"]][-2:] == ["countersign", "conclude"]
    assert [s["user"] for s in contract["signatures"]] == ["山田 太郎", "佐藤 花子"]
    final = contract["documents"][0]["current_sha256"]
    for client, allowed in ((desk.officer, ["terminate", "move_to_paper"]), (desk.contractor, ["terminate"])):
        assert client.send("GET", f"/v1/contracts/{contract_id}/files/{final}").content == both
        original = contract["documents"][0]["sha256"]
        assert client.send("GET", f"/v1/contracts/{contract_id}/files/{original}").content == plain()
        assert state_of(client, contract_id)["allowed"] == allowed


def test_every_member_of_a_joint_venture_signs_on_top_of_the_other(
    desk: Desk, running: Running, server_pki: Pki
) -> None:
    partner = running.client(server_pki.cards["partner"])
    contract_id = desk.offered(CONTRACTOR.organization_id, PARTNER.organization_id)
    one = desk.sign(plain())
    assert desk.submit(contract_id, one).status_code == 200
    early = desk.contractor.operate(contract_id, 3, {"kind": "contract.act", "action": "submit"})
    assert problem_of(early) == (422, "ED-RULE-6007")
    # Not on top of the file as it was offered: that would drop the first member's signature.
    aside = hand_in(partner, contract_id, 3, "sign", {"d1": desk.sign(plain(), "partner")})
    assert problem_of(aside) == (422, "ED-DOC-4005")
    on_top = hand_in(partner, contract_id, 3, "sign", {"d1": desk.sign(one, "partner")})
    assert on_top.status_code == 200, on_top.text
    again = hand_in(desk.contractor, contract_id, 4, "sign", {"d1": desk.sign(desk.sign(one, "partner"))})
    assert problem_of(again) == (422, "ED-RULE-6006")
    lead_only = partner.operate(contract_id, 4, {"kind": "contract.act", "action": "submit"})
    assert problem_of(lead_only) == (403, "ED-RULE-6002")
    assert desk.contractor.do(contract_id, 4, kind="contract.act", action="submit")["state"] == "SUBMITTED"


def test_sent_back_the_signatures_are_void_and_stay(desk: Desk) -> None:
    contract_id = desk.offered()
    signed = desk.sign(plain())
    desk.submit(contract_id, signed).raise_for_status()
    desk.contractor.do(contract_id, 3, kind="contract.act", action="submit")
    contract = desk.officer.do(contract_id, 4, kind="contract.act", action="send_back", reason="金額の誤り")
    assert contract["state"] == "DRAFTING"
    assert [(s["void_version"], s["user"]) for s in contract["signatures"]] == [(1, "山田 太郎")]
    digest = sha256(signed).hexdigest()
    assert desk.officer.send("GET", f"/v1/contracts/{contract_id}/files/{digest}").content == signed
    second = plain(info=b"<< /Title (2) >>")
    files = [{"document_id": "d1", "title": "x", "sha256": desk.officer.put(second)}]
    contract = desk.officer.do(contract_id, 5, kind="contract.offer", files=files)
    assert (contract["version"], contract["unsigned_contractor_ids"]) == (2, [CONTRACTOR.organization_id])
    desk.contractor.do(contract_id, 6, kind="contract.act", action="review")
    # The old version with its good signature is not the new one.
    assert problem_of(desk.submit(contract_id, signed, revision=7)) == (422, "ED-DOC-4005")


def test_all_documents_or_none(desk: Desk) -> None:
    other = plain(info=b"<< /Title (other) >>")
    contract_id = desk.offered(documents=(plain(), other))
    first, second = desk.sign(plain()), desk.sign(other)
    half = hand_in(desk.contractor, contract_id, 2, "sign", {"d1": first})
    assert problem_of(half) == (422, "ED-RULE-6007")
    assert half.json()["error"]["facts"] == {"missing": ["d2"]}
    swapped = hand_in(desk.contractor, contract_id, 2, "sign", {"d1": second, "d2": first})
    assert problem_of(swapped) == (422, "ED-DOC-4005")
    whole = hand_in(desk.contractor, contract_id, 2, "sign", {"d1": first, "d2": second})
    assert whole.status_code == 200, whole.text


# --- forgeries


def test_a_file_that_nobody_signed(desk: Desk) -> None:
    contract_id = desk.offered()
    assert problem_of(desk.submit(contract_id, plain())) == (422, "ED-DOC-4005")
    longer = updated(plain(), {6: b"<< >>"})
    assert problem_of(desk.submit(contract_id, longer)) == (422, "ED-DOC-4006")
    assert state_of(desk.officer, contract_id)["revision"] == 2


def test_another_document_with_a_perfect_signature(desk: Desk) -> None:
    contract_id = desk.offered()
    other = desk.sign(plain(info=b"<< /Title (cheaper) >>"))
    assert problem_of(desk.submit(contract_id, other)) == (422, "ED-DOC-4005")


@pytest.mark.parametrize(
    "update",
    [
        {4: stream(TEXT.replace(b"Contract", b"Changed!"))},  # another text
        {3: page(b"/Rotate 180")},
        {5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"},
        {3: page(b"/Annots [6 0 R]"), 6: b"<< /Type /Annot /Subtype /Square /Rect [0 0 595 842] /IC [1 1 1] >>"},
        {2: b"<< /Type /Pages /Kids [3 0 R 6 0 R] /Count 2 >>", 6: page()},
    ],
    ids=["text", "rotated", "font", "covered", "page"],
)
def test_the_first_signer_changes_the_text_below_his_signature(desk: Desk, update: dict[int, bytes]) -> None:
    """The offered bytes are all there, the signature is good and covers everything; and it says something else."""
    contract_id = desk.offered()
    forged = desk.sign(updated(plain(), update))
    answer = desk.submit(contract_id, forged)
    assert problem_of(answer) == (422, "ED-DOC-4005")
    assert state_of(desk.officer, contract_id)["state"] == "UNDER_REVIEW"


def test_the_second_signer_changes_the_text_between_the_signatures(desk: Desk) -> None:
    contract_id = desk.offered()
    first = desk.sign(plain())
    desk.submit(contract_id, first).raise_for_status()
    desk.contractor.do(contract_id, 3, kind="contract.act", action="submit")
    forged = desk.sign(_changed_text(first), "officer")
    answer = hand_in(desk.officer, contract_id, 4, "countersign", {"d1": forged})
    assert problem_of(answer) == (422, "ED-DOC-4006")
    assert state_of(desk.officer, contract_id)["state"] == "SUBMITTED"


def _changed_text(signed: bytes) -> bytes:
    """An update on top of a signed file that replaces the page's text; its trailer as the signed one has it."""
    return updated(signed, {4: stream(TEXT.replace(b"Contract", b"Changed!"))})


def test_somebody_elses_signature(desk: Desk) -> None:
    contract_id = desk.offered()
    for who in ("officer", "stranger", "partner"):
        assert problem_of(desk.submit(contract_id, desk.sign(plain(), who))) == (422, "ED-DOC-4007")


def test_another_card_of_the_same_person(desk: Desk) -> None:
    """Only the card of this session counts; the new one has to be registered first."""
    contract_id = desk.offered()
    answer = desk.submit(contract_id, desk.sign(plain(), desk.pki.issue()))
    assert problem_of(answer) == (422, "ED-DOC-4007")


def test_two_signatures_at_once(desk: Desk) -> None:
    contract_id = desk.offered()
    answer = desk.submit(contract_id, desk.sign(desk.sign(plain(), "stranger")))
    assert problem_of(answer) == (422, "ED-DOC-4006")


def test_no_timestamp(desk: Desk) -> None:
    contract_id = desk.offered()
    assert problem_of(desk.submit(contract_id, desk.sign(plain(), level="B-B"))) == (422, "ED-DOC-4011")


def test_a_timestamp_of_a_service_nobody_trusts(desk: Desk) -> None:
    contract_id = desk.offered()
    bench = Bench(TestPki.make(), desk.pki.cards["contractor"], desk.folder)
    bench.source.write_bytes(plain())
    signed = bench.sign().output.read_bytes()
    assert problem_of(desk.submit(contract_id, signed)) == (422, "ED-DOC-4011")


def test_bytes_behind_the_signature_or_inside(desk: Desk) -> None:
    contract_id = desk.offered()
    signed = desk.sign(plain())
    assert problem_of(desk.submit(contract_id, signed + b"\n% more")) == (422, "ED-DOC-4006")
    broken = bytearray(signed)
    broken[signed.rindex(b"/Reason" if b"/Reason" in signed else b"/Type /Sig") + 7] ^= 1
    assert problem_of(desk.submit(contract_id, bytes(broken))) == (422, "ED-DOC-4006")


def test_a_card_that_was_revoked_after_its_log_in(tmp_path: Path) -> None:
    """The session lives until it ends; the signature does not count."""
    with (
        running_pki(tmp_path / "pki") as pki,
        running_server(pki, tmp_path / "central") as running,
        desk_in(running, pki, tmp_path) as mine,
    ):
        contract_id = mine.offered()
        pki.authority.revoke(pki.cards["contractor"].certificate.serial_number)
        running.app.state.office.revocation.forget()
        answer = mine.submit(contract_id, mine.sign(plain()))
    assert problem_of(answer) == (422, "ED-DOC-4006")
    assert answer.json()["error"]["facts"]["sub_indication"] == "REVOKED"


def test_no_revocation_data_is_no_final_answer(tmp_path: Path) -> None:
    """The CA's services are away: the operation stays open, and passes when they are back."""
    operation_id = uuid4().hex
    with ExitStack() as stack:
        services = ExitStack()
        pki = services.enter_context(running_pki(tmp_path / "pki"))
        running = stack.enter_context(running_server(pki, tmp_path / "central"))
        mine = stack.enter_context(desk_in(running, pki, tmp_path))
        contract_id, signed = mine.offered(), mine.sign(plain())
        services.close()
        running.app.state.office.revocation.forget()
        away = mine.submit(contract_id, signed, operation_id=operation_id)
        assert problem_of(away) == (503, "ED-NET-5005")
        assert int(away.headers["Retry-After"]) > 0
        with Responder(pki.authority, int(pki.authority.base_url.rsplit(":", 1)[1])):
            running.app.state.office.revocation.forget()
            back = mine.submit(contract_id, signed, operation_id=operation_id)
        assert back.status_code == 200, back.text


# --- an operation that was overtaken


def test_what_was_seen_is_what_counts(desk: Desk) -> None:
    contract_id = desk.offered()
    stale = desk.submit(contract_id, desk.sign(plain()), revision=1)
    assert problem_of(stale) == (412, "ED-RULE-6004")
