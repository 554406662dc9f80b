"""Server: the central server as the services see it. Adapter: `api/`. Blocking; thread-safe.

Every call may raise ServerUnreachable, ServerNotTrusted, ServerAnswerInvalid, ServerBusy, ServerChanged, LoginRequired and
whatever typed error the server names. Answers are checked against the message types before they are returned.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from econtract_desktop.ports.card import CardToken

if TYPE_CHECKING:  # pydantic stays out of the start-up path
    from econtract_core.messages.account import About, Who
    from econtract_core.messages.cases import CaseData, Operation, OperationAnswer


class Server(Protocol):
    @property
    def origin(self) -> str:
        """https://host[:port], from this program's settings, never from an answer."""
        ...

    def about(self) -> About: ...

    def log_in(self, card: CardToken) -> Who:
        """Prove the card (Web eID token over our own origin and the server's nonce). The card must be logged in. The session
        is kept in the profile."""
        ...

    def who(self) -> Who: ...

    def log_out(self) -> None: ...

    def cases(self) -> tuple[CaseData, ...]: ...

    def case(self, case_id: str) -> CaseData: ...

    def operate(self, operation: Operation) -> OperationAnswer:
        """Send one operation. Sending it again is harmless and gives the same answer."""
        ...

    def upload(self, file: Path, sha256: str) -> None:
        """Put a file on the server under its SHA-256, unless it is there. Raises DocumentAltered where the file is not that."""
        ...

    def download(self, contract_id: str, sha256: str, destination: Path) -> None:
        """Fetch a contract's file; it stands under `destination` only when its SHA-256 is right. Raises DocumentAltered."""
        ...
