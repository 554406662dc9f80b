"""econtract-server serve|worker|migrate|check|operator … --config FILE"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from econtract_core.rules.errors import EcontractError
from econtract_server.config import ServerConfig, load


def main(arguments: list[str] | None = None) -> int:
    """The exit status: 0 done, 1 (or the error's own) not, 2 the command was not understood."""
    from econtract_server import operating

    parser = argparse.ArgumentParser(prog="econtract-server", description="The central server of econtract-desktop.")
    commands = parser.add_subparsers(dest="what", required=True)
    for name in ("serve", "migrate", "check"):
        commands.add_parser(name).add_argument("--config", type=Path, required=True, metavar="FILE")
    worker = commands.add_parser("worker", help="e-mail and its reminders; runs until it is stopped")
    worker.add_argument("--config", type=Path, required=True, metavar="FILE")
    worker.add_argument("--once", action="store_true", help="one round")
    operating.add_arguments(commands.add_parser("operator"))
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    deeds: dict[str, Callable[[ServerConfig, Namespace], int]] = {
        "serve": _serve,
        "migrate": _migrate,
        "check": _check,
        "worker": _worker,
        "operator": operating.run,
    }
    try:
        return deeds[options.what](load(options.config), options)
    except EcontractError as error:
        if getattr(options, "json", False):
            facts = {"code": error.code, "message": str(error), "retriable": error.retriable}
            print(json.dumps({"error": dict(error.facts) | facts}, ensure_ascii=False, default=str))
        else:
            print(error, file=sys.stderr)
        return error.exit_status


def _serve(config: ServerConfig, _: Namespace) -> int:
    from econtract_server.app import make_server
    from econtract_server.working import beside

    server = make_server(config)
    with beside(config):
        server.run()
    return 0 if server.started else 1


def _worker(config: ServerConfig, options: Namespace) -> int:
    from econtract_server.working import work

    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    try:
        work(config, over, once=options.once)
    except KeyboardInterrupt:
        over.set()
    return 0


def _migrate(config: ServerConfig, _: Namespace) -> int:
    from econtract_server.app import migrate

    migrate(config)
    return 0


def _check(config: ServerConfig, _: Namespace) -> int:
    """Prints what was found as JSON."""
    from econtract_server.app import check

    found = check(config)
    print(json.dumps(found, ensure_ascii=False))
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
