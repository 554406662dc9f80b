"""Practice mode's examples and the officer who answers, on a real server, by the program itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from econtract_core.rules import contract, handover, inspection, invoice
from econtract_practice import seed
from econtract_practice.environment import Environment
from econtract_practice.examples.making import make_examples
from econtract_practice.examples.table import EXAMPLES
from econtract_practice.officer import Officer
from econtract_practice.people import CONTRACTOR, PRACTICE_MEMBERS
from econtract_practice.program import Outcome, Program

# Passed through within one operation, or reached only years later.
_NEVER_SEEN = {contract.State.COUNTERSIGNED, contract.State.ARCHIVED}


@pytest.mark.slow
def test_a_case_in_every_state_and_an_officer_who_answers(tmp_path: Path) -> None:
    with Environment(tmp_path, softhsm=False, members=PRACTICE_MEMBERS) as environment:
        officer = Officer(environment)
        officer.begin()
        told = make_examples(environment)
        officer.leave()
        firm = Program(environment.profile(CONTRACTOR), CONTRACTOR.pin)
        assert firm.run("login").status == 0
        seen = _cases(firm)
        _every_state(list(seen.values()))
        assert seed.CASE_NUMBER in seen
        assert [line["number"] for line in told] == sorted(set(seen) - {seed.CASE_NUMBER})
        assert make_examples(environment) == told, "the second start makes none anew"
        assert officer.answer_once(officer_sees := officer.cases()) == [], "examples are left alone"
        assert len(officer_sees) == len(EXAMPLES) + 1
        _officer_answers(officer, firm, {str(line["shows"]): str(line["number"]) for line in told})
    description = environment.directory / "officer" / "left-alone.json"
    assert len(json.loads(description.read_text())) > 10


def _every_state(cases: list[dict[str, Any]]) -> None:
    later = [case["procedures"] for case in cases if case["procedures"]]
    requests = [request for one in later for request in one["inspections"]]
    found = {
        contract.State: {c["state"] for case in cases for c in case["contracts"]},
        inspection.State: {request["state"] for request in requests},
        handover.State: {request["handover"]["state"] for request in requests if request["handover"]},
        invoice.InvoiceState: {i["state"] for one in later for i in one["invoices"]},
    }
    for states, there in found.items():
        missing = {state for state in states if state not in _NEVER_SEEN and state.value not in there}
        assert missing <= {handover.State.DRAFT}, f"{states}: {missing}"  # a note begins with its submission


def _officer_answers(officer: Officer, firm: Program, numbers: dict[str, str]) -> None:
    """What the firm sends is answered until the firm's turn comes again; what it leaves alone stays."""
    number = numbers["request SIGNED"]
    _good(firm.run("inspection", "submit", number))
    answered = [outcome for _ in range(4) for outcome in officer.answer_once(officer.cases())]
    assert [_good(outcome).status for outcome in answered] == [0, 0, 0]  # received, inspected, told
    assert _cases(firm)[number]["procedures"]["inspections"][-1]["state"] == "RESULT_ISSUED"
    number = numbers["invoice SIGNED"]
    _good(firm.run("invoice", "submit", number))
    answered = [outcome for _ in range(3) for outcome in officer.answer_once(officer.cases())]
    assert [_good(outcome).status for outcome in answered] == [0, 0]  # received, paid
    number = numbers["contract UNDER_REVIEW"]
    _good(firm.run("contract", "return", number, "--reason", "履行期間の末日が違います。"))
    assert [_good(o).status for o in officer.answer_once(officer.cases())] == [0]
    again = _cases(firm)[number]["contracts"][0]
    assert (again["state"], again["version"]) == ("OFFERED", 2)
    assert _cases(firm)[numbers["contract SUBMITTED"]]["contracts"][0]["state"] == "SUBMITTED"


def _cases(program: Program) -> dict[str, dict[str, Any]]:
    return {case["number"]: case for case in _good(program.run("case", "list")).data["cases"]}


def _good(outcome: Outcome) -> Outcome:
    assert outcome.status == 0, outcome.error or outcome.said
    return outcome
