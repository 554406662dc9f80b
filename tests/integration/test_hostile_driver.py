"""Whatever a driver does, the program lives, says what happened, and goes on."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from econtract_core.rules.errors import (
    CardCannotSign,
    CardError,
    CertificateMissing,
    DriverFault,
    DriverHung,
    DriverMissing,
    PinIncorrect,
    PinLocked,
    SignatureMismatch,
)
from econtract_desktop.card.cards import DriverCards
from econtract_desktop.config import CardSettings, Settings
from econtract_desktop.ports.card import CardSelector
from econtract_desktop.ports.pin import PinPurpose
from econtract_practice.authority import Authority
from econtract_practice.cards import make_file_card
from econtract_practice.people import CONTRACTOR, OFFICER
from tests.fakes.hostile import build, compiler
from tests.fakes.virtual import Typist

PIN, MESSAGE = "48151623", b"message"
pytestmark = pytest.mark.skipif(compiler() is None or os.name != "posix", reason="needs a C compiler")


_HARMLESS = (
    "C_Initialize=noise",
    "C_GetSlotList=noise",
    "C_Sign=noise",
    "C_Sign=closes",
    "C_GetSlotInfo=garbage",
    "C_GetTokenInfo=lengths",
)


class Hostile:
    """The module beside a good card, whose listing it must not disturb."""

    def __init__(self, folder: Path, module: Path, authority: Authority) -> None:
        key, certificate = authority.issue(CONTRACTOR.person)
        assert isinstance(key, rsa.RSAPrivateKey)
        (folder / "certificate").write_bytes(certificate)
        (folder / "signature").write_bytes(key.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256()))
        other_key, other = authority.issue(OFFICER.person)
        self.good = make_file_card(folder / "good.p12", "good", PIN, other_key, other)
        self.module = module
        self._folder = folder
        self.made: list[DriverCards] = []

    def cards(self, deed: str, limit: float = 0.8) -> DriverCards:
        environment = (
            ("HOSTILE", deed),
            ("HOSTILE_CERTIFICATE", str(self._folder / "certificate")),
            ("HOSTILE_SIGNATURE", str(self._folder / "signature")),
        )
        cards = (CardSettings(str(self.module), environment), CardSettings(str(self.good.module)))
        self.made.append(DriverCards(Settings(profile=self._folder, cards=cards, card_timeout=limit)))
        return self.made[-1]

    def sign(self, cards: DriverCards) -> None:
        with cards.open(CardSelector(module=str(self.module))) as token:
            token.log_in(Typist(PIN), PinPurpose("sign", ("書類",)))
            token.sign(MESSAGE)


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("ca"), "http://127.0.0.1:9")


@pytest.fixture
def hostile(tmp_path: Path, module: Path, authority: Authority) -> Iterator[Hostile]:
    made = Hostile(tmp_path, module, authority)
    yield made
    for cards in made.made:
        cards.close()


def test_it_can_behave(hostile: Hostile) -> None:
    cards = hostile.cards("")
    assert [token.label for token in cards.listing().tokens] == ["hostile", "good"]
    hostile.sign(cards)


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        ("C_GetFunctionList=fail", (DriverMissing,)),
        ("C_GetFunctionList=crash", (DriverFault,)),
        ("C_Initialize=fail", (DriverMissing, DriverFault)),
        ("C_Initialize=crash", (DriverFault,)),
        ("C_Initialize=exit", (DriverFault,)),
        ("C_GetInfo=fail", (DriverMissing, DriverFault)),
        ("C_GetSlotList=fail", (DriverFault,)),
        ("C_GetSlotList=hang", (DriverHung,)),
        ("C_GetSlotList=many", (DriverHung, DriverFault)),
        ("C_GetSlotList=odd", (DriverFault,)),
        ("C_GetTokenInfo=garbage", (DriverFault, CardError)),
        ("C_GetTokenInfo=crash", (DriverFault,)),
        ("C_OpenSession=fail", (DriverFault,)),
        ("C_FindObjects=fail", (DriverFault,)),
        ("C_FindObjects=endless", (DriverHung, DriverFault)),
        ("C_FindObjects=more", (DriverHung, DriverFault, CertificateMissing)),
        ("C_GetAttributeValue=huge", (DriverFault,)),
        ("C_GetAttributeValue=unavailable", (DriverFault, CertificateMissing)),
        ("C_GetAttributeValue=crash", (DriverFault,)),
        ("C_Login=hang", (DriverHung,)),
        ("C_Login=crash", (DriverFault,)),
        ("C_Login=fail", (DriverFault,)),
        ("C_Login=odd", (DriverFault,)),
        ("C_Login=wrong", (PinIncorrect,)),
        ("C_Login=locked", (PinLocked,)),
        ("C_Sign=hang", (DriverHung,)),
        ("C_Sign=spin", (DriverHung,)),
        ("C_Sign=crash", (DriverFault,)),
        ("C_Sign=exit", (DriverFault,)),
        ("C_Sign=fail", (DriverFault,)),
        ("C_Sign=long", (SignatureMismatch, DriverFault)),
        ("C_Sign=zero", (SignatureMismatch, DriverFault)),
        ("C_Sign=random", (SignatureMismatch,)),
        ("C_SignInit=fail", (DriverFault, CardCannotSign)),
    ],
)
def test_what_it_does_is_told_and_the_rest_goes_on(
    hostile: Hostile, deed: str, told: tuple[type[CardError], ...]
) -> None:
    cards = hostile.cards(deed)
    with pytest.raises(told) as caught:
        hostile.sign(cards)
    if isinstance(caught.value, DriverFault | DriverHung | DriverMissing):
        assert caught.value.facts["module"] == str(hostile.module)
    assert PIN not in str(caught.value) + repr(caught.value.facts)
    assert "good" in [token.label for token in cards.listing().tokens]


@pytest.mark.parametrize("deed", _HARMLESS)
def test_what_does_no_harm_is_no_error(hostile: Hostile, deed: str) -> None:
    hostile.sign(hostile.cards(deed, limit=10))


def test_a_driver_that_hangs_at_its_start(hostile: Hostile) -> None:
    cards = hostile.cards("C_Initialize=hang")
    for process in cards.processes():
        process.start_limit = 1.0
    with pytest.raises(DriverHung):
        hostile.sign(cards)
    assert [token.label for token in cards.listing().tokens] == ["good"]


@pytest.mark.parametrize("deed", ["C_Sign=hang", "C_Sign=crash", "C_Sign=child", "C_Finalize=hang", "C_Finalize=crash"])
def test_nothing_of_it_is_left(hostile: Hostile, deed: str, children: Callable[[], set[int]]) -> None:
    before = children()
    cards = hostile.cards(deed)
    with contextlib.suppress(CardError):
        hostile.sign(cards)
    cards.close()
    until = time.monotonic() + 5
    while children() != before and time.monotonic() < until:
        time.sleep(0.05)
    assert children() == before


@pytest.fixture
def children() -> Callable[[], set[int]]:
    """Processes that load the hostile module, whoever their parent is by now."""

    def found() -> set[int]:
        pids = set()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if "hostile.so" in (entry / "maps").read_text(errors="replace"):
                        pids.add(int(entry.name))
                except OSError:
                    continue
        return pids

    return found
