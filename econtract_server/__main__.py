"""econtract-server serve|migrate|check --config FILE"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path

from econtract_core.rules.errors import EcontractError
from econtract_server.config import ServerConfig, load


def main(arguments: list[str] | None = None) -> int:
    """The exit status: 0 done, 1 (or the error's own) not, 2 the command was not understood."""
    parser = argparse.ArgumentParser(prog="econtract-server", description="The central server of econtract-desktop.")
    parser.add_argument("what", choices=("serve", "migrate", "check"))
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        config = load(options.config)
        return {"serve": _serve, "migrate": _migrate, "check": _check}[options.what](config)
    except EcontractError as error:
        print(error, file=sys.stderr)
        return error.exit_status


def _serve(config: ServerConfig) -> int:
    from econtract_server.app import make_server

    server = make_server(config)
    server.run()
    return 0 if server.started else 1


def _migrate(config: ServerConfig) -> int:
    from econtract_server.app import migrate

    migrate(config)
    return 0


def _check(config: ServerConfig) -> int:
    """Prints what was found as JSON."""
    from econtract_server.app import check

    found = check(config)
    print(json.dumps(found, ensure_ascii=False))
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
