"""What goes out over the wire for a change that was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from econtract_core.messages.cases import ErrorAnswer, ErrorData
from econtract_core.rules.errors import EcontractError


@dataclass(frozen=True)
class Answer:
    """Status and body (JSON) as they go over the wire."""

    status: int
    body: str


def error_body(error: EcontractError) -> str:
    """An error as it goes over the wire."""
    data = ErrorData(code=error.code, detail=error.detail, facts=dict(error.facts))
    return ErrorAnswer(error=data).model_dump_json()
