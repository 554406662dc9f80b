"""KeyCard: an opened card that is a private key in memory. It really signs; its PIN is any."""

from __future__ import annotations

from hashlib import sha256
from types import TracebackType

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from econtract_core.rules.errors import CardMissing, LoginRequired
from econtract_desktop.ports.card import (
    CardCertificate,
    CardListing,
    CardSelector,
    CardSignature,
    CardToken,
    PinState,
    PinStatus,
    TokenInfo,
)
from econtract_desktop.ports.pin import PinBuffer, PinPrompt, PinPurpose, PinRequest
from tests.fakes.pki import Issued


class KeyCard:
    """`ports.card.CardToken`. `signed`: every message it was asked to sign."""

    def __init__(self, issued: Issued, *, logged_in: bool = True) -> None:
        self._issued = issued
        self._logged_in = logged_in
        self.signed: list[bytes] = []

    @property
    def info(self) -> TokenInfo:
        return TokenInfo("", "", "key", "1", (self.certificate,), PinStatus(None, PinState.UNKNOWN))

    @property
    def certificate(self) -> CardCertificate:
        return CardCertificate(self._issued.der, sha256(self._issued.der).hexdigest())

    def log_in(self, prompt: PinPrompt, purpose: PinPurpose) -> None:
        self._logged_in = True

    @property
    def logged_in(self) -> bool:
        return self._logged_in

    def sign(self, message: bytes) -> CardSignature:
        if not self._logged_in:
            raise LoginRequired()
        self.signed.append(message)
        key = self._issued.key
        if isinstance(key, rsa.RSAPrivateKey):
            return CardSignature(key.sign(message, padding.PKCS1v15(), hashes.SHA256()), "rsa")
        return CardSignature(key.sign(message, ec.ECDSA(hashes.SHA256())), "ecdsa")

    def close(self) -> None:
        self._logged_in = False

    def __enter__(self) -> KeyCard:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


class KeyCards:
    """`ports.card.Cards` as far as opening goes: cards by the label of their token."""

    def __init__(self, issued: dict[str, Issued]) -> None:
        self._issued = issued

    def listing(self) -> CardListing:
        return CardListing((), ())

    def open(self, selector: CardSelector, progress: object = None) -> CardToken:
        if selector.token not in self._issued:
            raise CardMissing()
        return KeyCard(self._issued[selector.token], logged_in=False)

    def close(self) -> None:
        pass


class NoPin:
    """`ports.pin.PinPrompt` of somebody who is never asked: a KeyCard's PIN is any."""

    def ask(self, request: PinRequest) -> PinBuffer:
        raise NotImplementedError
