"""Collecting findings: each once, bounded in number, judged by the policy table."""

from __future__ import annotations

from econtract_core.evidence.pdf.inspect import policy
from econtract_core.evidence.verdict import Finding, Severity

_MOST = 200
_MOST_OF_A_CODE = 40


class Report:
    """The findings of one document in the order they were made, the reasons to refuse never crowded out."""

    def __init__(self) -> None:
        self._findings: dict[Finding, None] = {}
        self._count: dict[str, int] = {}

    def find(self, code: str, where: str = "", *, judged_as: str = "", **facts: str) -> None:
        """`judged_as`: the kind that the policy table has a row of its own for."""
        severity = policy.severity(code, judged_as)
        finding = Finding(code, severity, tuple(facts.items()), where)
        count = self._count.get(code, 0)
        full = len(self._findings) >= _MOST or count >= _MOST_OF_A_CODE
        if finding in self._findings or (full and (severity is not Severity.REFUSE or count >= _MOST_OF_A_CODE)):
            return
        self._count[code] = count + 1
        self._findings[finding] = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(self._findings)

    @property
    def refuses(self) -> bool:
        return any(f.severity is Severity.REFUSE for f in self._findings)
