"""The parties of a contract at their desks before a real server, with real signatures and timestamps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from econtract_desktop.api.http import RequestsHttp
from econtract_desktop.crypto.installed_trust import InstalledTrust
from econtract_desktop.crypto.pades.signer import PadesSigner
from econtract_desktop.crypto.timestamps import HttpTimestamper
from econtract_desktop.ports.signer import SignOptions
from tests.fakes.documents import plain
from tests.fakes.key_card import KeyCard
from tests.fakes.pki import Issued
from tests.fakes.revocation import KnownIssuers
from tests.fakes.server_bench import Client, Pki, Running


@dataclass
class Desk:
    """The parties at their desks, and a signer with the practice timestamp service."""

    pki: Pki
    officer: Client
    contractor: Client
    signer: PadesSigner
    folder: Path

    def sign(self, data: bytes, who: str | Issued = "contractor", level: str = "B-T") -> bytes:
        card = self.pki.cards[who] if isinstance(who, str) else who
        source, output = self.folder / f"{uuid4().hex}.pdf", self.folder / f"{uuid4().hex}.pdf"
        source.write_bytes(data)
        self.signer.sign(source, output, KeyCard(card), SignOptions(level=level))
        return output.read_bytes()

    def offered(self, *contractors: str, documents: tuple[bytes, ...] = ()) -> str:
        """A contract under review; its identifier."""
        contract_id = f"{self.officer.register(*contractors, number=uuid4().hex)}-C0"
        files = [
            {"document_id": f"d{n}", "title": f"契約書{n}", "sha256": self.officer.put(data)}
            for n, data in enumerate(documents or (plain(),), 1)
        ]
        self.officer.do(contract_id, 0, kind="contract.offer", files=files)
        self.contractor.do(contract_id, 1, kind="contract.act", action="review")
        return contract_id

    def submit(self, contract_id: str, data: bytes, revision: int = 2, **how: Any) -> requests.Response:
        """The contractor hands in this file as the signed d1."""
        return hand_in(self.contractor, contract_id, revision, "sign", {"d1": data}, **how)


def hand_in(
    client: Client, contract_id: str, revision: int, action: str, files: dict[str, bytes], operation_id: str = ""
) -> requests.Response:
    named = {document_id: client.put(data) for document_id, data in files.items()}
    payload = {"kind": "contract.sign", "action": action, "files": named}
    return client.operate(contract_id, revision, payload, operation_id)


@contextmanager
def desk_in(running: Running, pki: Pki, folder: Path) -> Iterator[Desk]:
    http = RequestsHttp()
    trust = InstalledTrust(pki.authority.trust_dir)
    timestamper = HttpTimestamper(http, (pki.responder.tsa_url,), trust)
    signer = PadesSigner(timestamper, KnownIssuers(pki.authority.issuing_der))
    officer, contractor = (running.client(pki.cards[who]) for who in ("officer", "contractor"))
    yield Desk(pki, officer, contractor, signer, folder)
    http.close()
