"""The server program itself, over TLS on loopback, with the practice PKI behind it. For contract tests of the port Server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from socket import AF_INET, SOCK_STREAM, socket

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from econtract_practice.authority import Authority
from econtract_practice.people import CONTRACTOR, OFFICER, Member, Person
from econtract_practice.responder import Responder
from econtract_server.app import create_app
from econtract_server.config import ServerConfig
from tests.fakes.pki import Issued


@dataclass(frozen=True)
class RealPki:
    """`cards`: the officer's, the contractor's, and a good one of nobody who is registered."""

    authority: Authority
    cards: tuple[Issued, Issued, Issued]


@dataclass(frozen=True)
class RealServer:
    """What a client is told of it."""

    origin: str
    ca_file: Path


@contextmanager
def real_pki(folder: Path) -> Iterator[RealPki]:
    """Makes keys, so once for many servers; its responder gives revocation data as long as this lasts."""
    with socket(AF_INET, SOCK_STREAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    authority = Authority.create(folder, f"http://127.0.0.1:{port}")
    stranger = replace(CONTRACTOR.person, name="田中 次郎", name_romaji="Jiro Tanaka")
    people = (OFFICER.person, CONTRACTOR.person, stranger)
    officer, contractor, nobody = (_card(authority, person) for person in people)
    with Responder(authority, port):
        yield RealPki(authority, (officer, contractor, nobody))


@contextmanager
def real_server(pki: RealPki, folder: Path) -> Iterator[RealServer]:
    """A new, empty server with its two users, until the block ends."""
    folder.mkdir(parents=True)
    with socket(AF_INET, SOCK_STREAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # clients wait from now on, not for the first moment of uvicorn
        port = listening.getsockname()[1]
        origin = f"https://127.0.0.1:{port}"
        (folder / "seed.json").write_text(json.dumps(_seed(pki)), encoding="utf-8")
        config = ServerConfig(
            database_url=f"sqlite:///{folder / 'server.db'}",
            files_dir=str(folder / "files"),
            origin=origin,
            host="127.0.0.1",
            port=port,
            tls_cert=str(pki.authority.tls_certificate_file),
            tls_key=str(pki.authority.tls_key_file),
            seal_cert=str(pki.authority.seal_certificate_file),
            seal_key=str(pki.authority.seal_key_file),
            trust_dir=str(pki.authority.trust_dir),
            server_name="contract tests",
            seed=str(folder / "seed.json"),
        )
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(config),
                log_level="warning",
                ssl_certfile=str(pki.authority.tls_certificate_file),
                ssl_keyfile=str(pki.authority.tls_key_file),
                timeout_graceful_shutdown=1,
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield RealServer(origin, pki.authority.tls_ca_file)
        finally:
            server.should_exit = True
            thread.join()


def _card(authority: Authority, person: Person) -> Issued:
    key, der = authority.issue(person)
    return Issued(key, x509.load_der_x509_certificate(der))


def _seed(pki: RealPki) -> dict[str, object]:
    pairs = ((OFFICER, pki.cards[0]), (CONTRACTOR, pki.cards[1]))
    return {
        "organizations": [_organization(member) for member, _ in pairs],
        "users": [_user(member, card) for member, card in pairs],
    }


def _organization(member: Member) -> dict[str, object]:
    return {
        "organization_id": member.organization_id,
        "name": member.person.organization,
        "side": member.side,
        "corporate_number": member.person.corporate_number,
        "contractor_number": member.contractor_number,
    }


def _user(member: Member, card: Issued) -> dict[str, object]:
    return {
        "user_id": member.user_id,
        "organization_id": member.organization_id,
        "display_name": member.person.name,
        "role": member.role,
        "certificate_sha256": sha256(card.certificate.public_bytes(serialization.Encoding.DER)).hexdigest(),
    }
