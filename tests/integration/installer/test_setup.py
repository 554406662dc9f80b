"""The Windows set-up, on a program that does nothing but run: installed, upgraded, refused, removed."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.installer.windows_pc import WindowsPc, missing

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "installer" / "windows" / "setup.nsi"
UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\econtract"
LINK = r"Software\Classes\econtract"
PROGRAM = r"""
#include <windows.h>
#include <stdio.h>
int WINAPI wWinMain(HINSTANCE a, HINSTANCE b, LPWSTR line, int d) {
  CreateMutexW(0, 0, L"econtract-desktop");
  wchar_t *saw = _wgetenv(L"SAW"), *stay = _wgetenv(L"STAY");
  if (saw) { FILE *out = _wfopen(saw, L"wb"); fwrite(line, 2, wcslen(line), out); fclose(out); }
  if (stay) Sleep(_wtoi(stay));
  return 0;
}
"""


@pytest.fixture(scope="module")
def setups(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Set-up files by version."""
    if missing():
        pytest.skip(f"not on this machine: {missing()}")
    folder = tmp_path_factory.mktemp("setups")
    (folder / "program.c").write_text(PROGRAM)
    made = {}
    for version, more in (("1.0.0", "old_only.txt"), ("1.10.0", "new_only.txt")):
        payload = folder / version
        (payload / "データ").mkdir(parents=True)
        (payload / "データ" / "読み取り.txt").write_text(version, encoding="utf-8")
        (payload / more).write_text(more)
        compile_it = ["x86_64-w64-mingw32-gcc", "-O1", "-s", "-municode", "-mwindows"]
        subprocess.run([*compile_it, folder / "program.c", "-o", payload / "econtractw.exe"], check=True)
        made[version] = folder / f"setup-{version}.exe"
        options = [f"-DVERSION={version}", f"-DPAYLOAD={payload}", f"-DOUT={made[version]}"]
        subprocess.run(["makensis", "-V2", "-WX", *options, SCRIPT], check=True)
    return made


@pytest.fixture(scope="module")
def prefix(setups: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[WindowsPc]:
    pc = WindowsPc(tmp_path_factory.mktemp("pc") / "prefix")
    pc.start()
    yield pc
    pc.end()


@pytest.fixture
def pc(prefix: WindowsPc) -> Iterator[WindowsPc]:
    """With nothing installed."""
    yield prefix
    if (prefix.programs / "uninstall.exe").exists():
        remove(prefix)


def remove(pc: WindowsPc) -> int:
    """The uninstaller copies itself away and goes on there; with `_?=` it stays, and leaves itself behind."""
    status = pc.run(pc.programs / "uninstall.exe", "/S", "_?=" + pc.windows_path(pc.programs))
    (pc.programs / "uninstall.exe").unlink(missing_ok=True)
    if pc.programs.exists() and not list(pc.programs.iterdir()):
        pc.programs.rmdir()
    return status


def shortcuts(pc: WindowsPc) -> list[str]:
    return [path.name for path in (pc.home / "AppData" / "Roaming").rglob("*.lnk")]


def data(pc: WindowsPc) -> Path:
    """A user's draft, outside the program."""
    file = pc.home / "AppData" / "Local" / "econtract" / "下書き.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("draft")
    return file


def test_installs_for_one_user(pc: WindowsPc, setups: dict[str, Path]) -> None:
    assert pc.run(setups["1.0.0"], "/S") == 0
    app = pc.programs / "app"
    assert (app / "データ" / "読み取り.txt").read_text() == "1.0.0"
    values = pc.registry(UNINSTALL)
    assert values["DisplayVersion"] == "1.0.0"
    assert values["DisplayName"] in ("電子契約デスクトップ", "econtract desktop")
    assert values["QuietUninstallString"] == f'"{pc.windows_path(pc.programs)}\\uninstall.exe" /S'
    assert shortcuts(pc) == [f"{values['DisplayName']}.lnk"]


def test_links_open_the_program(pc: WindowsPc, setups: dict[str, Path], tmp_path: Path) -> None:
    pc.run(setups["1.0.0"], "/S")
    values = pc.registry(LINK)
    assert "URL Protocol" in values
    command = values[r"shell\open\command" + "\\"]
    assert command == f'"{pc.windows_path(pc.programs)}\\app\\econtractw.exe" --link "%1"'
    saw = pc.folder / "drive_c" / "saw.txt"
    pc.run(pc.programs / "app" / "econtractw.exe", "--link", "econtract://case/事件-1", SAW=pc.windows_path(saw))
    assert saw.read_bytes().decode("utf-16-le").strip() == "--link econtract://case/事件-1"


def test_upgrades_in_place_and_keeps_what_is_the_users(pc: WindowsPc, setups: dict[str, Path]) -> None:
    draft = data(pc)
    pc.run(setups["1.0.0"], "/S")
    assert pc.run(setups["1.10.0"], "/S") == 0
    app = pc.programs / "app"
    assert not (app / "old_only.txt").exists()
    assert (app / "new_only.txt").exists()
    assert pc.registry(UNINSTALL)["DisplayVersion"] == "1.10.0"
    assert sorted(path.name for path in pc.programs.iterdir()) == ["app", "econtract.installed", "uninstall.exe"]
    assert draft.read_text() == "draft"
    assert len(shortcuts(pc)) == 1


def test_a_lower_version_is_refused(pc: WindowsPc, setups: dict[str, Path]) -> None:
    pc.run(setups["1.10.0"], "/S")
    assert pc.run(setups["1.0.0"], "/S") == 4
    assert (pc.programs / "app" / "new_only.txt").exists()


def test_the_same_version_repairs(pc: WindowsPc, setups: dict[str, Path]) -> None:
    pc.run(setups["1.0.0"], "/S")
    (pc.programs / "app" / "old_only.txt").unlink()
    assert pc.run(setups["1.0.0"], "/S") == 0
    assert (pc.programs / "app" / "old_only.txt").exists()


def test_a_running_program_is_neither_replaced_nor_removed(pc: WindowsPc, setups: dict[str, Path]) -> None:
    pc.run(setups["1.0.0"], "/S")
    saw = pc.folder / "drive_c" / "runs.txt"
    saw.unlink(missing_ok=True)
    running = pc.begin(pc.programs / "app" / "econtractw.exe", STAY="60000", SAW=pc.windows_path(saw))
    try:
        while not saw.exists():
            assert running.poll() is None
            time.sleep(0.05)
        assert pc.run(setups["1.10.0"], "/S") == 3
        assert pc.registry(UNINSTALL)["DisplayVersion"] == "1.0.0"
        assert (pc.programs / "app" / "old_only.txt").exists()
        assert pc.run(pc.programs / "uninstall.exe", "/S", "_?=" + pc.windows_path(pc.programs)) == 3
        assert (pc.programs / "app" / "econtractw.exe").exists()
    finally:
        pc.run("taskkill", "/F", "/IM", "econtractw.exe")
        running.wait(timeout=60)


def test_a_broken_off_set_up_does_no_harm(pc: WindowsPc, setups: dict[str, Path]) -> None:
    pc.run(setups["1.0.0"], "/S")
    half = pc.programs / "app.new"
    half.mkdir()
    (half / "half.txt").write_text("half")
    assert pc.run(setups["1.10.0"], "/S") == 0
    assert not half.exists()
    assert not (pc.programs / "app" / "half.txt").exists()


def test_a_folder_with_other_files_is_not_filled(pc: WindowsPc, setups: dict[str, Path]) -> None:
    own = pc.folder / "drive_c" / "mine"
    (own / "app").mkdir(parents=True)
    (own / "app" / "letter.txt").write_text("mine")
    assert pc.run(setups["1.0.0"], "/S", r"/D=C:\mine") == 0
    inner = own / "econtract"
    assert (inner / "app" / "econtractw.exe").exists()
    assert pc.run(inner / "uninstall.exe", "/S", r"_?=C:\mine\econtract") == 0
    assert (own / "app" / "letter.txt").read_text() == "mine"
    assert not (inner / "app").exists()


def test_removing_leaves_nothing_but_the_users_data(pc: WindowsPc, setups: dict[str, Path]) -> None:
    draft = data(pc)
    pc.run(setups["1.0.0"], "/S")
    assert remove(pc) == 0
    assert not pc.programs.exists()
    assert pc.registry(UNINSTALL) == {}
    assert pc.registry(LINK) == {}
    assert shortcuts(pc) == []
    assert draft.read_text() == "draft"
