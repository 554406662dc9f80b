"""econtract-server as a program: serve, migrate, check; and a database somebody has tampered with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from socket import socket
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from econtract_core.rules.errors import SettingsUnreadable
from econtract_server import app as program
from econtract_server.__main__ import main
from econtract_server.repository.tables import metadata
from tests.fakes.databases import everything, tamper
from tests.fakes.documents import plain
from tests.fakes.server_bench import Clock, Pki, Running, config_in, running_server
from tests.fakes.server_program import serving, written


def test_the_program_serves_and_remembers(server_pki: Pki, tmp_path: Path) -> None:
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        config = config_in(tmp_path, server_pki, free.getsockname()[1])
    file, ca_file = written(config, tmp_path), server_pki.authority.tls_ca_file
    running = Running(config.origin, ca_file, config, Clock(), None)
    with serving(file, config.origin, ca_file) as process:
        client = running.client(server_pki.cards["officer"])
        case_id = client.register()
        client.close()
        process.kill()  # not even asked nicely
    with serving(file, config.origin, ca_file):
        assert client.send("GET", f"/v1/cases/{case_id}").status_code == 200  # the session too
        client.close()
    assert main(["check", "--config", str(file)]) == 0


def test_it_does_not_serve_without_tls(server_pki: Pki, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = config_in(tmp_path, server_pki, 0, tls_cert="", tls_key="")
    assert main(["serve", "--config", str(written(config, tmp_path))]) == 1
    assert "ED-PC-1001" in capsys.readouterr().err


def test_a_migration_twice_is_once_and_makes_the_tables_we_use(server_pki: Pki, tmp_path: Path) -> None:
    config = config_in(tmp_path, server_pki, 0)
    file = written(config, tmp_path)
    assert [main(["migrate", "--config", str(file)]) for _ in range(2)] == [0, 0]
    engine = create_engine(config.database_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_a_database_of_an_unknown_version_is_left_alone(server_pki: Pki, tmp_path: Path) -> None:
    config = config_in(tmp_path, server_pki, 0)
    program.migrate(config)
    tamper(config.database_url, "UPDATE alembic_version SET version_num = 'v9999'")
    with pytest.raises(SettingsUnreadable):
        program.migrate(config)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"users": [{"user_id": "u", "certificate_sha256": "0" * 64}]}, "display_name"),
        ({"organizations": []}, "unknown organisations"),
        ({"organizations": [{"organization_id": "o"}]}, "side"),
        ({"surprise": 1, "users": [{"x": 1}]}, "certificate_sha256"),
    ],
)
def test_a_seed_that_is_wrong_is_named(server_pki: Pki, tmp_path: Path, change: dict[str, Any], problem: str) -> None:
    config = config_in(tmp_path, server_pki, 0)
    seed = Path(config.seed)
    seed.write_text(json.dumps({**json.loads(seed.read_text(encoding="utf-8")), **change}), encoding="utf-8")
    with pytest.raises(SettingsUnreadable) as caught:
        program.create_app(config)
    assert problem in str(caught.value.facts["problem"])


def test_a_seed_never_moves_a_certificate_to_somebody_else(server_pki: Pki, tmp_path: Path) -> None:
    config = config_in(tmp_path, server_pki, 0)
    program.create_app(config).state.office.database.close()
    seed = Path(config.seed)
    data = json.loads(seed.read_text(encoding="utf-8"))
    data["users"][1]["user_id"] = "u-somebody"
    seed.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(SettingsUnreadable, match="u-somebody"):
        program.create_app(config)


# --- check


@pytest.fixture(scope="module")
def filled(server_pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server's folder after some business: three operations, one of them refused, and a file."""
    folder = tmp_path_factory.mktemp("filled")
    with running_server(server_pki, folder) as running:
        officer = running.client(server_pki.cards["officer"])
        case_id = officer.register()
        assert officer.operate(f"{case_id}-C0", 9, {"kind": "contract.act", "action": "withdraw"}).status_code == 412
        files = [{"document_id": "d1", "title": "x", "sha256": officer.put(plain())}]
        officer.do(f"{case_id}-C0", 0, kind="contract.offer", files=files)
    return folder


@pytest.fixture
def config(filled: Path, server_pki: Pki, tmp_path: Path) -> Any:
    shutil.copytree(filled, tmp_path / "copy", ignore=shutil.ignore_patterns("server.db*"))
    server_pki.databases.copy(filled, tmp_path / "copy")
    return config_in(tmp_path / "copy", server_pki, 1)


def test_all_is_well_and_checking_changes_nothing(config: Any) -> None:
    before = everything(config.database_url)
    for _ in range(2):
        found = program.check(config)
        assert found["ok"], found
    assert (found["files"], found["audit_broken_at"]) == (1, None)
    assert everything(config.database_url) == before


FORGED = "0" * 64


@pytest.mark.parametrize(
    ("statements", "row"),
    [
        (["UPDATE audit SET user_id = 'u-yamada' WHERE number = 2"], 2),
        (["UPDATE audit SET at = '2020-01-01T00:00:00+00:00' WHERE number = 1"], 1),
        (["UPDATE audit SET status = 200 WHERE number = 2"], 2),
        ([f"UPDATE audit SET previous = '{FORGED}' WHERE number = 3"], 3),
        (["DELETE FROM audit WHERE number = 2"], 2),
        (["DELETE FROM audit WHERE number = 3"], 3),  # the end is cut off
        (
            [
                "DELETE FROM audit WHERE number = 3",
                "DELETE FROM operation WHERE operation_id NOT IN (SELECT operation_id FROM audit)",
            ],
            3,
        ),
        (["DELETE FROM audit"], 1),
        (["DELETE FROM audit", "DELETE FROM operation", "DELETE FROM audit_head"], 1),
        (["UPDATE operation SET answer = replace(answer, '2026-83-0153', '2026-83-0154')"], 1),
        (["DELETE FROM operation WHERE status = 412"], 2),
        (["UPDATE operation SET user_id = 'u-yamada' WHERE status = 412"], 2),
        (["INSERT INTO operation VALUES ('x', 'u-sato', 'b', 200, '{}')"], 4),
    ],
)
def test_a_log_that_was_tampered_with(config: Any, statements: list[str], row: int) -> None:
    tamper(config.database_url, *statements)
    found = program.check(config)
    assert (found["ok"], found["audit_broken_at"]) == (False, row)


def test_files_that_are_missing_or_altered_or_nobodys(config: Any, capsys: pytest.CaptureFixture[str]) -> None:
    name = sha256(plain()).hexdigest()
    path = Path(config.files_dir) / name[:2] / name
    path.write_bytes(plain() + b" ")
    assert program.check(config)["altered"] == [name]
    path.unlink()
    assert main(["check", "--config", str(written(config, Path(config.files_dir).parent))]) == 1
    assert json.loads(capsys.readouterr().out)["missing"] == [name]
    path.write_bytes(plain())
    tamper(config.database_url, "DELETE FROM blob")
    assert program.check(config)["unrecorded"] == [name]


def test_a_checked_copy_still_serves(config: Any, server_pki: Pki) -> None:
    folder = Path(config.files_dir).parent
    checks: list[Callable[[], Any]] = [lambda: program.check(config)]
    with running_server(server_pki, folder) as running:
        officer = running.client(server_pki.cards["officer"])
        officer.register(number="2")
        assert [check()["ok"] for check in checks] == [True]  # also while it serves
