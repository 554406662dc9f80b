"""Where the store's key lives."""

from __future__ import annotations

import os
import sys
import threading
from base64 import b64decode
from pathlib import Path

import pytest

from econtract_core.rules.errors import KeyStoreUnavailable, StoreUnreadable
from econtract_desktop.ports.store import Keys
from econtract_desktop.store.keys import FileKeys, KeyringKeys, system_key_store
from econtract_desktop.store.store import open_store


class Memory:
    """A key store in memory, as keyring's backends look."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[(service, username)] = password


class Locked(Memory):
    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError("the collection is locked")  # backends let any error through


class Forgetful(Memory):
    def set_password(self, service: str, username: str, password: str) -> None:
        pass


@pytest.fixture(params=["file", "keyring"])
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> Keys:
    profile = tmp_path / "profile"
    return FileKeys(profile) if request.param == "file" else KeyringKeys(profile, Memory())


def test_a_key_is_made_once(keys: Keys) -> None:
    key = keys.store_key()
    assert len(key) == 32
    assert keys.store_key() == key


def test_no_new_key_is_made_over_a_store(keys: Keys, tmp_path: Path) -> None:
    """It could not open it, and would hide that the old one is missing."""
    (tmp_path / "profile").mkdir()
    (tmp_path / "profile" / "store.db").write_bytes(b"encrypted")
    with pytest.raises(StoreUnreadable):
        keys.store_key()
    assert not (tmp_path / "profile" / "store.key").exists()


def test_many_ask_at_once_and_get_the_same(keys: Keys) -> None:
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(keys.store_key())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_store_opens_with_it_again(keys: Keys, tmp_path: Path) -> None:
    for expected in (None, "1"):
        store, _ = open_store(tmp_path / "profile", keys)
        assert store.setting("a") == expected
        store.keep_setting("a", "1")
        store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="rights are lists there")
def test_the_key_file_is_its_users_alone(tmp_path: Path) -> None:
    FileKeys(tmp_path / "profile").store_key()
    file = tmp_path / "profile" / "store.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("content", [b"", b"x", b"AAAA\n", "鍵".encode()])
def test_a_broken_key_file_is_named_and_stays(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "store.key").write_bytes(content)
    with pytest.raises(StoreUnreadable):
        FileKeys(tmp_path).store_key()
    assert (tmp_path / "store.key").read_bytes() == content


def test_two_profiles_never_share_a_key(tmp_path: Path) -> None:
    memory = Memory()
    a, b = (KeyringKeys(tmp_path / name, memory).store_key() for name in "ab")
    assert a != b
    assert len(memory.kept) == 2
    assert all(len(b64decode(text)) == 32 and len(text) < 200 for text in memory.kept.values())


@pytest.mark.parametrize("key_store", [Locked(), Forgetful()])
def test_a_key_store_that_refuses_is_named(tmp_path: Path, key_store: Memory) -> None:
    with pytest.raises(KeyStoreUnavailable):
        KeyringKeys(tmp_path, key_store).store_key()


@pytest.mark.skipif(
    sys.platform != "linux" or "DBUS_SESSION_BUS_ADDRESS" in os.environ, reason="there may be a key store here"
)
def test_without_a_key_store_nothing_is_written_in_plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    with pytest.raises(KeyStoreUnavailable):
        system_key_store()
    with pytest.raises(KeyStoreUnavailable):
        KeyringKeys(tmp_path / "profile").store_key()
    assert not (tmp_path / "profile").exists()
