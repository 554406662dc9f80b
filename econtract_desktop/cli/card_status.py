"""econtract card list|watch, and the way to `find_driver` for drivers|try|learn."""

from __future__ import annotations

import json
import queue
from argparse import ArgumentParser
from pathlib import Path

from econtract_core.rules.dates import in_japan
from econtract_desktop.cli import find_driver
from econtract_desktop.cli.call import Call, Result, plain
from econtract_desktop.ports.card import CardEvent, TokenInfo
from econtract_desktop.services.card_status import views
from econtract_desktop.texts import Texts


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    parser.add_argument("what", choices=("list", "watch", *find_driver.DEEDS), help=texts("cli.arg_card"))
    parser.add_argument("--seconds", type=float, metavar="N", help=texts("cli.opt_seconds"))
    parser.add_argument("--out", type=Path, metavar="ROW.json", help=texts("cli.opt_out_row"))
    parser.add_argument("--keep", action="store_true", help=texts("cli.opt_keep"))


def run(command: str, call: Call) -> Result:
    if call.options.what in find_driver.DEEDS:
        return find_driver.run(call.options.what, call)
    return _watch(call) if call.options.what == "watch" else _list(call)


def _list(call: Call) -> Result:
    listing = call.desk.card_status.raw()
    data: dict[str, object] = {"readers": plain(listing.readers), "tokens": [_token(t) for t in listing.tokens]}
    lines = []
    for token in listing.tokens:
        if not token.certificates:
            lines.append(call.texts("cli.card_hidden", label=token.label, reader=token.reader))
        for view in views(token):
            day = in_japan(view.not_after).date().isoformat()
            lines.append(
                call.texts("cli.card", holder=view.holder, organization=view.organization, day=day, label=view.label)
            )
    return Result(data, lines or [call.texts("cli.no_card")])


def _token(token: TokenInfo) -> dict[str, object]:
    certificates = [
        {
            "sha256": view.certificate_sha256,
            "holder": view.holder,
            "organization": view.organization,
            "corporate_number": view.corporate_number,
            "not_after": view.not_after.isoformat(),
            "usage": list(view.usage),
            "key_algorithm": view.key_algorithm,
            "layout": view.layout,
            "role": view.role,
            "issuer": view.issuer,
            "subject_dn": view.subject_dn,
            "doubts": list(view.doubts),
        }
        for view in views(token)
    ]
    return {
        "reader": token.reader,
        "module": token.module,
        "label": token.label,
        "serial": token.serial,
        "certificates": certificates,
        "pin": {"tries_left": token.pin.tries_left, "state": token.pin.state.value},
    }


def _watch(call: Call) -> Result:
    """One line an event until Ctrl-C or --seconds; the object at the end counts them."""
    heard: queue.Queue[CardEvent] = queue.Queue()
    call.desk.watch.start(heard.put)
    count = 0
    try:
        while True:
            event = heard.get(timeout=call.options.seconds)
            print(json.dumps(plain(event), ensure_ascii=False), flush=True)
            count += 1
    except (queue.Empty, KeyboardInterrupt):
        pass
    finally:
        call.desk.watch.stop()
    return Result({"events": count}, [call.texts("cli.watched", count=count)])
