"""econtract register · undo-registration"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import TYPE_CHECKING

from econtract_desktop.cli.account_lines import account_lines, door_lines
from econtract_desktop.cli.call import Call, Result
from econtract_desktop.services.register import Applicant
from econtract_desktop.texts import Texts

if TYPE_CHECKING:
    from econtract_core.messages.accounts import AccountData

_WORDS = ("name", "role", "firm", "corporate-number", "contractor-number")


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    if command == "undo-registration":
        return
    for word in _WORDS:
        parser.add_argument(
            f"--{word}", default="", metavar="TEXT", help=texts(f"account.opt_{word.replace('-', '_')}")
        )
    parser.add_argument("--body", metavar="BODY", help=texts("account.opt_body"))
    parser.add_argument("--representative", action="store_true", help=texts("account.opt_representative"))
    parser.add_argument("--insist", action="store_true", help=texts("account.opt_insist"))
    parser.add_argument("--look", action="store_true", help=texts("account.opt_look"))


def run(command: str, call: Call) -> Result:
    options, service = call.options, call.desk.accounts.register
    if command == "undo-registration":
        return told(service.undo(call.selector, call.prompt), call)
    if options.look:
        answer = service.look(call.selector, call.prompt, options.contractor_number)
        return Result(answer.model_dump(mode="json", exclude={"ticket"}), door_lines(answer, call.texts))
    said = Applicant(
        name=options.name,
        role=options.role,
        firm=options.firm,
        corporate_number=options.corporate_number,
        contractor_number=options.contractor_number,
        body_id=options.body,
        represents=options.representative,
        insists=options.insist,
    )
    return told(service.apply(call.selector, call.prompt, said), call)


def told(account: AccountData, call: Call, **more: object) -> Result:
    """The account's state."""
    return Result(account.model_dump(mode="json") | more, account_lines(account, call.texts))
