"""The signing machine: whatever allowed actions come in whatever order, nothing is concluded that not everybody signed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from econtract_core.rules import contract as rules
from econtract_core.rules.contract import (
    MACHINE,
    Action,
    Actor,
    Contract,
    ContractDocument,
    ContractKind,
    Side,
    State,
    allowed_actions,
    whose_turn,
)
from econtract_core.rules.errors import (
    AlreadySigned,
    DocumentsMissing,
    EcontractError,
    NotAllowedNow,
    NotYourTurn,
    ReasonMissing,
    RevisionConflict,
    WrongSigner,
)

AT = datetime(2026, 11, 23, tzinfo=UTC)
OFFICER = Actor(Side.OFFICER, "body", "officer", "c-officer")
LEAD = Actor(Side.CONTRACTOR, "lead", "yamada", "c-lead")
SECOND = Actor(Side.CONTRACTOR, "second", "suzuki", "c-second")
STRANGER = Actor(Side.CONTRACTOR, "stranger", "tanaka", "c-stranger")
RIVAL = Actor(Side.OFFICER, "rival", "takahashi", "c-rival")
SYSTEM = Actor(Side.SYSTEM, "", "", "")
EVERYBODY = (OFFICER, LEAD, SECOND, STRANGER, RIVAL, SYSTEM)
ENDS = (State.CONCLUDED, State.WITHDRAWN)


def document(name: str, digest: str = "f0", needs_signature: bool = True) -> ContractDocument:
    return ContractDocument(name, name, "application/pdf", 10, digest, needs_signature, digest, 10)


def draft(*contractors: str) -> Contract:
    return Contract("c-C0", "c", ContractKind.ORIGINAL, 0, "body", contractors or ("lead", "second"))


def offered(*documents: ContractDocument) -> Contract:
    return rules.offer(draft(), documents or (document("d1"), document("d2", "a0", False)), OFFICER, AT)


def reviewed() -> Contract:
    return rules.act(offered(), Action.REVIEW, LEAD, AT)


def signed(contract: Contract, actor: Actor, name: str = "s") -> Contract:
    action = Action.SIGN if actor.side is Side.CONTRACTOR else Action.COUNTERSIGN
    return rules.sign(contract, action, actor, AT, (("d1", f"{name}-{actor.user_id}", 20),), actor.certificate_sha256)


def submitted() -> Contract:
    return rules.act(signed(signed(reviewed(), LEAD), SECOND), Action.SUBMIT, LEAD, AT)


def test_the_straight_way() -> None:
    contract = rules.act(signed(submitted(), OFFICER), Action.CONCLUDE, SYSTEM, AT)
    assert (contract.state, contract.concluded_at) == (State.CONCLUDED, AT)
    assert contract.revision == len(contract.history) == 7
    first, attachment = contract.documents
    assert (first.sha256, first.current_sha256, first.current_size) == ("f0", "s-officer", 20)
    assert attachment.current_sha256 == attachment.sha256
    assert [whose_turn(replace(contract, state=s)) for s in ENDS] == [None, None]


@pytest.mark.parametrize(
    ("actor", "after_conclusion"),
    [
        (OFFICER, (Action.TERMINATE, Action.MOVE_TO_PAPER)),
        (LEAD, (Action.TERMINATE,)),
        (SECOND, ()),
        (STRANGER, ()),
        (RIVAL, ()),
        (SYSTEM, (Action.CORRECT, Action.COMPLETE)),
    ],
)
def test_at_an_end_nobody_goes_on_with_the_course(actor: Actor, after_conclusion: tuple[Action, ...]) -> None:
    concluded = rules.act(signed(submitted(), OFFICER), Action.CONCLUDE, SYSTEM, AT)
    withdrawn = rules.act(offered(), Action.WITHDRAW, OFFICER, AT, "中止")
    assert allowed_actions(concluded, actor) == after_conclusion
    assert allowed_actions(withdrawn, actor) == ()


@pytest.mark.parametrize(
    ("contract", "who", "expected"),
    [
        (draft(), OFFICER, (Action.OFFER, Action.WITHDRAW, Action.MOVE_TO_PAPER)),
        (offered(), OFFICER, (Action.WITHDRAW, Action.MOVE_TO_PAPER)),
        (offered(), LEAD, (Action.REVIEW,)),
        (reviewed(), SECOND, (Action.RETURN, Action.SIGN)),
        (signed(reviewed(), LEAD), LEAD, (Action.RETURN,)),  # has signed; the other has not
        (signed(reviewed(), LEAD), OFFICER, (Action.MOVE_TO_PAPER,)),  # too late to withdraw
        (signed(signed(reviewed(), LEAD), SECOND), LEAD, (Action.RETURN, Action.SUBMIT)),
        (signed(signed(reviewed(), LEAD), SECOND), SECOND, (Action.RETURN,)),  # the lead submits
        (submitted(), OFFICER, (Action.SEND_BACK, Action.COUNTERSIGN, Action.MOVE_TO_PAPER)),
        (submitted(), LEAD, ()),
    ],
)
def test_what_can_be_done(contract: Contract, who: Actor, expected: tuple[Action, ...]) -> None:
    assert allowed_actions(contract, who) == expected
    for stranger in (STRANGER, RIVAL):
        assert allowed_actions(contract, stranger) == ()


@pytest.mark.parametrize("action", [Action.WITHDRAW, Action.RETURN, Action.SEND_BACK])
@pytest.mark.parametrize("reason", ["", " ", "　"])
def test_giving_back_and_withdrawing_need_a_reason(action: Action, reason: str) -> None:
    contract = {Action.WITHDRAW: offered(), Action.RETURN: reviewed(), Action.SEND_BACK: submitted()}[action]
    who = LEAD if action is Action.RETURN else OFFICER
    with pytest.raises(ReasonMissing):
        rules.act(contract, action, who, AT, reason)
    assert rules.act(contract, action, who, AT, " 理由 ").history[-1].reason == "理由"


def test_given_back_the_signatures_are_void_and_kept() -> None:
    first = rules.act(submitted(), Action.SEND_BACK, OFFICER, AT, "金額")
    assert (first.signatures, [v for v, _ in first.void_signatures]) == ((), [1, 1])
    assert first.last_return is first.history[-1]
    again = rules.offer(first, (document("d1", "f1"),), OFFICER, AT)
    assert (again.version, again.unsigned_contractors) == (2, ("lead", "second"))
    second = rules.act(signed(rules.act(again, Action.REVIEW, LEAD, AT), SECOND), Action.RETURN, LEAD, AT, "誤り")
    assert [(v, s.user_id) for v, s in second.void_signatures] == [(1, "yamada"), (1, "suzuki"), (2, "suzuki")]


def test_a_signature_is_by_ones_own_card_once_and_over_everything() -> None:
    with pytest.raises(WrongSigner):
        rules.sign(reviewed(), Action.SIGN, LEAD, AT, (("d1", "s", 1),), SECOND.certificate_sha256)
    with pytest.raises(AlreadySigned):
        signed(signed(reviewed(), LEAD), LEAD)
    for files in ((), (("d2", "s", 1),), (("d1", "s", 1), ("d2", "s", 1)), (("d1", "s", 1), ("d1", "t", 1))):
        with pytest.raises(DocumentsMissing):
            rules.sign(reviewed(), Action.SIGN, LEAD, AT, files, LEAD.certificate_sha256)


def test_an_offer_has_something_to_sign() -> None:
    for documents in ((), (document("d1", needs_signature=False),)):
        with pytest.raises(DocumentsMissing):
            rules.offer(draft(), documents, OFFICER, AT)


@pytest.mark.parametrize("action", [Action.OFFER, Action.SIGN, Action.COUNTERSIGN])
def test_deeds_with_files_are_no_plain_acts(action: Action) -> None:
    for contract in (draft(), reviewed(), submitted()):
        for who in EVERYBODY:
            with pytest.raises(NotAllowedNow):
                rules.act(contract, action, who, AT, "x")


def test_other_deeds_carry_no_signature() -> None:
    for action in set(Action) - {Action.SIGN, Action.COUNTERSIGN}:
        with pytest.raises(NotAllowedNow):
            rules.sign(reviewed(), action, LEAD, AT, (("d1", "s", 1),), LEAD.certificate_sha256)


def test_nobody_but_the_system_concludes() -> None:
    ready = signed(submitted(), OFFICER)
    for who in EVERYBODY[:-1]:
        with pytest.raises(NotYourTurn):
            rules.act(ready, Action.CONCLUDE, who, AT)


@given(st.integers(), st.integers())
def test_revisions_are_compared(found: int, expected: int) -> None:
    contract = replace(draft(), revision=found)
    if found == expected:
        rules.check_revision(contract, expected)
    else:
        with pytest.raises(RevisionConflict):
            rules.check_revision(contract, expected)


class Course(RuleBasedStateMachine):
    """Everybody tries everything. What the rules refuse must change nothing; what they allow must keep the law."""

    contract: Contract
    tries = 0

    @initialize(members=st.sampled_from([("lead",), ("lead", "second"), ("second", "lead")]))
    def begin(self, members: tuple[str, ...]) -> None:
        self.contract = draft(*members)
        self.void: tuple[object, ...] = ()

    @precondition(lambda self: hasattr(self, "contract"))
    @rule(actor=st.sampled_from(EVERYBODY), action=st.sampled_from(Action), reason=st.sampled_from(["", "理由"]))
    def attempt(self, actor: Actor, action: Action, reason: str) -> None:
        if action in (Action.TIMESTAMP, Action.LAPSE, Action.CORRECT, Action.COMPLETE, Action.ARCHIVE):
            return  # of a whole case: test_contracts_of_case
        self.tries += 1
        before, at = self.contract, AT + timedelta(minutes=self.tries)
        promised = action in allowed_actions(before, actor)
        refusal = None
        try:
            after = self._do(actor, action, reason, at)
        except EcontractError as error:
            refusal = error
        if refusal is not None:
            # What was promised fails for want of a reason only.
            assert not promised or isinstance(refusal, ReasonMissing)
            return
        assert promised
        assert before.state in MACHINE.rows[action].sources
        assert (after.state, after.revision) == (MACHINE.rows[action].after(before.state), before.revision + 1)
        assert after.history[:-1] == before.history
        assert after.void_signatures[: len(before.void_signatures)] == before.void_signatures
        gone = [s for s in before.signatures if s not in after.signatures]
        assert [s for _, s in after.void_signatures[len(before.void_signatures) :]] == gone
        self.contract = after

    def _do(self, actor: Actor, action: Action, reason: str, at: datetime) -> Contract:
        if action is Action.OFFER:
            return rules.offer(self.contract, (document("d1", f"v{self.tries}"), document("d2")), actor, at)
        if action in (Action.SIGN, Action.COUNTERSIGN):
            files = tuple((d.document_id, f"s{self.tries}", 1) for d in self.contract.documents if d.needs_signature)
            return rules.sign(self.contract, action, actor, at, files, actor.certificate_sha256)
        return rules.act(self.contract, action, actor, at, reason)

    @invariant()
    def only_what_everybody_signed_is_concluded(self) -> None:
        if not hasattr(self, "contract"):
            return
        contract = self.contract
        signers = [s.organization_id for s in contract.signatures]
        if contract.state in (State.SUBMITTED, State.COUNTERSIGNED, State.CONCLUDED):
            assert set(contract.contractor_ids) <= set(signers)
        if contract.state in (State.COUNTERSIGNED, State.CONCLUDED):
            assert signers.count("body") == 1
            needed = {d.document_id for d in contract.documents if d.needs_signature}
            assert all({name for name, _ in s.files} == needed for s in contract.signatures)
        concluded = any(d.action is Action.CONCLUDE for d in contract.history)
        assert (contract.concluded_at is not None) == concluded
        assert contract.state is not State.WITHDRAWN or not contract.signatures

    @invariant()
    def nobody_signs_twice_and_no_stranger_at_all(self) -> None:
        if not hasattr(self, "contract"):
            return
        signers = [s.organization_id for s in self.contract.signatures]
        assert len(signers) == len(set(signers))
        assert set(signers) <= {*self.contract.contractor_ids, "body"}
        assert self.contract.state is not State.DRAFTING or not signers

    @invariant()
    def the_current_form_is_the_latest_signature(self) -> None:
        if hasattr(self, "contract") and self.contract.signatures:
            latest = dict(self.contract.signatures[-1].files)
            assert all(d.current_sha256 == latest.get(d.document_id, d.sha256) for d in self.contract.documents)


TestCourse = Course.TestCase
