"""dev.py: what it says of this machine, and that nothing is done twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.house.sources import ROOT
from tests.unit.test_house_docs import load_dev


@pytest.fixture(scope="module")
def dev() -> ModuleType:
    return load_dev()


def call(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "dev.py"), *words], capture_output=True, text=True, check=False, encoding="utf-8"
    )


def test_gaps_are_told_in_words(dev: ModuleType) -> None:
    lines = dev.not_checked(["poppler-utils"])
    assert any("NOT CHECKED here: signed files by poppler's pdfsig (missing: poppler-utils)" in line for line in lines)
    assert not any("SoftHSM" in line for line in dev.not_checked([]) if sys.platform.startswith("linux"))


def test_a_package_that_does_not_exist_is_missing(dev: ModuleType) -> None:
    if not Path("/usr/bin/dpkg-query").exists():
        pytest.skip("no dpkg here")
    assert dev.missing_packages("dpkg econtract-no-such-package no-such|dpkg") == ["econtract-no-such-package"]


def test_a_table_that_has_grown_is_looked_through_again(tmp_path: Path) -> None:
    if not Path("/usr/bin/dpkg-query").exists():
        pytest.skip("no dpkg here")
    old = load_dev()
    old.__dict__["STAMP"] = tmp_path / "stamp.json"
    old.__dict__["SYSTEM_PACKAGES"] = (("the base", "dpkg"),)
    old.STAMP.write_text(json.dumps({"fingerprint": old.fingerprint(), "gaps": [], "packages": []}), encoding="utf-8")
    old.setup()
    assert json.loads(old.STAMP.read_text(encoding="utf-8"))["packages"] == ["dpkg"]


def test_the_fingerprint_follows_the_lock_files(dev: ModuleType, tmp_path: Path) -> None:
    before = dev.fingerprint()
    assert before == dev.fingerprint()
    copy = load_dev()
    copy.__dict__["LOCKS"] = tmp_path
    (tmp_path / "dev.txt").write_text("x==1\n")
    one = copy.fingerprint()
    (tmp_path / "dev.txt").write_text("x==2\n")
    assert len({before, one, copy.fingerprint()}) == 3


@pytest.mark.parametrize(
    "words", [[], ["fly"], ["practice", "--windy"], ["setup", "now"], ["package", "--linux", "--windows"]]
)
def test_wrong_usage_is_status_2(words: list[str]) -> None:
    done = call(*words)
    assert done.returncode == 2
    assert "usage:" in done.stderr


def test_the_grammar_is_old_enough_to_name_an_old_python() -> None:
    """dev.py must be read by the Python that it refuses."""
    import ast

    ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_a_python_that_does_not_fit_is_named(dev: ModuleType) -> None:
    copy = load_dev()
    copy.__dict__.update(OLDEST=(3, 98), TOO_NEW=(3, 99))
    with pytest.raises(copy.Failure, match=r"this is Python .*Python 3\.98 to 3\.98 is needed"):
        copy.check_python()
