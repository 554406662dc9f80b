"""The encrypted database: keys, broken files, full disks, two users at once, and growing schemas."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from econtract_core.rules.errors import DiskFull, FileNotWritable, InternalError, StoreInUse, StoreUnreadable
from econtract_desktop.store.database import Database
from econtract_desktop.store.schema import MIGRATIONS

_KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = Database(path, _KEY)
    yield database
    database.close()


def _keep(database: Database, name: str, value: str) -> None:
    with database.write() as run:
        run("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", (name, value))


def _count(database: Database) -> int:
    return int(database.read("SELECT count(*) FROM setting")[0][0])


def test_nothing_readable_is_on_the_disk(database: Database, path: Path) -> None:
    _keep(database, "very-secret-name", "very-secret-value")
    database.close()
    for file in path.parent.iterdir():
        content = file.read_bytes()
        assert b"very-secret" not in content
        assert b"SQLite format 3" not in content
        assert file.stat().st_mode & 0o077 == 0


def test_it_is_durable_and_in_wal_mode(database: Database) -> None:
    assert database.read("PRAGMA journal_mode") == [("wal",)]
    assert database.read("PRAGMA synchronous") == [(2,)]
    assert database.read("PRAGMA foreign_keys") == [(1,)]


def test_the_wrong_key_opens_nothing_and_harms_nothing(database: Database, path: Path) -> None:
    _keep(database, "a", "1")
    with pytest.raises(StoreUnreadable) as caught:
        Database(path, bytes(32))
    assert caught.value.facts["path"] == str(path)
    database.close()
    before = path.read_bytes()
    with pytest.raises(StoreUnreadable):
        Database(path, bytes(32))
    assert path.read_bytes() == before
    again = Database(path, _KEY)
    assert _count(again) == 1
    again.close()


@pytest.mark.parametrize("where", [0, 100, 5000, -100])
def test_a_broken_file_is_found_at_once_and_left_as_it_is(database: Database, path: Path, where: int) -> None:
    for i in range(50):
        _keep(database, str(i), "x" * 500)
    database.close()
    content = bytearray(path.read_bytes())
    content[where] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreUnreadable):
        Database(path, _KEY)
    assert path.read_bytes() == bytes(content)


def test_a_file_cut_short_is_found(database: Database, path: Path) -> None:
    for i in range(50):
        _keep(database, str(i), "x" * 500)
    database.close()
    path.write_bytes(path.read_bytes()[: 3 * 4096])
    with pytest.raises(StoreUnreadable):
        Database(path, _KEY)


def test_a_full_disk_is_named_and_what_was_there_stays(database: Database) -> None:
    _keep(database, "a", "1")
    (pages,) = database.read("PRAGMA page_count")[0]
    database.read(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(DiskFull):
        _keep(database, "b", "x" * 100_000)
    assert database.read("SELECT name, value FROM setting") == [("a", "1")]
    database.read("PRAGMA max_page_count = 100000")
    _keep(database, "b", "2")
    assert _count(database) == 2


def _fail_in_the_middle(database: Database) -> None:
    with database.write() as run:
        run("INSERT INTO setting VALUES ('a', '1')")
        raise ZeroDivisionError


def test_a_failed_block_is_undone(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        _fail_in_the_middle(database)
    assert _count(database) == 0
    _keep(database, "b", "2")
    assert _count(database) == 1


def test_a_wrong_statement_is_our_defect(database: Database) -> None:
    with pytest.raises(InternalError):
        database.read("SELECT * FROM nowhere")


def test_two_programs_write_in_turn(database: Database, path: Path) -> None:
    other = Database(path, _KEY)
    _keep(other, "a", "1")
    assert _count(database) == 1
    _keep(database, "b", "2")
    assert _count(other) == 2
    other.close()


def test_another_programs_transaction_is_waited_for_and_then_named(database: Database, path: Path) -> None:
    other = Database(path, _KEY, patience=0.1)
    with database.write() as run:
        run("INSERT INTO setting VALUES ('a', '1')")
        assert _count(other) == 0  # reading never waits
        with pytest.raises(StoreInUse):
            _keep(other, "b", "2")
    _keep(other, "b", "2")
    assert _count(database) == 2
    other.close()


def test_many_threads_use_one_database(database: Database) -> None:
    def work(number: int) -> None:
        for i in range(20):
            _keep(database, f"{number}-{i}", "x")
            database.read("SELECT count(*) FROM setting")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _count(database) == 80


def test_many_open_a_new_database_at_once(path: Path) -> None:
    opened: list[Database] = []

    def work() -> None:
        opened.append(Database(path, _KEY))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 6
    for database in opened:
        database.close()


def test_a_newer_programs_database_is_left_alone(database: Database, path: Path) -> None:
    database.read(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    database.close()
    with pytest.raises(StoreUnreadable, match="newer"):
        Database(path, _KEY)


def test_the_schema_has_its_version(database: Database) -> None:
    assert database.read("PRAGMA user_version") == [(len(MIGRATIONS),)]


def test_a_step_that_fails_leaves_the_version_before(database: Database, path: Path) -> None:
    _keep(database, "a", "1")
    database.close()
    bad = (*MIGRATIONS, ("CREATE TABLE fresh (a)", "CREATE TABLE setting (a)"))
    with pytest.raises(InternalError):
        Database(path, _KEY, migrations=bad)
    grown = Database(path, _KEY, migrations=(*MIGRATIONS, ("CREATE TABLE fresh (a)",)))
    assert grown.read("PRAGMA user_version") == [(len(MIGRATIONS) + 1,)]
    assert _count(grown) == 1
    grown.close()


def test_the_key_is_in_no_trace(path: Path) -> None:
    heard: list[str] = []
    Database(path, _KEY, trace=heard.append).close()
    assert heard
    assert not [statement for statement in heard if "key" in statement.lower() and _KEY.hex() in statement]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "store.db").mkdir()
    with pytest.raises(FileNotWritable) as caught:
        Database(tmp_path / "store.db", _KEY)
    assert caught.value.facts["path"] == str(tmp_path / "store.db")
