"""Composition root of the server."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import FastAPI

from econtract_core import __version__
from econtract_core.evidence.trust import TrustStore
from econtract_core.messages.cases import ErrorAnswer
from econtract_core.rules.contract import Side
from econtract_core.rules.errors import EcontractError, FileNotWritable, SettingsUnreadable
from econtract_server.config import ServerConfig
from econtract_server.objects import Objects, is_sha256
from econtract_server.outbound import RevocationSource
from econtract_server.repository import registry
from econtract_server.repository.database import Database
from econtract_server.repository.registry import Organization, User
from econtract_server.routes import account, cases, delegations, errors, files, notices, registration
from econtract_server.seal import Seal
from econtract_server.services import checking
from econtract_server.services.checking import Findings
from econtract_server.services.office import Office, system_clock

if TYPE_CHECKING:
    import uvicorn

log = logging.getLogger("econtract_server")


def create_app(config: ServerConfig, now: Callable[[], datetime] = system_clock) -> FastAPI:
    """The HTTP application; brings the database up to date and seeds it. Its OpenAPI document (/v1/openapi.json) is the
    contract with other programs. Raises SettingsUnreadable, TrustMissing, FileNotWritable."""
    office = _office(config, now)

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
        responses={"4XX": {"model": ErrorAnswer}, "5XX": {"model": ErrorAnswer}},
    )
    app.state.office = office
    for router in (account.router, registration.router, cases.router, delegations.router, files.router, notices.router):
        app.include_router(router)
    errors.install(app)
    app.add_middleware(
        errors.Envelope,
        identity=(office.server_id, office.epoch),
        largest_message=config.largest_message,
        largest_file=config.largest_file,
    )
    return app


def make_server(config: ServerConfig, app: FastAPI | None = None) -> uvicorn.Server:
    """The program that serves it; `.run()` in a thread of its own or in main, `.should_exit = True` ends it. Raises
    SettingsUnreadable where TLS is missing, and what `create_app` raises."""
    import uvicorn

    config.check_tls()
    return uvicorn.Server(
        uvicorn.Config(
            app or create_app(config),
            host=config.host,
            port=config.port,
            ssl_certfile=config.tls_cert or None,
            ssl_keyfile=config.tls_key or None,
            loop="asyncio",
            http="h11",
            ws="none",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
            timeout_keep_alive=75,
        )
    )


def migrate(config: ServerConfig) -> None:
    """Bring the database up to date and do nothing else."""
    database = Database(config.database_url)
    try:
        database.migrate()
    finally:
        database.close()


def check(config: ServerConfig) -> Findings:
    """Log and files against each other. Changes nothing."""
    database = Database(config.database_url)
    try:
        return checking.check(database, Objects(Path(config.files_dir)))
    finally:
        database.close()


def _office(config: ServerConfig, now: Callable[[], datetime]) -> Office:
    trust = TrustStore.load(Path(config.trust_dir))
    seal = Seal.load(Path(config.seal_cert), Path(config.seal_key)) if config.seal_cert else None
    try:
        objects = Objects(Path(config.files_dir))
        objects.sweep()
    except OSError as problem:
        raise FileNotWritable(path=config.files_dir, problem=str(problem.strerror)) from None
    database = Database(config.database_url)
    try:
        database.migrate()
        if config.seed:
            _seed(database, Path(config.seed))
        server_id, epoch = database.identity()
    except EcontractError:
        database.close()
        raise
    return Office(
        config=config,
        database=database,
        objects=objects,
        trust=trust,
        revocation=RevocationSource(),
        server_id=server_id,
        epoch=epoch,
        seal=seal,
        now=now,
    )


def _seed(database: Database, path: Path) -> None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        organizations = [Organization(**{**row, "side": Side(row["side"])}) for row in data["organizations"]]
        users = [_user(row) for row in data["users"]]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise SettingsUnreadable(path=str(path), problem=f"{type(problem).__name__}: {problem}") from None
    known = {organization.organization_id for organization in organizations}
    strangers = sorted({user.organization_id for user in users} - known)
    if strangers:
        raise SettingsUnreadable(path=str(path), problem=f"unknown organisations: {', '.join(strangers)}")
    with database.alone() as session:
        registry.seed(session, organizations, users)


def _user(row: dict[str, Any]) -> User:
    """`certificate_sha256` (hex, of the DER) or `certificate` (PEM)."""
    fields = dict(row)
    if "certificate" in fields:
        certificate = x509.load_pem_x509_certificate(str(fields.pop("certificate")).encode())
        fields["certificate_sha256"] = sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
    if not is_sha256(str(fields["certificate_sha256"])):
        raise ValueError("certificate_sha256")
    return User(**fields)
