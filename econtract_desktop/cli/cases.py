"""econtract case list|show|contacts"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import TYPE_CHECKING

from econtract_core.rules.dates import JST
from econtract_core.rules.errors import UsageError
from econtract_core.rules.money import format_yen
from econtract_desktop.cli.call import Call, Result, plain
from econtract_desktop.texts import Texts

if TYPE_CHECKING:
    from econtract_core.messages.cases import CaseData, ContactData, MailData


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    parser.add_argument("what", choices=("list", "show", "contacts"), help=texts("cli.arg_case_what"))
    parser.add_argument("case", nargs="?", metavar="CASE", help=texts("cli.arg_case"))
    parser.add_argument("--set", action="append", default=[], metavar="NAME,EMAIL[,PHONE]", help=texts("cli.opt_set"))


def run(command: str, call: Call) -> Result:
    desk, options = call.desk, call.options
    if options.what == "list":
        cases = desk.cases.refresh()
        lines = [line for case in cases for line in _lines(case, call)] or [call.texts("cli.no_cases")]
        return Result({"cases": [plain(case) for case in cases]}, lines)
    if options.case is None:
        raise UsageError(problem="CASE")
    if options.what == "contacts" and options.set:
        case = desk.contacts.set(options.case, tuple(_contact(text) for text in options.set))
    else:
        case = desk.cases.find(options.case)
    if options.what == "contacts":
        result = case_result(case, call)
        mails = desk.procedures.notices.mails(case.case_id)
        result.data["mails"] = [plain(mail) for mail in mails]
        result.lines.extend(_mail(mail, call.texts) for mail in mails)
        return result
    if options.what == "show":
        return case_result(case, call, receipts=desk.cases.receipts(case.case_id))
    return case_result(case, call)


def case_result(case: CaseData, call: Call, **more: object) -> Result:
    """A case as every command that changes one answers."""
    data: dict[str, object] = {"case": plain(case)}
    data.update({name: plain(value) for name, value in more.items()})
    return Result(data, _lines(case, call))


def _contact(text: str) -> ContactData:
    from econtract_core.messages.cases import ContactData

    name, _, rest = text.partition(",")
    email, _, phone = rest.partition(",")
    if not name.strip() or not email.strip():
        raise UsageError(problem=f"--set {text}")
    return ContactData(name=name.strip(), email=email.strip(), phone=phone.strip())


def _mail(mail: MailData, say: Texts) -> str:
    moment = (mail.sent_at or mail.created).astimezone(JST).strftime("%Y-%m-%d %H:%M")
    state = say(f"notices.mail_{mail.state}")
    return say("notices.mail_line", at=moment, state=state, to=mail.recipient, subject=mail.subject)


def _lines(case: CaseData, call: Call) -> list[str]:
    say = call.texts
    lines = [
        say(
            "cli.case",
            number=case.number,
            title=case.title,
            amount=format_yen(case.amount),
            body=case.body.organization,
        )
    ]
    for contract in case.contracts:
        state = say(f"states.state.{contract.state.value}")
        lines.append(say("cli.contract", id=contract.contract_id, version=contract.version, state=state))
    lines += [say("cli.contact", name=contact.name, email=contact.email) for contact in case.contacts]
    return lines
