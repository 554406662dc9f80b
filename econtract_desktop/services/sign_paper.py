"""Sign one PDF that goes to the other side with a request, an invoice, a result: with the card of who is logged in."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from econtract_core.rules.errors import TimestampError, TimestampUnreachable
from econtract_desktop.ports.card import Cards, CardSelector
from econtract_desktop.ports.pin import PinPrompt, PinPurpose
from econtract_desktop.ports.signer import SignedDocument, Signer, Signing, SignOptions
from econtract_desktop.ports.store import Store
from econtract_desktop.services.log_in import LogIn
from econtract_desktop.services.plain_files import readable


@dataclass(frozen=True)
class SignedPaper:
    """`sha256`: of the signed file, which is in the store."""

    title: str
    sha256: str
    document: SignedDocument


class SignPaper:
    """These papers need no timestamp by the rules (facts.md 0); one is added where a service answers."""

    def __init__(self, cards: Cards, signer: Signer, store: Store, log_in: LogIn) -> None:
        self._cards = cards
        self._signer = signer
        self._store = store
        self._log_in = log_in

    def sign(self, file: Path, card_and_pin: tuple[CardSelector, PinPrompt]) -> SignedPaper:
        """Everything that speaks against the file or the card is told before the PIN. Raises what checking, the card and the
        signer raise; WrongCard where the card is not the one that is logged in; LoginRequired."""
        selector, prompt = card_and_pin
        who = self._log_in.who()
        self._signer.check_signable(readable(file))
        with self._cards.open(replace(selector, certificate=who.certificate_sha256)) as card:
            card.log_in(prompt, PinPurpose("sign", documents=(file.name,)))
            with TemporaryDirectory(prefix="econtract-") as folder:
                output = Path(folder) / "signed.pdf"
                with self._prepared(file, output, card.certificate.der) as signing:
                    signing.signed(card.sign(signing.to_sign))
                    document = _finished(signing)
                return SignedPaper(file.stem, self._store.add_file(output), document)

    def _prepared(self, file: Path, output: Path, certificate: bytes) -> Signing:
        with suppress(TimestampUnreachable):  # none is set
            return self._signer.prepare((file,), output, certificate, SignOptions(level="B-T"))
        return self._signer.prepare((file,), output, certificate, SignOptions(level="B-B"))


def _finished(signing: Signing) -> SignedDocument:
    try:
        return signing.complete()
    except TimestampError:
        return signing.keep()
