"""Log in with the card, and out. After log-in whatever waits in the outbox is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from econtract_core.rules.errors import NetworkError
from econtract_desktop.ports.card import Cards, CardSelector
from econtract_desktop.ports.pin import PinPrompt, PinPurpose
from econtract_desktop.ports.server import Server
from econtract_desktop.ports.store import Store
from econtract_desktop.services.operate import Operate

if TYPE_CHECKING:
    from econtract_core.messages.account import Who

WHO = "who"


class LogIn:
    def __init__(self, server: Server, cards: Cards, store: Store, operate: Operate) -> None:
        self._server = server
        self._cards = cards
        self._store = store
        self._operate = operate

    def log_in(self, selector: CardSelector, prompt: PinPrompt) -> Who:
        """Prove the card to the server. The server's name in the PIN dialog is our own setting, not its word."""
        self._server.about()  # no PIN is asked for a server that is not there
        with self._cards.open(selector) as card:
            card.log_in(prompt, PinPurpose("login", server=self._server.origin))
            who = self._server.log_in(card)
        self._store.keep_setting(WHO, who.model_dump_json())
        self._operate.push()
        return who

    def who(self) -> Who:
        """Raises LoginRequired. Without a network: who was logged in last."""
        from econtract_core.messages.account import Who

        try:
            who = self._server.who()
        except NetworkError:
            known = self._store.setting(WHO)
            if known is None:
                raise
            return Who.model_validate_json(known)
        self._store.keep_setting(WHO, who.model_dump_json())
        return who

    def log_out(self) -> None:
        """Ends the session here and there. The outbox and all drafts stay."""
        self._store.keep_setting(WHO, None)
        self._server.log_out()
