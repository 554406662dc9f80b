"""State machines as tables: one row an action, with the states it starts from, where it leads, and who may make it.

Every machine of product.md is such a table, so that client and server run the same one, the window can show what is allowed, and
a test can try every step that is not. What a table cannot say (every member has signed, the amounts fit) is a guard beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from econtract_core.rules.errors import NotAllowedNow, NotYourTurn, ReasonMissing, RuleError

S = TypeVar("S", bound=StrEnum)  # state
A = TypeVar("A", bound=StrEnum)  # action
R = TypeVar("R", bound=StrEnum)  # side or role


@dataclass(frozen=True)
class Row(Generic[S, A, R]):
    """`target` None: the state stays as it is, something else changes."""

    action: A
    sources: frozenset[S]
    target: S | None
    sides: frozenset[R]
    needs_reason: bool = False

    def after(self, state: S) -> S:
        """The state that follows `state`."""
        return state if self.target is None else self.target


@dataclass(frozen=True)
class Step(Generic[S, A, R]):
    """One try: this side, this action, in this state. `refusal` None: the table allows it (with a reason, where one is needed)."""

    state: S
    action: A
    side: R
    refusal: type[RuleError] | None


class Machine(Generic[S, A, R]):
    """A table of rows; an action has one row. Immutable; any thread."""

    def __init__(self, rows: tuple[Row[S, A, R], ...]) -> None:
        self.rows = {row.action: row for row in rows}
        if len(self.rows) != len(rows):
            raise ValueError("an action has two rows")

    def check(self, state: S, action: A, side: R, reason: str = "") -> Row[S, A, R]:
        """The row, if the table allows the step. Raises NotYourTurn, NotAllowedNow, ReasonMissing, in this order."""
        row = self.rows.get(action)
        if row is None:
            raise NotAllowedNow(action=action.value, state=state.value)
        self.check_side(action, side)
        if state not in row.sources:
            raise NotAllowedNow(action=action.value, state=state.value)
        if row.needs_reason and not reason.strip():
            raise ReasonMissing(action=action.value)
        return row

    def check_side(self, action: A, side: R) -> None:
        """Whether the table ever lets this side do it. Raises NotYourTurn."""
        sides = self.rows[action].sides
        if side not in sides:
            raise NotYourTurn(action=action.value, side=", ".join(sorted(s.value for s in sides)))

    def allowed(self, state: S, side: R) -> tuple[A, ...]:
        """What the table lets this side do now, in the table's order."""
        return tuple(a for a, row in self.rows.items() if side in row.sides and state in row.sources)

    def steps(self, states: type[S], sides: type[R]) -> Iterator[Step[S, A, R]]:
        """Every action by every side in every state, allowed or not: what a test tries one by one."""
        for action, row in self.rows.items():
            for side in sides:
                for state in states:
                    refusal: type[RuleError] | None = None
                    if side not in row.sides:
                        refusal = NotYourTurn
                    elif state not in row.sources:
                        refusal = NotAllowedNow
                    yield Step(state, action, side, refusal)

    def reachable(self, start: S) -> frozenset[S]:
        """Every state that some course of allowed steps leads to. A state outside it is a mistake in the table."""
        found, waiting = {start}, [start]
        while waiting:
            state = waiting.pop()
            following = {row.after(state) for row in self.rows.values() if state in row.sources} - found
            found |= following
            waiting += following
        return frozenset(found)


def row(  # a table reads better without frozenset( ) on every line
    action: A, sources: tuple[S, ...], target: S | None, *sides: R, needs_reason: bool = False
) -> Row[S, A, R]:
    """One row of a table."""
    return Row(action, frozenset(sources), target, frozenset(sides), needs_reason)
