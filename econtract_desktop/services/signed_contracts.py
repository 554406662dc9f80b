"""Contracts whose signatures are made and not yet sent: remembered, so that the sending goes on by itself."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from econtract_desktop.ports.store import Store

_NAME = "signed-contracts"


@dataclass(frozen=True)
class SignedFile:
    """One document of a contract with its signature. `offered`: the SHA-256 of what was signed. `signed_at`: this PC's clock.
    `proven_at`: the timestamp, None while it waits."""

    document_id: str
    title: str
    offered: str
    file: Path
    signed_at: datetime
    proven_at: datetime | None


@dataclass(frozen=True)
class Signed:
    """`job`: of the signing run. `action`: sign or countersign. `certificate`: SHA-256 (hex) of the signer's. `refused`: the code of the server's final
    no, "" where there was none."""

    contract_id: str
    case: str  # its title
    job: str
    action: str
    certificate: str
    files: tuple[SignedFile, ...]
    refused: str = ""

    @property
    def whole(self) -> bool:
        """Every file is still where it was put."""
        return all(file.file.is_file() for file in self.files)


class SignedContracts:
    """In the encrypted store; one record for each contract. Raises what the store raises."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> tuple[Signed, ...]:
        """In the order they were signed."""
        return tuple(_signed(row) for row in json.loads(self._store.setting(_NAME) or "[]"))

    def of(self, contract_id: str) -> Signed | None:
        """Of this contract."""
        return next((signed for signed in self.all() if signed.contract_id == contract_id), None)

    def keep(self, signed: Signed) -> None:
        """Durable; what was kept of this contract before is forgotten."""
        self._write([s for s in self.all() if s.contract_id != signed.contract_id] + [signed])

    def proven(self, signed: Signed, file: Path, at: datetime) -> Signed:
        """A file has its timestamp."""
        files = tuple(replace(f, proven_at=at) if f.file == file else f for f in signed.files)
        signed = replace(signed, files=files)
        self.keep(signed)
        return signed

    def forget(self, contract_id: str) -> None:
        """It was sent, or is worth nothing any more."""
        self._write([s for s in self.all() if s.contract_id != contract_id])

    def _write(self, rows: list[Signed]) -> None:
        self._store.keep_setting(_NAME, json.dumps([_plain(row) for row in rows], ensure_ascii=False) if rows else None)


def _plain(signed: Signed) -> dict[str, object]:
    files = [
        {
            **asdict(file),
            "file": str(file.file),
            "signed_at": file.signed_at.isoformat(),
            "proven_at": file.proven_at.isoformat() if file.proven_at else None,
        }
        for file in signed.files
    ]
    return {**asdict(signed), "files": files}


def _signed(row: dict[str, object]) -> Signed:
    files = row["files"]
    assert isinstance(files, list)
    known = {**row, "files": tuple(_file(file) for file in files)}
    return Signed(**known)  # type: ignore[arg-type]


def _file(row: dict[str, str | None]) -> SignedFile:
    proven, signed = row["proven_at"], str(row["signed_at"])
    return SignedFile(
        document_id=str(row["document_id"]),
        title=str(row["title"]),
        offered=str(row["offered"]),
        file=Path(str(row["file"])),
        signed_at=datetime.fromisoformat(signed),
        proven_at=datetime.fromisoformat(proven) if proven else None,
    )
