"""An officer who answers: whatever waits for the contracting body is answered in a moment, by her or by the inspector 検査職員.

For the window's practice. The examples stay as they are until whoever practises does something with them.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from econtract_practice import seed
from econtract_practice.papers import paper
from econtract_practice.people import INSPECTOR, OFFICER
from econtract_practice.program import Outcome, Program

if TYPE_CHECKING:
    from econtract_practice.environment import Environment

_EVERY = 2.0  # seconds
_LOGIN_NEEDED = "ED-AUTH-7001"
_CONTRACTS = {"DRAFTING": "offer", "SUBMITTED": "countersign"}
_REQUESTS = {"SUBMITTED": "receive", "RECEIVED": "inspect", "REPAIR_NOTICE": "inspect", "INSPECTED": "result"}
_INVOICES = {"SUBMITTED": "receive-invoice", "RECEIVED": "paid"}


@dataclass(frozen=True)
class Waiting:
    """What waits for the body's answer: the thing as it is now, and the command that answers it."""

    object_id: str
    revision: int
    deed: str


def waiting(case: dict[str, Any]) -> list[Waiting]:
    """In one case as the program shows it."""
    found = [_waits(c, "contract_id", _CONTRACTS) for c in case["contracts"]]
    later = case.get("procedures")
    if later:
        found += [_waits(r, "request_id", _REQUESTS) for r in later["inspections"]]
        found += [_waits(i, "invoice_id", _INVOICES) for i in later["invoices"]]
        for request in later["inspections"]:
            note = request.get("handover")
            if note and note["state"] == "SUBMITTED":
                found.append(Waiting(request["request_id"], note["revision"], "accept-handover"))
        for one in later["guarantees"]:
            if one["confirmed_on"] is None:
                found.append(Waiting(one["guarantee_id"], one["revision"], "confirm-guarantee"))
    return [one for one in found if one is not None]


def _waits(one: dict[str, Any], name: str, deeds: dict[str, str]) -> Waiting | None:
    deed = deeds.get(one["state"])
    return Waiting(one[name], one["revision"], deed) if deed else None


class Officer:
    """佐藤 花子 at her own program, and 中村 三郎 at his where practice mode has an inspector."""

    def __init__(self, environment: Environment) -> None:
        self._folder = environment.directory / "officer"
        self._folder.mkdir(exist_ok=True)
        self.program = Program(environment.profile(OFFICER), OFFICER.pin)
        self._programs = {OFFICER.key: self.program}
        if INSPECTOR in environment.members:
            self._programs[INSPECTOR.key] = Program(environment.profile(INSPECTOR), INSPECTOR.pin)
        self._left: set[Waiting] = set()
        self._given_up: set[Waiting] = set()

    def begin(self) -> None:
        """Log in; register the case that practice begins with, and offer it. Never raises."""
        for program in self._programs.values():
            program.run("login")
        if seed.CASE_NUMBER not in {case["number"] for case in self.cases()}:
            self.register()
        for case in self.cases():
            if case["number"] == seed.CASE_NUMBER:
                self.answer_once([case])

    def leave(self) -> None:
        """What waits now is an example of waiting: remembered in the folder, and left alone."""
        kept = self._folder / "left-alone.json"
        if not kept.exists():
            found = [one for case in self.cases() if case["number"] != seed.CASE_NUMBER for one in waiting(case)]
            kept.write_text(json.dumps([one.__dict__ for one in found]), encoding="utf-8")
        self._left = {Waiting(**one) for one in json.loads(kept.read_text(encoding="utf-8"))}

    def answer_until(self, over: threading.Event) -> None:
        """Answer whatever waits for the body. Never raises."""
        while not over.wait(_EVERY):
            self.answer_once(self.cases())

    def answer_once(self, cases: list[dict[str, Any]]) -> list[Outcome]:
        """One round. What was done; what is refused is not tried again."""
        done = []
        for case in cases:
            for one in waiting(case):
                if one not in self._left | self._given_up:
                    outcome = self._answer(case, one)
                    done.append(outcome)
                    if outcome.status == 1 and outcome.code != _LOGIN_NEEDED:
                        self._given_up.add(one)
        return done

    def register(self) -> Outcome:
        path = self._folder / "case.json"
        path.write_text(json.dumps(seed.case_data(), ensure_ascii=False), encoding="utf-8")
        return self.program.run("officer", "register-case", str(path))

    def prepare(
        self, version: int, number: str = seed.CASE_NUMBER, title: str = seed.CASE_TITLE
    ) -> tuple[Outcome, Path]:
        """The first version of the case that practice begins with has the wrong last day; every other one is right."""
        term_to = "2027-06-15" if version == 1 and number == seed.CASE_NUMBER else "2027-06-30"
        data = seed.contract_data(term_to, f"第{version}版", number, title)
        path, pdf = self._folder / f"contract-{version}.json", self._folder / f"contract-{number}-{version}.pdf"
        path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        return self.program.run("officer", "prepare-contract", str(path), "--out", str(pdf)), pdf

    def offer(self, case: str, version: int) -> Outcome:
        prepared, pdf = self.prepare(version)
        if prepared.status:
            return prepared
        return self.program.run("officer", "offer", case, "--document", f"{seed.DOCUMENT_TITLE}={pdf}")

    def cases(self) -> list[dict[str, Any]]:
        """As she sees them; none where they cannot be had now."""
        listed = self.program.run("case", "list")
        if listed.code == _LOGIN_NEEDED:
            self.program.run("login")
            listed = self.program.run("case", "list")
        return list(listed.data["cases"]) if listed.status == 0 else []

    def _answer(self, case: dict[str, Any], one: Waiting) -> Outcome:
        words = ["officer", one.deed, one.object_id]
        if one.deed == "offer":
            contract = next(c for c in case["contracts"] if c["contract_id"] == one.object_id)
            prepared, pdf = self.prepare(contract["version"] + 1, case["number"], case["title"])
            if prepared.status:
                return prepared
            words += ["--document", f"{seed.DOCUMENT_TITLE}={pdf}"]
        if one.deed == "result":
            pdf = self._folder / f"result-{one.object_id}-{one.revision}.pdf"
            pdf.write_bytes(paper("RESULT NOTICE", case["number"]))
            words += ["--document", f"結果通知書={pdf}"]
        if one.deed != "inspect":
            return self.program.run(*words)
        request = next(r for r in case["procedures"]["inspections"] if r["request_id"] == one.object_id)
        progress = request["claim"]["progress"]
        words += ["--result", "passed", *(("--progress", str(progress)) if progress else ())]
        return self._inspect(words)

    def _inspect(self, words: list[str]) -> Outcome:
        program = self._programs.get(INSPECTOR.key, self.program)
        outcome = program.run(*words)
        if outcome.code == _LOGIN_NEEDED:
            program.run("login")
            outcome = program.run(*words)
        return outcome
