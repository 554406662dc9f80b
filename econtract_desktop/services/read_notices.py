"""お知らせ: notices, maintenance windows, manuals, questions; and what was mailed about a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from econtract_desktop.ports.notices import NoticeBoard
from econtract_desktop.services.cases import Cases

if TYPE_CHECKING:
    from econtract_core.messages.cases import MailData
    from econtract_core.messages.notices import Board


class ReadNotices:
    """Blocking."""

    def __init__(self, notices: NoticeBoard, cases: Cases) -> None:
        self._notices = notices
        self._cases = cases

    def board(self) -> Board:
        """What one may see now. Raises NetworkError."""
        return self._notices.board()

    def mails(self, case_name: str) -> tuple[MailData, ...]:
        """To one's own organisation's contacts. Raises NotFound, LoginRequired."""
        return self._notices.mails(self._cases.find(case_name).case_id).mails
