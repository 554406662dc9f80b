"""When a scripted fault strikes, and what it does to an answer."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_practice.cards.virtual.apdu import Kind
from econtract_practice.cards.virtual.faults import Deed, Fault, Script, spoil

SEQUENCE = [Kind.SELECT, Kind.READ, Kind.VERIFY, Kind.SELECT, Kind.SIGN, Kind.SELECT, Kind.READ]


def struck(*faults: Fault) -> list[int]:
    """The numbers, from 1, of the commands that are struck."""
    script = Script()
    for fault in faults:
        script.add(fault)
    return [number for number, kind in enumerate(SEQUENCE, 1) if script.next(kind) is not None]


@pytest.mark.parametrize(
    ("fault", "numbers"),
    [
        (Fault(Deed.PULL), [1]),
        (Fault(Deed.PULL, at=4), [4]),
        (Fault(Deed.PULL, kind=Kind.SELECT, at=2), [4]),
        (Fault(Deed.STATUS, kind=Kind.SELECT, at=2, times=2), [4, 6]),
        (Fault(Deed.STATUS, kind=Kind.READ, times=0), [2, 7]),
        (Fault(Deed.STATUS, at=6, times=0), [6, 7]),
        (Fault(Deed.HANG, kind=Kind.MORE), []),
    ],
)
def test_when_it_strikes(fault: Fault, numbers: list[int]) -> None:
    assert struck(fault) == numbers


def test_two_faults_and_the_first_wins() -> None:
    assert struck(Fault(Deed.PULL, at=2), Fault(Deed.RESET, at=5)) == [2, 5]
    script = Script()
    script.add(Fault(Deed.PULL))
    script.add(Fault(Deed.RESET))
    first = script.next(Kind.SELECT)
    assert first is not None
    assert first.deed is Deed.PULL
    assert script.next(Kind.SELECT) is None  # the other had its moment too


def test_cleared() -> None:
    script = Script()
    script.add(Fault(Deed.PULL))
    script.clear()
    assert script.next(Kind.SELECT) is None


@given(
    st.builds(
        Fault,
        deed=st.sampled_from(Deed),
        at=st.integers(1, 99),
        kind=st.none() | st.sampled_from(Kind),
        executed=st.booleans(),
    )
)
def test_a_fault_survives_json(fault: Fault) -> None:
    assert Fault.from_json(json.loads(json.dumps(fault.to_json()))) == fault


@given(st.binary(max_size=300).map(lambda data: data + b"\x90\0"), st.integers(1, 5000))
def test_spoiled_answers(answer: bytes, amount: int) -> None:
    flipped = spoil(answer, Fault(Deed.FLIP, amount=amount))
    assert len(flipped) == len(answer)
    assert (int.from_bytes(flipped, "big") ^ int.from_bytes(answer, "big")).bit_count() == 1
    cut = spoil(answer, Fault(Deed.TRUNCATE, amount=amount))
    assert answer.startswith(cut)
    assert len(cut) == max(1, len(answer) - amount)
    longer = spoil(answer, Fault(Deed.LENGTHEN, amount=amount))
    assert len(longer) == len(answer) + amount
    assert longer.endswith(answer[-2:])
    assert spoil(answer, Fault(Deed.STATUS, status=0x6F00)) == b"\x6f\0"
    assert spoil(answer, Fault(Deed.PULL)) == answer
