"""Where the local store's key lives: the system's key store; for a practice profile, which says so, a file.

Never a backend that only pretends: without a Secret Service, `keyring` may silently pick one that writes plain text, so ours are
taken by name and no plug-in is asked.
"""

from __future__ import annotations

import os
import secrets
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Protocol, TypeVar

from econtract_core.rules.errors import KeyStoreUnavailable, StoreUnreadable
from econtract_desktop.store.disk import disk_error, one_at_a_time, private_folder, sync_folder

T = TypeVar("T")

DATABASE = "store.db"
KEY_BYTES = 32
_KEY_FILE = "store.key"
_LOCK_FILE = "store.lock"
_SERVICE = "econtract-desktop"
_PATIENCE = 30.0  # seconds; the system may ask the person to unlock its key store
_ALLOWED = {
    "win32": (("keyring.backends.Windows", "WinVaultKeyring"),),
    "darwin": (("keyring.backends.macOS", "Keyring"),),
    "linux": (("keyring.backends.SecretService", "Keyring"), ("keyring.backends.kwallet", "DBusKeyring")),
}


class KeyStore(Protocol):
    """What is used of a keyring backend. May raise anything."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...


class KeyringKeys:
    """`ports.store.Keys` in the system's key store (Windows Credential Manager, macOS Keychain, Secret Service, KWallet)."""

    def __init__(self, profile: Path, key_store: KeyStore | None = None) -> None:
        """`key_store`: None finds this system's."""
        self._profile = profile
        self._key_store = key_store
        # A key per profile folder: two profiles of one user never share one.
        self._name = "store-" + sha256(str(profile.resolve()).encode()).hexdigest()[:32]

    def store_key(self) -> bytes:
        """See the port. Raises StoreUnreadable where a store is there but its key is gone: a new key could not open it, and
        would stand in the way of the old one coming back."""
        key_store = self._key_store if self._key_store is not None else system_key_store()
        private_folder(self._profile)
        with one_at_a_time(self._profile / _LOCK_FILE, _PATIENCE):
            known = guarded(lambda: key_store.get_password(_SERVICE, self._name))
            if known is None:
                _refuse_new_key(self._profile)
                fresh = b64encode(secrets.token_bytes(KEY_BYTES)).decode()
                guarded(lambda: key_store.set_password(_SERVICE, self._name, fresh))
                known = guarded(lambda: key_store.get_password(_SERVICE, self._name))
                if known != fresh:
                    raise KeyStoreUnavailable("it did not keep the key", backend=_name(key_store))
            return _key(known, self._profile)


class FileKeys:
    """`ports.store.Keys` in a file beside the store, for practice profiles only: it protects from nobody who can read the disk."""

    def __init__(self, profile: Path) -> None:
        self._profile = profile

    def store_key(self) -> bytes:
        """See the port. Raises StoreUnreadable as `KeyringKeys` does, DiskFull, FileNotWritable."""
        private_folder(self._profile)
        path = self._profile / _KEY_FILE
        with one_at_a_time(self._profile / _LOCK_FILE, _PATIENCE):
            try:
                if not path.exists():
                    _refuse_new_key(self._profile)
                    _write_key(path, b64encode(secrets.token_bytes(KEY_BYTES)))
                return _key(path.read_text("ascii"), self._profile)
            except UnicodeDecodeError:
                raise StoreUnreadable("the key file is broken", path=str(path)) from None
            except OSError as problem:
                raise disk_error(problem, path) from None


def system_key_store() -> KeyStore:
    """This system's key store, if it is one that we trust. Raises KeyStoreUnavailable."""
    tried = []
    for module, name in _ALLOWED.get(sys.platform, ()):
        try:
            return guarded(partial(_load, module, name))
        except KeyStoreUnavailable:
            tried.append(module.rsplit(".", 1)[-1])
    raise KeyStoreUnavailable(backend=", ".join(tried) or sys.platform)


def _load(module: str, name: str) -> KeyStore:
    kind = getattr(import_module(module), name)
    kind.priority  # noqa: B018  (a property that raises where the backend cannot work)
    backend: KeyStore = kind()
    return backend


def guarded(call: Callable[[], T]) -> T:
    """The named guard for keyring, whose backends let the errors of D-Bus and pywin32 through. Raises KeyStoreUnavailable."""
    try:
        return call()
    except Exception as problem:  # noqa: BLE001
        raise KeyStoreUnavailable(str(problem)[:200], backend=type(problem).__module__.split(".")[0]) from None


def _refuse_new_key(profile: Path) -> None:
    path = profile / DATABASE
    if path.exists() and path.stat().st_size:
        raise StoreUnreadable("its key is gone", path=str(path))


def _key(text: str, profile: Path) -> bytes:
    try:
        key = b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise StoreUnreadable("its key is broken", path=str(profile / DATABASE))
    return key


def _write_key(path: Path, text: bytes) -> None:
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "wb") as file:  # noqa: PTH123  (a handle, not a path)
        file.write(text + b"\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def _name(key_store: KeyStore) -> str:
    return type(key_store).__name__
