"""The whole life of a contract through the command line alone, over HTTPS, each step's state and clock checked.

Works: a joint venture of three concludes (after a return), a change and a unit-price agreement follow; guarantees, an advance, the
approval of an interim advance and that advance, two partial payments, an invoice that is refused and corrected, a completion whose
first inspection asks for repairs, handover, and the last payment. An agent makes the invoices and a sub-agent asks for inspections until their delegation is taken back. A firm registers first, a card is renewed on the way, and the representative changes before the completion. Services: one firm, the shorter clocks, no interim advance. On the
way wrong steps must end in their own typed error. One JSON object a step.
"""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path

from econtract_practice.environment import Environment
from econtract_practice.journey import StepFailed, fresh
from econtract_practice.life_accounts import AccountSteps
from econtract_practice.life_steps import NUMBER
from econtract_practice.people import (
    AGENT,
    INSPECTOR,
    LIFE_MEMBERS,
    OFFICER,
    REGISTERING,
    SUB_AGENT,
    Member,
)

TITLE = "令和8年度 国道20号〇〇高架橋工事"
CONDITION, TOO_HIGH, NOT_NOW, TURN = "ED-RULE-6031", "ED-RULE-6052", "ED-RULE-6001", "ED-RULE-6002"
NOT_DELEGATED, TOO_WIDE = "ED-RULE-6032", "ED-RULE-6033"


class Life(AccountSteps):
    """One life."""

    @property
    def members(self) -> tuple[Member, ...]:
        """Who signs contracts."""
        return (self.lead, self.second, REGISTERING) if self.kind == "works" else (self.lead,)

    @property
    def days(self) -> tuple[int, int]:
        """Of inspection and payment (支払遅延防止法5条, 6条)."""
        return (14, 40) if self.kind == "works" else (10, 30)

    def run(self) -> list[Path]:
        """The files of the concluded contract."""
        self.register()
        self._log_in()
        self._conclude_original()
        self.renew_card()
        self._change_and_agreement()
        self._delegate()
        self._advances()
        self._partials()
        self._take_back()
        self.new_representative()
        self._completion()
        return self._end()

    # --- the parts ---------------------------------------------------------------------------------------------------

    def _log_in(self) -> None:
        for member in (INSPECTOR, AGENT, SUB_AGENT, *self.members):
            self.do(member, "login")

    def _conclude_original(self) -> None:
        data = self._json("case", self._case())
        self.do(OFFICER, "officer", "register-case", str(data))
        case = self.do(OFFICER, "case", "show", NUMBER).data["case"]
        self.set_contacts(self.members)
        self.contract = case["contracts"][0]["contract_id"]
        self._offer("CONTRACT v1")
        self.do(self.lead, "contract", "review", self.contract, state="UNDER_REVIEW")
        self.do(self.lead, "contract", "return", self.contract, "--reason", "工期の末日が違います。", state="DRAFTING")
        self._signed_by_all("CONTRACT v2")

    def _change_and_agreement(self) -> None:
        for kind, changes in (("change", ("--amount", "11000000", "--tax", "1000000")), ("unit_price", ())):
            words = ("officer", "begin", NUMBER, "--kind", kind, *changes)
            self.no(self.lead, TURN, *words)
            contracts = self.do(OFFICER, *words).data["case"]["contracts"]
            draft = next(c for c in contracts if c["state"] == "DRAFTING")
            self.contract = draft["contract_id"]
            self._signed_by_all(kind.upper())
        terms = self.case()["terms"]
        self.same("contract amount", terms["amount"], 121_000_000)

    def _delegate(self) -> None:
        """委任 and 復委任: the branch's head makes the invoices, the site's head asks for inspections."""
        days = ("--from", self.today().isoformat(), "--to", (self.today() + timedelta(days=365)).isoformat())
        draft = ("invoice", "prepare", NUMBER, "--kind", "advance", "--amount", "1000000")
        self.no(AGENT, NOT_DELEGATED, *draft)
        words = ("--work", "inspection", "--work", "invoice", *days, "--case", NUMBER, "--sub-delegation")
        first = str(self.do(self.lead, "delegate", "grant", AGENT.person.name, *words).data["delegation_id"])
        self.no(self.lead, TURN, "delegate", "accept", first)
        self.no(AGENT, NOT_DELEGATED, *draft)  # not accepted yet
        self.delegation = first
        self._delegation(self.do(AGENT, "delegate", "accept", first), "ACTIVE")
        further = ("delegate", "grant", SUB_AGENT.person.name, *days, "--case", NUMBER, "--parent", first, "--work")
        self.no(AGENT, TOO_WIDE, *further, "contract")
        second = str(self.do(AGENT, *further, "inspection").data["delegation_id"])
        self._delegation(self.do(SUB_AGENT, "delegate", "accept", second), "ACTIVE")
        self.no(SUB_AGENT, NOT_DELEGATED, *draft)  # that was not passed on
        self.accounts, self.site = AGENT, SUB_AGENT

    def _take_back(self) -> None:
        """解除: what hangs on a delegation ends with it; the representative goes on alone."""
        words = ("delegate", "revoke", self.delegation, "--reason", "組織変更のため")
        self.no(self.lead, "ED-RULE-6003", *words[:3])
        self._delegation(self.do(self.lead, *words), "REVOKED")
        today = self.today().isoformat()
        claim = ("inspection", "prepare", NUMBER, "--kind", "completion", "--completed-on", today)
        self.no(SUB_AGENT, NOT_DELEGATED, *claim)
        found = self.do(OFFICER, "delegate", "list").data["delegations"]
        self.same("what the body reads", [one["state"] for one in found], ["REVOKED", "REVOKED"])
        papers = [deed["paper"] for one in self.case()["procedures"]["invoices"] for deed in one["history"]]
        signed = {paper["delegation_id"] for paper in papers if paper is not None}
        self.same("under what the invoices were signed", signed, {self.delegation})
        self.accounts = self.site = self.lead

    def _advances(self) -> None:
        most = 48_400_000 if self.kind == "works" else 36_300_000
        self._draft("advance", most)
        self.no(self.accounts, CONDITION, "invoice", "sign", NUMBER, *self._paper("INVOICE advance"))
        self._guarantee("advance", most)
        self.do(self.accounts, "invoice", "amend", NUMBER, "--amount", str(most + 1))
        self.no(self.accounts, TOO_HIGH, "invoice", "sign", NUMBER, *self._paper("INVOICE advance"))
        self.do(self.accounts, "invoice", "amend", NUMBER, "--amount", str(most))
        self._pay("advance", clock=14)
        if self.kind == "works":
            request = self._request("interim", "--progress", "70000000")
            self._result(request, "--progress", "70000000")
            self._guarantee("interim", 24_200_000)
            self._draft("interim", 24_200_000)
            self._pay("interim", clock=14)

    def _partials(self) -> None:
        """出来高 × (9/10 − advances / amount) of what no partial covered yet."""
        share = (9 * 121_000_000 - 10 * self.case()["procedures"]["payments"]["asked"]) / (10 * 121_000_000)
        before = 0
        for value in (50_000_000, 80_000_000):
            request = self._request("partial", "--progress", str(value))
            self._result(request, "--progress", str(value))
            self._draft("partial", int((value - before) * share), request)
            self._pay("partial", clock=14)
            before = value
        if self.kind == "works":
            claim = ("--kind", "interim", "--progress", "90000000")
            self.no(self.site, CONDITION, "inspection", "prepare", NUMBER, *claim)

    def _completion(self) -> None:
        request = self._request("completion", "--completed-on", self.today().isoformat(), clock=self.days[0])
        if self.kind == "works":
            self._result(request, verdict=("--result", "repairs", "--repairs", "舗装の一部"))
            notice = ("inspection", "notify-repair", request, *self._paper("REPAIR NOTICE"))
            self.do(self.lead, *notice, request_state="REPAIR_NOTICE", clock=self.days[0])
        self._result(request)
        rest = self.case()["procedures"]["payments"]["rest"]
        self._draft("final", rest, data=self.qualified(rest))
        self.no(self.lead, CONDITION, "invoice", "sign", NUMBER, *self._paper("INVOICE final"))
        self.do(self.lead, "inspection", "handover", request, *self._paper("HANDOVER NOTE"))
        self.do(OFFICER, "officer", "accept-handover", request)
        self._pay("final", clock=self.days[1], refused_once=True)
        file = self.report / "invoice.xml"
        self.do(self.accounts, "invoice", "xml", NUMBER, "--out", str(file))
        self.same("JP PINT", b"urn:peppol:pint:billing-1@jp-1" in file.read_bytes(), True)

    def _end(self) -> list[Path]:
        self.check_mails()
        payments = self.case()["procedures"]["payments"]
        self.same("payments", payments, {"asked": 121_000_000, "paid": 121_000_000, "rest": 0, "closed": True})
        self.same("contracts", {contract["state"] for contract in self.case()["contracts"]}, {"COMPLETED"})
        self.no(
            self.lead,
            CONDITION,
            "invoice",
            "prepare",
            NUMBER,
            "--kind",
            "final",
            "--amount",
            "1",
            then=("invoice", "sign", NUMBER, *self._paper("INVOICE")),
        )
        out = self.report / "files"
        saved = self.do(self.lead, "contract", "download", self.contract, "--out", str(out)).data["files"]
        found = [Path(file["path"]) for file in saved]
        for file in found:
            verdict = self.do(self.lead, "verify", str(file)).data["documents"][0]
            self.same("signatures", len(verdict["signatures"]), len(self.members) + 1)
        return found

    # --- courses -----------------------------------------------------------------------------------------------------

    def _offer(self, what: str) -> None:
        document = self._file(what)
        self.do(OFFICER, "officer", "offer", self.contract, "--document", f"契約書={document}", state="OFFERED")

    def _signed_by_all(self, what: str) -> None:
        self._offer(what)
        self.do(self.lead, "contract", "review", self.contract, state="UNDER_REVIEW")
        self.no(OFFICER, NOT_NOW, "officer", "countersign", self.contract)
        for member in self.members:
            if member is self.members[-1] and len(self.members) > 1:
                self.no(self.lead, "ED-RULE-6007", "contract", "submit", self.contract)
            self.do(member, "contract", "sign", self.contract, state="SIGNING")
        self.do(self.lead, "contract", "submit", self.contract, state="SUBMITTED")
        self.do(OFFICER, "officer", "countersign", self.contract, state="CONCLUDED")

    def _request(self, kind: str, *claim: str, clock: int | None = None) -> str:
        outcome = self.do(self.site, "inspection", "prepare", NUMBER, "--kind", kind, *claim)
        request = str(outcome.data["case"]["procedures"]["inspections"][-1]["request_id"])
        self.do(self.site, "inspection", "sign", request, *self._paper(f"REQUEST {kind}"), request_state="SIGNED")
        self.no(INSPECTOR, "ED-RULE-6005", "officer", "inspect", request, "--result", "passed")  # not sent yet
        self.do(self.site, "inspection", "submit", request, request_state="SUBMITTED", clock=clock)
        self.do(OFFICER, "officer", "receive", request, request_state="RECEIVED")
        self.no(OFFICER, TURN, "officer", "inspect", request, "--result", "passed")
        return request

    def _result(self, request: str, *found: str, verdict: tuple[str, ...] = ("--result", "passed")) -> None:
        self.do(INSPECTOR, "officer", "inspect", request, *verdict, *found, request_state="INSPECTED")
        notice = f"RESULT={self._file('RESULT NOTICE')}"
        self.do(OFFICER, "officer", "result", request, "--document", notice, request_state="RESULT_ISSUED")
        self.do(self.site, "inspection", "receive-result", request, request_state="RESULT_RECEIVED")

    def _guarantee(self, kind: str, amount: int) -> None:
        facts = {"guarantee_kind": kind, "amount": amount, "guarantor": "東日本建設業保証", "number": "12-345678"}
        data = self._json(f"guarantee-{kind}", {**facts, "key": "ABCD1234", "valid_to": "2028-03-31"})
        self.do(self.accounts, "invoice", "guarantee", NUMBER, "--data", str(data))
        self.do(OFFICER, "officer", "confirm-guarantee", NUMBER)

    def _draft(self, kind: str, amount: int, subject: str = "", data: Path | None = None) -> None:
        words = ("invoice", "prepare", NUMBER, "--kind", kind, "--amount", str(amount))
        more = (*(("--subject", subject) if subject else ()), *(("--data", str(data)) if data else ()))
        self.do(self.accounts, *words, *more, invoice_state="DRAFT")

    def _pay(self, kind: str, clock: int, *, refused_once: bool = False) -> None:
        name = f"INVOICE {kind}"
        self.do(self.accounts, "invoice", "sign", NUMBER, *self._paper(name), invoice_state="SIGNED")
        self.do(self.accounts, "invoice", "submit", NUMBER, invoice_state="SUBMITTED", clock=clock)
        if refused_once:
            reason = ("--reason", "口座名義の記載がありません。", "--fault", "gross")
            self.no(OFFICER, "ED-RULE-6003", "officer", "reject", NUMBER)
            self.do(OFFICER, "officer", "reject", NUMBER, *reason, invoice_state="REJECTED")
            self.do(self.accounts, "invoice", "correct", NUMBER, invoice_state="DRAFT")
            self.do(self.accounts, "invoice", "sign", NUMBER, *self._paper(name), invoice_state="SIGNED")
            self.do(self.accounts, "invoice", "submit", NUMBER, invoice_state="SUBMITTED", clock=clock)
        self.do(OFFICER, "officer", "receive-invoice", NUMBER, invoice_state="RECEIVED")
        self.do(OFFICER, "officer", "paid", NUMBER, invoice_state="PAID")

    def _case(self) -> dict[str, object]:
        return {
            "number": NUMBER,
            "title": TITLE if self.kind == "works" else "令和8年度 国道20号〇〇高架橋詳細設計業務",
            "case_kind": self.kind,
            "place": "東京都八王子市〇〇町地内",
            "contractor_ids": [self.organizations.get(m.key, m.organization_id) for m in self.members],
            "amount": 110_000_000,
            "tax": 10_000_000,
            "term_from": None,
            "term_to": "2028-03-10",
        }


def run_life(directory: Path, report: Path, kind: str) -> int:
    """Print one JSON object a step; non-zero at the first that is not as the rules say. A report that is there stays."""
    report = fresh(report)
    with (report / f"life-{kind}.jsonl").open("w", encoding="utf-8") as log:

        def tell(told: dict[str, object]) -> None:
            line = json.dumps(told, ensure_ascii=False)
            print(line, flush=True)
            print(line, file=log, flush=True)

        with Environment(directory, members=LIFE_MEMBERS) as environment:
            life = Life(environment, report, kind, tell)
            began = time.monotonic()
            try:
                files = life.run()
            except StepFailed as failed:
                tell({"step": life.step_number, "ok": False, "problem": str(failed)})
                return 1
            finally:
                life.mail.close()
            seconds = round(time.monotonic() - began, 1)
            tell({"step": life.step_number, "ok": True, "seconds": seconds, "files": [str(f) for f in files]})
    return 0
