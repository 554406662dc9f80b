"""Proofs of arrival 到達証明, held against what was sent and whom we talk to."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from econtract_core.rules.errors import ReceiptInvalid, ServerAnswerInvalid
from econtract_desktop.api.http_errors import host_of

if TYPE_CHECKING:
    from econtract_core.evidence.trust import TrustStore
    from econtract_core.messages.cases import Operation, OperationAnswer


def check_receipt(
    operation: Operation, answer: OperationAnswer, server: dict[str, str], origin: str, trust: TrustStore
) -> None:
    """`server`: its id and epoch as they are pinned. Raises ServerAnswerInvalid where the proof was not sealed by this server for
    this very operation and time."""
    from econtract_core.evidence.receipt import read_receipt  # heavy libraries, not needed before the first operation

    host = host_of(origin)
    try:
        found = read_receipt(answer.receipt or "", trust, urlsplit(origin).hostname or "")
    except ReceiptInvalid as problem:
        raise ServerAnswerInvalid(host=host, problem=f"proof of arrival: {problem.facts['problem']}") from None
    body = sha256(operation.model_dump_json().encode()).hexdigest()
    said = (found.server_id, found.epoch, found.operation_id, found.operation_sha256, found.arrived_at)
    if said != (server["server_id"], server["epoch"], operation.operation_id, body, answer.arrived_at):
        raise ServerAnswerInvalid(host=host, problem="proof of arrival of something else")
