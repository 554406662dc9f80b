"""Single steps of a contract's life: one command of one person, that must do what it says or be refused with its own error."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from econtract_core.rules.money import tax_within
from econtract_practice.environment import Environment
from econtract_practice.journey import StepFailed, good, refused
from econtract_practice.life_mail import MailLog
from econtract_practice.papers import paper
from econtract_practice.people import CONTRACTOR, OFFICER, SECOND, Member
from econtract_practice.program import Outcome

NUMBER = "2026-83-0201"
_JST = timezone(timedelta(hours=9))


@dataclass
class Steps:
    """Commands of several people about one case, each told and checked. `tell` prints one object."""

    environment: Environment
    report: Path
    kind: str
    tell: Callable[[dict[str, object]], None]
    step_number: int = 0
    papers: int = 0
    contract: str = ""
    delegation: str = ""
    contacts: dict[str, str] = field(default_factory=dict)  # organisation → address
    organizations: dict[str, str] = field(default_factory=dict)  # of those who registered themselves, by member
    files: list[str] = field(default_factory=list)
    lead: Member = CONTRACTOR  # who represents the lead of the joint venture
    second: Member = SECOND  # and the second firm, by which card
    site: Member = CONTRACTOR  # who asks for inspections
    accounts: Member = CONTRACTOR  # who makes invoices

    def __post_init__(self) -> None:
        self.mail = MailLog(self.environment.directory / "server" / "config.json")
        self.programs = {m.key: self.environment.program(m) for m in self.environment.members}

    def do(
        self,
        member: Member,
        *words: str,
        state: str = "",
        request_state: str = "",
        invoice_state: str = "",
        clock: int | None = None,
    ) -> Outcome:
        """One command that must do what it says. The states are of the contract, the newest request, the newest invoice; `clock`:
        days left."""
        began = time.monotonic()
        outcome = self.programs[member.key].run(*words)
        problem = ""
        try:
            good(outcome)
            self._check(outcome, (state, request_state, invoice_state), clock)
        except StepFailed as failed:
            problem = str(failed)
        self._tell(member, words, outcome, began, problem)
        return outcome

    def no(self, member: Member, code: str, *words: str, then: tuple[str, ...] = ()) -> None:
        """One command that must be refused with this error; `then`: the one that is, after `words` went."""
        began = time.monotonic()
        outcome = self.programs[member.key].run(*words)
        if then:
            outcome, words = self.programs[member.key].run(*then), then
        problem = ""
        try:
            refused(outcome, code, 1)
        except StepFailed as failed:
            problem = str(failed)
        self._tell(member, words, outcome, began, problem, code)

    def same(self, what: str, found: object, wanted: object) -> None:
        """A fact that must be so."""
        if found != wanted:
            raise StepFailed(f"{what}: {found}, not {wanted}")

    def case(self) -> dict[str, Any]:
        found: dict[str, Any] = self.programs[self.lead.key].run("case", "show", NUMBER).data["case"]
        return found

    def today(self) -> date:
        return datetime.now(UTC).astimezone(_JST).date()

    def _check(self, outcome: Outcome, states: tuple[str, str, str], clock: int | None) -> None:
        contract, request, invoice = states
        case = outcome.data.get("case", {})
        later = case.get("procedures") or {}
        if contract:
            mine = next(c for c in case["contracts"] if c["contract_id"] == self.contract)
            self.same("contract", mine["state"], contract)
        if request:
            self.same("request", later["inspections"][-1]["state"], request)
        if invoice:
            self.same("invoice", later["invoices"][-1]["state"], invoice)
        if clock is not None:
            running = later["inspections"][-1] if request else later["invoices"][-1]
            self.same("days left", running["clock"]["days_left"], clock)

    def _tell(
        self, member: Member, words: tuple[str, ...], outcome: Outcome, began: float, problem: str, code: str = ""
    ) -> None:
        self.step_number += 1
        mails: list[str] = []
        try:
            mails = self.mail.since_last()
        except StepFailed as failed:
            problem = problem or str(failed)
        case = outcome.data.get("case") or {}
        self.tell(
            {
                "step": self.step_number,
                "actor": f"{member.person.organization} {member.person.name}",
                "command": " ".join(word for word in words if len(word) < 60),
                "state": _states(case) or _state_of(outcome),
                "clock": _clocks(case),
                "mail": mails,
                "files": self.files,
                "seconds": round(time.monotonic() - began, 2),
                "ok": not problem,
                **({"problem": problem} if problem else {}),
            }
        )
        self.files = []
        if problem:
            raise StepFailed(problem)

    def _account(self, outcome: Outcome, state: str) -> None:
        self.same("account", outcome.data["state"], state)

    def _delegation(self, outcome: Outcome, state: str) -> None:
        self.same("delegation", outcome.data["state"], state)

    def _json(self, name: str, data: dict[str, object]) -> Path:
        path = self.report / f"{name}.json"
        path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        return path

    def qualified(self, amount: int) -> Path:
        """The words of a 適格請求書 for so much, tax at the standard rate."""
        tax = tax_within(amount, 10)
        facts: dict[str, object] = {
            "issuer": CONTRACTOR.person.organization,
            "number": f"T{CONTRACTOR.person.corporate_number}",
            "recipient": OFFICER.person.organization,
            "delivered_on": self.today().isoformat(),
            "subject": "完成代金",
            "totals": [{"kind": "standard", "percent": 10, "net": amount - tax, "tax": tax}],
        }
        return self._json("qualified", facts)

    def _paper(self, what: str) -> tuple[str, str]:
        return "--document", str(self._file(what))

    def _file(self, what: str) -> Path:
        self.papers += 1
        path = self.report / "papers" / f"{self.papers:02}-{what.replace(' ', '-').lower()}.pdf"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(paper(what, f"No. {self.papers}", NUMBER))
        self.files.append(str(path))
        return path


def _states(case: dict[str, Any]) -> dict[str, object]:
    if not case:
        return {}
    later = case.get("procedures") or {}
    return {
        "contracts": [f"{c['kind']} {c['number']} {c['state']}" for c in case["contracts"]],
        "inspections": [f"{r['kind']} {r['number']} {r['state']}" for r in later.get("inspections", [])],
        "invoices": [f"{i['kind']} {i['amount']} {i['state']}" for i in later.get("invoices", [])],
    }


def _state_of(outcome: Outcome) -> dict[str, object]:
    """Of a command on something else than a case."""
    if outcome.code:
        return {"refused": outcome.code}
    if "delegation_id" in outcome.data:
        return {"delegation": outcome.data["state"]}
    return {"account": outcome.data["state"]} if "cards" in outcome.data else {}


def _clocks(case: dict[str, Any]) -> list[str]:
    later = case.get("procedures") or {}
    running = [*later.get("inspections", []), *later.get("invoices", [])]
    return [
        f"{one['clock']['kind']} {one['clock']['due']}"
        for one in running
        if one.get("clock") and not one["clock"]["ended"]
    ]
