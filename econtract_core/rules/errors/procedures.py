"""Errors of the procedures around a contract: what must come first, who may act for whom, who is registered already."""

from __future__ import annotations

from econtract_core.rules.errors.business import RuleError


class OtherContractOpen(RuleError):
    """Another contract of the case must be concluded or withdrawn first. Facts: contract, state."""

    code = "ED-RULE-6030"


class ConditionMissing(RuleError):
    """A step that must come before has not been made. Facts: condition."""

    code = "ED-RULE-6031"


class NotDelegated(RuleError):
    """No delegation covers this act at this moment. Facts: action, problem."""

    code = "ED-RULE-6032"


class DelegationTooWide(RuleError):
    """A delegation reaches further than who gives it may. Facts: dimensions."""

    code = "ED-RULE-6033"


class AlreadyRegistered(RuleError):
    """The firm or person is registered: renew the card instead. Facts: user, because."""

    code = "ED-RULE-6034"


class UndoTooLate(RuleError):
    """A registration can no longer be undone by its user; the operator can merge it. Facts: until."""

    code = "ED-RULE-6035"


class TimestampPending(RuleError):
    """A signature waits for its timestamp; the contract goes on by itself when it is there. Facts: organizations."""

    code = "ED-RULE-6036"
    retriable = True
    exit_status = 3
