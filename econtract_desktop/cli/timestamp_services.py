"""econtract tsa list · econtract tsa password URL USER [--password-fd N]"""

from __future__ import annotations

import getpass
import os
from argparse import ArgumentParser

from econtract_core.rules.errors import UsageError
from econtract_desktop.cli.call import Call, Result
from econtract_desktop.config import plain_address
from econtract_desktop.ports.timestamps import Health, ServiceHealth
from econtract_desktop.texts import Texts

_LONGEST = 1_024


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    parser.add_argument("what", choices=("list", "password"), help=texts("cli.arg_tsa_what"))
    parser.add_argument("url", nargs="?", metavar="URL", help=texts("cli.arg_tsa_url"))
    parser.add_argument("user", nargs="?", metavar="USER", help=texts("cli.arg_tsa_user"))
    parser.add_argument("--password-fd", type=int, metavar="N", help=texts("cli.opt_password_fd"))


def run(command: str, call: Call) -> Result:
    o = call.options
    if o.what == "password":
        if not o.url or not o.user:
            raise UsageError(problem="URL USER")
        try:
            plain_address(o.url)
        except ValueError as problem:
            raise UsageError(problem=str(problem)) from None
        call.desk.timestamp_services.keep_password(o.url, o.user, _read(call))
        return Result({"url": o.url, "user": o.user}, [call.texts("cli.tsa_kept", url=o.url, user=o.user)])
    states = call.desk.timestamp_services.look()
    well = bool(states) and any(s.health is Health.OK for s in states)
    return Result({"services": [_plain(s) for s in states]}, [_line(s, call.texts) for s in states], 0 if well else 1)


def _read(call: Call) -> str:
    """From a file descriptor or the terminal, never from an argument."""
    number = call.options.password_fd
    if number is None:
        return getpass.getpass(call.texts("cli.tsa_password"))
    try:
        with os.fdopen(number, "rb", closefd=False) as source:
            return source.read(_LONGEST).decode().rstrip("\r\n")
    except (OSError, ValueError):
        raise UsageError(problem="--password-fd") from None


def _plain(s: ServiceHealth) -> dict[str, object]:
    return {
        "name": s.name,
        "url": s.url,
        "health": s.health.value,
        "latency_ms": round(s.latency.total_seconds() * 1000) if s.latency is not None else None,
        "ahead_s": round(s.ahead.total_seconds(), 1) if s.ahead is not None else None,
        "back_at": s.back_at.isoformat() if s.back_at is not None else None,
        "problem": s.problem or None,
        "why": s.why.value if s.why is not None else None,
    }


def _line(s: ServiceHealth, say: Texts) -> str:
    why = say(f"diagnosis.why_{s.why.value}") if s.why is not None else ""
    return say(f"cli.tsa_{s.health.value}", name=s.name, problem=why, back=s.back_at)
