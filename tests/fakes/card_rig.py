"""Fixtures for virtual cards on the real PC/SC stack; `tests/conftest.py` takes them over.

`rig` is one rig for the whole run, handed to each test empty: no card in a reader, no fault waiting, pcscd running.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from econtract_practice.authority import Authority, PrivateKey
from econtract_practice.cards.virtual import CardPlan, CardRig, RigUnavailable, rig_lacks
from econtract_practice.people import CONTRACTOR

# libpcsclite takes the service's address once, at its first use in a process, and most tests come before the rig: so this
# process gets a name that leads to the rig's service as soon as there is one, and nowhere before.
_FOLDER = tempfile.TemporaryDirectory(prefix="econtract-pcsc-")
SOCKET = Path(_FOLDER.name) / "pcscd.comm"
os.environ["PCSCLITE_CSOCK_NAME"] = str(SOCKET)

KeyPair = tuple[PrivateKey, bytes]
JPKI_PINS = {"auth": "1234", "sign": "48151623"}
USER_PIN = "48151623"


@dataclass(frozen=True)
class CardKeys:
    """Keys made once for the whole run, with certificates of the practice authority."""

    sign: KeyPair  # RSA-2048
    auth: KeyPair  # RSA-2048
    rsa3072: KeyPair
    p256: KeyPair
    authority: bytes


@pytest.fixture(scope="session")
def card_keys(tmp_path_factory: pytest.TempPathFactory) -> CardKeys:
    authority = Authority.create(tmp_path_factory.mktemp("card-ca"), "http://127.0.0.1:9")

    def pair(key_type: str = "rsa2048") -> KeyPair:
        return authority.issue(CONTRACTOR.person, key_type=key_type)

    return CardKeys(pair(), pair(), pair("rsa3072"), pair("p256"), authority.issuing_der)


@pytest.fixture(scope="session")
def running_rig() -> Iterator[CardRig]:
    """The rig itself; tests take `rig`."""
    if lacks := rig_lacks():
        pytest.skip(f"virtual cards need {lacks}")
    try:
        with CardRig() as rig:
            SOCKET.symlink_to(rig.environment["PCSCLITE_CSOCK_NAME"])
            yield rig
            SOCKET.unlink()
    except RigUnavailable as problem:
        pytest.skip(f"virtual cards: {problem}")


@pytest.fixture
def rig(running_rig: CardRig) -> Iterator[CardRig]:
    yield running_rig
    for reader in range(len(running_rig.readers)):
        running_rig.clear_faults(reader)
        running_rig.delay(reader, 0)
        running_rig.remove(reader)
    running_rig.start_pcscd()


PlanMaker = Callable[[str], CardPlan]


@pytest.fixture(scope="session")
def plan(card_keys: CardKeys) -> PlanMaker:
    """A fresh card by its kind: jpki, piv, piv-rsa3072, piv-p256, ebid, ebid-every-time. Names never meet."""
    numbers = count(1)

    def make(kind: str) -> CardPlan:
        name = f"{kind}-{next(numbers)}"
        layout, _, detail = kind.partition("-")
        if layout == "jpki":
            keys = {"auth": card_keys.auth, "sign": card_keys.sign}
            return CardPlan(name, layout, keys, JPKI_PINS, authority=card_keys.authority)
        if layout == "piv":
            signing = {"": card_keys.sign, "rsa3072": card_keys.rsa3072, "p256": card_keys.p256}[detail]
            return CardPlan(name, layout, {"9A": card_keys.auth, "9C": signing}, {"user": USER_PIN})
        every_time = detail == "every-time"
        return CardPlan(name, layout, {"sign": card_keys.sign}, {"user": USER_PIN}, label=name, every_time=every_time)

    return make
