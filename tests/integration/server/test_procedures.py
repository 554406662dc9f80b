"""After the conclusion: inspections, handover, guarantees and invoices on the real server, with real signatures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests

from econtract_core.rules.dates import in_japan
from tests.fakes.documents import page, plain
from tests.fakes.server_bench import Client, Running, problem_of
from tests.fakes.server_desk import Desk
from tests.integration.server.test_contract_life import begin, conclude

NOT_NOW, TURN, CONDITION, VALUE, TOO_HIGH, FORBIDDEN = (
    "ED-RULE-6001",
    "ED-RULE-6002",
    "ED-RULE-6031",
    "ED-RULE-6008",
    "ED-RULE-6052",
    "ED-AUTH-7005",
)


@dataclass
class Site:
    """A concluded contract and the people around it."""

    desk: Desk
    running: Running
    inspector: Client
    case_id: str

    @property
    def today(self) -> date:
        return in_japan(self.running.clock.now()).date()

    def see(self, who: str = "contractor") -> dict[str, Any]:
        client = {"inspector": self.inspector}.get(who) or getattr(self.desk, who)
        case = client.send("GET", f"/v1/cases/{self.case_id}").json()
        return case["procedures"]  # type: ignore[no-any-return]

    def of(self) -> dict[str, str]:
        return {"case_id": self.case_id}

    def contracts(self) -> list[str]:
        """Their states."""
        case = self.desk.officer.send("GET", f"/v1/cases/{self.case_id}").json()
        return sorted(contract["state"] for contract in case["contracts"])

    def paper(self, who: str = "contractor") -> dict[str, Any]:
        """A signed PDF of its own, uploaded."""
        source = plain(first_page=page(b"/Rotate 0 /UserUnit 1." + uuid4().hex[:6].translate(_DIGITS).encode()))
        client = getattr(self.desk, who)
        digest = client.put(self.desk.sign(source, who, level="B-B"))
        return {"document_id": "p1", "title": "請求書", "sha256": digest}

    def do(self, client: Client, object_id: str, revision: int, kind: str, **payload: Any) -> requests.Response:
        return client.operate(object_id, revision, {"kind": kind, "case_id": self.case_id, **payload})

    def request(self, kind: str = "completion", **claim: Any) -> str:
        """Drafted, signed, sent, received; its identifier."""
        request_id, contractor = uuid4().hex, self.desk.contractor
        if kind == "completion":
            claim = {"completed_on": self.today.isoformat(), **claim}
        good(self.do(contractor, request_id, 0, "inspection.begin", inspection_kind=kind, claim=claim))
        good(self.do(contractor, request_id, 0, "inspection.sign", action="sign", file=self.paper()))
        good(self.do(contractor, request_id, 1, "inspection.act", action="submit"))
        good(self.do(self.desk.officer, request_id, 2, "inspection.act", action="receive"))
        return request_id

    def result(self, request_id: str, revision: int = 3, **inspected: Any) -> None:
        """Inspected, told, and known to the contractor."""
        found = {"on": self.today.isoformat(), "result": "passed", **inspected}
        good(self.do(self.inspector, request_id, revision, "inspection.record", inspected=found))
        file = self.paper("officer")
        good(self.do(self.desk.officer, request_id, revision + 1, "inspection.sign", action="issue_result", file=file))
        good(self.do(self.desk.contractor, request_id, revision + 2, "inspection.act", action="receive_result"))

    def guarantee(self, kind: str, amount: int) -> None:
        guarantee_id = uuid4().hex
        facts = {"guarantor": "東日本建設業保証", "number": "12-345678", "key": "ABCD1234", "valid_to": "2028-03-31"}
        good(
            self.do(self.desk.contractor, guarantee_id, 0, "guarantee.add", guarantee_kind=kind, amount=amount, **facts)
        )
        good(self.do(self.desk.officer, guarantee_id, 0, "guarantee.confirm"))

    def draft(self, kind: str, amount: int, subject: str = "") -> tuple[str, requests.Response]:
        """A signed draft; what the signing was answered with."""
        invoice_id = uuid4().hex
        good(
            self.do(
                self.desk.contractor, invoice_id, 0, "invoice.draft", invoice_kind=kind, amount=amount, subject=subject
            )
        )
        return invoice_id, self.do(self.desk.contractor, invoice_id, 0, "invoice.sign", file=self.paper())

    def invoice(self, kind: str, amount: int, subject: str = "") -> str:
        """Asked for, received, paid."""
        invoice_id, signed = self.draft(kind, amount, subject)
        good(signed)
        good(self.do(self.desk.contractor, invoice_id, 1, "invoice.act", action="submit"))
        good(self.do(self.desk.officer, invoice_id, 2, "invoice.act", action="receive"))
        good(self.do(self.desk.officer, invoice_id, 3, "invoice.act", action="pay"))
        return invoice_id

    def hand_over(self, request_id: str) -> None:
        good(self.do(self.desk.contractor, request_id, 0, "handover.submit", file=self.paper()))
        good(self.do(self.desk.officer, request_id, 1, "handover.answer", action="accept"))


_DIGITS = str.maketrans("abcdef", "123456")


def good(answer: requests.Response) -> dict[str, Any]:
    assert answer.ok, answer.text
    return answer.json()  # type: ignore[no-any-return]


@pytest.fixture
def site(desk: Desk, running: Running) -> Site:
    case_id = desk.officer.register()
    conclude(desk, f"{case_id}-C0")
    return Site(desk, running, running.client(desk.pki.cards["inspector"]), case_id)


AMOUNT = 148_500_000


def test_from_the_advance_to_the_last_payment(site: Site) -> None:
    assert problem_of(site.draft("advance", 59_400_000)[1]) == (422, CONDITION)  # no guarantee yet
    site.guarantee("advance", 59_400_000)
    assert problem_of(site.draft("advance", 59_400_001)[1]) == (422, TOO_HIGH)
    site.invoice("advance", 59_400_000)
    assert problem_of(site.draft("advance", 1_000)[1]) == (422, CONDITION)  # once
    approval = site.request("interim", progress=80_000_000)
    site.result(approval, progress=80_000_000)
    site.guarantee("interim", 29_700_000)
    site.invoice("interim", 29_700_000)
    completion = site.request()
    assert problem_of(site.draft("final", 59_400_000)[1]) == (422, CONDITION)
    site.result(completion)
    assert problem_of(site.draft("final", 59_400_000)[1]) == (422, CONDITION)  # not handed over
    site.hand_over(completion)
    assert problem_of(site.draft("final", 59_400_001)[1]) == (422, TOO_HIGH)
    site.invoice("final", 59_400_000)
    seen = site.see("officer")
    assert seen["payments"] == {"asked": AMOUNT, "paid": AMOUNT, "rest": 0, "closed": True}
    assert [i["kind"] for i in seen["invoices"] if i["state"] == "PAID"] == ["advance", "interim", "final"]
    assert site.contracts() == ["COMPLETED"]
    late = site.desk.officer.operate(uuid4().hex, 0, {"kind": "contract.begin", "contract_kind": "change", **site.of()})
    assert problem_of(late) == (422, CONDITION)


def test_what_is_open_beside_the_last_payment_keeps_the_contract_open(site: Site) -> None:
    completion = site.request()
    site.result(completion)
    site.hand_over(completion)
    change = uuid4().hex
    begun = {"kind": "contract.begin", "contract_kind": "change", "change": {"term_to": "2027-07-31"}, **site.of()}
    good(site.desk.officer.operate(change, 0, begun))
    site.invoice("final", AMOUNT)
    assert site.contracts() == ["CONCLUDED", "DRAFTING"]
    withdrawn = {"kind": "contract.act", "action": "withdraw", "reason": "不要となったため"}
    answer = good(site.desk.officer.operate(change, 0, withdrawn))
    assert sorted(c["state"] for c in answer["case"]["contracts"]) == site.contracts() == ["COMPLETED", "WITHDRAWN"]


def test_partial_payments_shut_out_the_interim_advance(site: Site) -> None:
    site.guarantee("advance", 59_400_000)
    site.invoice("advance", 59_400_000)
    part = site.request("partial", progress=60_000_000)
    site.result(part, progress=60_000_000)
    # 出来高 x (9/10 - 前払/請負)
    assert problem_of(site.draft("partial", 30_000_001, part)[1]) == (422, TOO_HIGH)
    site.invoice("partial", 30_000_000, part)
    answer = site.do(
        site.desk.contractor,
        uuid4().hex,
        0,
        "inspection.begin",
        inspection_kind="interim",
        claim={"progress": 90_000_000},
    )
    assert problem_of(answer) == (422, CONDITION)


def test_repairs_start_the_clock_again(site: Site) -> None:
    request_id = site.request()
    clock = site.see()["inspections"][0]["clock"]
    assert (clock["starts"], clock["length"], clock["days_left"]) == (site.today.isoformat(), 14, 14)
    site.running.clock.ahead = timedelta(minutes=20)
    site.result(request_id, result="repairs", repairs="舗装の一部")
    assert site.see()["inspections"][0]["allowed"] == ["notify_repair"]
    file = site.paper()
    good(site.do(site.desk.contractor, request_id, 6, "inspection.sign", action="notify_repair", file=file))
    seen = site.see()["inspections"][0]
    assert next(a["why"] for a in seen["clock"]["adjustments"]) == "repairs"
    assert seen["clock"]["ended"] is None
    site.result(request_id, 7)
    assert site.see()["inspections"][0]["state"] == "RESULT_RECEIVED"
    assert site.see()["inspections"][0]["handover_allowed"]


def test_a_refused_invoice_and_its_clock(site: Site) -> None:
    site.guarantee("advance", 10_000_000)
    invoice_id, signed = site.draft("advance", 10_000_000)
    good(signed)
    good(site.do(site.desk.contractor, invoice_id, 1, "invoice.act", action="submit"))
    assert site.see("officer")["invoices"][0]["clock"]["days_left"] == 14
    assert problem_of(site.do(site.desk.officer, invoice_id, 2, "invoice.act", action="reject")) == (
        422,
        "ED-RULE-6003",
    )
    reason = {"reason": "登録番号の記載がない", "fault": "gross"}
    good(site.do(site.desk.officer, invoice_id, 2, "invoice.act", action="reject", **reason))
    seen = site.see()["invoices"][0]
    assert (seen["state"], seen["clock"]["due"], seen["reasons"]) == ("REJECTED", None, ["登録番号の記載がない"])
    good(site.do(site.desk.contractor, invoice_id, 3, "invoice.act", action="correct"))
    good(site.do(site.desk.contractor, invoice_id, 4, "invoice.amend", amount=9_000_000))
    good(site.do(site.desk.contractor, invoice_id, 5, "invoice.sign", file=site.paper()))
    good(site.do(site.desk.contractor, invoice_id, 6, "invoice.act", action="submit"))
    seen = site.see()["invoices"][0]
    assert next(a["why"] for a in seen["clock"]["adjustments"]) == "rejected_gross"
    assert seen["clock"]["days_left"] == 14


def test_the_words_of_a_qualified_invoice_must_add_up(site: Site) -> None:
    def draft(**changes: Any) -> requests.Response:
        total = {"kind": "standard", "percent": 10, "net": 9_090_909, "tax": 909_091}
        words = {
            "issuer": "あおば橋建設株式会社",
            "number": "T8700110005901",
            "recipient": "関東地方整備局",
            "delivered_on": site.today.isoformat(),
            "subject": "前払金",
            "totals": [total | changes.pop("total", {})],
        }
        payload = {"invoice_kind": "advance", "amount": 10_000_000, "qualified": words | changes}
        return site.do(site.desk.contractor, uuid4().hex, 0, "invoice.draft", **payload)

    assert draft().ok
    for changes in ({"total": {"net": 9_000_000}}, {"delivered_on": None}, {"totals": []}, {"number": "T12"}):
        assert problem_of(draft(**changes)) == (422, VALUE), changes


def test_who_may_do_what(site: Site) -> None:
    contractor, officer, inspector = site.desk.contractor, site.desk.officer, site.inspector
    claim = {"completed_on": site.today.isoformat()}
    begin_ = {"inspection_kind": "completion", "claim": claim}
    assert problem_of(site.do(officer, uuid4().hex, 0, "inspection.begin", **begin_)) == (403, TURN)
    assert problem_of(site.do(inspector, uuid4().hex, 0, "inspection.begin", **begin_)) == (403, FORBIDDEN)
    request_id = site.request()
    found = {"on": site.today.isoformat(), "result": "passed"}
    assert problem_of(site.do(officer, request_id, 3, "inspection.record", inspected=found)) == (403, TURN)
    assert problem_of(site.do(contractor, request_id, 3, "inspection.record", inspected=found)) == (403, TURN)
    rival = site.running.client(site.desk.pki.cards["rival"])
    assert problem_of(site.do(rival, request_id, 3, "inspection.act", action="receive")) == (404, "ED-RULE-6005")
    partner = site.running.client(site.desk.pki.cards["partner"])
    assert problem_of(site.do(partner, request_id, 3, "inspection.act", action="withdraw", reason="x")) == (
        404,
        "ED-RULE-6005",
    )
    # An inspector does nothing else of what an officer does.
    assert problem_of(begin(inspector, site.case_id)[1]) == (403, FORBIDDEN)
    assert site.see("inspector")["inspections"][0]["allowed"] == ["inspect"]


def test_a_draft_is_the_contractor_s_own(site: Site) -> None:
    request_id, contractor = uuid4().hex, site.desk.contractor
    claim = {"completed_on": site.today.isoformat()}
    good(site.do(contractor, request_id, 0, "inspection.begin", inspection_kind="completion", claim=claim))
    file = site.paper()
    good(site.do(contractor, request_id, 0, "inspection.sign", action="sign", file=file))
    path = f"/v1/cases/{site.case_id}/files/{file['sha256']}"
    assert site.see("officer")["inspections"] == []
    assert site.desk.officer.send("GET", path).status_code == 404
    assert contractor.send("GET", path).ok
    good(site.do(contractor, request_id, 1, "inspection.act", action="submit"))
    assert len(site.see("officer")["inspections"]) == 1
    assert site.desk.officer.send("GET", path).content == contractor.send("GET", path).content


@pytest.mark.parametrize("what", ["unsigned", "another card", "two signatures", "altered", "never sent"])
def test_a_paper_that_is_none(site: Site, what: str) -> None:
    request_id, contractor, desk = uuid4().hex, site.desk.contractor, site.desk
    claim = {"completed_on": site.today.isoformat()}
    good(site.do(contractor, request_id, 0, "inspection.begin", inspection_kind="completion", claim=claim))
    signed = desk.sign(plain(), level="B-B")
    data, code = {
        "unsigned": (plain(), (422, "ED-DOC-4006")),
        "another card": (desk.sign(plain(), "officer", level="B-B"), (422, "ED-DOC-4007")),
        "two signatures": (desk.sign(signed, level="B-B"), (422, "ED-DOC-4006")),
        "altered": (signed.replace(b"/F 132", b"/F 133"), (422, "ED-DOC-4006")),
        "never sent": (signed, (424, "ED-RULE-6009")),
    }[what]
    digest = "0" * 64 if what == "never sent" else contractor.put(data)
    file = {"document_id": "p1", "title": "完成通知書", "sha256": digest}
    answer = site.do(contractor, request_id, 0, "inspection.sign", action="sign", file=file)
    assert problem_of(answer) == code


def test_what_somebody_changed_meanwhile_is_not_overwritten(site: Site) -> None:
    request_id = site.request()
    good(
        site.do(
            site.inspector,
            request_id,
            3,
            "inspection.record",
            inspected={"on": site.today.isoformat(), "result": "passed"},
        )
    )
    again = {"on": site.today.isoformat(), "result": "repairs", "repairs": "x"}
    assert problem_of(site.do(site.inspector, request_id, 3, "inspection.record", inspected=again)) == (
        412,
        "ED-RULE-6004",
    )
    assert site.see("officer")["inspections"][0]["result"]["result"] == "passed"
