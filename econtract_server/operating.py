"""econtract-server operator notice|maintenance|manual|faq add|list|end … and organization add|list|accept, account list|lost, merge, mail list|retry"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from econtract_core.messages.notices import BulletinData
from econtract_core.rules.bulletin import Audience, Bulletin, Function, Importance, Kind, Words
from econtract_core.rules.contract import Side
from econtract_core.rules.dates import JST
from econtract_core.rules.delegation import BodyRules
from econtract_core.rules.errors import FileNotReadable, UsageError, ValueInvalid
from econtract_server.config import ServerConfig
from econtract_server.repository.database import Database
from econtract_server.repository.registry import Organization
from econtract_server.services import mailing
from econtract_server.services.bulletins import data_of
from econtract_server.services.office import system_clock
from econtract_server.services.operator import Operator
from econtract_server.services.operator_accounts import Line, OperatorAccounts

_LARGEST = 1_000_000  # bytes of a file with entries


def add_arguments(parser: ArgumentParser) -> None:
    """Of `operator`: the subject, what to do, and with what."""
    subjects = parser.add_subparsers(dest="subject", required=True)
    for kind in Kind:
        one = subjects.add_parser(kind.value)
        one.add_argument("deed", choices=("add", "list", "end"))
        one.add_argument("id", nargs="?", help="which one to end; for add: its identifier (else one is made)")
        one.add_argument(
            "--file", type=Path, metavar="FILE", help="JSON of one entry; the options go over it; - reads it in"
        )
        for name in ("title", "title-en", "text", "text-en", "version", "link", "organization-id"):
            one.add_argument(f"--{name}")
        one.add_argument("--begins", metavar="TIME", help="ISO 8601; Japan's clock where no zone is said; default now")
        one.add_argument("--ends", metavar="TIME")
        one.add_argument("--importance", choices=[i.value for i in Importance])
        one.add_argument("--for", dest="audience", choices=[a.value for a in Audience])
        one.add_argument("--function", choices=[f.value for f in Function])
    organization = subjects.add_parser("organization")
    organization.add_argument("deed", choices=("add", "list", "accept"))
    organization.add_argument("id", nargs="?")
    for name in ("name", "corporate-number", "contractor-number"):
        organization.add_argument(f"--{name}")
    organization.add_argument("--side", choices=(Side.OFFICER.value, Side.CONTRACTOR.value))
    organization.add_argument(
        "--agents", choices=("all", "no-sub-agents", "none"), help="accept: whom this body deals with"
    )
    organization.add_argument("--longest-days", type=int, metavar="DAYS", help="accept: of a delegation; none: any")
    mail = subjects.add_parser("mail")
    mail.add_argument("deed", choices=("list", "retry"))
    mail.add_argument("id", nargs="?", help="retry: which one")
    mail.add_argument("--state", choices=("waiting", "sending", "sent", "failed"))
    account = subjects.add_parser("account")
    account.add_argument("deed", choices=("list", "lost"))
    account.add_argument("id", nargs="?", help="lost: whose card")
    merge = subjects.add_parser("merge")
    merge.add_argument("id", metavar="DUPLICATE", help="the account that was made by mistake")
    merge.add_argument("--into", required=True, metavar="USER", help="the account that goes on")
    for subject in subjects.choices.values():
        subject.add_argument("--config", type=Path, required=True, metavar="FILE")
        subject.add_argument("--json", action="store_true")


def run(config: ServerConfig, options: Namespace, now: Callable[[], datetime] = system_clock) -> int:
    """Prints what is there afterwards. Raises ValueInvalid, NotFound, UsageError, FileNotReadable, SettingsUnreadable."""
    database = Database(config.database_url)
    try:
        database.migrate()
        operator = Operator(database)
        if options.subject == "organization":
            _show("organizations", _organizations(operator, options, now()), options)
        elif options.subject == "mail":
            _show("mails", _mails(operator, options, now()), options)
        elif options.subject in ("account", "merge"):
            _show("accounts", _accounts(OperatorAccounts(database), options, now()), options)
        else:
            _show("entries", _bulletins(operator, options, now()), options)
    finally:
        database.close()
    return 0


def _bulletins(operator: Operator, options: Namespace, at: datetime) -> list[dict[str, Any]]:
    kind = Kind(options.subject)
    if options.deed == "list":
        found = operator.listed(kind)
    elif options.deed == "add":
        found = (operator.add(_bulletin(kind, options, at), at),)
    elif options.id is None:
        raise UsageError(problem="end: which one?")
    else:
        found = (operator.end(options.id, at),)
    return [data_of(b).model_dump(mode="json") for b in found]


def _bulletin(kind: Kind, options: Namespace, at: datetime) -> Bulletin:
    """From the file, with the options over it, looked at like any message."""
    given = _read(options.file) if options.file is not None else {}
    data: dict[str, Any] = {"bulletin_id": uuid4().hex, "begins": at.isoformat(), **given, "kind": kind.value}
    for name in ("importance", "audience", "function", "version", "link", "organization_id", "begins", "ends"):
        if getattr(options, name) is not None:
            data[name] = getattr(options, name)
    for name in ("title", "text"):
        said = {"ja": getattr(options, name), "en": getattr(options, f"{name}_en")}
        before = data.get(name) if isinstance(data.get(name), dict) else {}
        data[name] = {"ja": "", **before, **{k: v for k, v in said.items() if v is not None}}  # type: ignore[dict-item]
    if options.id is not None:
        data["bulletin_id"] = options.id
    for name in ("begins", "ends"):
        data[name] = _moment(name, data.get(name))
    try:
        seen = BulletinData.model_validate(data)
    except ValidationError as problem:
        found = problem.errors()[0]
        place = ".".join(str(part) for part in found["loc"])
        raise ValueInvalid(field=place, problem=str(found["type"])) from None
    fields = dict(seen)
    return Bulletin(**{**fields, "title": Words(**dict(seen.title)), "text": Words(**dict(seen.text))})


def _moment(name: str, text: object) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise ValueInvalid(field=name, problem=str(text)[:100]) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=JST)


def _organizations(operator: Operator, options: Namespace, at: datetime) -> list[dict[str, Any]]:
    if options.deed == "list":
        return [asdict(o) for o in operator.organizations()]
    if options.deed == "accept":
        return [_accepting(operator, options, at)]
    if not (options.id and options.name and options.side and options.corporate_number):
        raise UsageError(problem="organization add ID --name --side --corporate-number")
    added = Organization(
        options.id, options.name, Side(options.side), options.corporate_number, options.contractor_number
    )
    return [asdict(operator.add_organization(added, at))]


def _mails(operator: Operator, options: Namespace, at: datetime) -> list[dict[str, Any]]:
    if options.deed == "list":
        found = operator.mails(options.state)
    elif options.id is None:
        raise UsageError(problem="retry: which one?")
    else:
        found = (operator.retry_mail(options.id, at),)
    return [{"case_id": one.case_id, **mailing.data_of(one).model_dump(mode="json")} for one in found]


def _accounts(operator: OperatorAccounts, options: Namespace, at: datetime) -> list[dict[str, Any]]:
    if options.subject == "merge":
        found: tuple[Line, ...] = (operator.merge(options.id, options.into, at),)
    elif options.deed == "list":
        found = operator.listed()
    elif options.id is None:
        raise UsageError(problem="lost: whose card?")
    else:
        found = (operator.lost(options.id, at),)
    return [
        {**asdict(one.user), "state": one.state, "cards": list(one.cards), "merged_into": one.merged_into}
        for one in found
    ]


def _accepting(operator: Operator, options: Namespace, at: datetime) -> dict[str, Any]:
    """What a body accepts of delegations, all of it anew."""
    if not (options.id and options.agents):
        raise UsageError(problem="organization accept ID --agents")
    if options.longest_days is not None and options.longest_days < 1:
        raise ValueInvalid(field="longest_days", problem=str(options.longest_days))
    accepts = BodyRules(options.agents != "none", options.agents == "all", options.longest_days)
    return {"organization_id": options.id, **asdict(operator.accept(options.id, accepts, at))}


def _read(path: Path) -> dict[str, Any]:
    try:
        if str(path) == "-":
            text = sys.stdin.read(_LARGEST + 1)
        else:
            with path.open(encoding="utf-8") as file:
                text = file.read(_LARGEST + 1)
        if len(text) > _LARGEST:
            raise ValueInvalid(field="file", problem=f"more than {_LARGEST}")
        data = json.loads(text)
    except OSError as problem:
        raise FileNotReadable(path=str(path), problem=str(problem.strerror)) from None
    except (ValueError, RecursionError) as problem:
        raise ValueInvalid(field="file", problem=str(problem)[:200]) from None
    if not isinstance(data, dict):
        raise ValueInvalid(field="file", problem="not an object")
    return data


def _show(name: str, rows: list[dict[str, Any]], options: Namespace) -> None:
    if options.json:
        print(json.dumps({name: rows}, ensure_ascii=False))
        return
    for row in rows:
        if "accepts_agents" in row:
            print("\t".join(f"{key}={value}" for key, value in row.items()))
        elif name == "mails":
            print("\t".join(str(row[k] or "-") for k in ("mail_id", "created", "state", "recipient", "problem")))
        elif name == "accounts":
            print("\t".join(str(row[k] or "-") for k in ("user_id", "state", "organization", "name", "merged_into")))
        elif name == "organizations":
            print("\t".join(str(row[k] or "-") for k in ("organization_id", "side", "name", "contractor_number")))
        else:
            print(
                "\t".join(str(v or "-") for v in (row["bulletin_id"], row["begins"], row["ends"], row["title"]["ja"]))
            )
