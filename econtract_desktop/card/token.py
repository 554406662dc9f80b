"""CardToken over a card process: the PIN guardian, the choice of the certificate, and the check of every signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from types import TracebackType
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from econtract_core.identity import read_holder
from econtract_core.rules.dates import in_japan
from econtract_core.rules.errors import (
    CardMissing,
    CardRemoved,
    CertificateMissing,
    LoginRequired,
    PinFormat,
    PinIncorrect,
    PinLocked,
    PinReplayed,
    PinRequired,
    SeveralCards,
    SignatureMismatch,
)
from econtract_desktop.ports.card import (
    CardCertificate,
    CardSelector,
    CardSignature,
    PinState,
    PinStatus,
    TokenInfo,
)
from econtract_desktop.ports.pin import PinBuffer, PinPrompt, PinPurpose, PinRequest, PinRule

if TYPE_CHECKING:
    from econtract_desktop.card.process import CardProcess


class ProcessToken:
    """`ports.card.CardToken`. Not shared between threads."""

    def __init__(self, process: CardProcess, slot: int, info: TokenInfo, selector: CardSelector) -> None:
        self._process = process
        self._slot = slot
        self._info = info
        self._selector = selector
        self._generation: int | None = None  # of the process that is logged in
        # Wrong PINs of this card are remembered as salted hashes only, so that none is sent twice.
        self._salt = secrets.token_bytes(32)
        self._wrong: set[bytes] = set()

    @property
    def info(self) -> TokenInfo:
        return self._info

    @property
    def certificate(self) -> CardCertificate:
        certificates = self._info.certificates
        if self._selector.certificate is not None:
            for certificate in certificates:
                if certificate.sha256 == self._selector.certificate.lower():
                    return certificate
            if not certificates and not self.logged_in:
                raise LoginRequired()
            raise CertificateMissing(wanted=self._selector.certificate)
        if not certificates:
            raise CertificateMissing(wanted="") if self.logged_in else LoginRequired()
        if len(certificates) > 1:
            raise SeveralCards(choices=[certificate.sha256 for certificate in certificates])
        return certificates[0]

    @property
    def logged_in(self) -> bool:
        return self._generation is not None and self._generation == self._process.generation

    def log_in(self, prompt: PinPrompt, purpose: PinPurpose) -> None:
        error: str | None = None
        last_wrong: PinIncorrect | None = None
        while True:
            self._refresh()
            if self._info.pin.state is PinState.LOCKED:
                raise PinLocked()
            try:
                pin = prompt.ask(self._request(purpose, error))
            except PinRequired:
                if last_wrong is not None:
                    raise last_wrong from None
                raise
            with pin:
                try:
                    self._try(pin)
                    break
                except (PinFormat, PinReplayed) as refused:
                    error = refused.code
                except PinIncorrect as wrong:
                    self._wrong.add(self._digest(pin))
                    error, last_wrong = wrong.code, wrong
        self._generation = self._process.generation
        self._refresh()

    def sign(self, message: bytes) -> CardSignature:
        if not self.logged_in:
            raise LoginRequired()
        certificate = self.certificate
        answer = self._process.call(
            "sign",
            slot=self._slot,
            certificate=certificate.sha256,
            message=base64.b64encode(message).decode(),
        )
        signature = CardSignature(base64.b64decode(str(answer["value"])), str(answer["algorithm"]))
        _check(signature, message, certificate)
        return signature

    def close(self) -> None:
        """Log out. The process that saw the PIN ends, and with it whatever the driver remembers."""
        if self._generation is not None:
            self._process.close()
            self._generation = None

    def __enter__(self) -> ProcessToken:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _try(self, pin: PinBuffer) -> None:
        check_rule(pin, self._info.pin.rule)
        if self._digest(pin) in self._wrong:
            raise PinReplayed(attempts_remaining=self._info.pin.tries_left)
        self._process.call("log_in", slot=self._slot, pin=pin.view)

    def _digest(self, pin: PinBuffer) -> bytes:
        return hmac.digest(self._salt, pin.view, hashlib.sha256)

    def _refresh(self) -> None:
        """What the card says now. Raises CardRemoved."""
        for slot, info in read_slots(self._process):
            if slot == self._slot:
                self._info = info
                return
        raise CardRemoved(reader=self._info.reader)

    def _request(self, purpose: PinPurpose, error: str | None) -> PinRequest:
        holder = organization = until = ""
        if self._info.certificates:
            chosen = read_holder(self._info.certificates[0].der)
            holder, organization = chosen.name, chosen.organization
            until = in_japan(chosen.not_after).date().isoformat()
        pin = self._info.pin
        return PinRequest(
            purpose=purpose,
            token_label=self._info.label,
            holder=holder,
            organization=organization,
            not_after=until,
            rule=pin.rule,
            tries_left=pin.tries_left,
            last_try=pin.state is PinState.FINAL_TRY,
            last_error=error,
        )


def check_rule(pin: PinBuffer, rule: PinRule) -> None:
    """Raises PinFormat before the card is asked, so that no try is lost."""
    data = pin.view
    good = rule.min_length <= len(data) <= rule.max_length and all(0x20 < byte < 0x7F for byte in data)
    if rule.digits_only:
        good = good and all(0x30 <= byte <= 0x39 for byte in data)
    if not good:
        raise PinFormat(min_length=rule.min_length, max_length=rule.max_length)


def read_slots(process: CardProcess) -> list[tuple[int, TokenInfo]]:
    """Every token this process sees."""
    slots = process.call("slots")["slots"]
    assert isinstance(slots, list)
    found = []
    for view in slots:
        certificates = []
        for text in view["certificates"]:
            der = base64.b64decode(text)
            certificates.append(CardCertificate(der, hashlib.sha256(der).hexdigest()))
        pin = PinStatus(view["tries_left"], PinState(view["state"]))
        info = TokenInfo(view["reader"], process.module, view["label"], view["serial"], tuple(certificates), pin)
        found.append((view["slot"], info))
    return found


def fits(info: TokenInfo, selector: CardSelector) -> bool:
    """Does this token answer the selector? A certificate that is hidden until log-in may still be there."""
    wanted = selector.certificate.lower() if selector.certificate else None
    return (
        selector.reader in (None, info.reader)
        and selector.module in (None, info.module)
        and selector.token in (None, info.label)
        and (wanted is None or not info.certificates or any(c.sha256 == wanted for c in info.certificates))
    )


def choose(found: list[tuple[CardProcess, int, TokenInfo]], selector: CardSelector) -> ProcessToken:
    """The one that fits. Raises CardMissing, SeveralCards."""
    fitting = [(process, slot, info) for process, slot, info in found if fits(info, selector)]
    if not fitting:
        raise CardMissing(wanted=selector.certificate or selector.token or selector.reader or "")
    if len(fitting) > 1:
        raise SeveralCards(choices=[f"{info.label} ({info.reader})" for _, _, info in fitting])
    process, slot, info = fitting[0]
    return ProcessToken(process, slot, info, selector)


def _check(signature: CardSignature, message: bytes, certificate: CardCertificate) -> None:
    """A driver has been seen to return another key's signature without an error; so none leaves unchecked."""
    key = x509.load_der_x509_certificate(certificate.der).public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey) and signature.algorithm == "rsa":
            key.verify(signature.value, message, padding.PKCS1v15(), hashes.SHA256())
            return
        if isinstance(key, ec.EllipticCurvePublicKey) and signature.algorithm == "ecdsa":
            key.verify(signature.value, message, ec.ECDSA(hashes.SHA256()))
            return
    except InvalidSignature:
        pass
    raise SignatureMismatch(certificate_sha256=certificate.sha256)
