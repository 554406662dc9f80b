"""Passwords of network services in the system's key store (Windows Credential Manager, Secret Service …)."""

from __future__ import annotations

from econtract_desktop.store.keys import KeyStore, guarded, system_key_store

_SERVICE = "econtract-desktop services"


class KeyringPasswords:
    """`ports.timestamps.Passwords`. Any thread."""

    def __init__(self, key_store: KeyStore | None = None) -> None:
        """`key_store`: None finds this system's."""
        self._key_store = key_store

    def password(self, service: str, user: str) -> str | None:
        return guarded(lambda: self._store().get_password(_SERVICE, f"{user}@{service}"))

    def keep(self, service: str, user: str, password: str) -> None:
        guarded(lambda: self._store().set_password(_SERVICE, f"{user}@{service}", password))

    def _store(self) -> KeyStore:
        return self._key_store if self._key_store is not None else system_key_store()
