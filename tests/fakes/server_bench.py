"""The server program in a thread over loopback TLS, with a clock that tests set, and a client that says exactly what it is told.

Unlike `real_server` this is for tests of the server itself: raw requests, wrong tokens, forged files.
"""

from __future__ import annotations

import json
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from socket import socket
from typing import Any
from uuid import uuid4

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from econtract_core.identity.device import DeviceKey
from econtract_practice.authority import Authority
from econtract_practice.people import AGENT, CONTRACTOR, INSPECTOR, OFFICER, SUB_AGENT, THIRD, Person
from econtract_practice.responder import Responder
from econtract_server.app import create_app, make_server
from econtract_server.config import ServerConfig
from tests.fakes.databases import Databases, SqliteFiles
from tests.fakes.pki import Issued

PARTNER = replace(
    CONTRACTOR,
    key="partner",
    person=replace(CONTRACTOR.person, name="鈴木 一郎", name_romaji="Ichiro Suzuki", organization="みどり組株式会社"),
    user_id="u-suzuki",
    organization_id="o-midori",
    contractor_number="1000000154",
)
RIVAL = replace(
    OFFICER,
    key="rival",
    person=replace(OFFICER.person, name="高橋 次郎", name_romaji="Jiro Takahashi", organization="中部地方整備局"),
    user_id="u-takahashi",
    organization_id="o-chubu",
)
VENTURER = replace(THIRD, key="venturer")  # of a firm that stands second in joint ventures
MEMBERS = (OFFICER, CONTRACTOR, PARTNER, RIVAL, INSPECTOR, VENTURER, AGENT, SUB_AGENT)
_ON_CURVES = (PARTNER, VENTURER, AGENT, SUB_AGENT)


@dataclass(frozen=True)
class Pki:
    """What stands around a server. `cards` by the member's key; "stranger" has a good card and no account."""

    authority: Authority
    responder: Responder
    cards: dict[str, Issued]
    databases: Databases = field(default_factory=SqliteFiles)

    def issue(self, person: Person = CONTRACTOR.person, **how: Any) -> Issued:
        key, der = self.authority.issue(person, **how)
        return Issued(key, x509.load_der_x509_certificate(der))


@contextmanager
def running_pki(folder: Path) -> Iterator[Pki]:
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    authority = Authority.create(folder, f"http://127.0.0.1:{port}")
    with Responder(authority, port) as responder:
        pki = Pki(authority, responder, {})
        for member in MEMBERS:
            pki.cards[member.key] = pki.issue(member.person, key_type="p256" if member in _ON_CURVES else "rsa2048")
        pki.cards["stranger"] = pki.issue(replace(CONTRACTOR.person, name="田中 次郎"))
        yield pki


@dataclass
class Clock:
    """The server's clock: the real one, moved on by what the test says."""

    ahead: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass(frozen=True)
class Running:
    origin: str
    ca_file: Path
    config: ServerConfig
    clock: Clock
    app: Any
    clients: list[Client] = field(default_factory=list)
    address: str = ""  # where it is reached, if that is not its origin (one of several servers under one name)

    def client(self, card: Issued | None = None) -> Client:
        """Logged in, where there is a card."""
        client = Client(self)
        self.clients.append(client)
        if card is not None:
            client.log_in(card).raise_for_status()
        return client


def seed_of(cards: dict[str, Issued]) -> dict[str, Any]:
    organizations = [
        {
            "organization_id": m.organization_id,
            "name": m.person.organization,
            "side": m.side,
            "corporate_number": m.person.corporate_number,
            "contractor_number": m.contractor_number,
        }
        for m in MEMBERS
    ]
    users = [
        {
            "user_id": m.user_id,
            "organization_id": m.organization_id,
            "display_name": m.person.name,
            "role": m.role,
            # One as a fingerprint, the others as PEM: both are how a seed may name a certificate.
            **(
                {"certificate_sha256": sha256(cards[m.key].der).hexdigest()}
                if m is OFFICER
                else {"certificate": cards[m.key].pem.decode()}
            ),
        }
        for m in MEMBERS
    ]
    return {"organizations": organizations, "users": users}


def config_in(folder: Path, pki: Pki, port: int, **changes: Any) -> ServerConfig:
    (folder / "seed.json").write_text(json.dumps(seed_of(pki.cards)), encoding="utf-8")
    settings: dict[str, Any] = {
        "database_url": pki.databases.url(folder),
        "files_dir": str(folder / "files"),
        "origin": f"https://127.0.0.1:{port}",
        "port": port,
        "tls_cert": str(pki.authority.tls_certificate_file),
        "tls_key": str(pki.authority.tls_key_file),
        "seal_cert": str(pki.authority.seal_certificate_file),
        "seal_key": str(pki.authority.seal_key_file),
        "trust_dir": str(pki.authority.trust_dir),
        "seed": str(folder / "seed.json"),
    }
    return ServerConfig(**{**settings, **changes})


@contextmanager
def running_server(pki: Pki, folder: Path, **changes: Any) -> Iterator[Running]:
    """A server on the database and files of `folder`, which may have been another server's before."""
    folder.mkdir(exist_ok=True)
    clock = Clock()
    with socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # clients wait from now on, not for the first moment of uvicorn
        config = config_in(folder, pki, listening.getsockname()[1], **changes)
        app = create_app(config, clock.now)
        server = make_server(config, app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        running = Running(config.origin, pki.authority.tls_ca_file, config, clock, app)
        try:
            yield running
        finally:
            for client in running.clients:
                client.close()
            for _ in range(500):  # until the server has noticed: it leaves open sockets behind otherwise
                if not server.server_state.connections:
                    break
                time.sleep(0.01)
            server.should_exit = True
            thread.join()


class Client:
    """Raw requests with a session token, or without."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = str(running.ca_file)
        self.token = ""
        self.device = DeviceKey.new()

    def send(self, method: str, path: str, **how: Any) -> requests.Response:
        token = self.token or None
        proof = self.device.proof(method, self.running.origin + path, self.running.clock.now(), token)
        headers = {"DPoP": proof, **({"Authorization": f"DPoP {token}"} if token else {}), **how.pop("headers", {})}
        url = (self.running.address or self.running.origin) + path
        with self.http.request(method, url, headers=headers, timeout=60, **how) as answer:
            answer.content  # noqa: B018 — read to the end, then the connection is free
            return answer

    def close(self) -> None:
        """Now. (By itself urllib3 closes a connection when the last answer that came over it is forgotten.)"""
        for adapter in self.http.adapters.values():
            pools = adapter.poolmanager.pools  # type: ignore[attr-defined]
            for key in pools.keys():  # noqa: SIM118 — no dict
                pools[key].close()
        self.http.close()

    def challenge(self) -> dict[str, Any]:
        return self.send("POST", "/v1/auth/challenge").json()  # type: ignore[no-any-return]

    def log_in(
        self,
        card: Issued,
        *,
        challenge: dict[str, Any] | None = None,
        origin: str = "",
        changes: dict[str, Any] | None = None,
    ) -> requests.Response:
        challenge = challenge or self.challenge()
        token = {**web_eid_token(card, origin or self.running.origin, challenge["nonce"]), **(changes or {})}
        answer = self.send("POST", "/v1/auth/login", json={"challenge_id": challenge["challenge_id"], "token": token})
        if answer.ok:
            self.token = answer.json()["session_token"]
        return answer

    def put(self, data: bytes, name: str = "") -> str:
        """Uploads; the file's SHA-256."""
        digest = name or sha256(data).hexdigest()
        self.send("PUT", f"/v1/blobs/{digest}", data=data).raise_for_status()
        return digest

    def operate(
        self, object_id: str, base_revision: int, payload: dict[str, Any], operation_id: str = ""
    ) -> requests.Response:
        operation = {
            "operation_id": operation_id or uuid4().hex,
            "object_id": object_id,
            "base_revision": base_revision,
            "payload": payload,
        }
        return self.send("POST", "/v1/ops", json=operation)

    def do(self, object_id: str, base_revision: int, **payload: Any) -> dict[str, Any]:
        """The contract as the answer shows it; fails where the server refuses."""
        answer = self.operate(object_id, base_revision, payload)
        assert answer.ok, answer.text
        return answer.json()["case"]["contracts"][0]  # type: ignore[no-any-return]

    def register(self, *contractors: str, number: str = "2026-83-0153") -> str:
        """A new case; its identifier."""
        case_id = uuid4().hex
        answer = self.operate(case_id, 0, registration(*contractors, number=number))
        assert answer.ok, answer.text
        return case_id


def registration(*contractors: str, number: str = "2026-83-0153") -> dict[str, Any]:
    return {
        "kind": "case.register",
        "number": number,
        "title": "令和8年度 国道20号〇〇橋補修工事",
        "case_kind": "works",
        "place": "東京都八王子市",
        "contractor_ids": list(contractors or (CONTRACTOR.organization_id,)),
        "amount": 148_500_000,
        "tax": 13_500_000,
        "term_from": None,
        "term_to": "2027-03-26",
    }


def web_eid_token(card: Issued, origin: str, nonce: str) -> dict[str, Any]:
    value = sha256(origin.encode()).digest() + sha256(nonce.encode()).digest()
    if isinstance(card.key, rsa.RSAPrivateKey):
        name, signature = "RS256", card.key.sign(value, padding.PKCS1v15(), hashes.SHA256())
    else:
        name = "ES256"
        r, s = decode_dss_signature(card.key.sign(value, ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return {
        "unverifiedCertificate": b64encode(card.der).decode(),
        "algorithm": name,
        "signature": b64encode(signature).decode(),
        "format": "web-eid:1.0",
        "appVersion": "test/1",
    }


def problem_of(answer: requests.Response) -> tuple[int, str]:
    """(status, error code)."""
    return answer.status_code, answer.json()["error"]["code"]
