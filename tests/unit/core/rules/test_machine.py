"""The table helper: what it allows, in which order it refuses, and that it lists every wrong step."""

from __future__ import annotations

from enum import StrEnum

import pytest

from econtract_core.rules.errors import NotAllowedNow, NotYourTurn, ReasonMissing
from econtract_core.rules.machine import Machine, row


class Lamp(StrEnum):
    OFF = "OFF"
    ON = "ON"
    BROKEN = "BROKEN"


class Deed(StrEnum):
    SWITCH_ON = "switch_on"
    DIM = "dim"
    BREAK = "break"
    MEND = "mend"


class Who(StrEnum):
    OWNER = "owner"
    GUEST = "guest"


LAMP = Machine(
    (
        row(Deed.SWITCH_ON, (Lamp.OFF,), Lamp.ON, Who.OWNER, Who.GUEST),
        row(Deed.DIM, (Lamp.ON,), None, Who.OWNER),
        row(Deed.BREAK, (Lamp.ON, Lamp.OFF), Lamp.BROKEN, Who.GUEST, needs_reason=True),
    )
)


def test_an_allowed_step_leads_to_its_target() -> None:
    assert LAMP.check(Lamp.OFF, Deed.SWITCH_ON, Who.GUEST).after(Lamp.OFF) is Lamp.ON
    assert LAMP.check(Lamp.ON, Deed.DIM, Who.OWNER).after(Lamp.ON) is Lamp.ON
    assert LAMP.check(Lamp.ON, Deed.BREAK, Who.GUEST, "fell").needs_reason


def test_what_is_refused_and_in_which_order() -> None:
    with pytest.raises(NotYourTurn, match="owner"):
        LAMP.check(Lamp.OFF, Deed.DIM, Who.GUEST)
    with pytest.raises(NotAllowedNow, match="OFF"):
        LAMP.check(Lamp.OFF, Deed.DIM, Who.OWNER)
    with pytest.raises(ReasonMissing):
        LAMP.check(Lamp.ON, Deed.BREAK, Who.GUEST, "　 ")
    with pytest.raises(NotAllowedNow, match="mend"):
        LAMP.check(Lamp.BROKEN, Deed.MEND, Who.OWNER)


def test_what_is_allowed_now() -> None:
    assert LAMP.allowed(Lamp.OFF, Who.GUEST) == (Deed.SWITCH_ON, Deed.BREAK)
    assert LAMP.allowed(Lamp.ON, Who.OWNER) == (Deed.DIM,)
    assert LAMP.allowed(Lamp.BROKEN, Who.OWNER) == ()


def test_every_step_is_listed_with_its_refusal() -> None:
    steps = list(LAMP.steps(Lamp, Who))
    assert len(steps) == 3 * 2 * 3
    for step in steps:
        if step.refusal is None:
            LAMP.check(step.state, step.action, step.side, "a reason")
            assert step.action in LAMP.allowed(step.state, step.side)
        else:
            with pytest.raises(step.refusal):
                LAMP.check(step.state, step.action, step.side, "a reason")
    assert sum(step.refusal is None for step in steps) == 2 + 1 + 2


def test_what_can_be_reached() -> None:
    assert LAMP.reachable(Lamp.OFF) == set(Lamp)
    assert LAMP.reachable(Lamp.BROKEN) == {Lamp.BROKEN}


def test_an_action_has_one_row() -> None:
    with pytest.raises(ValueError, match="two rows"):
        Machine((row(Deed.DIM, (Lamp.ON,), None, Who.OWNER), row(Deed.DIM, (Lamp.OFF,), None, Who.OWNER)))
