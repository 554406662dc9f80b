"""What a virtual card is made of, as plain data: it travels to the emulator as JSON. Practice keys and PINs are no secret."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from econtract_practice.authority import PrivateKey
from econtract_practice.cards.virtual.card import Card
from econtract_practice.cards.virtual.ebid import EbidCard
from econtract_practice.cards.virtual.jpki import JpkiCard
from econtract_practice.cards.virtual.keys import CardKey
from econtract_practice.cards.virtual.piv import PivCard


@dataclass(frozen=True)
class CardPlan:
    """`keys`: {place: (key, certificate in DER)} and `pins`: {name: PIN}, by layout:

    jpki: keys "auth" and "sign" (RSA-2048), PINs "auth" (4 digits) and "sign" (6 to 16 characters), and the `authority`'s certificate;
    piv: keys "9A", "9C", "9D", "9E" (any of them), PIN "user" (6 to 8 characters);
    ebid: key "sign", PIN "user" (4 to 8 characters), `label`, and `every_time`: the PIN before every signature.
    """

    name: str
    layout: str
    keys: dict[str, tuple[PrivateKey, bytes]] = field(repr=False)
    pins: dict[str, str] = field(repr=False)
    authority: bytes = field(default=b"", repr=False)
    label: str = ""
    every_time: bool = False

    def to_json(self) -> dict[str, object]:
        keys = {place: [_told(_pem(key)), _told(der)] for place, (key, der) in self.keys.items()}
        return {
            "name": self.name,
            "layout": self.layout,
            "keys": keys,
            "pins": self.pins,
            "authority": _told(self.authority),
            "label": self.label,
            "every_time": self.every_time,
        }

    @classmethod
    def from_json(cls, told: dict[str, object]) -> CardPlan:
        keys = {place: (_key(pem), base64.b64decode(der)) for place, (pem, der) in dict(told["keys"]).items()}  # type: ignore[call-overload]
        authority = base64.b64decode(str(told["authority"]))
        return cls(**{**told, "keys": keys, "authority": authority})  # type: ignore[arg-type]

    def build(self) -> Card:
        """The card itself. Raises KeyError, ValueError where something it needs is not there."""
        keys = {place: CardKey(key, certificate) for place, (key, certificate) in self.keys.items()}
        pins = {name: pin.encode() for name, pin in self.pins.items()}
        match self.layout:
            case "jpki":
                return JpkiCard(
                    self.name,
                    auth=keys["auth"],
                    sign=keys["sign"],
                    auth_pin=pins["auth"],
                    sign_pin=pins["sign"],
                    authority=self.authority,
                )
            case "piv":
                return PivCard(self.name, keys={int(place, 16): key for place, key in keys.items()}, pin=pins["user"])
            case "ebid":
                return EbidCard(
                    self.name, key=keys["sign"], pin=pins["user"], label=self.label, every_time=self.every_time
                )
        raise ValueError(f"no layout {self.layout}")


def _pem(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _key(pem: str) -> PrivateKey:
    # Our own key: OpenSSL's check of it (36 ms for RSA-2048) would find nothing.
    key = serialization.load_pem_private_key(base64.b64decode(pem), None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    return key


def _told(data: bytes) -> str:
    return base64.b64encode(data).decode()
