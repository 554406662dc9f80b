"""How the commands of inspections and invoices answer."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from econtract_core.rules.errors import UsageError
from econtract_core.rules.money import format_yen
from econtract_desktop.cli.call import Call, Result
from econtract_desktop.cli.cases import case_result

if TYPE_CHECKING:
    from econtract_core.messages.cases import CaseData
    from econtract_core.messages.procedures import ClockData


def procedure_result(case: CaseData, call: Call, **more: object) -> Result:
    """The case, and a line for each request and invoice."""
    result = case_result(case, call, **more)
    say = call.texts
    if case.procedures is None:
        return result
    for request in case.procedures.inspections:
        facts = {"id": request.request_id, "number": request.number, "clock": _clock(request.clock, call)}
        kind, state = (
            say(f"words.inspection_{request.kind.value}"),
            say(f"words.inspection_state_{request.state.value}"),
        )
        result.lines.append(say("cli.inspection_line", kind=kind, state=state, **facts))
    for invoice in case.procedures.invoices:
        facts = {"id": invoice.invoice_id, "amount": format_yen(invoice.amount), "clock": _clock(invoice.clock, call)}
        kind, state = say(f"words.invoice_{invoice.kind.value}"), say(f"words.invoice_state_{invoice.state.value}")
        result.lines.append(say("cli.invoice_line", kind=kind, state=state, **facts))
    return result


def _clock(clock: ClockData | None, call: Call) -> str:
    if clock is None:
        return ""
    if clock.due is None:
        return call.texts("cli.clock_stands")
    return call.texts("cli.clock_due", due=clock.due.isoformat(), left=clock.days_left)


def day(text: str | None, option: str) -> date | None:
    """A day as typed. Raises UsageError."""
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        raise UsageError(problem=f"{option} {text}") from None


def document(call: Call) -> Path:
    """The PDF to sign. Raises UsageError."""
    if call.options.document is None:
        raise UsageError(problem="--document FILE")
    found: Path = call.options.document
    return found
