"""The port SigningJournals: one append-only file for each job in `PROFILE/signing`, readable by its owner only.

A line is `CHECKSUM JSON` (SHA-256 of the JSON, first 16 hex digits), and the JSON has the line's number, so that none can go missing or
change places. A last line that a crash cut short is taken away; damage before a good line is told and touched by nobody.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from econtract_core.rules.errors import FileNotWritable, StoreUnreadable
from econtract_desktop.ports.card import CardSignature
from econtract_desktop.ports.signer import SignedDocument, State
from econtract_desktop.ports.signing_journal import Fate
from econtract_desktop.store.disk import disk_error, held, private_folder, sync_folder

_JOB = re.compile(r"[0-9a-f]{16,64}")
_FORMAT = 1
_CHECKSUM = 16
_LARGEST = 256 << 20  # bytes; a signature takes about 1 KB


class FileSigningJournals:
    """The port SigningJournals. Thread-safe; several processes may use one folder."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made when the first journal is."""
        self._folder = folder

    def open(self, job: str, *, anew: bool = False) -> FileSigningJournal:
        if not _JOB.fullmatch(job):
            raise ValueError("not a job's name")  # a defect: the name becomes a file's
        private_folder(self._folder)
        path = self._folder / f"{job}.journal"
        lock = held(path.with_suffix(".lock"))
        try:
            if anew:
                path.unlink(missing_ok=True)
            return FileSigningJournal(path, job, lock)
        except OSError as problem:
            os.close(lock)
            raise disk_error(problem, path) from None
        except BaseException:
            os.close(lock)
            raise


class FileSigningJournal:
    """The port SigningJournal."""

    def __init__(self, path: Path, job: str, lock: int) -> None:
        """`lock` is held until `close`."""
        self._path = path
        self._lock: int | None = lock
        self._writing = threading.Lock()
        self._syncing = threading.Lock()
        self._fates: dict[str, Fate] = {}
        self._certificate: bytes | None = None
        found = _read(path)
        records, whole = _records(path, found)
        if records and (records[0].get("job"), records[0].get("format")) != (job, _FORMAT):
            raise StoreUnreadable(path=str(path))
        self._lines = len(records)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._file = os.open(path, flags, 0o600)
        self._size = self._durable = whole
        try:
            if len(found) > whole:  # a line that a crash cut short
                os.ftruncate(self._file, whole)
            for record in records:
                self._learn(record)
            self.resumed = bool(records)
            if not records:
                self._append({"step": "begun", "format": _FORMAT, "job": job}, durable=True)
                sync_folder(path.parent)
        except BaseException:
            os.close(self._file)
            raise

    @property
    def certificate(self) -> bytes | None:
        return self._certificate

    def fate(self, document: str) -> Fate:
        return self._fates.get(document, Fate())

    def signer(self, certificate: bytes) -> None:
        self._append({"step": "signer", "certificate": base64.b64encode(certificate).decode()}, durable=True)

    def asked(self, document: str, sources: Mapping[str, str], when: datetime) -> None:
        # Not made durable: what a power cut takes away here is a count, and the card waits for nobody's disk.
        self._append({"step": "asked", "document": document, "sources": dict(sources), "when": when.isoformat()})

    def refused(self, document: str) -> None:
        self._append({"step": "refused", "document": document})

    def signed(self, document: str, signature: CardSignature) -> None:
        value = base64.b64encode(signature.value).decode()
        record: dict[str, object] = {"step": "signed", "document": document, "value": value}
        self._append({**record, "algorithm": signature.algorithm}, durable=True)

    def publishing(self, document: str, made: SignedDocument) -> None:
        self._append({"step": "publishing", "document": document, "made": _plain(made)}, durable=True)

    def in_place(self, document: str) -> None:
        self._append({"step": "in-place", "document": document})

    def verified(self, document: str) -> None:
        self._append({"step": "verified", "document": document})

    def finish(self) -> None:
        with self._writing:
            if self._lock is None:
                return
            if os.name == "posix":  # elsewhere an open file stays
                self._remove()
                self._close()
            else:
                os.close(self._file)
                self._file = -1
                self._remove()
                self._close()

    def close(self) -> None:
        with self._writing:
            self._close()

    def _remove(self) -> None:
        try:
            self._path.unlink(missing_ok=True)
            sync_folder(self._path.parent)
        except OSError as problem:
            raise disk_error(problem, self._path) from None
        with contextlib.suppress(OSError):  # others hold it open on Windows: then it is theirs to remove
            self._path.with_suffix(".lock").unlink()

    def _close(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1
            os.close(lock)

    def _append(self, record: dict[str, object], *, durable: bool = False) -> None:
        with self._writing:
            if self._file < 0:
                raise FileNotWritable(path=str(self._path), problem="closed")
            line = _line({"n": self._lines, **record})
            try:
                written = 0
                while written < len(line):
                    written += os.write(self._file, line[written:])
            except OSError as problem:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._file, self._size)
                raise disk_error(problem, self._path) from None
            self._lines, self._size = self._lines + 1, self._size + len(line)
            size = self._size
            self._learn(record)
        if durable:
            self._make_durable(size)

    def _make_durable(self, size: int) -> None:
        """Whoever waits while another's flush is under way may find its own bytes flushed by it."""
        with self._syncing:
            if self._durable >= size:
                return
            known = self._size
            try:
                os.fsync(self._file)
            except OSError as problem:
                raise disk_error(problem, self._path) from None
            self._durable = known

    def _learn(self, record: dict[str, Any]) -> None:
        step = record["step"]
        if step == "signer":
            self._certificate = base64.b64decode(record["certificate"])
        if "document" in record:
            name = record["document"]
            self._fates[name] = _after(self._fates.get(name, Fate()), step, record)


def _after(fate: Fate, step: str, record: dict[str, Any]) -> Fate:
    """What is known after one more line. An unknown step of a later version changes nothing."""
    if step == "asked":
        when = datetime.fromisoformat(record["when"])
        return replace(fate, sources=record["sources"], when=when, asked=fate.asked + 1)
    if step == "refused":
        return replace(fate, asked=fate.asked - 1)
    if step == "signed":
        signature = CardSignature(base64.b64decode(record["value"]), record["algorithm"])
        return replace(fate, signature=signature)
    if step == "publishing":
        return replace(fate, published=(*fate.published, _document(record["made"])), in_place=False, verified=False)
    if step == "in-place":
        return replace(fate, in_place=True)
    return replace(fate, verified=True) if step == "verified" else fate


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            found = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return b""
    if len(found) > _LARGEST:
        raise StoreUnreadable(path=str(path))
    return found


def _records(path: Path, data: bytes) -> tuple[list[dict[str, Any]], int]:
    """(records, bytes they take). Raises StoreUnreadable where something good follows damage: a crash leaves damage only at the
    end."""
    records: list[dict[str, Any]] = []
    whole = 0
    lines = data.split(b"\n")[:-1]
    for line in lines:
        if not _is_good(line) or (record := json.loads(line[_CHECKSUM + 1 :])).get("n") != len(records):
            break
        records.append(record)
        whole += len(line) + 1
    if any(_is_good(line) for line in lines[len(records) :]):
        raise StoreUnreadable(path=str(path))
    return records, whole


def _line(record: dict[str, object]) -> bytes:
    body = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
    return _checksum(body) + b" " + body + b"\n"


def _is_good(line: bytes) -> bool:
    body = line[_CHECKSUM + 1 :]
    return line[: _CHECKSUM + 1] == _checksum(body) + b" "


def _checksum(body: bytes) -> bytes:
    return sha256(body).hexdigest()[:_CHECKSUM].encode()


def _plain(made: SignedDocument) -> dict[str, object]:
    return {
        "inputs": [str(path) for path in made.inputs],
        "output": str(made.output),
        "format": made.format,
        "level": made.level,
        "sha256": made.sha256,
        "size": made.size,
        "signed_at": made.signed_at.isoformat(),
        "timestamp": made.timestamp.isoformat() if made.timestamp else None,
        "state": made.state.value,
    }


def _document(plain: dict[str, Any]) -> SignedDocument:
    return SignedDocument(
        inputs=tuple(Path(path) for path in plain["inputs"]),
        output=Path(plain["output"]),
        format=plain["format"],
        level=plain["level"],
        sha256=plain["sha256"],
        size=plain["size"],
        signed_at=datetime.fromisoformat(plain["signed_at"]),
        timestamp=datetime.fromisoformat(plain["timestamp"]) if plain["timestamp"] else None,
        state=State(plain["state"]),
    )
