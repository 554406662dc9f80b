"""The error tree: one code, one class; an error survives a process boundary with its facts."""

import pickle
import re

import pytest

from econtract_core.rules import errors
from econtract_core.rules.errors import EcontractError, InternalError, PinIncorrect, error_from_code, error_types


def all_classes(root: type[EcontractError]) -> list[type[EcontractError]]:
    found = []
    for kind in root.__subclasses__():
        found += [kind, *all_classes(kind)]
    return [
        kind for kind in found if kind.__module__.startswith(errors.__name__)
    ]  # not those that tests make for themselves


def test_a_code_belongs_to_one_class():
    coded = [kind.code for kind in all_classes(EcontractError) if "code" in kind.__dict__]
    assert len(coded) == len(set(coded)) == len(error_types())


def test_every_leaf_has_a_code_of_its_own_family():
    for kind in all_classes(EcontractError):
        if not kind.__subclasses__():
            assert "code" in kind.__dict__, kind
            assert re.fullmatch(r"ED-[A-Z]+-\d{4}", kind.code)


def test_the_tree_in_the_docstring_is_the_tree():
    told = set(re.findall(r"^ *[-*] (\w+)", errors.__doc__ or "", re.M))
    own = [kind for kind in EcontractError.__subclasses__() if kind.__module__.startswith(errors.__name__)]
    roots = {kind.__name__ for kind in own} | {"EcontractError", "PinError"}
    assert told == roots


def test_an_error_crosses_a_process_with_its_facts():
    error = PinIncorrect("CKR_PIN_INCORRECT", attempts_remaining=2)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is PinIncorrect
    assert again.facts == {"attempts_remaining": 2}
    assert again.detail == "CKR_PIN_INCORRECT"


def test_an_unknown_code_is_not_lost():
    error = error_from_code("ED-XXX-1", "from the future", {"a": 1})
    assert isinstance(error, InternalError)
    assert error.facts["unknown_code"] == "ED-XXX-1"


@pytest.mark.parametrize("kind", list(error_types().values()), ids=lambda k: k.code)
def test_every_error_says_who_waits(kind):
    assert kind.exit_status in (1, 2, 3, 4)
    if kind.exit_status == 3:
        assert kind.retriable or kind is errors.PinRequired
