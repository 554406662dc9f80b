"""Errors of asking for money: what must come first, and how much may be asked."""

from __future__ import annotations

from econtract_core.rules.errors.business import RuleError


class ConditionMissing(RuleError):
    """Something else must come first, or has shut this out. Facts: action, condition."""

    code = "ED-RULE-6051"


class AmountTooHigh(RuleError):
    """More is asked or paid than the rules allow. Facts: asked, limit (yen), rule."""

    code = "ED-RULE-6052"
