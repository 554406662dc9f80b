"""econtract renew-card --old CARD --new CARD"""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict, replace

from econtract_core.rules.errors import UsageError
from econtract_core.rules.registration import RenewalKind
from econtract_desktop.cli.account_lines import account_lines, door_lines
from econtract_desktop.cli.call import Call, Result
from econtract_desktop.ports.card import CardSelector
from econtract_desktop.texts import Texts

_FINGERPRINT = 64  # hex digits


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    parser.add_argument("--old", metavar="CARD", help=texts("account.opt_old"))
    parser.add_argument("--new", metavar="CARD", help=texts("account.opt_new"))
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--lost", action="store_true", help=texts("account.opt_lost"))
    kind.add_argument("--representative-changed", action="store_true", help=texts("account.opt_changed"))
    parser.add_argument("--user", metavar="USER", help=texts("account.opt_user"))


def run(command: str, call: Call) -> Result:
    options, service = call.options, call.desk.accounts.renew_card
    if options.old is None and options.new is None:
        raise UsageError(problem="--old CARD, --new CARD")
    shown = service.show_old(_selector(options.old, call), call.prompt) if options.old is not None else None
    if options.new is None:
        assert shown is not None
        lines = [*door_lines(shown, call.texts), call.texts("account.old_kept", until=shown.expires.isoformat())]
        return Result(shown.model_dump(mode="json", exclude={"ticket"}), lines)
    done = service.renew(_selector(options.new, call), call.prompt, _kind(call), options.user)
    lines = [
        call.texts(
            "account.field_same" if one.same else "account.field_other",
            name=call.texts(f"account.field_{one.name}"),
            old=one.old or "-",
            new=one.new or "-",
        )
        for one in done.compared
    ]
    compared = [asdict(one) | {"same": one.same} for one in done.compared]
    data = done.account.model_dump(mode="json") | {"kind": done.kind.value, "compared": compared}
    return Result(data, [*lines, *account_lines(done.account, call.texts)])


def _selector(name: str, call: Call) -> CardSelector:
    """A certificate's SHA-256 or a token's label, beside the options that every command takes."""
    if len(name) == _FINGERPRINT and all(c in "0123456789abcdef" for c in name.lower()):
        return replace(call.selector, certificate=name.lower())
    return replace(call.selector, token=name)


def _kind(call: Call) -> RenewalKind | None:
    if call.options.lost:
        return RenewalKind.LOST
    return RenewalKind.REPRESENTATIVE_CHANGED if call.options.representative_changed else None
