"""One card door: whoever is registered is never sent to a new registration."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.rules import card_door as door
from econtract_core.rules.card_door import Door, Evidence, Known, Named, Sureness
from econtract_core.rules.errors import AlreadyRegistered

NEW = Named("new", "7123456789012", "株式会社 山田組", "山田 太郎", True)
KNOWN = Known("u1", "f1", "0001", "7123456789012", "(株)山田組", "山田太郎", True, ("old",))
NUMBERLESS = replace(NEW, corporate_number="")


@pytest.mark.parametrize(
    ("new", "way", "sureness", "evidence"),
    [
        (replace(NEW, certificate_sha256="old", firm="", person="x"), Door.LOG_IN, Sureness.CERTAIN, (Evidence.CERTIFICATE,)),
        (NEW, Door.RENEW, Sureness.CERTAIN, (Evidence.CORPORATE_NUMBER, Evidence.FIRM_NAME, Evidence.PERSON_NAME)),
        (replace(NEW, firm="山田建設"), Door.RENEW, Sureness.CERTAIN, (Evidence.CORPORATE_NUMBER, Evidence.PERSON_NAME)),
        (NUMBERLESS, Door.RENEW, Sureness.LIKELY, (Evidence.FIRM_NAME, Evidence.PERSON_NAME)),
        (replace(NUMBERLESS, contractor_number="0001"), Door.RENEW, Sureness.CERTAIN,
         (Evidence.CONTRACTOR_NUMBER, Evidence.FIRM_NAME, Evidence.PERSON_NAME)),
        (replace(NUMBERLESS, contractor_number="0001", firm="他"), Door.RENEW, Sureness.POSSIBLE,
         (Evidence.CONTRACTOR_NUMBER, Evidence.PERSON_NAME)),
        (replace(NEW, corporate_number="1", contractor_number="0001", firm=""), Door.RENEW, Sureness.POSSIBLE,
         (Evidence.CONTRACTOR_NUMBER, Evidence.OTHER_CORPORATE_NUMBER, Evidence.PERSON_NAME)),
        (replace(NEW, person="鈴木 一郎"), Door.CHANGE_REPRESENTATIVE, Sureness.CERTAIN,
         (Evidence.CORPORATE_NUMBER, Evidence.FIRM_NAME)),
        (replace(NEW, person="鈴木 一郎", represents=False), Door.SECOND_USER, Sureness.CERTAIN,
         (Evidence.CORPORATE_NUMBER, Evidence.FIRM_NAME)),
        (replace(NUMBERLESS, firm=""), Door.RENEW, Sureness.POSSIBLE, (Evidence.PERSON_NAME,)),
    ],
)  # fmt: skip
def test_which_door_and_how_sure(new: Named, way: Door, sureness: Sureness, evidence: tuple[Evidence, ...]) -> None:
    (found,) = door.findings(new, (KNOWN,))
    assert (found.door, found.sureness, found.evidence, found.known) == (way, sureness, evidence, KNOWN)
    assert door.door(new, (KNOWN,)) is way


@pytest.mark.parametrize(
    "new",
    [
        replace(NEW, corporate_number="1"),  # the same name, another firm
        replace(NEW, corporate_number="", firm="他の会社"),
        replace(NEW, corporate_number="5", firm=""),
        replace(NUMBERLESS, firm="", person="誰か"),
        replace(NUMBERLESS, firm="", person=""),
    ],
)
def test_nobody_like_that(new: Named) -> None:
    assert door.findings(new, (KNOWN,)) == ()
    assert door.door(new, (KNOWN,)) is Door.REGISTER
    door.check_register(new, (KNOWN,))


def test_the_surest_comes_first() -> None:
    clerk = replace(KNOWN, user_id="u2", person="鈴木一郎", represents=False, certificates=())
    vague = replace(KNOWN, user_id="u3", corporate_number="", contractor_number="0002")
    assert [f.known.user_id for f in door.findings(NEW, (vague, clerk, KNOWN))] == ["u1", "u2", "u3"]
    mine = replace(clerk, certificates=("new",))
    assert door.findings(NEW, (KNOWN, mine))[0].door is Door.LOG_IN


def test_who_may_register_all_the_same() -> None:
    with pytest.raises(AlreadyRegistered, match="corporate_number"):
        door.check_register(NEW, (KNOWN,), insists=True)
    with pytest.raises(AlreadyRegistered):
        door.check_register(NUMBERLESS, (KNOWN,))
    door.check_register(NUMBERLESS, (KNOWN,), insists=True)
    door.check_register(replace(NEW, person="鈴木 一郎", represents=False), (KNOWN,))
    clerk = replace(KNOWN, user_id="u2", person="鈴木一郎", represents=False)
    with pytest.raises(AlreadyRegistered, match="u1"):
        door.check_register(NEW, (clerk, KNOWN), insists=True)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("㈱ 山田組", "株式会社山田組", True),
        ("山田組(有)", "山田組有限会社", True),
        ("ABC 建設", "abc建設", True),
        ("髙橋建設", "高橋建設", False),
        ("", "", False),
        (" ", "　", False),
    ],
)
def test_names_are_compared_without_their_dress(one: str, other: str, same: bool) -> None:
    assert door.same_name(one, other) is same


def test_another_comparison_can_be_given() -> None:
    def variants(one: str, other: str) -> bool:
        return one.replace("髙", "高") == other.replace("髙", "高")

    new = replace(NUMBERLESS, firm="髙橋建設", person="髙橋")
    known = replace(KNOWN, firm="高橋建設", person="高橋")
    assert door.door(new, (known,)) is Door.REGISTER
    assert door.door(new, (known,), variants) is Door.RENEW
    with pytest.raises(AlreadyRegistered):
        door.check_register(new, (known,), same=variants)


@given(st.text(max_size=8), st.text(max_size=8), st.booleans(), st.text(max_size=4))
def test_a_registered_person_never_registers_anew(firm: str, title: str, represents: bool, number: str) -> None:
    new = Named("new", KNOWN.corporate_number, firm, KNOWN.person, represents, number)
    assert door.door(new, (KNOWN,)) is Door.RENEW
    with pytest.raises(AlreadyRegistered):
        door.check_register(new, (KNOWN,), insists=True)
