"""Proofs of arrival 到達証明, held against what was sent and whom we talk to."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from econtract_core.rules.errors import ReceiptInvalid, ServerAnswerInvalid
from econtract_desktop.api.http_errors import host_of

if TYPE_CHECKING:
    from datetime import datetime

    from econtract_core.evidence.trust import TrustStore


class Sent(NamedTuple):
    """What was sent (its JSON), and when the server says it arrived."""

    operation_id: str
    body: str
    arrived_at: datetime


def check_receipt(sent: Sent, receipt: str, server: dict[str, str], origin: str, trust: TrustStore) -> None:
    """`server`: its id and epoch as they are pinned. Raises ServerAnswerInvalid where the proof was not sealed by this server for
    this very operation and time."""
    from econtract_core.evidence.receipt import read_receipt  # heavy libraries, not needed before the first operation

    host = host_of(origin)
    try:
        found = read_receipt(receipt, trust, urlsplit(origin).hostname or "")
    except ReceiptInvalid as problem:
        raise ServerAnswerInvalid(host=host, problem=f"proof of arrival: {problem.facts['problem']}") from None
    body = sha256(sent.body.encode()).hexdigest()
    said = (found.server_id, found.epoch, found.operation_id, found.operation_sha256, found.arrived_at)
    if said != (server["server_id"], server["epoch"], sent.operation_id, body, sent.arrived_at):
        raise ServerAnswerInvalid(host=host, problem="proof of arrival of something else")
