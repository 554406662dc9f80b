"""A desk with virtual cards on it: what tests of the card package do with the rig."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType

from econtract_core.rules.errors import PinRequired
from econtract_desktop.card.cards import DriverCards
from econtract_desktop.config import CardSettings, Settings
from econtract_desktop.ports.card import CardSelector, CardSignature
from econtract_desktop.ports.pin import PinBuffer, PinPurpose, PinRequest
from econtract_practice.authority import Authority
from econtract_practice.cards.virtual import CardPlan, CardRig, PinStats, opensc_module
from econtract_practice.people import CONTRACTOR, OFFICER

PINS = {"jpki": "ABC48151", "piv": "481516", "ebid": "48151623"}
LAYOUTS = tuple(PINS)
_PIN_NAMES = {"jpki": "sign", "piv": "user", "ebid": "user"}
_SIGNS_WITH = {"jpki": "sign", "piv": "9C", "ebid": "sign"}


class Typist:
    """A PinPrompt that types these PINs, the last one for ever where `again`."""

    def __init__(self, *pins: str, again: bool = False) -> None:
        self._pins = list(pins)
        self._again = again
        self.asked: list[PinRequest] = []
        self.given: list[bytearray] = []

    def ask(self, request: PinRequest) -> PinBuffer:
        self.asked.append(request)
        if not self._pins:
            raise PinRequired()
        pin = self._pins[0] if self._again and len(self._pins) == 1 else self._pins.pop(0)
        data = bytearray(pin.encode())
        self.given.append(data)
        return PinBuffer(data)


@dataclass(frozen=True)
class Made:
    """A card that lies on the table. `certificate`: the SHA-256 of the one that signs."""

    name: str
    layout: str
    certificate: str
    pin: str

    @property
    def selector(self) -> CardSelector:
        return CardSelector(certificate=self.certificate)


class Table:
    """Cards are put into reader 0 unless said otherwise; everything is taken out at the end."""

    def __init__(self, rig: CardRig, authority: Authority, folder: Path, numbers: Iterator[int]) -> None:
        self.rig = rig
        self._authority = authority
        self._numbers = numbers
        module = opensc_module()
        assert module is not None
        card = CardSettings(str(module), tuple(rig.environment.items()))
        self.settings = Settings(profile=folder, cards=(card,), card_timeout=20.0)
        self.cards = DriverCards(self.settings)

    def __enter__(self) -> Table:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.cards.close()

    def make(self, layout: str, key_type: str = "rsa2048", *, person: str = "", pin: str = "") -> Made:
        """A card of this layout with keys and a certificate of its own."""
        name = f"table-{layout}-{next(self._numbers)}"
        who = OFFICER.person if person == "officer" else CONTRACTOR.person
        first, second = (self._authority.issue(who, key_type=key_type) for _ in range(2))
        place = _SIGNS_WITH[layout]
        keys = {"jpki": {"auth": first, "sign": second}, "piv": {"9A": first, "9C": second}, "ebid": {"sign": second}}
        pin = pin or PINS[layout]
        pins = {"auth": "4815", "sign": pin} if layout == "jpki" else {"user": pin}
        plan = CardPlan(name, layout, keys[layout], pins, self._authority.issuing_der, label="EBID")
        self.rig.make(plan)
        return Made(name, layout, sha256(keys[layout][place][1]).hexdigest(), pin)

    def pin(self, card: Made) -> PinStats:
        """What was done to the PIN that signs."""
        return self.rig.stats(card.name).pins[_PIN_NAMES[card.layout]]

    def sign(self, card: Made, prompt: Typist, documents: int = 1) -> list[CardSignature]:
        """A whole log-in with that many signatures."""
        titles = tuple(f"書類{n}" for n in range(documents))
        with self.cards.open(card.selector) as token:
            token.log_in(prompt, PinPurpose("sign", titles))
            return [token.sign(title.encode()) for title in titles]
