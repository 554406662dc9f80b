"""What the operator tells, and the e-mail of a case. Adapter: `api/notices.py`. Blocking; thread-safe; raises as `ports.server`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # pydantic stays out of the start-up path
    from econtract_core.messages.cases import MailList
    from econtract_core.messages.notices import Board


class NoticeBoard(Protocol):
    def board(self) -> Board:
        """What one may see now; without a session what is for everybody."""
        ...

    def mails(self, case_id: str) -> MailList:
        """To one's own organisation's contacts of this case. Raises LoginRequired, NotFound."""
        ...
