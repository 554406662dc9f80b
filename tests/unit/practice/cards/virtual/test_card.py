"""What all layouts have in common: the log, chaining, and that no bytes from outside break a card."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_practice.cards.virtual import CardPlan
from econtract_practice.cards.virtual.card import Card
from tests.fakes.bare_card import BareCard
from tests.fakes.card_rig import PlanMaker

KINDS = ("jpki", "piv", "piv-p256", "ebid")


@pytest.fixture(scope="module", params=KINDS)
def card(request: pytest.FixtureRequest, plan: PlanMaker) -> Card:
    return plan(request.param).build()


HEADERS = st.sampled_from(
    [
        "00A4040C",
        "00A40400",
        "00A4020C",
        "00B00000",
        "00CB3FFF",
        "00200080",
        "00200001",
        "00200180",
        "0020FF80",
        "00CA01A0",
        "002241B6",
        "00C00000",
        "00870799",
        "0087079A",
        "1087079A",
        "802A0080",
        "002A9E9A",
    ]
).map(bytes.fromhex)


@given(
    st.lists(
        st.binary(max_size=40) | st.builds(lambda head, body: head + body, HEADERS, st.binary(max_size=40)), max_size=8
    )
)
def test_any_bytes_get_a_status_word(card: Card, commands: list[bytes]) -> None:
    before = card.count
    for raw in commands:
        assert 2 <= len(card.process(raw)) <= 258
    assert card.count == before + len(commands)


@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_survives_json(plan: PlanMaker, kind: str) -> None:
    made = plan(kind)
    again = CardPlan.from_json(made.to_json())
    assert again.to_json() == made.to_json()
    assert {place: der for place, (_, der) in again.keys.items()} == {
        place: der for place, (_, der) in made.keys.items()
    }
    assert "PRIVATE" not in repr(again)


def test_a_layout_nobody_knows() -> None:
    with pytest.raises(ValueError, match="no layout"):
        CardPlan("x", "unheard-of", {}, {}).build()


def test_a_command_that_was_lost_is_in_the_log_without_its_data(plan: PlanMaker) -> None:
    card = plan("piv").build()
    card.lost(bytes.fromhex("0020008008") + b"48151623")
    card.mark("pull")
    (entry,) = card.log(0)
    assert (entry["kind"], entry["sent"], entry["fault"], entry["status"]) == ("verify", 8, "pull", "0000")
    assert card.pins["user"].stats.sent == 0


def test_the_log_begins_where_it_is_asked_to(plan: PlanMaker) -> None:
    card = BareCard(plan("ebid").build())
    for _ in range(3):
        card("00200001")
    assert [entry["number"] for entry in card.card.log(since=1)] == [2, 3]


def test_a_chain_that_does_not_end(plan: PlanMaker) -> None:
    card = BareCard(plan("piv").build())
    answers = [card("1087079A", bytes(255))[0] for _ in range(18)]
    assert answers[:16] == [0x9000] * 16
    assert 0x6883 in answers


def test_another_command_ends_an_answer_in_parts(plan: PlanMaker) -> None:
    card = BareCard(plan("piv").build())
    status, _ = card("00CB3FFF", "5C035FC105", 256)
    assert status >> 8 == 0x61
    card("00200080")
    assert card("00C00000", le=256)[0] == 0x6985
