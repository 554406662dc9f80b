"""Years later, by other processes under a shifted clock (faketime): what an archive timestamp is for.

The practice authority's signers end after 4 years, its timestamp certificates after 11, its CAs after 15.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FILES = ("bt.pdf", "blt.pdf", "blta.pdf")
# Python's own waits must not be shifted, or they never end.
ENVIRONMENT = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}


class Archive:
    """A folder that lasts for years."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port

    def in_(self, year: int, *deeds: str) -> dict[str, tuple[str, str | None]]:
        """(verdict, sub-indication) by name of file, in the spring of a year."""
        command = ["faketime", f"{year}-05-01 09:00:00", sys.executable, "-m", "tests.integration.evidence.future"]
        done = subprocess.run(
            [*command, str(self._folder), str(self._port), *deeds],
            cwd=ROOT,
            env=os.environ | ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert {line["year"] for line in lines} <= {year}
        return {line["name"]: (line["verdict"], line["sub"]) for line in lines}

    def verdicts(self, year: int, *names: str) -> list[str]:
        deeds = [word for name in names for word in ("verify", name)]
        found = self.in_(year, *deeds)
        return [found[name][0] for name in names]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    if shutil.which("faketime") is None:
        pytest.skip("faketime is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    archive = Archive(tmp_path_factory.mktemp("archive"), port)
    archive.in_(2027, "sign", "B-T", "bt.pdf", "sign", "B-LT", "blt.pdf", "sign", "B-LTA", "blta.pdf")
    return archive


@pytest.mark.slow
def test_while_the_signer_s_certificate_lasts_all_of_them_hold(archive: Archive) -> None:
    assert archive.verdicts(2028, *FILES) == ["TOTAL-PASSED"] * 3


@pytest.mark.slow
def test_after_the_signer_s_certificate_has_ended_an_archive_timestamp_is_needed(archive: Archive) -> None:
    """Validation data alone is not enough either: the OCSP responder's certificate has ended as well, and nothing proves that its
    answer is older."""
    assert archive.verdicts(2032, *FILES) == ["INDETERMINATE", "INDETERMINATE", "TOTAL-PASSED"]


@pytest.mark.slow
def test_after_the_service_s_certificate_only_what_was_renewed_holds(archive: Archive) -> None:
    archive.in_(2036, "new-service", "extend", "blta.pdf", "renewed.pdf")
    found = archive.in_(2039, *(word for name in (*FILES, "renewed.pdf") for word in ("verify", name)))
    assert {name for name, (verdict, _) in found.items() if verdict == "TOTAL-PASSED"} == {"renewed.pdf"}
    assert {sub for name, (_, sub) in found.items() if name != "renewed.pdf"} == {"OUT_OF_BOUNDS_NO_POE"}
