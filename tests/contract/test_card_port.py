"""The port Cards/CardToken on every card there is here: a PKCS#12 file card, SoftHSM through python-pkcs11, and virtual cards through OpenSC
and a real pcscd: JPKI's signing key, PIV keys of each type (9A: the PIN once, 9C: at each signature), a card like the e-bidding CAs'."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import count
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from econtract_core.rules.errors import (
    Cancelled,
    CardMissing,
    CardRemoved,
    DriverHung,
    DriverMissing,
    LoginRequired,
    PinIncorrect,
    PinLocked,
    PinRequired,
    SeveralCards,
)
from econtract_desktop.card.cards import DriverCards
from econtract_desktop.config import CardSettings, Settings
from econtract_desktop.ports.card import CardSelector, TokenInfo
from econtract_desktop.ports.pin import PinBuffer, PinPurpose, PinRequest
from econtract_practice.authority import Authority, PrivateKey
from econtract_practice.cards import (
    PracticeCard,
    make_file_card,
    make_softhsm_card,
    make_virtual_card,
    softhsm_available,
)
from econtract_practice.cards.virtual import CardRig
from econtract_practice.people import CONTRACTOR, OFFICER

PIN = "48151623"
FILE, SOFTHSM = ("file", "rsa2048", ""), ("softhsm", "rsa2048", "")
VIRTUAL = [
    ("jpki", "rsa2048", ""),
    ("piv", "rsa2048", "9A"),
    ("piv", "rsa3072", "9C"),
    ("piv", "p256", "9C"),
    ("ebid", "rsa2048", ""),
    ("ebid", "rsa2048", "every time"),
]
WRONG = map(str, count(99_990_000))  # a new one each time: cards that look alike share what is known of wrong PINs
SIGN = PinPurpose("sign", ("工事請負契約書",))


class Typist:
    """A PinPrompt that types these PINs, then does as told. Remembers what it was asked and given."""

    def __init__(self, *pins: str, then: type[Exception] = PinRequired) -> None:
        self._pins = list(pins)
        self._then = then
        self.asked: list[PinRequest] = []
        self.given: list[bytearray] = []

    def ask(self, request: PinRequest) -> PinBuffer:
        self.asked.append(request)
        if not self._pins:
            raise self._then()
        data = bytearray(self._pins.pop(0).encode())
        self.given.append(data)
        return PinBuffer(data)


@dataclass(frozen=True)
class Bench:
    """`which` chooses the card where its certificate is hidden before log-in and other tokens are in the reader."""

    cards: DriverCards
    practice: PracticeCard
    certificate: bytes
    which: CardSelector
    pull: Callable[[], None]
    put_back: Callable[[], None]
    each_time: bool = False  # the card wants the PIN before every signature

    @property
    def token(self) -> TokenInfo:
        """The card as the listing shows it."""
        (token,) = (t for t in self.cards.listing().tokens if t.label == self.practice.token_label)
        return token


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("ca"), "http://127.0.0.1:9")


KeyPair = tuple[PrivateKey, bytes]


@pytest.fixture(scope="module")
def pair(authority: Authority) -> Callable[[str], KeyPair]:
    """A key with its certificate, made once for each kind: "rsa2048", "rsa3072", "p256", and "auth" for a second RSA key."""
    return cache(lambda kind: authority.issue(CONTRACTOR.person, key_type="rsa2048" if kind == "auth" else kind))


@pytest.fixture(scope="module")
def opensc(running_rig: CardRig, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DriverCards]:
    """One card process for all virtual cards, as in the program: cards come and go under it."""
    card = CardSettings(str(running_rig.module), tuple(running_rig.environment.items()))
    cards = DriverCards(Settings(profile=tmp_path_factory.mktemp("opensc"), cards=(card,), card_timeout=20.0))
    yield cards
    cards.close()


def name_of(card: tuple[str, str, str]) -> str:
    return "-".join(card).strip("-").replace(" ", "-")


@pytest.fixture(params=[FILE, SOFTHSM, *VIRTUAL], ids=name_of)
def bench(request: pytest.FixtureRequest, tmp_path: Path, pair: Callable[[str], KeyPair]) -> Iterator[Bench]:
    if request.param not in (FILE, SOFTHSM):
        yield virtual_bench(request, pair)
        return
    key, certificate = pair("rsa2048")
    if request.param == FILE:
        practice = make_file_card(tmp_path / "card.p12", "card", PIN, key, certificate)
        place = practice.module
    else:
        assert softhsm_available(), "SoftHSM is set up by dev.py"
        practice = make_softhsm_card(tmp_path / "soft", "card", PIN, key, certificate)
        place = tmp_path / "soft" / "tokens"
    away = tmp_path / "away"
    settings = CardSettings(str(practice.module), tuple(practice.environment.items()))
    cards = DriverCards(Settings(profile=tmp_path, cards=(settings,), card_timeout=20.0))
    yield Bench(cards, practice, certificate, CardSelector(), partial(place.rename, away), partial(away.rename, place))
    cards.close()


def virtual_bench(request: pytest.FixtureRequest, pair: Callable[[str], KeyPair]) -> Bench:
    kind, key_type, detail = request.param
    rig: CardRig = request.getfixturevalue("rig")
    authority: Authority = request.getfixturevalue("authority")
    key, certificate = pair(key_type)
    name = request.node.name
    practice = make_virtual_card(
        rig,
        0,
        kind,
        name,
        PIN,
        key,
        certificate,
        label="card",
        place=detail,
        every_time=bool(detail),
        authentication=pair("auth") if kind == "jpki" else None,
        authority=authority.issuing_der,
    )
    which = CardSelector(token=practice.token_label)
    cards: DriverCards = request.getfixturevalue("opensc")
    each_time = kind == "jpki" or detail in ("9C", "every time")
    back = partial(rig.insert, 0, name)
    return Bench(cards, practice, certificate, which, partial(rig.remove, 0), back, each_time)


def test_the_certificate_shows_without_a_pin(bench: Bench) -> None:
    token = bench.token
    assert token.label == bench.practice.token_label
    if bench.practice.profile == "jpki":
        assert token.certificates == ()  # hidden until the PIN is given
    else:
        assert [c.sha256 for c in token.certificates] == [bench.practice.certificate_sha256]


def test_a_signature_verifies_under_the_certificate(bench: Bench) -> None:
    with bench.cards.open(CardSelector(certificate=bench.practice.certificate_sha256)) as card:
        card.log_in(Typist(PIN), SIGN)
        signature = card.sign(b"message")
    key = x509.load_der_x509_certificate(bench.certificate).public_key()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature.value, b"message", padding.PKCS1v15(), hashes.SHA256())
    else:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(signature.value, b"message", ec.ECDSA(hashes.SHA256()))


def test_several_documents_take_as_many_pins_as_the_card_wants(bench: Bench) -> None:
    prompt = Typist(PIN, PIN, PIN)
    with bench.cards.open(bench.which) as card:
        card.log_in(prompt, SIGN)
        assert len({card.sign(message).value for message in (b"one", b"two", b"three")}) == 3
        assert card.certificate.pin_each_time == bench.each_time
    assert len(prompt.asked) == (3 if bench.each_time else 1)


def test_no_signature_without_the_pin(bench: Bench) -> None:
    with bench.cards.open(bench.which) as card, pytest.raises(LoginRequired):
        card.sign(b"message")


def test_a_closed_card_is_logged_out(bench: Bench) -> None:
    with bench.cards.open(bench.which) as card:
        card.log_in(Typist(PIN), SIGN)
        assert card.logged_in
    assert not card.logged_in
    with bench.cards.open(bench.which) as again, pytest.raises(LoginRequired):
        again.sign(b"message")


def test_a_wrong_pin_is_told_and_never_sent_twice(bench: Bench) -> None:
    wrong = next(WRONG)
    prompt = Typist(wrong, wrong, "12", PIN, PIN)
    with bench.cards.open(bench.which) as card:
        card.log_in(prompt, SIGN)
    assert [r.last_error for r in prompt.asked] == [None, "ED-CARD-2101", "ED-CARD-2105", "ED-CARD-2103"]
    tries = [r.tries_left for r in prompt.asked]
    assert tries in ([5, 4, 4, 4], [3, 2, 2, 2], [None] * 4)  # one try used, not three; not every card tells
    assert all(data == bytes(len(data)) for data in prompt.given)  # every PIN was wiped


def test_the_wrong_pin_is_the_error_where_nobody_can_type_again(bench: Bench) -> None:
    with bench.cards.open(bench.which) as card, pytest.raises(PinIncorrect):
        card.log_in(Typist(next(WRONG)), SIGN)


def test_stopping_costs_no_try(bench: Bench) -> None:
    before = bench.token.pin
    with bench.cards.open(bench.which) as card, pytest.raises(Cancelled):
        card.log_in(Typist(then=Cancelled), SIGN)
    assert bench.token.pin == before


def test_a_card_pulled_and_put_back(bench: Bench) -> None:
    with bench.cards.open(bench.which) as card:
        card.log_in(Typist(PIN), SIGN)
        if bench.practice.profile != "softhsm":  # it goes on from memory
            bench.pull()
            with pytest.raises(CardRemoved):
                card.sign(b"message")
            with pytest.raises(CardMissing):
                bench.cards.open(bench.which)
            bench.put_back()
    with bench.cards.open(bench.which) as card:
        card.log_in(Typist(PIN), SIGN)
        assert card.sign(b"message").algorithm in ("rsa", "ecdsa")


def test_a_label_nobody_has(bench: Bench) -> None:
    with pytest.raises(CardMissing):
        bench.cards.open(CardSelector(token="another"))
    if bench.practice.profile != "jpki":  # there it might be the hidden one
        with pytest.raises(CardMissing):
            bench.cards.open(CardSelector(certificate="0" * 64))


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="stopping a process needs POSIX signals")
@pytest.mark.parametrize("bench", [FILE, SOFTHSM, ("ebid", "rsa2048", "")], indirect=True, ids=name_of)
def test_a_driver_that_hangs_is_ended_and_the_next_call_works(bench: Bench, tmp_path: Path) -> None:
    card = CardSettings(str(bench.practice.module), tuple(bench.practice.environment.items()))
    cards = DriverCards(Settings(profile=tmp_path, cards=(card,), card_timeout=1.0))
    try:
        cards.listing()
        pid = cards.processes()[0].pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(DriverHung) as caught:
            cards.open(bench.which)
        assert caught.value.facts["module"] == str(bench.practice.module)
    finally:
        cards.close()
    fresh = DriverCards(Settings(profile=tmp_path, cards=(card,), card_timeout=20.0))
    try:
        assert bench.practice.token_label in [token.label for token in fresh.listing().tokens]
    finally:
        fresh.close()


def test_a_killed_card_process_starts_again(bench: Bench) -> None:
    bench.cards.listing()
    pid = bench.cards.processes()[0].pid
    assert pid is not None
    os.kill(pid, signal.SIGTERM)
    bench.cards.processes()[0]._process.wait()  # type: ignore[union-attr]
    assert bench.token


def test_the_pin_is_nowhere(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = next(WRONG)
    with bench.cards.open(bench.which) as card:
        with pytest.raises(PinIncorrect) as caught:
            card.log_in(Typist(wrong), SIGN)
        card.log_in(Typist(PIN), SIGN)
        pid = bench.cards.processes()[0].pid
        seen = [Path(f"/proc/{pid}/{name}") for name in ("cmdline", "environ")]
        told = b"".join(path.read_bytes() for path in seen if path.exists())
    for pin in (PIN, wrong):
        assert pin.encode() not in told
        assert pin not in caplog.text + repr(caught.value) + str(caught.value)


def test_the_file_card_locks(tmp_path: Path, authority: Authority) -> None:
    key, certificate = authority.issue(CONTRACTOR.person)
    practice = make_file_card(tmp_path / "card.p12", "card", PIN, key, certificate)
    cards = DriverCards(Settings(profile=tmp_path, cards=(CardSettings(str(practice.module)),)))
    prompt = Typist(*(f"wrong{n}" for n in range(9)))
    try:
        with cards.open(CardSelector()) as card, pytest.raises(PinLocked):
            card.log_in(prompt, SIGN)
        assert [r.tries_left for r in prompt.asked] == [5, 4, 3, 2, 1]
        assert prompt.asked[-1].last_try
        with cards.open(CardSelector()) as card, pytest.raises(PinLocked):
            card.log_in(Typist(PIN), SIGN)
    finally:
        cards.close()


def test_two_cards_and_the_certificate_decides(tmp_path: Path, authority: Authority) -> None:
    made = []
    for member in (CONTRACTOR, OFFICER):
        key, certificate = authority.issue(member.person)
        made.append(make_file_card(tmp_path / f"{member.key}.p12", "same label", PIN, key, certificate))
    cards = DriverCards(Settings(profile=tmp_path, cards=tuple(CardSettings(str(c.module)) for c in made)))
    try:
        with pytest.raises(SeveralCards):
            cards.open(CardSelector(token="same label"))
        with cards.open(CardSelector(certificate=made[1].certificate_sha256)) as card:
            assert card.certificate.sha256 == made[1].certificate_sha256
    finally:
        cards.close()


def test_a_driver_that_is_not_there(tmp_path: Path) -> None:
    cards = DriverCards(Settings(profile=tmp_path, cards=(CardSettings(str(tmp_path / "no.so")),)))
    try:
        assert cards.listing().tokens == ()
        with pytest.raises(DriverMissing):
            cards.open(CardSelector())
    finally:
        cards.close()
