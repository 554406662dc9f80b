"""econtract-server serve|migrate|check"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path

from econtract_core.rules.errors import EcontractError, UsageError
from econtract_server.config import ServerConfig, load


def main(arguments: list[str] | None = None) -> int:
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
    import uvicorn

    from econtract_server.app import create_app

    if not (config.tls_cert and config.tls_key) and not config.insecure_for_tests:
        raise UsageError(problem="tls_cert and tls_key are needed")
    uvicorn.run(
        create_app(config),
        host=config.host,
        port=config.port,
        ssl_certfile=config.tls_cert or None,
        ssl_keyfile=config.tls_key or None,
        loop="asyncio",
        http="h11",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=75,
    )
    return 0


def _migrate(config: ServerConfig) -> int:
    from econtract_server.repository.database import Database

    database = Database(config.database_url)
    database.migrate()
    database.close()
    return 0


def _check(config: ServerConfig) -> int:
    """Log and files against each other: {audit_broken_at, files, missing, altered}."""
    from econtract_server.app import make_office
    from econtract_server.services.checking import check

    found = check(make_office(config))
    print(json.dumps(found, ensure_ascii=False))
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
