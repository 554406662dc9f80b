"""The configuration file: what is wrong is told before anything is served."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from econtract_core.rules.errors import SettingsUnreadable
from econtract_server.config import ServerConfig, load

GOOD: dict[str, Any] = {
    "database_url": "sqlite:///x.db",
    "files_dir": "files",
    "origin": "https://server.test:8443",
    "trust_dir": "trust",
}


def _file(folder: Path, **changes: Any) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps({**GOOD, **changes}), encoding="utf-8")
    return path


def test_paths_are_taken_from_the_files_folder(tmp_path: Path) -> None:
    config = load(_file(tmp_path, tls_cert="/etc/tls.pem", seed=""))
    assert config.files_dir == str(tmp_path.resolve() / "files")
    assert (config.tls_cert, config.seed) == (str(Path("/etc/tls.pem").resolve()), "")
    assert (config.challenge_seconds, config.session_idle_seconds, config.session_seconds) == (300, 1_800, 28_800)


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "http://server.test"},
        {"origin": "https://server.test/"},
        {"origin": "https://Server.test"},  # clients sign it in lower case
        {"origin": "https://server.test\n"},
        {"port": "8443"},
        {"port": True},
        {"port": -1},
        {"session_seconds": 0},
        {"revocation_required": "no"},
        {"surprise": 1},
        {"trust_dir": None},
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(SettingsUnreadable) as caught:
        load(_file(tmp_path, **changes))
    assert caught.value.facts["path"] == str(tmp_path / "config.json")
    assert next(iter(changes)) in str(caught.value.facts["problem"])


@pytest.mark.parametrize("text", ["", "[]", "{", '{"port": 1}'])
def test_a_file_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsUnreadable):
        load(tmp_path / "config.json")
    with pytest.raises(SettingsUnreadable):
        load(tmp_path / "nowhere.json")


def test_nothing_is_served_without_tls_but_tests_on_loopback() -> None:
    plain = ServerConfig(**GOOD)
    replace(plain, tls_cert="a", tls_key="b", host="0.0.0.0").check_tls()
    replace(plain, insecure_for_tests=True).check_tls()
    for config in (
        plain,
        replace(plain, insecure_for_tests=True, host="0.0.0.0"),
        replace(plain, insecure_for_tests=True, host="192.0.2.1"),
        replace(plain, tls_cert="a"),
        replace(plain, tls_key="b", insecure_for_tests=True),
    ):
        with pytest.raises(SettingsUnreadable):
            config.check_tls()
