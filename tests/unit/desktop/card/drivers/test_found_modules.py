"""The search for modules on a PC that is made of folders here: Windows with a registry, macOS, Linux with p11-kit."""

from __future__ import annotations

from pathlib import Path

import pytest

from econtract_desktop.card.drivers import found_modules as search
from econtract_desktop.card.drivers.installed import InstalledDrivers
from econtract_desktop.card.drivers.memory import DriverMemory
from econtract_desktop.card.drivers.profiles import shipped
from econtract_desktop.card.drivers.surroundings import Surroundings
from econtract_desktop.card.drivers.windows_drivers import (
    CALAIS,
    PROVIDERS,
    UNINSTALL,
    folders_of_card,
    known_cards,
    programs,
)
from econtract_desktop.config import Settings
from econtract_desktop.ports.card import ReaderInfo
from econtract_desktop.ports.drivers import Candidate, Source
from tests.fakes import module_files as make
from tests.fakes.registry import FakeRegistry

JPKI_ATR = bytes.fromhex("3be000ff8131fe4514")
CARD_ATR = bytes.fromhex("3b9f958131fe9f006646530510001171df0000000000ff")
ENVIRONMENT = {
    "SystemRoot": "C:\\Windows",
    "PROGRAMFILES": "C:\\Program Files",
    "ProgramFiles(x86)": "C:\\Program Files (x86)",
}


@pytest.fixture
def windows(tmp_path: Path) -> Surroundings:
    return Surroundings("windows", ENVIRONMENT, tmp_path, bits=64, machine="x86-64")


def put(around: Surroundings, place: str, data: bytes = b"") -> str:
    path = around.path(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data or make.pe())
    return place


def card_software(minidriver: str, csp: str = "") -> FakeRegistry:
    mask = b"\xff" * (len(CARD_ATR) - 1) + b"\x00"
    return FakeRegistry(
        {
            f"{CALAIS}\\Some Card": {"ATR": CARD_ATR, "ATRMask": mask, "80000001": minidriver, "Crypto Provider": csp},
            f"{CALAIS}\\No ATR": {"80000001": "x.dll"},
            f"{CALAIS}\\Bad": {"ATR": "text", "ATRMask": b"\xff"},
            f"{PROVIDERS}\\Some CSP": {"Image Path": "C:\\Vendor\\csp.dll"},
            f"HKLM\\{UNINSTALL}\\vendor": {
                "DisplayName": "Card Tools", "Publisher": "Vendor", "InstallLocation": '"C:\\Vendor Tools\\"',
            },
            f"HKLM\\{UNINSTALL}\\nowhere": {"DisplayName": "No folder"},
        },
        {f"HKLM\\{UNINSTALL}\\old": {"DisplayName": "Old", "InstallLocation": "C:\\Old"}},
    )  # fmt: skip


def test_the_path_of_a_row_is_filled_in(windows: Surroundings) -> None:
    module = put(windows, "C:\\Program Files\\JPKI\\JPKIPKCS11Sign64.dll")
    found = list(search.by_rows(shipped(), (JPKI_ATR,), windows))
    assert found == [Candidate(module, Source.PROFILE, "jpki-client", fits_card=True)]
    assert [c.source for c in search.by_rows(shipped(), (), windows)] == [Source.INSTALLED]


def test_a_bare_name_is_looked_for_in_system32(windows: Surroundings) -> None:
    module = put(windows, "C:\\Windows\\System32\\F3EZSCL2.DLL")
    assert list(search.by_rows(shipped(), (JPKI_ATR,), windows)) == [
        Candidate(module, Source.INSTALLED, "government-older")
    ]


def test_a_variable_this_pc_lacks_is_no_path(tmp_path: Path) -> None:
    around = Surroundings("windows", {}, tmp_path)
    put(around, "C:\\Program Files\\JPKI\\JPKIPKCS11Sign64.dll")
    assert list(search.by_rows(shipped(), (JPKI_ATR,), around)) == []


def test_windows_says_which_software_a_card_has(windows: Surroundings) -> None:
    registry = card_software("C:\\Vendor\\mini.dll", "Some CSP")
    (card,) = known_cards(registry)
    assert (card.name, card.minidriver, card.csp) == ("Some Card", "C:\\Vendor\\mini.dll", "Some CSP")
    other_end = CARD_ATR[:-1] + b"\x42"
    assert folders_of_card(registry, other_end, windows) == (("Some Card", "C:\\Vendor"),)
    assert folders_of_card(registry, JPKI_ATR, windows) == ()
    module = put(windows, "C:\\Vendor\\vendorp11.dll")
    put(windows, "C:\\Vendor\\mini.dll")
    put(windows, "C:\\Vendor\\old_pkcs11.dll", make.pe(bits=32))
    put(windows, "C:\\Vendor\\not_pkcs11.dll", make.pe(exports=("Other",)))
    found = list(search.by_registry(registry, (CARD_ATR,), windows))
    assert found == [Candidate(module, Source.REGISTRY, fits_card=True)]


def test_a_minidriver_in_system32_says_nothing_about_a_folder(windows: Surroundings) -> None:
    assert folders_of_card(card_software("C:\\WINDOWS\\System32\\mini.dll"), CARD_ATR, windows) == ()
    assert folders_of_card(card_software("mini.dll"), CARD_ATR, windows) == ()
    assert folders_of_card(card_software("%Nothing%\\mini.dll"), CARD_ATR, windows) == ()
    assert folders_of_card(card_software("%ProgramFiles%\\V\\m.dll"), CARD_ATR, windows)[0][1] == "C:\\Program Files\\V"


def test_programs_and_their_folders() -> None:
    assert [(p.name, p.folder) for p in programs(card_software(""))] == [
        ("Card Tools", "C:\\Vendor Tools"),
        ("Old", "C:\\Old"),
    ]


def test_modules_by_their_names(windows: Surroundings) -> None:
    places = [
        put(windows, "C:\\Windows\\System32\\abcP11.dll"),
        put(windows, "C:\\Program Files\\A\\bin\\x-pkcs11.dll"),
        put(windows, "C:\\Vendor Tools\\cryptoki22.dll"),
    ]
    put(windows, "C:\\Windows\\System32\\drivers\\deep-p11.dll")
    put(windows, "C:\\Program Files\\A\\b\\c\\d\\too-deep-p11.dll")
    put(windows, "C:\\Program Files\\A\\harmless.dll")
    put(windows, "C:\\Program Files\\A\\pkcs11-spy.dll")
    put(windows, "C:\\Program Files\\A\\text-p11.dll", b"not a library")
    found = [c.module for c in search.by_name(card_software(""), windows)]
    assert sorted(found) == sorted(places)


def test_searching_ends(windows: Surroundings) -> None:
    for n in range(120):
        put(windows, f"C:\\Program Files\\F{n:03}\\a-p11.dll")
    assert len(list(search.by_name(None, windows))) == 100


def test_p11_kit(tmp_path: Path) -> None:
    around = Surroundings("linux", {"HOME": "/home-of/me"}, tmp_path)

    def configure(place: str, text: str) -> None:
        put(around, place, text.encode())

    for module in ("/usr/lib/pkcs11/a.so", "/opt/b.so", "/opt/trust.so", "/opt/some.so", "/usr/lib/p11-kit-proxy.so"):
        put(around, module, b"elf")
    configure("/usr/share/p11-kit/modules/a.module", "# remark\nmodule: a.so\npriority: 1\n")
    configure("/usr/share/p11-kit/modules/b.module", "module: /nowhere.so\n")
    configure("/etc/pkcs11/modules/b.module", "module: /opt/b.so\n")
    configure("/usr/share/p11-kit/modules/trust.module", "module: /opt/trust.so\ntrust-policy: yes\n")
    configure("/usr/share/p11-kit/modules/proxy.module", "module: /usr/lib/p11-kit-proxy.so\n")
    configure("/usr/share/p11-kit/modules/some.module", "module: /opt/some.so\nenable-in: p11-kit-proxy\n")
    configure("/usr/share/p11-kit/modules/empty.module", "")
    configure("/usr/share/p11-kit/modules/remote.module", "remote: |ssh host p11-kit remote\n")
    configure("/usr/share/p11-kit/modules/readme.txt", "module: /opt/b.so\n")
    assert [c.module for c in search.by_p11_kit(around)] == ["/usr/lib/pkcs11/a.so", "/opt/b.so"]


def test_the_load_path_file_of_macos(tmp_path: Path) -> None:
    around = Surroundings("macos", {}, tmp_path)
    module = put(around, "/usr/local/lib/JPKIPKCS11Sign.dylib", make.macho())
    text = "name=JPKI_Appli-01\npathSign=/usr/local/lib/JPKIPKCS11Sign.dylib\npathAuth=/usr/local/lib/JPKIPKCS11Auth.dylib\n"
    put(around, "/etc/e-gov_app/load_path/default.dat", text.encode())
    put(around, "/etc/e-gov_app/load_path/default.dat1", "pathSign=日本語".encode("cp932"))
    put(around, "/etc/e-gov_app/load_path/default.dat_bk", text.encode())
    assert list(search.by_load_path(around)) == [Candidate(module, Source.LOAD_PATH)]
    assert list(search.by_load_path(Surroundings("linux", {}, tmp_path))) == []


def drivers(around: Surroundings, profile: Path, registry: FakeRegistry | None = None) -> InstalledDrivers:
    readers = (ReaderInfo("R 0", JPKI_ATR.hex(), True), ReaderInfo("R 1", None, False))
    return InstalledDrivers(Settings(profile=profile), around, registry, lambda: readers)


def test_all_sources_together_best_first(windows: Surroundings, tmp_path: Path) -> None:
    known = put(windows, "C:\\Program Files\\JPKI\\JPKIPKCS11Sign64.dll")
    found = put(windows, "C:\\Program Files\\Other\\other-p11.dll")
    before = put(windows, "D:\\mine\\card.dll")
    profile = tmp_path / "profile"
    DriverMemory(profile).keep("D:\\gone.dll", JPKI_ATR.hex(), "aa")
    DriverMemory(profile).keep(before, JPKI_ATR.hex().upper(), "")
    all_of_them = drivers(windows, profile, card_software(""))
    assert all_of_them.atrs() == (JPKI_ATR.hex(),)
    candidates = all_of_them.candidates(all_of_them.atrs(), everything=True)
    assert [(c.module, c.source) for c in candidates] == [
        (before, Source.REMEMBERED),
        (known, Source.PROFILE),
        (found, Source.FOUND),
    ]
    assert [c.fits_card for c in candidates] == [True, True, False]
    assert {c.module for c in all_of_them.candidates(())} == {known, found}


def test_the_disk_is_searched_by_name_only_where_nothing_fits(windows: Surroundings, tmp_path: Path) -> None:
    known = put(windows, "C:\\Program Files\\JPKI\\JPKIPKCS11Sign64.dll")
    found = put(windows, "C:\\Program Files\\Other\\other-p11.dll")
    here = drivers(windows, tmp_path / "profile")
    assert [c.module for c in here.candidates((JPKI_ATR.hex(),))] == [known]
    assert {c.module for c in here.candidates(("3b00",))} == {known, found}
    put(windows, "C:\\Program Files\\Other\\later-p11.dll")
    assert {c.module for c in here.candidates(("3b00",))} == {known, found}  # the search is remembered for a while


def test_a_module_is_listed_once(tmp_path: Path) -> None:
    around = Surroundings("linux", {}, tmp_path)
    put(around, "/usr/lib/pkcs11/opensc-pkcs11.so")
    put(around, "/usr/share/p11-kit/modules/opensc.module", b"module: opensc-pkcs11.so")
    around.path("/usr/lib/opensc-pkcs11.so").symlink_to(around.path("/usr/lib/pkcs11/opensc-pkcs11.so"))
    (candidate,) = drivers(around, tmp_path / "profile").candidates((JPKI_ATR.hex(),))
    assert (candidate.source, candidate.profile) == (Source.PROFILE, "opensc-jpki")


def test_remembering_and_forgetting(tmp_path: Path) -> None:
    around = Surroundings("linux", {}, tmp_path)
    module = put(around, "/opt/card.so")
    here = drivers(around, tmp_path / "profile")
    here.remember(module, atr=None, certificate_sha256=None)
    assert here.candidates((JPKI_ATR.hex(),)) == ()
    here.remember(module, atr=JPKI_ATR.hex(), certificate_sha256=None)
    assert [c.source for c in here.candidates((JPKI_ATR.hex(),))] == [Source.REMEMBERED]
    here.forget(module)
    assert here.candidates((JPKI_ATR.hex(),)) == ()


def test_rows_of_the_profile_take_the_place_of_shipped_ones(tmp_path: Path) -> None:
    folder = tmp_path / "profile/drivers"
    folder.mkdir(parents=True)
    (folder / "mine.json").write_text(
        '{"format": 1, "id": "opensc-jpki", "title": {"ja": "私の", "en": "mine"}, "modules": {"linux": ["/opt/card.so"]},'
        ' "atrs": [{"atr": "3be000ff8131fe4514"}], "evidence": [{"what": "x", "source": "y", "sure": "measured"}]}',
        encoding="utf-8",
    )
    (folder / "bad.json").write_text("{")
    around = Surroundings("linux", {}, tmp_path)
    module = put(around, "/opt/card.so")
    here = drivers(around, tmp_path / "profile")
    assert [c.module for c in here.candidates((JPKI_ATR.hex(),))] == [module]
    assert len(here.profiles()) == len(shipped())
    (complaint,) = here.broken_rows()
    assert "bad.json" in complaint
