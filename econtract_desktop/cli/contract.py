"""econtract contract review|return|sign|submit|withdraw|terminate|download"""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path

from econtract_core.rules.errors import UsageError
from econtract_desktop.cli.call import Call, Result, plain
from econtract_desktop.cli.cases import case_result
from econtract_desktop.cli.sign_documents import WAITING, clock
from econtract_desktop.services.sign_contract import SignedContract
from econtract_desktop.texts import Texts

DEEDS = ("review", "return", "sign", "submit", "withdraw", "terminate", "download")


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    parser.add_argument("deed", choices=DEEDS, help=texts("cli.arg_deed"))
    parser.add_argument("case", metavar="CASE", help=texts("cli.arg_case"))
    parser.add_argument("--reason", default="", metavar="TEXT", help=texts("cli.opt_reason"))
    parser.add_argument("--out", type=Path, metavar="DIR", help=texts("cli.opt_out"))


def run(command: str, call: Call) -> Result:
    return deed(call.options.deed, call)


def deed(what: str, call: Call) -> Result:
    """One deed on one contract, for both sides (`officer` calls it too)."""
    desk, options = call.desk, call.options
    if what == "review":
        return _review(call)
    if what in ("return", "send-back"):
        return case_result(desk.review_contract.give_back(options.case, options.reason), call)
    if what == "withdraw":
        return case_result(desk.review_contract.withdraw(options.case, options.reason), call)
    if what == "terminate":
        return case_result(desk.procedures.contract_life.terminate(options.case, options.reason), call)
    if what == "move-to-paper":
        return case_result(desk.procedures.contract_life.move_to_paper(options.case, options.reason), call)
    if what == "submit":
        return case_result(desk.review_contract.submit(options.case), call)
    if what in ("sign", "countersign"):
        signed = desk.sign_contract.sign(options.case, call.selector, call.prompt, call.progress)
        return _signed(signed, call)
    return _download(call)


def _signed(signed: SignedContract, call: Call) -> Result:
    """Status 3 where timestamps wait: it was not sent yet."""
    problem = signed.timestamp_problem
    result = case_result(
        signed.case,
        call,
        documents=signed.documents,
        signatures_made=signed.signatures_made,
        arrived_at=signed.arrived_at or None,
        signed=[
            {
                "title": file.title,
                "signed_at": file.signed_at.isoformat(),
                "timestamp": file.proven_at.isoformat() if file.proven_at else None,
            }
            for file in signed.files
        ],
        timestamp_problem=problem.code if problem is not None else None,
    )
    pending = [file for file in signed.files if file.proven_at is None]
    result.lines.extend(call.texts("cli.contract_waits", title=f.title, signed=clock(f.signed_at)) for f in pending)
    return replace(result, status=WAITING) if pending else result


def _review(call: Call) -> Result:
    review = call.desk.review_contract.open(call.options.case, call.progress)
    files = [
        {
            "document_id": file.document.document_id,
            "title": file.document.title,
            "path": str(file.path),
            "sha256": file.document.current_sha256,
            "pages": file.inspection.pages,
            "safe_to_sign": file.inspection.safe_to_sign,
            "findings": plain(file.inspection.findings),
            "changed_from_previous": file.changed_from_previous,
        }
        for file in review.files
    ]
    result = case_result(review.case, call, files=files)
    for file in review.files:
        key = "cli.file_safe" if file.inspection.safe_to_sign else "cli.file_unsafe"
        result.lines.append(call.texts(key, title=file.document.title, pages=file.inspection.pages, path=file.path))
    return result


def _download(call: Call) -> Result:
    if call.options.out is None:
        raise UsageError(problem="--out DIR")
    case, contract = call.desk.cases.contract(call.options.case)
    saved = call.desk.files.save(contract, call.options.out)
    files = [{"title": d.title, "path": str(path), "sha256": d.current_sha256} for d, path in saved]
    result = case_result(case, call, files=files)
    result.lines.extend(str(path) for _, path in saved)
    return result
