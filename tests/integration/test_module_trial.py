"""Trying modules for real: SoftHSM, OpenSC, a hostile module built here, and files that are none."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from econtract_desktop.bootstrap import console
from econtract_desktop.card.drivers.installed import InstalledDrivers
from econtract_desktop.card.drivers.module_trial import ModuleTrial, told_by
from econtract_desktop.card.drivers.surroundings import Surroundings
from econtract_desktop.config import CardSettings, Settings, save
from econtract_desktop.ports.card import ReaderInfo
from econtract_desktop.ports.drivers import ModuleReport
from econtract_practice.authority import Authority
from econtract_practice.cards import PracticeCard, make_softhsm_card, softhsm_available
from econtract_practice.people import CONTRACTOR
from tests.fakes import module_files as make

SOURCE = Path(__file__).resolve().parents[1] / "assets/hostile_module.c"
OPENSC = Path("/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so")
NO_READERS: tuple[ReaderInfo, ...] = ()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("gcc") is None:
        pytest.skip("no gcc on this machine")
    made = tmp_path_factory.mktemp("hostile") / "hostile.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-w", "-o", made, SOURCE], check=True)
    return made


@pytest.fixture(scope="module")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> PracticeCard:
    if softhsm_available() is None:
        pytest.skip("no SoftHSM on this machine")
    folder = tmp_path_factory.mktemp("softhsm")
    key, certificate = Authority.create(folder / "ca", "http://127.0.0.1:9").issue(CONTRACTOR.person)
    return make_softhsm_card(folder / "card", "契約カード", "48151623", key, certificate)


def attempt(
    module: Path | str,
    *,
    how: str = "",
    limit: float = 30.0,
    readers: tuple[ReaderInfo, ...] = NO_READERS,
    reader: str | None = None,
) -> ModuleReport:
    return ModuleTrial(Surroundings.here(), limit, lambda: readers).run(str(module), reader, {"HOSTILE": how})


def codes(report: ModuleReport) -> list[str]:
    return [finding.code for finding in report.findings]


def test_a_card_that_works(softhsm: PracticeCard) -> None:
    trial = ModuleTrial(Surroundings.here(), 30.0, lambda: NO_READERS)
    report = trial.run(str(softhsm.module), None, softhsm.environment)
    assert (report.usable, report.stage) == (True, "done")
    assert codes(report)[:3] == ["speaks", "card", "certificate"]
    card, certificate = report.findings[1:3]
    assert card.facts["label"] == "契約カード"
    assert certificate.facts["holder"] == "あおば橋建設株式会社 山田 太郎"
    assert report.library["manufacturer"] == "SoftHSM"
    assert "token-empty" in codes(report)  # SoftHSM always has a free slot


def test_opensc_without_a_card() -> None:
    if not OPENSC.is_file():
        pytest.skip("no opensc-pkcs11 on this machine")
    report = attempt(OPENSC)
    assert (report.usable, report.stage) == (False, "done")
    assert codes(report)[0] == "speaks"
    assert codes(report)[-1] in ("no-reader", "no-card")


@pytest.mark.parametrize(
    ("how", "stage", "expected"),
    [
        ("", "done", ["speaks", "card", "certificate-unreadable"]),
        ("crash", "initialize", ["crashed"]),
        ("exit", "initialize", ["crashed"]),
        ("refuse", "initialize", ["initialize-failed"]),
        ("print", "done", ["speaks", "card", "certificate-unreadable"]),
        ("crash-token", "slots", ["crashed", "speaks"]),
        ("crash-late", "finalize", ["crashed", "speaks", "card", "certificate-unreadable"]),
        ("no-list", "entry", ["no-entry-point"]),
        ("list-fails", "entry", ["no-entry-point"]),
        ("wild", "entry", ["crashed"]),
        ("holes", "initialize", ["initialize-failed"]),
        ("many", "slots", ["call-failed", "speaks"]),
        ("slots-fail", "slots", ["call-failed", "speaks"]),
        ("grow", "done", None),
        ("none", "done", ["speaks", "no-reader"]),
        ("empty", "done", ["speaks", "no-card"]),
        ("strange", "done", ["speaks", "card-not-recognised"]),
        ("locked", "done", ["speaks", "card", "pin-locked", "certificate-unreadable"]),
        ("final", "done", ["speaks", "card", "pin-final-try", "certificate-unreadable"]),
        ("low", "done", ["speaks", "card", "pin-count-low", "certificate-unreadable"]),
        ("pinpad", "done", ["speaks", "card", "pin-on-reader", "certificate-unreadable"]),
        ("no-signing", "done", ["speaks", "card", "no-signing", "certificate-unreadable"]),
        ("mechanisms", "done", ["speaks", "card", "no-signing", "certificate-unreadable"]),
        ("session", "done", ["speaks", "card", "certificate-hidden"]),
        ("long", "done", ["speaks", "card", "certificate-hidden"]),
        ("overwrite", "done", ["speaks", "card", "certificate-unreadable"]),
        ("grows", "done", ["speaks", "card", "certificate-unreadable"]),
        ("objects", "done", None),
    ],
)
def test_a_module_that_misbehaves_is_explained(hostile: Path, how: str, stage: str, expected: list[str] | None) -> None:
    report = attempt(hostile, how=how)
    assert report.stage == stage
    if expected is not None:
        assert codes(report) == expected
    usable = stage == "done" and "card" in codes(report) and not {"pin-locked", "no-signing"} & set(codes(report))
    assert report.usable == (usable or how == "crash-late")


def loading(module: Path) -> list[str]:
    """Processes that have it loaded."""
    found = []
    for maps in Path("/proc").glob("[0-9]*/maps"):
        with contextlib.suppress(OSError):
            if str(module) in maps.read_text(errors="replace"):
                found.append(maps.parent.name)
    return found


def test_a_module_that_hangs_is_ended(hostile: Path) -> None:
    report = attempt(hostile, how="hang", limit=1.5)
    assert codes(report) == ["hung"]
    assert report.findings[0].facts == {"stage": "initialize", "seconds": 2}
    assert not loading(hostile)


def test_odd_texts_of_a_module(hostile: Path) -> None:
    report = attempt(hostile)
    assert report.library["manufacturer"] == "試験"
    assert report.slots[0].label == "Card\uf8f3\uf8f2"  # as code page 932 has these bytes; the row must find it again
    assert report.findings[1].facts["label"] == "Card[U+F8F3][U+F8F2]"
    assert (report.slots[0].min_pin, report.slots[0].max_pin) == (4, 14)


def test_what_pcsc_sees_and_the_module_does_not(hostile: Path) -> None:
    seen = (ReaderInfo("Other Reader 00 00", "3b00", True), ReaderInfo("Reader H 00 00", "3b01", True))
    report = attempt(hostile, readers=seen)
    strange = [f.facts["reader"] for f in report.findings if f.code == "card-not-recognised"]
    assert strange == ["Other Reader 00 00"]
    assert codes(attempt(hostile, readers=seen, reader="Reader H")) == ["speaks", "card", "certificate-unreadable"]
    assert codes(attempt(hostile, readers=seen, reader="Reader X")) == ["speaks", "reader-not-seen"]


def test_files_that_are_no_module(tmp_path: Path, hostile: Path) -> None:
    text = tmp_path / "text.so"
    text.write_text("not a library")
    windows, small, arm = tmp_path / "a.dll", tmp_path / "small.so", tmp_path / "arm.so"
    windows.write_bytes(make.pe())
    whole = bytearray(hostile.read_bytes())
    whole[18:20] = b"\xb7\x00"  # e_machine: AArch64
    arm.write_bytes(whole)
    small.write_bytes(whole[:64])
    for place, code in (
        (tmp_path / "nothing.so", "missing-file"),
        (tmp_path, "unreadable-file"),
        (text, "no-library"),
        (windows, "wrong-system"),
        (arm, "wrong-machine"),
        (small, "no-library"),
        (Path("/bin/sh"), "no-library"),
    ):
        report = attempt(place)
        assert (codes(report), report.stage, report.usable) == ([code], "file", False), place


def test_other_bits(hostile: Path) -> None:
    around = Surroundings("linux", {}, bits=32, machine="x86-64")
    report = ModuleTrial(around, 10.0, lambda: NO_READERS).run(str(hostile), None, {})
    assert (codes(report), report.findings[0].facts) == (["wrong-bits"], {"bits": 64, "own": 32})


def test_a_library_without_the_entry_point_and_one_that_lacks_another(tmp_path: Path, hostile: Path) -> None:
    plain, needy, helper = tmp_path / "plain.so", tmp_path / "needy.so", tmp_path / "libhelper-of-vendor.so"
    source = tmp_path / "s.c"
    source.write_text("int help(void) { return 1; }")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", helper, source], check=True)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", plain, source], check=True)
    source.write_text("int help(void); int C_GetFunctionList(void **p) { return help(); }")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", needy, source, helper], check=True)
    helper.unlink()
    assert (codes(attempt(plain)), attempt(plain).stage) == (["no-entry-point"], "file")  # it was never loaded
    report = attempt(needy)
    assert codes(report) == ["missing-dependency"]
    assert "libhelper-of-vendor.so" in str(report.findings[0].facts["names"])
    source.write_text("int nobody_has_this(void); int C_GetFunctionList(void **p) { return nobody_has_this(); }")
    subprocess.run(["gcc", "-shared", "-fPIC", "-Wl,-z,now", "-o", needy, source], check=True)
    assert codes(attempt(needy)) == ["not-loadable"]


def test_garbage_from_the_probe_process() -> None:
    assert told_by(b"").stage == "begin"
    assert told_by(b"J\0\0\0\x05hello").stage == "begin"
    assert told_by(b'J\0\0\0\x0f{"library": [1]}').library == {}
    good = b'{"stage": "load"}'
    assert told_by(b"J" + len(good).to_bytes(4, "big") + good + b"J\xff").stage == "load"


def test_the_command_line(softhsm: PracticeCard, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module, profile, row = str(softhsm.module), tmp_path / "profile", tmp_path / "row.json"
    card = CardSettings(module, tuple(softhsm.environment.items()))
    save(Settings(profile=profile, cards=(card,)))
    base = ["card", "--profile", str(profile), "--json", "--module", module]

    assert console([*base, "try", "--keep"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["usable"]
    assert told["kept"]
    assert softhsm.certificate_sha256 in told["slots"][0]["certificates"] + told["slots"][1]["certificates"]
    assert any("山田 太郎" in finding["text"] for finding in told["findings"])

    assert console([*base, "learn", "--out", str(row)]) == 0
    assert json.loads(capsys.readouterr().out)["tokens"] == ["契約カード"]
    assert "山田" not in row.read_text("utf-8")
    (profile / "drivers").mkdir()
    shutil.copy(row, profile / "drivers/learned.json")
    settings = Settings(profile=profile, cards=(card,))
    assert any(r.id.startswith("learned-") for r in InstalledDrivers(settings).profiles())

    assert console([*base, "drivers"]) == 0
    assert module in [d["module"] for d in json.loads(capsys.readouterr().out)["drivers"]]

    assert console(["card", "try", "--profile", str(profile), "--module", str(tmp_path / "no.so"), "--lang", "en"]) == 1
    assert "There is no file" in capsys.readouterr().out
    assert console(["card", "try", "--profile", str(profile), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "ED-USE-8001"
    assert console([*base, "learn"]) == 2
