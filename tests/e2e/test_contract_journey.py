"""The contract journey from an empty folder to a concluded contract, through the command line, with every trouble on the way."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from econtract_practice.journey import run_journey


@pytest.mark.slow
def test_the_whole_journey(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = run_journey(tmp_path / "practice", tmp_path / "report")
    said = capsys.readouterr().out
    assert status == 0, said
    assert "… FAILED" not in said
    concluded = [tmp_path / "report" / who / "工事請負契約書.pdf" for who in ("contractor", "officer")]
    assert said.splitlines()[-2:] == [str(path) for path in concluded]
    assert concluded[0].read_bytes() == concluded[1].read_bytes()
    # Practice PINs are no secret, but nothing may write them down: real ones take the same ways.
    for path in (tmp_path / "practice").rglob("*"):
        if path.is_file() and path.suffix in (".log", ".db", ".json") and path.name != "practice.json":
            found = [pin for pin in (b"123456", b"654321", b"999999") if pin in path.read_bytes()]
            assert not found or path.name == "cards.json", path


@pytest.mark.slow
def test_a_contract_s_whole_life(tmp_path: Path) -> None:
    """Both kinds side by side: each is one command after the other, on a core of its own."""
    running = {kind: _life(tmp_path / kind, kind) for kind in ("works", "services")}
    for kind, process in running.items():
        status = process.wait()
        lines = [json.loads(line) for line in (tmp_path / kind / "said").read_text(encoding="utf-8").splitlines()]
        assert status == 0, lines[-1]
        assert all(line["ok"] for line in lines)
        assert {line["state"].get("refused") for line in lines if "state" in line} >= {"ED-RULE-6031", "ED-RULE-6052"}
        assert len(lines) > {"works": 150, "services": 115}[kind]
        mails = {mail.partition(" ")[0] for line in lines if "state" in line for mail in line["mail"]}
        assert {"contract.sign.countersign", "invoice.act.pay", "inspection.sign.issue_result"} <= mails


def _life(folder: Path, kind: str) -> subprocess.Popen[bytes]:
    folder.mkdir()
    places = ("--dir", str(folder / "practice"), "--report", str(folder / "report"))
    with (folder / "said").open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "econtract_practice", "life", *places, "--kind", kind], stdout=said
        )
