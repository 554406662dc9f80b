"""What the server says, checked before anybody believes it: typed messages, typed errors, and who is speaking."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from pydantic import ValidationError

from econtract_core.messages.base import Message
from econtract_core.messages.cases import ErrorAnswer
from econtract_core.rules.errors import (
    DeviceUnproven,
    EcontractError,
    LoginRequired,
    ServerAnswerInvalid,
    ServerBusy,
    error_from_code,
)
from econtract_desktop.ports.http import HttpAnswer

M = TypeVar("M", bound=Message)

_DEFAULT_WAIT = 30
_LONGEST_WAIT = 3600
_TRY_LATER = (409, 425)
# What only this PC can know; a server that says so would send the user looking in the wrong place.
_NOT_THE_SERVERS = ("ED-PC-", "ED-CARD-", "ED-USE-", "ED-TIME-5101", "ED-NET-5001", "ED-NET-5002", "ED-NET-5006")


def message(kind: type[M], answer: HttpAnswer, host: str) -> M:
    """The body as this message. Raises ServerAnswerInvalid saying where it is not one (never what stood there)."""
    if answer.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise ServerAnswerInvalid(host=host, problem="not JSON")
    try:
        return kind.model_validate_json(answer.body)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ServerAnswerInvalid(host=host, problem=f"{kind.__name__} {where} {first['type']}") from None


def error(answer: HttpAnswer, host: str) -> EcontractError:
    """The error an answer outside 2xx means."""
    if answer.status == 429 or answer.status >= 500:
        return ServerBusy(f"status {answer.status}", retry_after=retry_after(answer.headers))
    if answer.status < 400:
        return ServerAnswerInvalid(host=host, problem=f"status {answer.status}")
    try:
        said = ErrorAnswer.model_validate_json(answer.body).error
    except ValidationError:
        if answer.status == 401:
            unproven = "invalid_dpop_proof" in answer.headers.get("www-authenticate", "")
            return DeviceUnproven(problem="clock") if unproven else LoginRequired()
        if answer.status in _TRY_LATER:
            return ServerBusy(f"status {answer.status}", retry_after=retry_after(answer.headers))
        return ServerAnswerInvalid(host=host, problem=f"status {answer.status}")
    if said.code.startswith(_NOT_THE_SERVERS):
        return ServerAnswerInvalid(host=host, problem=f"error {said.code}")
    facts = {name: value for name, value in said.facts.items() if name not in ("self", "detail")}
    return error_from_code(said.code, said.detail, facts)


def retry_after(headers: dict[str, str]) -> int:
    """Seconds (RFC 9110, 10.2.3: a number or a date, read against the server's own clock), within reason."""
    value = headers.get("retry-after", "").strip()
    if value.isdigit():
        return max(1, min(int(value), _LONGEST_WAIT))
    try:
        until = parsedate_to_datetime(value)
        now = parsedate_to_datetime(headers["date"]) if "date" in headers else datetime.now(UTC)
        return max(1, min(int((until - now).total_seconds()), _LONGEST_WAIT))
    except (TypeError, ValueError):
        return _DEFAULT_WAIT


def stored(text: str | None) -> dict[str, str]:
    """A small fact kept as JSON in the profile; anything unexpected counts as none."""
    try:
        data = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(k): v for k, v in data.items() if isinstance(v, str)} if isinstance(data, dict) else {}
