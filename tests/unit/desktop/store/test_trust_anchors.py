"""The signed list on disk: taken over whole or not at all, verified each time it is read, never an older one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from econtract_core.evidence.trust_package import LARGEST
from econtract_core.rules.errors import (
    FileNotWritable,
    TrustMissing,
    TrustPackageError,
    TrustPackageInvalid,
    TrustPackageOld,
    TrustPackageUnsigned,
)
from econtract_desktop.crypto.installed_trust import InstalledTrust
from econtract_desktop.ports.trust import TrustAnchors
from econtract_desktop.store.trust_anchors import KeptAnchors
from tests.fakes.anchor_lists import AnchorLists, keys
from tests.fakes.evidence_pki import TestPki, now


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


class Place:
    def __init__(self, folder: Path, pki: TestPki) -> None:
        self.lists = AnchorLists(now(), *pki.trust)
        self.program, self.profile = folder / "program", folder / "profile"
        self.program.mkdir()
        (self.program / "roots.json").write_bytes(self.lists.roots_file)

    @property
    def file(self) -> Path:
        return self.profile / "trust/anchors.json"

    def kept(self) -> KeptAnchors:
        return KeptAnchors(self.program, self.profile)

    def serial(self, kept: KeptAnchors) -> int:
        found = kept.in_force()
        return found.serial if found is not None else 0


@pytest.fixture
def place(tmp_path: Path, pki: TestPki) -> Place:
    return Place(tmp_path, pki)


def test_a_list_is_taken_over_and_found_again(place: Place) -> None:
    kept: TrustAnchors = place.kept()
    assert kept.in_force() is None
    assert kept.update(place.lists.package(3), place.lists.now).serial == 3
    assert place.serial(place.kept()) == 3
    kept.update(place.lists.package(4, version=2), place.lists.now)
    assert place.serial(place.kept()) == 4
    kept.update(place.lists.package(5, version=2), place.lists.now)  # signed by the new keys alone, roots named
    assert place.serial(place.kept()) == 5


def test_what_is_refused_changes_nothing(place: Place) -> None:
    kept, lists = place.kept(), place.lists
    kept.update(lists.package(3), lists.now)
    before = place.file.read_bytes()
    late = lists.package(9, payload=lists.listed(9, days=0))
    for bad in (b"", lists.package(2), late, lists.package(9, signers=keys(99)), b" " * (LARGEST + 1)):
        with pytest.raises(TrustPackageError):
            kept.update(bad, lists.now)
        assert place.file.read_bytes() == before
        assert sorted(f.name for f in place.file.parent.iterdir()) == ["anchors.json", "anchors.lock"]
    assert place.serial(kept) == 3


def test_the_program_s_own_list_counts_where_it_is_newer(place: Place) -> None:
    kept, lists = place.kept(), place.lists
    kept.update(lists.package(3), lists.now)
    (place.program / "anchors.json").write_bytes(lists.package(8))
    assert place.serial(kept) == 8
    with pytest.raises(TrustPackageOld):
        kept.update(lists.package(5), lists.now)
    kept.update(lists.package(9), lists.now)
    assert place.serial(place.kept()) == 9


def test_who_can_write_there_does_not_decide_whom_this_pc_trusts(place: Place) -> None:
    kept, lists = place.kept(), place.lists
    kept.update(lists.package(3), lists.now)
    place.file.write_bytes(lists.package(50, signers=keys(99)))
    assert kept.in_force() is None
    (place.program / "anchors.json").write_bytes(lists.package(2))
    assert place.serial(kept) == 2


def test_an_expired_list_stays_in_force(place: Place) -> None:
    kept, lists = place.kept(), place.lists
    kept.update(lists.package(3, payload=lists.listed(3, days=1)), lists.now)
    assert place.serial(place.kept()) == 3  # `in_force` asks no clock: old anchors are better than none


def test_a_program_without_keys_takes_nothing(place: Place) -> None:
    (place.program / "roots.json").unlink()
    with pytest.raises(TrustPackageUnsigned):
        place.kept().update(place.lists.package(1), place.lists.now)
    (place.program / "roots.json").write_bytes(b"{}")
    with pytest.raises(TrustPackageInvalid):
        place.kept().update(place.lists.package(1), place.lists.now)
    assert place.kept().in_force() is None


def test_a_disk_that_takes_nothing(place: Place) -> None:
    place.profile.mkdir()
    (place.profile / "trust").write_bytes(b"a file where the folder should be")
    with pytest.raises(FileNotWritable):
        place.kept().update(place.lists.package(1), place.lists.now)


def test_many_at_once_never_go_back(place: Place) -> None:
    def one(serial: int) -> int:
        kept = place.kept()
        with suppress(TrustPackageOld):
            kept.update(place.lists.package(serial), place.lists.now)
        return place.serial(kept)

    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(one, (5, 3, 9, 1, 7, 2, 8, 4, 6)))
    assert all(after >= serial for after, serial in zip(seen, (5, 3, 9, 1, 7, 2, 8, 4, 6), strict=True))
    assert place.serial(place.kept()) == 9


def test_the_list_is_trusted_beside_the_folders(place: Place, pki: TestPki, tmp_path: Path) -> None:
    kept = place.kept()
    trust = InstalledTrust(tmp_path / "none", listed=kept.in_force)
    with pytest.raises(TrustMissing):
        trust()
    kept.update(place.lists.package(3), place.lists.now)
    person = pki.person()
    found = trust().chain(person.der, (pki.issuing.der,), now(), "person")
    assert found.chain is not None
    assert trust().chain(person.der, (pki.issuing.der,), now(), "server").chain is None
    gone = place.lists.now - timedelta(hours=12)
    kept.update(place.lists.package(4, payload=place.lists.listed(4, distrusted_after=gone)), place.lists.now)
    assert trust().chain(person.der, (pki.issuing.der,), now(), "person").chain is None
