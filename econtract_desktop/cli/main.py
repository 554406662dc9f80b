"""`econtract …`: find the command, load only its module, run it, tell the result.

Exit status: 0 done, 1 refused or not valid, 2 wrong usage, 3 waiting for something, 4 interrupted and resumable.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from econtract_core.rules.errors import EcontractError, InternalError, UsageError
from econtract_desktop import config
from econtract_desktop.texts import Texts

if TYPE_CHECKING:
    from econtract_desktop.cli.call import Result
    from econtract_desktop.services.desk import Desk

# command → the file that holds it (one file per service, same stem)
COMMANDS = {
    "card": "card_status",
    "case": "cases",
    "contract": "contract",
    "delegate": "delegate",
    "diagnose": "diagnose",
    "evidence": "evidence",
    "extend": "extend_documents",
    "inspect": "inspect",
    "inspection": "request_inspection",
    "invoice": "prepare_invoice",
    "login": "log_in",
    "logout": "log_in",
    "notices": "read_notices",
    "officer": "officer",
    "outbox": "operate",
    "practice": "practice",
    "register": "register",
    "renew-card": "renew_card",
    "selftest": "selftest",
    "sign": "sign_documents",
    "sync": "operate",
    "timestamp": "extend_documents",
    "trust": "trust_anchors",
    "tsa": "timestamp_services",
    "undo-registration": "register",
    "unit-price": "unit_price",
    "verify": "verify",
    "whoami": "log_in",
}
_TAKES_VALUE = {
    "--profile", "--server", "--ca-file", "--lang", "--reader", "--module", "--token", "--certificate", "--pin-fd", "--pin-env",
}  # fmt: skip
MakeDesk = Callable[[config.Settings, Texts], "Desk"]


def run(argv: list[str], make_desk: MakeDesk) -> int:
    """The whole command line; the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # a Windows console may speak cp932
    as_json = "--json" in argv
    texts = Texts(_value(argv, "--lang") or "ja")
    try:
        return _run(argv, make_desk, texts)
    except EcontractError as error:
        return tell_error(error, texts, as_json=as_json)
    except KeyboardInterrupt:
        from econtract_core.rules.errors import Cancelled

        return tell_error(Cancelled(), texts, as_json=as_json)
    except Exception as defect:  # noqa: BLE001 - the last guard: a defect of ours becomes a typed error, never a traceback
        return tell_error(
            InternalError(f"{type(defect).__name__}: {defect}", where=_where(defect)), texts, as_json=as_json
        )


def _run(argv: list[str], make_desk: MakeDesk, texts: Texts) -> int:
    command, rest = split(argv)
    if command is None:
        _overall(texts).parse_args(argv)
        _overall(texts).print_help()
        return 0
    module = import_module(f"econtract_desktop.cli.{COMMANDS[command]}")
    parser = _Parser(prog=f"econtract {command}", description=texts(f"cli.help_{command}"), add_help=True)
    module.add_arguments(parser, command, texts)
    common(parser, texts)
    options = parser.parse_args(rest)
    settings = _settings(options)
    if options.lang is None:
        texts = Texts(settings.language)
    from econtract_desktop.cli.call import Call

    desk = make_desk(settings, texts)
    try:
        result: Result = module.run(command, Call(options, desk, texts))
    finally:
        desk.close()
    if options.json:
        print(json.dumps(result.data, ensure_ascii=False), flush=True)
    else:
        print("\n".join(result.lines), flush=True)
    return result.status


def common(parser: ArgumentParser, texts: Texts) -> None:
    """What every command takes. `SUPPRESS` lets a sub-parser say it too without wiping the value."""
    everywhere = parser.add_argument_group(texts("cli.group_common"))
    everywhere.add_argument("--json", action="store_true", help=texts("cli.opt_json"))
    everywhere.add_argument("--profile", type=Path, metavar="DIR", help=texts("cli.opt_profile"))
    everywhere.add_argument("--server", metavar="URL", help=texts("cli.opt_server"))
    everywhere.add_argument("--ca-file", type=Path, metavar="FILE", help=texts("cli.opt_ca_file"))
    everywhere.add_argument("--lang", choices=("ja", "en"), help=texts("cli.opt_lang"))
    card = parser.add_argument_group(texts("cli.group_card"))
    for name, key in (("reader", "NAME"), ("module", "PATH"), ("token", "LABEL"), ("certificate", "SHA256")):
        card.add_argument(f"--{name}", metavar=key, help=texts(f"cli.opt_{name}"))
    card.add_argument("--pin-fd", type=int, metavar="N", help=texts("cli.opt_pin_fd"))
    card.add_argument("--pin-env", metavar="NAME", help=texts("cli.opt_pin_env"))


def tell_error(error: EcontractError, texts: Texts, *, as_json: bool) -> int:
    """One JSON object on standard output, or the words on standard error; the exit status."""
    told = texts.error(error)
    if as_json:
        body: dict[str, object] = {
            "code": error.code,
            "name": type(error).__name__,
            "message": told.title,
            "cause": told.cause,
            "remedy": told.remedy,
            "retriable": error.retriable,
            "detail": error.detail,
        }
        print(json.dumps({"error": body | {k: v for k, v in error.facts.items() if k not in body}}, ensure_ascii=False))
    else:
        lines = [f"{told.title}  [{error.code}]", f"  {told.cause}", f"  {told.remedy}"]
        if error.detail:
            lines.append(f"  ({error.detail})")
        print("\n".join(line for line in lines if line.strip()), file=sys.stderr)
    return error.exit_status


def split(argv: list[str]) -> tuple[str | None, list[str]]:
    """The command and everything else; the common options may stand before it."""
    skip = False
    for i, word in enumerate(argv):
        if skip:
            skip = False
        elif word in _TAKES_VALUE:
            skip = True
        elif not word.startswith("-"):
            if word not in COMMANDS:
                raise UsageError(problem=word)
            return word, argv[:i] + argv[i + 1 :]
    return None, argv


class _Parser(ArgumentParser):
    """Wrong usage is a typed error with exit status 2, like everything else."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(self.format_usage().strip(), problem=message)


def _overall(texts: Texts) -> ArgumentParser:
    lines = [f"  {name:<10} {texts(f'cli.help_{name}')}" for name in COMMANDS]
    parser = _Parser(
        prog="econtract",
        usage="econtract [--version] COMMAND …",
        description=texts("cli.help"),
        epilog="\n".join(lines),
    )
    from argparse import RawDescriptionHelpFormatter

    parser.formatter_class = RawDescriptionHelpFormatter
    common(parser, texts)
    return parser


def _settings(options: Namespace) -> config.Settings:
    profile = options.profile if options.profile is not None else config.default_profile()
    return config.with_overrides(
        config.load(profile),
        server=options.server,
        ca_file=options.ca_file,
        language=options.lang,
        module=options.module,
        trust_dir=getattr(options, "trust", None),
        tsa_urls=tuple(getattr(options, "tsa", None) or ()),
    )


def _value(argv: list[str], name: str) -> str | None:
    return argv[argv.index(name) + 1] if name in argv[:-1] else None


def _where(defect: BaseException) -> str:
    tb = defect.__traceback__
    while tb is not None and tb.tb_next is not None:
        tb = tb.tb_next
    return f"{Path(tb.tb_frame.f_code.co_filename).name}:{tb.tb_lineno}" if tb is not None else ""
