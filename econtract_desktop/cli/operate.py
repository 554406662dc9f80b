"""econtract sync [--once] · outbox list|retry|cancel"""

from __future__ import annotations

from argparse import ArgumentParser

from econtract_core.rules.errors import NotFound, UsageError
from econtract_desktop.cli.call import Call, Result
from econtract_desktop.texts import Texts


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    if command == "sync":
        parser.add_argument("--once", action="store_true", help=texts("cli.opt_once"))
    else:
        parser.add_argument("what", choices=("list", "retry", "cancel"), help=texts("cli.arg_outbox"))
        parser.add_argument("operation", nargs="?", metavar="ID", help=texts("cli.arg_operation"))


def run(command: str, call: Call) -> Result:
    if command == "outbox" and call.options.what == "list":
        return _list(call)
    if command == "outbox" and call.options.what == "cancel":
        return _cancel(call)
    pushed = call.desk.outbox.push()
    signed = call.desk.sign_contract.go_on(call.progress) if command == "sync" else ()
    pulled = call.desk.cases.refresh() if command == "sync" else ()
    data: dict[str, object] = {
        "pushed": list(pushed.sent),
        "pulled": len(pulled),
        "conflicts": list(pushed.refused),
        "waiting": pushed.waiting,
        "server_id": None,
        "epoch": None,
    }
    if command == "sync":
        about = call.desk.server.about()
        data["signed_sent"] = [went.signed.contract_id for went in signed if went.case is not None]
        data["signed_refused"] = [went.problem.code for went in signed if went.problem is not None]
        data |= {"server_id": about.server_id, "epoch": about.epoch}
    line = call.texts("cli.synced", pushed=len(pushed.sent), pulled=len(pulled), waiting=pushed.waiting)
    return Result(data, [line], status=1 if pushed.refused or data.get("signed_refused") else 0)


def _list(call: Call) -> Result:
    rows = call.desk.outbox.rows()
    data = [
        {
            "operation_id": row.operation_id,
            "kind": row.kind,
            "object_id": row.object_id,
            "created": row.created.isoformat(),
            "state": row.state,
            "tries": row.tries,
            "error": row.error_code,
            "files": list(row.files),
        }
        for row in rows
    ]
    lines = [call.texts("cli.outbox_row", id=r.operation_id, kind=r.kind, state=r.state, tries=r.tries) for r in rows]
    return Result({"outbox": data}, lines or [call.texts("cli.outbox_empty")])


def _cancel(call: Call) -> Result:
    wanted = call.options.operation
    if wanted is None:
        raise UsageError(problem="ID")
    if all(row.operation_id != wanted for row in call.desk.outbox.rows()):
        raise NotFound(wanted=wanted)
    cancelled = call.desk.outbox.cancel(wanted)
    return Result(
        {"cancelled": cancelled},
        [call.texts("cli.cancelled" if cancelled else "cli.not_cancelled")],
        int(not cancelled),
    )
