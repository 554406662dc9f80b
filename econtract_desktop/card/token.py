"""CardToken over a card process: the PIN guardian, the choice of the certificate, and the check of every signature."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from econtract_core.identity import read_holder, subject_public_key
from econtract_core.rules.dates import in_japan
from econtract_core.rules.errors import (
    CardCannotSign,
    CardError,
    CardMissing,
    CardRemoved,
    CertificateMissing,
    DriverFault,
    LoginRequired,
    PinError,
    PinFormat,
    PinIncorrect,
    PinLocked,
    PinReplayed,
    PinRequired,
    SeveralCards,
    SignatureMismatch,
    WrongCard,
)
from econtract_desktop.card.pin import PinGuardian
from econtract_desktop.card.readers import events_of
from econtract_desktop.card.seen_tokens import (
    Homes,
    SeenToken,
    fits,
    read_slots,
    shown_by,
    told_by_card,
    true_cause,
    with_rule,
)
from econtract_desktop.ports.card import (
    CardCertificate,
    CardSelector,
    CardSignature,
    PinState,
    TokenInfo,
)
from econtract_desktop.ports.pin import PinBuffer, PinPrompt, PinPurpose, PinRequest

if TYPE_CHECKING:
    from econtract_desktop.card.drivers.chosen import ChosenDrivers


class ProcessToken:
    """`ports.card.CardToken`. Not shared between threads."""

    def __init__(self, seen: SeenToken, selector: CardSelector, care: Care) -> None:
        self._process = seen.process
        self._slot = seen.slot
        self._info = seen.info
        self._shown = seen.shown
        self._selector = selector
        self._care = care
        self._generation: int | None = None  # of the process that is logged in
        self._asking: tuple[PinPrompt, PinPurpose] | None = None
        self._signed = 0  # with this log-in's purpose
        self._check: _Check | None = None
        self._events = seen.events  # None: no reader of PC/SC

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
        self._asking, self._signed = (prompt, purpose), 0
        self._log_in(prompt, purpose)

    def sign(self, message: bytes) -> CardSignature:
        if not self.logged_in or self._asking is None:
            raise LoginRequired()
        try:
            certificate = self.certificate
        except CertificateMissing as missing:
            raise self._truly(missing) from None
        try:
            answer = self._ask_to_sign(certificate, message)
        except PinRequired:  # this card wants the PIN for each signature
            prompt, purpose = self._asking
            self._log_in(prompt, replace(purpose, documents=purpose.documents[self._signed : self._signed + 1]))
            answer = self._ask_to_sign(certificate, message)
        signature = CardSignature(base64.b64decode(str(answer["value"])), str(answer["algorithm"]))
        try:
            if self._check is None or self._check.sha256 != certificate.sha256:
                self._check = _Check(certificate)
            self._check(signature, message)
        except SignatureMismatch:
            self._process.close()  # whatever this driver believes of its card is wrong
            raise
        self._signed += 1
        return signature

    def close(self) -> None:
        """Log out. The process that saw the PIN ends, and with it whatever the driver remembers."""
        if self._asking is not None:
            self._process.keep = False
            self._process.close()
            self._generation = self._asking = None

    def __enter__(self) -> ProcessToken:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _log_in(self, prompt: PinPrompt, purpose: PinPurpose) -> None:
        error: str | None = None
        refusal: PinError | None = None
        if self.logged_in:  # the card tells its counter only while nobody is
            self._call("log_out")
        while True:
            self._generation = None
            self._refresh(ask=True)
            if self._info.pin.state is PinState.LOCKED:
                raise PinLocked()
            try:
                pin = prompt.ask(self._request(purpose, error))
            except PinRequired:
                if refusal is not None:
                    raise refusal from None  # nobody is there to type again
                raise
            with pin:
                try:
                    self._try(pin)
                    break
                except (PinFormat, PinReplayed, PinIncorrect) as refused:
                    error, refusal = refused.code, refused
        self._generation = self._process.generation
        self._process.keep = True
        before = self._shown
        self._refresh()
        self._care.homes.learn(frozenset(c.sha256 for c in self._info.certificates), before)
        self._care.drivers.worked(self._info)

    def _try(self, pin: PinBuffer) -> None:
        """One try, where nothing speaks against it."""
        card, guardian, before = self._name(), self._care.guardian, self._info.pin.tries_left
        guardian.check(card, pin, self._info.pin.rule, before)
        self._check_untouched()
        try:
            self._call("log_in", pin=pin.view, shown=sorted(self._shown), events=self._events)
        except PinIncorrect as wrong:
            after = self._tries_left()
            guardian.refused(card, pin, wrong, before, after)
            raise PinIncorrect(wrong.detail, attempts_remaining=after) from None
        guardian.accepted(card)

    def _check_untouched(self) -> None:
        """Where a card went in or out since this one was read, it is read anew by a new process: drivers have been seen to go
        on with what they knew of the card before. Raises WrongCard, CardRemoved."""
        now = events_of(self._info.reader)
        if self._events is not None and now != self._events:
            self._process.close()
            self._refresh()
            self._events = now

    def _ask_to_sign(self, certificate: CardCertificate, message: bytes) -> dict[str, object]:
        return self._call("sign", certificate=certificate.sha256, message=base64.b64encode(message).decode())

    def _call(self, do: str, *, pin: memoryview | None = None, **more: object) -> dict[str, object]:
        """Raises what truly happened: a driver says "general error" of a card that was pulled or is somebody else's."""
        try:
            return self._process.call(do, pin=pin, waiting=self._care.waiting, slot=self._slot, **more)
        except (CardCannotSign, CertificateMissing, DriverFault) as fault:
            truth = self._truly(fault)
            self._process.close()  # a driver may hold on to what it once read wrongly
            raise truth from None

    def _truly(self, error: CardError) -> CardError:
        """Seen from PC/SC, where this reader is one of its."""
        return true_cause(error, self._info.reader) if self._events is not None else error

    def _tries_left(self) -> int | None:
        """By the card itself, else by the token's flags."""
        found = self._call("tries_left")["tries_left"]
        if isinstance(found, int):
            return found
        self._refresh()
        return self._info.pin.tries_left

    def _check_same(self, info: TokenInfo, shown: frozenset[str]) -> None:
        """Certificates that show before log-in tell one card from another; after it there may be more of them. Raises
        WrongCard."""
        known = self._shown
        if known and shown and not (known <= shown or shown <= known):
            raise self._truly(WrongCard(wanted=", ".join(sorted(known)), seen=", ".join(sorted(shown))))
        self._shown = known or shown
        # It may have shown none when it was chosen, because it was being pulled.
        wanted, mine = (self._selector.certificate or "").lower(), [c.sha256 for c in info.certificates]
        if wanted and mine and wanted not in mine and self._generation is None:
            raise self._truly(WrongCard(wanted=wanted, seen=", ".join(mine)))

    def _name(self) -> str:
        """Which card this is: its certificate, or what else is known before log-in."""
        shown = ",".join(certificate.sha256 for certificate in self._info.certificates)
        return f"{self._info.module}|{self._info.label}|{self._info.serial}|{shown or self._info.reader}"

    def _refresh(self, *, ask: bool = False) -> None:
        """What the card says now; `ask`: its counter too. Raises CardRemoved, WrongCard: no PIN goes to another card than the
        one that was opened."""
        seen = read_slots(self._process, self._care.waiting)
        for slot, info in seen:
            if slot == self._slot:
                self._check_same(info, shown_by(seen, info.reader))
                self._info = with_rule(info, self._care.drivers.rule)
                if ask and isinstance(tries := self._call("tries_left")["tries_left"], int):
                    self._info = replace(self._info, pin=told_by_card(self._info.pin, tries))
                return
        raise CardRemoved(reader=self._info.reader)

    def _request(self, purpose: PinPurpose, error: str | None) -> PinRequest:
        holder = organization = until = ""
        if self._info.certificates:
            wanted = (self._selector.certificate or "").lower()
            shown = next((c for c in self._info.certificates if c.sha256 == wanted), self._info.certificates[0])
            chosen = read_holder(shown.der)
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


@dataclass(frozen=True)
class Care:
    """What every card shares: the guardian of PINs, where hidden certificates live, the drivers, and who is told of waiting (seconds
    waited, seconds at most; may raise Cancelled)."""

    guardian: PinGuardian
    homes: Homes
    drivers: ChosenDrivers
    waiting: Callable[[float, float], None] | None = None


def choose(found: list[SeenToken], selector: CardSelector, care: Care) -> ProcessToken:
    """The one that fits. Raises CardMissing, SeveralCards."""
    wanted = (selector.certificate or "").lower()
    fitting = [s for s in found if fits(s.info, selector) and (not wanted or care.homes.may_be(wanted, s.shown))]
    if not fitting:
        raise CardMissing(wanted=selector.certificate or selector.token or selector.reader or "")
    if len(fitting) > 1:
        raise SeveralCards(choices=[f"{seen.info.label} ({seen.info.reader})" for seen in fitting])
    return ProcessToken(fitting[0], selector, care)


class _Check:
    """Whether signatures are of a certificate's key: a driver has been seen to return another key's without an error."""

    def __init__(self, certificate: CardCertificate) -> None:
        self.sha256 = certificate.sha256
        try:
            self._key = serialization.load_der_public_key(subject_public_key(certificate.der))
        except (UnsupportedAlgorithm, ValueError):
            raise SignatureMismatch(certificate_sha256=certificate.sha256) from None

    def __call__(self, signature: CardSignature, message: bytes) -> None:
        """Raises SignatureMismatch."""
        try:
            if isinstance(self._key, rsa.RSAPublicKey) and signature.algorithm == "rsa":
                self._key.verify(signature.value, message, padding.PKCS1v15(), hashes.SHA256())
                return
            if isinstance(self._key, ec.EllipticCurvePublicKey) and signature.algorithm == "ecdsa":
                self._key.verify(signature.value, message, ec.ECDSA(hashes.SHA256()))
                return
        except (InvalidSignature, ValueError):
            pass
        raise SignatureMismatch(certificate_sha256=self.sha256)
