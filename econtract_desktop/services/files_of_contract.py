"""A contract's files on this PC: fetched once, checked by their SHA-256 each time they are used."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from econtract_core.rules.errors import DocumentAltered, NotFound
from econtract_desktop.ports.progress import Progress
from econtract_desktop.ports.server import Server
from econtract_desktop.ports.signer import Verifier
from econtract_desktop.ports.store import Store

if TYPE_CHECKING:
    from econtract_core.messages.cases import ContractData, DocumentData

_BLOCK = 1 << 20


class FilesOfContract:
    def __init__(self, server: Server, store: Store, verifier: Verifier) -> None:
        self._server = server
        self._store = store
        self._verifier = verifier

    def fetch(self, contract: ContractData, sha256: str) -> Path:
        """The file with this SHA-256, from this PC or the server."""
        path = self._store.file(sha256)
        if path is None:
            place = self._store.file_place(sha256)
            self._server.download(contract.contract_id, sha256, place)
            path = self._store.file(sha256)
            if path is None:
                raise DocumentAltered(file=str(place), expected=sha256, found="")
        return path

    def fetch_current(self, contract: ContractData, document: DocumentData) -> Path:
        """A document's latest form. The server is not trusted: it must be the document as it was offered, with signatures and
        nothing else. Raises DocumentAltered."""
        path = self.fetch(contract, document.current_sha256)
        if document.current_sha256 != document.sha256:
            with path.open("rb") as stream:
                offered = _sha256_of(stream, document.size)
            problem = "" if offered == document.sha256 else "the offered bytes changed"
            problem = problem or self._verifier.additions(path, document.size)
            if problem:
                raise DocumentAltered(problem, file=document.title, expected=document.sha256, found=offered)
        return path

    def fetch_all(self, contract: ContractData, progress: Progress) -> dict[str, Path]:
        """Every document's latest form, by document id. Remembers what this version was, for comparing with the next. Raises
        DocumentAltered."""
        found = {}
        for i, document in enumerate(contract.documents):
            progress.step("download", i, len(contract.documents), document.title)
            found[document.document_id] = self.fetch_current(contract, document)
        self.remember(contract)
        return found

    def previous(self, contract: ContractData, document: DocumentData) -> Path | None:
        """The same document in the last version before this one that this PC has seen."""
        versions = self._versions(contract.contract_id)
        for version in sorted((v for v in versions if v < contract.version), reverse=True):
            sha256 = versions[version].get(document.document_id)
            if sha256 is not None:
                return self._store.file(sha256)
        return None

    def save(self, contract: ContractData, folder: Path) -> tuple[tuple[DocumentData, Path], ...]:
        """Write every document's latest form into `folder` under readable names; nothing that is there is overwritten with
        other bytes. Raises FileNotWritable, NotFound, DocumentAltered."""
        from econtract_desktop.services.plain_files import place_copy

        if not contract.documents:
            raise NotFound(wanted=contract.contract_id)
        saved = []
        for document in contract.documents:
            source = self.fetch_current(contract, document)
            saved.append((document, place_copy(source, folder / self.name_of(document))))
        return tuple(saved)

    def name_of(self, document: DocumentData) -> str:
        """Under which `save` writes it."""
        from econtract_desktop.services.plain_files import safe_name

        return safe_name(document.title) + (".pdf" if document.media_type == "application/pdf" else "")

    def remember(self, contract: ContractData) -> None:
        """What this version consists of, for comparing a later one with it."""
        versions = self._versions(contract.contract_id)
        versions[contract.version] = {d.document_id: d.sha256 for d in contract.documents}
        self._store.keep_setting(f"versions:{contract.contract_id}", json.dumps(versions))

    def _versions(self, contract_id: str) -> dict[int, dict[str, str]]:
        known = self._store.setting(f"versions:{contract_id}")
        return {int(version): files for version, files in json.loads(known).items()} if known else {}


def _sha256_of(stream: BinaryIO, length: int) -> str:
    """Of the first `length` bytes."""
    digest = hashlib.sha256()
    while length > 0 and (block := stream.read(min(length, _BLOCK))):
        digest.update(block)
        length -= len(block)
    return digest.hexdigest()
