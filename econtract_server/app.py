"""Composition root of the server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from econtract_core import __version__
from econtract_core.evidence.trust import TrustStore
from econtract_core.rules.errors import SettingsUnreadable
from econtract_server.config import ServerConfig
from econtract_server.objects import Objects
from econtract_server.outbound import RevocationLists
from econtract_server.repository import registry
from econtract_server.repository.database import Database
from econtract_server.routes import account, cases, errors, files
from econtract_server.services.office import Office


def make_office(config: ServerConfig) -> Office:
    """Everything the services need; brings the database up to date and seeds it. Raises SettingsUnreadable, TrustMissing."""
    database = Database(config.database_url)
    database.migrate()
    if config.seed:
        _seed(database, Path(config.seed))
    server_id, epoch = database.who_am_i()
    return Office(
        config=config,
        database=database,
        objects=Objects(Path(config.files_dir)),
        trust=TrustStore.load(Path(config.trust_dir)),
        revocation=RevocationLists(),
        server_id=server_id,
        epoch=epoch,
    )


def create_app(config: ServerConfig) -> FastAPI:
    """The HTTP application. Its OpenAPI document (/v1/openapi.json) is the contract with other programs."""
    office = make_office(config)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        office.database.close()

    app = FastAPI(
        title="econtract server",
        version=__version__,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=life,
    )
    app.state.office = office
    for router in (account.router, cases.router, files.router):
        app.include_router(router)
    errors.install(app, office)
    return app


def _seed(database: Database, path: Path) -> None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        with database.writing() as connection:
            registry.seed(connection, data["organizations"], data["users"])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise SettingsUnreadable(path=str(path), problem=str(problem)) from None
