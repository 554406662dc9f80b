"""Every change a user makes goes through here: first into the outbox, then to the server, and out again when it is done.

So nothing is lost when the line breaks: the row stays and is sent again with the same identifier, which is harmless by
contract. Source of the design: one outbox table that user actions write to, one ordered push per object.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from econtract_core.rules.errors import (
    BlobMissing,
    EcontractError,
    LoginRequired,
    NetworkError,
    OfflineQueued,
    ServerAnswerInvalid,
)
from econtract_desktop.ports.clock import Clock, Ids
from econtract_desktop.ports.server import Server
from econtract_desktop.ports.store import KeptCase, KeptReceipt, Outbox, Queued, Store

if TYPE_CHECKING:
    from datetime import datetime

    from econtract_core.messages.cases import CaseData, Operation, OperationAnswer, Payload


class CaseAnswer(NamedTuple):
    """The case as it is after an operation, and when the operation arrived 到達."""

    case: CaseData
    arrived_at: datetime


@dataclass(frozen=True)
class Pushed:
    """What a push did: rows sent, rows the server refused for good, rows still waiting."""

    sent: tuple[str, ...]
    refused: tuple[str, ...]
    waiting: int


class Operate:
    """Blocking; one push at a time is enough (a second one only repeats what is harmless to repeat)."""

    def __init__(self, server: Server, store: Store, outbox: Outbox, clock: Clock, ids: Ids) -> None:
        self._server = server
        self._store = store
        self._outbox = outbox
        self._clock = clock
        self._ids = ids

    def perform(self, object_id: str, base_revision: int, payload: Payload, files: tuple[str, ...] = ()) -> CaseAnswer:
        """An action on a case: see `send`."""
        answer = self.send(object_id, base_revision, payload, files)
        if answer.case is None:
            raise ServerAnswerInvalid(host=self._server.origin, problem=f"no case after {payload.kind}")
        return CaseAnswer(answer.case, answer.arrived_at)

    def send(
        self, object_id: str, base_revision: int, payload: Payload, files: tuple[str, ...] = ()
    ) -> OperationAnswer:
        """Queue one action and send it now. `files`: SHA-256 of store files to upload first.

        Raises OfflineQueued (safe in the outbox, goes by itself later), LoginRequired, or the server's typed refusal.
        """
        from econtract_core.messages.cases import Operation

        operation = Operation(
            operation_id=self._ids.new(), object_id=object_id, base_revision=base_revision, payload=payload
        )
        row = Queued(
            operation_id=operation.operation_id,
            kind=payload.kind,
            object_id=object_id,
            operation=operation.model_dump_json(),
            files=files,
            created=self._clock.now(),
            state="waiting",
            tries=0,
            error_code=None,
            error_facts=None,
        )
        self._push_older(object_id)
        self._outbox.add(row)
        return self._send(row, interactive=True)

    def push(self) -> Pushed:
        """Send what waits, in order per object; one failing object never blocks another. Raises LoginRequired, and
        NetworkError when the server cannot be reached at all (everything stays)."""
        sent: list[str] = []
        refused: list[str] = []
        blocked: set[str] = set()
        for row in self._outbox.rows():
            if row.state == "refused" or row.object_id in blocked:
                continue
            try:
                self._send(row, interactive=False)
                sent.append(row.operation_id)
            except (NetworkError, LoginRequired):
                raise
            except EcontractError as error:
                blocked.add(row.object_id)
                if _final(error):
                    refused.append(row.operation_id)
        waiting = sum(row.state != "refused" for row in self._outbox.rows())
        return Pushed(tuple(sent), tuple(refused), waiting)

    def rows(self) -> tuple[Queued, ...]:
        return self._outbox.rows()

    def cancel(self, operation_id: str) -> bool:
        """Take back a row that was never sent, or that the server refused. False where it may have arrived already."""
        for row in self._outbox.rows():
            if (
                row.operation_id == operation_id
                and row.state in ("waiting", "refused")
                and (row.state == "refused" or row.tries == 0)
            ):
                self._outbox.done(operation_id)
                return True
        return False

    def keep(self, case: CaseData) -> None:
        """Remember the server's word on a case."""
        self._store.keep_cases((kept(case, self._clock),))

    def _push_older(self, object_id: str) -> None:
        for row in self._outbox.rows():
            if row.object_id == object_id and row.state != "refused":
                self._send(row, interactive=False)

    def _send(self, row: Queued, *, interactive: bool) -> OperationAnswer:
        from econtract_core.messages.cases import Operation

        operation = Operation.model_validate_json(row.operation)
        try:
            self._upload(row.files)
            answer = self._operate(operation, row.files)
        except NetworkError as error:
            self._outbox.mark(row.operation_id, "unknown", error.code, json.dumps(error.facts))
            if not interactive:
                raise
            raise OfflineQueued(str(error), operation_id=row.operation_id, kind=row.kind) from error
        except LoginRequired as error:
            # A signature is never thrown away; the rest is quicker done again than explained.
            if row.files or not interactive:
                self._outbox.mark(row.operation_id, "waiting", error.code, json.dumps(error.facts))
            else:
                self._outbox.done(row.operation_id)
            raise
        except EcontractError as error:
            if interactive:
                self._outbox.done(row.operation_id)  # told at once; what was signed stays in the store
            elif _final(error):
                self._outbox.mark(row.operation_id, "refused", error.code, json.dumps(error.facts))
            raise
        if answer.case is not None:
            self.keep(answer.case)
        if answer.receipt is not None:
            case_id = answer.case.case_id if answer.case is not None else ""
            told = (row.operation_id, row.kind, row.object_id, case_id, answer.arrived_at, answer.receipt)
            self._store.keep_receipt(KeptReceipt(*told))
        self._outbox.done(row.operation_id)
        return answer

    def _operate(self, operation: Operation, files: tuple[str, ...]) -> OperationAnswer:
        try:
            return self._server.operate(operation)
        except BlobMissing:
            self._upload(files)  # the server lost a file between the two calls: once more
            return self._server.operate(operation)

    def _upload(self, files: tuple[str, ...]) -> None:
        for sha256 in files:
            path = self._store.file(sha256)
            if path is None:
                raise BlobMissing(sha256=sha256)
            self._server.upload(path, sha256)


def _final(error: EcontractError) -> bool:
    """Will the server say the same again? A conflict will: somebody has to look first. A missing file will not."""
    return not isinstance(error, BlobMissing)


def kept(case: CaseData, clock: Clock) -> KeptCase:
    return KeptCase(case.case_id, case.number, case.title, case.model_dump_json(), clock.now())
