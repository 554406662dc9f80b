"""The port Store: what holds for the fake and for the encrypted database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from econtract_core.rules.errors import FileNotReadable
from econtract_desktop.ports.store import KeptCase, KeptReceipt, Store
from econtract_desktop.store.store import open_store
from tests.fakes.store import FakeKeys, FakeStore

_NOW = datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC)


@pytest.fixture(params=["fake", "real"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "fake":
        yield FakeStore(tmp_path / "profile")
        return
    store, _ = open_store(tmp_path / "profile", FakeKeys())
    yield store
    store.close()


def _case(case_id: str = "c1", number: str = "2026-83-0153", data: str = "{}") -> KeptCase:
    return KeptCase(case_id, number, "令和8年度 国道20号〇〇橋補修工事", data, _NOW)


def test_an_empty_store_knows_nothing(store: Store) -> None:
    assert store.cases() == ()
    assert store.case("c1") is None
    assert store.setting("who") is None
    assert store.file("0" * 64) is None


def test_a_case_comes_back_as_it_was_by_identifier_and_by_number(store: Store) -> None:
    store.keep_cases((_case(),))
    assert store.cases() == (_case(),)
    assert store.case("c1") == store.case("2026-83-0153") == _case()
    assert store.case("c") is None


def test_cases_are_in_the_order_of_their_numbers(store: Store) -> None:
    store.keep_cases((_case("a", "3"), _case("b", "1"), _case("c", "2")))
    assert [case.number for case in store.cases()] == ["1", "2", "3"]


def test_the_last_word_on_a_case_counts(store: Store) -> None:
    store.keep_cases((_case(data="old"), _case("c2", "9")))
    later = KeptCase("c1", "new number", "t", "new", _NOW + timedelta(hours=1))
    store.keep_cases((later,))
    assert store.case("c1") == later
    assert store.case("2026-83-0153") is None
    assert store.case("c2") is not None


def test_an_identifier_decides_before_a_number(store: Store) -> None:
    store.keep_cases((_case("a", "b"), _case("b", "a")))
    found = store.case("a")
    assert found is not None
    assert found.case_id == "a"


def test_a_setting_is_kept_replaced_and_forgotten(store: Store) -> None:
    store.keep_setting("who", "一")
    store.keep_setting("other", "x")
    store.keep_setting("who", "二")
    assert store.setting("who") == "二"
    store.keep_setting("who", None)
    store.keep_setting("who", None)
    assert (store.setting("who"), store.setting("other")) == (None, "x")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(value=st.text(st.characters(codec="utf-8")))
def test_any_text_is_kept_as_it_is(store: Store, value: str) -> None:
    store.keep_setting("value", value)
    assert store.setting("value") == value


@pytest.mark.parametrize("size", [0, 1, 3_000_000])
def test_a_file_is_copied_under_its_hash(store: Store, tmp_path: Path, size: int) -> None:
    source = tmp_path / "契約書.pdf"
    source.write_bytes(b"%PDF-"[:size] + b"\x00" * max(size - 5, 0))
    digest = store.add_file(source)
    assert digest == sha256(source.read_bytes()).hexdigest()
    copy = store.file(digest)
    assert copy is not None
    assert copy == store.file_place(digest)
    assert copy.name == digest
    assert copy.read_bytes() == source.read_bytes()
    source.unlink()
    assert store.file(digest) == copy


def test_adding_a_file_twice_is_harmless(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"same")
    (tmp_path / "b").write_bytes(b"same")
    assert store.add_file(tmp_path / "a") == store.add_file(tmp_path / "b")


def test_a_broken_copy_counts_as_none_and_can_be_added_again(store: Store, tmp_path: Path) -> None:
    source = tmp_path / "a"
    source.write_bytes(b"whole")
    digest = store.add_file(source)
    store.file_place(digest).write_bytes(b"whol")
    assert store.file(digest) is None
    assert store.add_file(source) == digest
    copy = store.file(digest)
    assert copy is not None
    assert copy.read_bytes() == b"whole"


def test_what_lands_at_its_place_is_there(store: Store) -> None:
    digest = sha256(b"downloaded").hexdigest()
    place = store.file_place(digest)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"downloaded")
    assert store.file(digest) == place


def test_a_file_that_is_not_there_is_named(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileNotReadable) as caught:
        store.add_file(tmp_path / "missing.pdf")
    assert "missing.pdf" in str(caught.value.facts["path"])


def test_proofs_of_arrival_are_kept_by_case_and_time(store: Store) -> None:
    def proof(number: int, case_id: str, minutes: int, text: str = "a.b.c") -> KeptReceipt:
        at = _NOW + timedelta(minutes=minutes)
        return KeptReceipt(f"o{number}", "contract.act", "c1-C0", case_id, at, text)

    assert store.receipts("c1") == ()
    given = [proof(1, "c1", 5), proof(2, "c1", 3), proof(3, "c2", 1)]
    for one in [*given, proof(1, "c1", 9, "another")]:
        store.keep_receipt(one)
    assert store.receipts("c1") == (given[1], given[0])
    assert store.receipts("c2") == (given[2],)
