"""Errors of asking for money."""

from __future__ import annotations

from econtract_core.rules.errors.business import RuleError


class AmountTooHigh(RuleError):
    """More is asked or paid than the rules allow. Facts: asked, limit (yen), rule."""

    code = "ED-RULE-6052"
