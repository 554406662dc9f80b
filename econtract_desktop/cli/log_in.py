"""econtract login · whoami · logout"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import TYPE_CHECKING

from econtract_desktop.cli.call import Call, Result
from econtract_desktop.texts import Texts

if TYPE_CHECKING:
    from econtract_core.messages.account import Who


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    pass


def run(command: str, call: Call) -> Result:
    if command == "logout":
        call.desk.log_in.log_out()
        return Result({"user": None}, [call.texts("cli.logged_out")])
    if command == "whoami":
        return _told(call.desk.log_in.who(), call)
    return _told(call.desk.log_in.log_in(call.selector, call.prompt), call)


def _told(who: Who, call: Call) -> Result:
    data: dict[str, object] = {
        "user": who.user,
        "organization": who.organization,
        "organization_id": who.organization_id,
        "contractor_number": who.contractor_number,
        "role": who.role,
        "side": who.side.value,
        "certificate_sha256": who.certificate_sha256,
        "expires": who.expires.isoformat(),
    }
    return Result(data, [call.texts("cli.who", organization=who.organization, user=who.user, role=who.role)])
