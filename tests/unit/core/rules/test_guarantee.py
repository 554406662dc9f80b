"""Guarantees of the contract, the advance and the interim advance."""

from datetime import date

import pytest

from econtract_core.rules.errors import ValueInvalid
from econtract_core.rules.findings import RuleFinding, Weight
from econtract_core.rules.guarantee import Guarantee, GuaranteeForm, GuaranteeKind, GuaranteeTerms, guarantee_findings

TERMS = GuaranteeTerms(until=date(2027, 3, 31))
K, F = GuaranteeKind, GuaranteeForm


def made(kind=K.ADVANCE, form=F.ELECTRONIC, amount=1000, **more):
    given = {"guarantor": "東日本建設業保証", "number": "2026-0001", "key": "Ab12-Cd34", "valid_to": date(2027, 3, 31)}
    return Guarantee(kind, form, amount, **{**given, **more})


def names(guarantee, covered=1000, terms=TERMS):
    return [f.name for f in guarantee_findings(guarantee, covered, terms)]


def test_a_good_one():
    assert names(made()) == names(made(K.INTERIM)) == names(made(form=F.PAPER, number="", key="")) == []


def test_an_advance_is_covered_wholly_and_a_contract_by_a_tenth():
    short = guarantee_findings(made(amount=999), 1000, TERMS)
    assert short == (RuleFinding("guarantee.amount", Weight.REFUSAL, None, "999", "1000"),)
    assert names(made(K.CONTRACT, amount=100)) == []
    assert names(made(K.CONTRACT, amount=100), 1001) == ["guarantee.amount"]
    assert names(made(K.CONTRACT, amount=300), 1000, GuaranteeTerms(3)) == []
    assert names(made(K.CONTRACT, amount=299), 1000, GuaranteeTerms(3)) == ["guarantee.amount"]


@pytest.mark.parametrize(("ends", "said"), [(date(2027, 3, 30), "2027-03-30"), (None, "")])
def test_one_that_ends_early(ends, said):
    assert guarantee_findings(made(valid_to=ends), 1000, TERMS) == (
        RuleFinding("guarantee.ends-early", Weight.WARNING, None, said, "2027-03-31"),
    )
    assert names(made(valid_to=ends), terms=GuaranteeTerms()) == []


def test_an_electronic_one_needs_number_and_key():
    assert names(made(number="", key="")) == ["number.guarantee.shape", "number.guarantee-key.shape"]
    assert names(made(guarantor=" ")) == ["guarantee.guarantor"]


def test_a_deposit_or_none_only_for_the_contract():
    assert names(Guarantee(K.CONTRACT, F.DEPOSIT, 100)) == []
    assert names(Guarantee(K.CONTRACT, F.DEPOSIT, 99)) == ["guarantee.amount"]
    assert names(Guarantee(K.CONTRACT, F.EXEMPT, 0)) == []
    for form in (F.DEPOSIT, F.EXEMPT):
        with pytest.raises(ValueInvalid):
            Guarantee(K.ADVANCE, form, 100)
    with pytest.raises(ValueInvalid):
        made(amount=-1)


def test_the_key_is_in_no_repr():
    assert "Ab12" not in repr(made())
