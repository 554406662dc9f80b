"""HttpsCardDoor: `/v1/door`, `/v1/registrations`, `/v1/renewals`, `/v1/account`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from econtract_core.messages.account import Challenge
from econtract_core.messages.accounts import (
    AccountAnswer,
    AccountData,
    AccountList,
    DoorAnswer,
    Knock,
    Register,
    Renew,
    UndoRegistration,
)
from econtract_core.rules.errors import ServerAnswerInvalid
from econtract_desktop.api.answers import message, stored
from econtract_desktop.api.card_login import make_token
from econtract_desktop.api.line import PINNED, SEALS, ServerLine
from econtract_desktop.api.receipts import Sent, check_receipt
from econtract_desktop.ports.card import CardToken

if TYPE_CHECKING:
    from econtract_core.evidence.trust import TrustStore


class HttpsCardDoor:
    """`ports.card_door.CardDoor`."""

    def __init__(self, line: ServerLine, trust: Callable[[], TrustStore] | None = None) -> None:
        """`trust`: whom proofs of arrival lead to; None: they are passed on as they come."""
        self._line = line
        self._trust = trust

    def knock(self, card: CardToken, contractor_number: str = "") -> DoorAnswer:
        self._line.meet()
        challenge = message(Challenge, self._line.exchange("POST", "/v1/auth/challenge"), self._line.host)
        token = make_token(card, self._line.origin, challenge.nonce)
        request = Knock(challenge_id=challenge.challenge_id, token=token, contractor_number=contractor_number)
        said = self._line.exchange("POST", "/v1/door", body=request.model_dump_json())
        answer = message(DoorAnswer, said, self._line.host)
        if answer.card.certificate_sha256 != card.certificate.sha256:
            raise ServerAnswerInvalid(host=self._line.host, problem="another card's door")
        return answer

    def register(self, request: Register) -> AccountAnswer:
        return self._send("/v1/registrations", request)

    def renew(self, request: Renew) -> AccountAnswer:
        return self._send("/v1/renewals", request)

    def undo(self, request: UndoRegistration) -> AccountAnswer:
        return self._send("/v1/registrations/undo", request)

    def waiting(self) -> AccountList:
        return message(AccountList, self._line.as_user("GET", "/v1/registrations"), self._line.host)

    def own(self) -> AccountData:
        return message(AccountData, self._line.as_user("GET", "/v1/account"), self._line.host)

    def _send(self, path: str, request: Register | Renew | UndoRegistration) -> AccountAnswer:
        self._line.meet()
        said = self._line.exchange("POST", path, body=request.model_dump_json())
        answer = message(AccountAnswer, said, self._line.host)
        if answer.operation_id != request.operation_id:
            raise ServerAnswerInvalid(host=self._line.host, problem="another operation's answer")
        if answer.receipt is None and self._line.profile.setting(SEALS) is not None:
            raise ServerAnswerInvalid(host=self._line.host, problem="no proof of arrival")
        if answer.receipt is not None and self._trust is not None:
            sent = Sent(request.operation_id, request.model_dump_json(), answer.arrived_at)
            pinned = stored(self._line.profile.setting(PINNED))
            check_receipt(sent, answer.receipt, pinned, self._line.origin, self._trust())
        return answer
