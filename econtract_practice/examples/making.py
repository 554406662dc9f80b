"""All examples together: what each of them wants signed is signed in one go a person, then all of them go on."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from econtract_practice import seed
from econtract_practice.examples.contract_steps import Steps
from econtract_practice.examples.course import Course
from econtract_practice.examples.record import Record, Refused
from econtract_practice.examples.table import EXAMPLES, Example
from econtract_practice.people import OFFICER, Member
from econtract_practice.program import Outcome, Program

if TYPE_CHECKING:
    from econtract_practice.environment import Environment

_FIRST_NUMBER = 301
_YEAR = "令和8年度 "
_WAITING, _TRIES = 3, 5  # the exit status of what waits for a timestamp; how often it is asked for again


def make_examples(environment: Environment, examples: tuple[Example, ...] = EXAMPLES) -> list[dict[str, object]]:
    """Bring every example where it belongs, once a folder of practice mode: one line each, {number, title, shows}. What is there
    already stays as it is. Takes seconds. Raises RuntimeError with what the program said."""
    from econtract_server.app import create_app
    from econtract_server.config import load

    office = create_app(load(environment.directory / "server" / "config.json")).state.office
    try:
        record = Record(office, environment.cards_in_readers())
        known = record.numbers(OFFICER)
        numbered = {f"2026-83-{_FIRST_NUMBER + i:04}": example for i, example in enumerate(examples)}
        fresh = {number: example for number, example in numbered.items() if number not in known}
        if fresh:
            try:
                _Making(environment, record).make(fresh)
            except Refused as problem:
                raise RuntimeError(f"practice examples: {problem}") from None
    finally:
        office.database.close()
    return [{"number": number, "title": _YEAR + e.title, "shows": e.shows} for number, e in numbered.items()]


class _Making:
    def __init__(self, environment: Environment, record: Record) -> None:
        self._environment = environment
        self._record = record
        self._folder = environment.directory / "examples"
        self._rounds = 0

    def make(self, examples: dict[str, Example]) -> None:
        contracts = self._lay_out(examples)
        ways = {number: _way(self._course(number, e, contracts), e) for number, e in examples.items()}
        signed: dict[str, Path | None] = dict.fromkeys(ways)
        while signed:
            wanted = {number: _next(ways[number], file) for number, file in signed.items()}
            signed = self._sign({number: wish for number, wish in wanted.items() if wish is not None})

    def _course(self, number: str, example: Example, contracts: Path) -> Course:
        return Course(
            self._record,
            number,
            _YEAR + example.title,
            example.members,
            contracts / f"{number}.pdf",
            self._folder,
            example.kind,
            example.request_kind,
        )

    def _lay_out(self, examples: dict[str, Example]) -> Path:
        """Every contract by the program's own form; where the PDFs are."""
        data, out = self._folder / "data", self._folder / "contracts"
        data.mkdir(parents=True, exist_ok=True)
        for number, example in examples.items():
            fields = seed.contract_data("2027-06-30", "", number, _YEAR + example.title)
            (data / f"{number}.json").write_text(json.dumps(fields, ensure_ascii=False), encoding="utf-8")
        self._run(OFFICER, "officer", "prepare-contract", str(data), "--out", str(out))
        return out

    def _sign(self, wanted: dict[str, tuple[Member, Path]]) -> dict[str, Path | None]:
        """One PIN a person and round."""
        self._rounds += 1
        out = self._folder / f"signed-{self._rounds:02}"
        for member in dict.fromkeys(member for member, _ in wanted.values()):
            files = [str(file) for who, file in wanted.values() if who is member]
            self._signed(member, files, out / member.key)
        return {number: out / member.key / file.name for number, (member, file) in wanted.items()}

    def _signed(self, member: Member, files: list[str], out: Path) -> None:
        """On a busy PC a timestamp may have to wait: it is added to what was signed, as its user would do."""
        outcome = self._program(member).run("sign", *files, "--out", str(out))
        for _ in range(_TRIES):
            if outcome.status != _WAITING:
                break
            time.sleep(1)
            outcome = self._program(member).run("timestamp")
        _check(outcome, "sign")

    def _run(self, member: Member, *words: str) -> None:
        _check(self._program(member).run(*words), " ".join(words[:2]))

    def _program(self, member: Member) -> Program:
        return Program(self._environment.profile(member), member.pin)


def _check(outcome: Outcome, what: str) -> None:
    if outcome.status != 0:
        raise RuntimeError(f"practice examples: {what}: {outcome.error or outcome.said[-500:]}")


def _way(course: Course, example: Example) -> Steps:
    yield from course.to(example.last)
    if example.then is not None:
        yield from example.then(course)


def _next(way: Steps, signed: Path | None) -> tuple[Member, Path] | None:
    """What it wants signed next; None where it has arrived."""
    try:
        return next(way) if signed is None else way.send(signed)
    except StopIteration:
        return None
