"""The signing machine: no sequence of allowed deeds concludes without every signature, and nothing signed is ever forgotten."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from econtract_core.rules import contract as c
from econtract_core.rules.contract import Action, Actor, Contract, ContractDocument, ContractKind, Side, State
from econtract_core.rules.errors import (
    AlreadySigned,
    DocumentsMissing,
    NotAllowedNow,
    NotYourTurn,
    ReasonMissing,
    RevisionConflict,
    RuleError,
    WrongSigner,
)

AT = datetime(2026, 11, 23, tzinfo=UTC)
OFFICER = Actor(Side.OFFICER, "body", "sato", "o" * 64)
LEAD = Actor(Side.CONTRACTOR, "lead", "yamada", "a" * 64)
MEMBER = Actor(Side.CONTRACTOR, "member", "suzuki", "b" * 64)
STRANGER = Actor(Side.CONTRACTOR, "stranger", "x", "c" * 64)
SYSTEM = Actor(Side.SYSTEM, "", "", "")
PEOPLE = (OFFICER, LEAD, MEMBER, STRANGER, SYSTEM)


def document(document_id: str = "d1", *, needs_signature: bool = True) -> ContractDocument:
    sha256 = document_id.ljust(64, "0")
    return ContractDocument(document_id, "契約書", "application/pdf", 10, sha256, needs_signature, sha256, 10)


def draft(*contractors: str) -> Contract:
    return Contract("k", "case", ContractKind.ORIGINAL, 0, "body", contractors or ("lead",))


def signed(contract: Contract, actor: Actor, action: Action = Action.SIGN) -> Contract:
    wanted = [d for d in contract.documents if d.needs_signature]
    files = tuple((d.document_id, f"{len(contract.signatures)}{d.document_id}".ljust(64, "f"), 20) for d in wanted)
    return c.sign(contract, action, actor, AT, files, actor.certificate_sha256)


class Machine(RuleBasedStateMachine):
    """Anybody tries anything at any time on a joint venture's contract."""

    def __init__(self) -> None:
        super().__init__()
        self.contract = draft("lead", "member")
        self.made = 0

    @rule(action=st.sampled_from(list(Action)), actor=st.sampled_from(PEOPLE), reason=st.sampled_from(["", "違います"]))
    def anybody_tries(self, action: Action, actor: Actor, reason: str) -> None:
        before = self.contract
        try:
            if action is Action.OFFER:
                self.contract = c.offer(before, (document(), document("d2", needs_signature=False)), actor, AT)
            elif action in (Action.SIGN, Action.COUNTERSIGN):
                self.contract = signed(before, actor, action)
                self.made += 1
            else:
                self.contract = c.act(before, action, actor, AT, reason)
        except RuleError:
            assert self.contract is before
            assert action not in c.allowed_actions(before, actor) or (
                c.MACHINE.rows[action].needs_reason and not reason
            )
        else:
            assert action in c.allowed_actions(before, actor)

    @invariant()
    def concluded_only_when_all_have_signed(self) -> None:
        if self.contract.state in (State.COUNTERSIGNED, State.CONCLUDED):
            parties = {(s.side, s.organization_id) for s in self.contract.signatures}
            assert parties == {(Side.CONTRACTOR, "lead"), (Side.CONTRACTOR, "member"), (Side.OFFICER, "body")}
        assert (self.contract.concluded_at is not None) == (self.contract.state is State.CONCLUDED)

    @invariant()
    def no_signature_is_ever_lost(self) -> None:
        assert len(self.contract.signatures) + len(self.contract.void_signatures) == self.made

    @invariant()
    def every_deed_is_told(self) -> None:
        assert self.contract.revision == len(self.contract.history)
        assert self.contract.version == sum(d.action is Action.OFFER for d in self.contract.history)


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=150, stateful_step_count=40)


def offered(*contractors: str) -> Contract:
    return c.offer(draft(*contractors), (document(),), OFFICER, AT, AT + timedelta(days=7))


def test_the_way_to_a_contract() -> None:
    contract = c.act(offered(), Action.REVIEW, LEAD, AT)
    contract = c.act(signed(contract, LEAD), Action.SUBMIT, LEAD, AT)
    contract = c.act(signed(contract, OFFICER, Action.COUNTERSIGN), Action.CONCLUDE, SYSTEM, AT)
    assert contract.state is State.CONCLUDED
    assert c.whose_turn(contract) is None
    assert contract.documents[0].sha256 != contract.documents[0].current_sha256


def test_a_return_voids_the_signatures_and_keeps_them() -> None:
    contract = signed(c.act(offered(), Action.REVIEW, LEAD, AT), LEAD)
    back = c.act(contract, Action.RETURN, LEAD, AT, "工期が違います")
    assert (back.state, back.signatures) == (State.DRAFTING, ())
    assert back.void_signatures == ((1, contract.signatures[0]),)
    assert back.last_return is not None
    assert back.last_return.reason == "工期が違います"
    assert c.offer(back, (document(),), OFFICER, AT).version == 2


@pytest.mark.parametrize("reason", ["", "  ", "　"])
def test_giving_back_needs_a_reason(reason: str) -> None:
    with pytest.raises(ReasonMissing):
        c.act(c.act(offered(), Action.REVIEW, LEAD, AT), Action.RETURN, LEAD, AT, reason)


def test_the_lead_submits_after_every_member() -> None:
    contract = signed(c.act(offered("lead", "member"), Action.REVIEW, MEMBER, AT), LEAD)
    with pytest.raises(DocumentsMissing):
        c.act(contract, Action.SUBMIT, LEAD, AT)
    with pytest.raises(AlreadySigned):
        signed(contract, LEAD)
    contract = signed(contract, MEMBER)
    with pytest.raises(NotYourTurn):
        c.act(contract, Action.SUBMIT, MEMBER, AT)
    assert c.act(contract, Action.SUBMIT, LEAD, AT).state is State.SUBMITTED


def test_strangers_and_wrong_certificates() -> None:
    contract = c.act(offered(), Action.REVIEW, LEAD, AT)
    with pytest.raises(NotYourTurn):
        signed(contract, STRANGER)
    with pytest.raises(WrongSigner):
        c.sign(contract, Action.SIGN, LEAD, AT, (("d1", "f" * 64, 1),), "d" * 64)
    with pytest.raises(DocumentsMissing):
        c.sign(contract, Action.SIGN, LEAD, AT, (("d9", "f" * 64, 1),), LEAD.certificate_sha256)


def test_nothing_to_sign_cannot_be_offered() -> None:
    with pytest.raises(DocumentsMissing):
        c.offer(draft(), (document(needs_signature=False),), OFFICER, AT)


def test_withdrawn_before_anybody_signed_only() -> None:
    assert c.act(offered(), Action.WITHDRAW, OFFICER, AT, "予算").state is State.WITHDRAWN
    with pytest.raises(NotAllowedNow):
        c.act(signed(c.act(offered(), Action.REVIEW, LEAD, AT), LEAD), Action.WITHDRAW, OFFICER, AT, "予算")


def test_revisions_are_compared() -> None:
    contract = offered()
    c.check_revision(contract, 1)
    with pytest.raises(RevisionConflict):
        c.check_revision(replace(contract, revision=2), 1)
