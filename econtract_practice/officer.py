"""An officer who answers: offers a mended version after a return, countersigns what is submitted. For the window's practice."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from econtract_practice import seed
from econtract_practice.people import OFFICER
from econtract_practice.program import Outcome, Program

if TYPE_CHECKING:
    from econtract_practice.environment import Environment

_EVERY = 2.0  # seconds


class Officer:
    """佐藤 花子 at her own program."""

    def __init__(self, environment: Environment) -> None:
        self._folder = environment.directory / "officer"
        self._folder.mkdir(exist_ok=True)
        self.program = Program(environment.profile(OFFICER), OFFICER.pin)

    def answer_until(self, over: threading.Event) -> None:
        """Register the case where there is none, then answer whatever waits for the officer. Never raises."""
        self.program.run("login")
        while not over.is_set():
            listed = self.program.run("case", "list")
            if listed.code == "ED-AUTH-7001":
                self.program.run("login")
            elif listed.status == 0:
                self.answer_once(listed.data["cases"])
            over.wait(_EVERY)

    def answer_once(self, cases: list[dict[str, Any]]) -> list[Outcome]:
        """One round. What was done."""
        done = []
        if not cases:
            done.append(self.register())
        for case in cases:
            for contract in case["contracts"]:
                if contract["state"] == "DRAFTING":
                    version = contract["version"] + 1
                    done.append(self.offer(case["number"], version))
                elif contract["state"] == "SUBMITTED":
                    done.append(self.program.run("officer", "countersign", contract["contract_id"]))
        return done

    def register(self) -> Outcome:
        path = self._folder / "case.json"
        path.write_text(json.dumps(seed.case_data(), ensure_ascii=False), encoding="utf-8")
        return self.program.run("officer", "register-case", str(path))

    def prepare(self, version: int) -> tuple[Outcome, Path]:
        """The first version has the wrong last day; every later one is right."""
        data = seed.contract_data("2027-06-15" if version == 1 else "2027-06-30", f"第{version}版")
        path, pdf = self._folder / f"contract-{version}.json", self._folder / f"contract-{version}.pdf"
        path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        return self.program.run("officer", "prepare-contract", str(path), "--out", str(pdf)), pdf

    def offer(self, case: str, version: int) -> Outcome:
        prepared, pdf = self.prepare(version)
        if prepared.status:
            return prepared
        return self.program.run("officer", "offer", case, "--document", f"{seed.DOCUMENT_TITLE}={pdf}")
