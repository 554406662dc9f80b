"""No PIN try is lost that need not be lost, on every virtual card."""

from __future__ import annotations

import pytest

from econtract_core.rules.errors import DriverFault, PinIncorrect, PinLocked, PinReplayed, WrongCard
from econtract_desktop.ports.card import PinState
from econtract_practice.cards.virtual import Deed, Fault, Kind
from tests.fakes.virtual import LAYOUTS, Table, Typist

WRONG = {"jpki": "ZZZ99999", "piv": "999999", "ebid": "99999999"}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_right_pin_signs(table: Table, layout: str) -> None:
    card = table.make(layout)
    table.rig.insert(0, card.name)
    prompt = Typist(card.pin, again=True)
    assert len(table.sign(card, prompt, 3)) == 3
    pin = table.pin(card)
    assert pin.wrong == 0
    # Where the card wants the PIN for each signature, the person is asked once a document and no more.
    assert len(prompt.asked) == (1 if layout == "ebid" else 3)
    assert [r.purpose.documents for r in prompt.asked][1:] == [("書類1",), ("書類2",)][: len(prompt.asked) - 1]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_wrong_pin_costs_one_try_however_often_it_is_typed(table: Table, layout: str) -> None:
    card = table.make(layout)
    table.rig.insert(0, card.name)
    wrong = WRONG[layout]
    prompt = Typist(wrong, wrong, "1", card.pin, again=True)
    table.sign(card, prompt)
    assert [r.last_error for r in prompt.asked][:4] == [None, "ED-CARD-2101", "ED-CARD-2105", "ED-CARD-2103"]
    with pytest.raises(PinIncorrect):
        table.sign(card, Typist(wrong))  # the right one came between: it may have been meant
    assert (table.pin(card).wrong, table.pin(card).repeated) == (2, 1)
    with pytest.raises(PinReplayed):
        table.sign(card, Typist(wrong, wrong))
    assert table.pin(card).wrong == 2


@pytest.mark.parametrize(("layout", "most"), [("jpki", 5), ("piv", 3)])
def test_the_card_itself_tells_its_tries_and_the_last_is_marked(table: Table, layout: str, most: int) -> None:
    card = table.make(layout)
    table.rig.insert(0, card.name)
    pins = [WRONG[layout][:-1] + str(n) for n in range(most)]
    prompt = Typist(*pins)
    with pytest.raises(PinLocked):
        table.sign(card, prompt)
    assert [r.tries_left for r in prompt.asked] == list(range(most, 0, -1))
    assert [r.last_try for r in prompt.asked] == [False] * (most - 1) + [True]
    assert table.pin(card).left == 0
    with pytest.raises(PinLocked):
        table.sign(card, Typist(card.pin))
    assert table.pin(card).when_blocked == 0
    with table.cards.open(card.selector) as token:
        assert token.info.pin.state is PinState.LOCKED


@pytest.mark.parametrize("layout", ["jpki", "piv"])
def test_an_answer_that_was_garbled_is_not_blamed_on_the_pin(table: Table, layout: str) -> None:
    """The card took the PIN, and the line made 63C2 of its 9000."""
    card = table.make(layout)
    table.rig.insert(0, card.name)
    table.rig.fault(0, Fault(Deed.STATUS, kind=Kind.VERIFY, executed=True, status=0x63C2))
    with pytest.raises(DriverFault):
        table.sign(card, Typist(card.pin, again=True))
    table.sign(card, Typist(card.pin, again=True))
    assert table.pin(card).wrong == 0


def test_another_persons_card_gets_no_pin(table: Table) -> None:
    mine, other = table.make("ebid"), table.make("ebid", person="officer")
    table.rig.insert(0, mine.name)
    with table.cards.open(mine.selector) as token:
        table.rig.remove(0)
        table.rig.insert(0, other.name)
        from econtract_desktop.ports.pin import PinPurpose

        with pytest.raises(WrongCard):
            token.log_in(Typist(mine.pin), PinPurpose("sign", ("書類",)))
    assert table.pin(other).sent == 0
