"""HttpsNotices: `/v1/notices`, `/v1/cases/{id}/mails`."""

from __future__ import annotations

from econtract_core.messages.cases import MailList
from econtract_core.messages.notices import Board
from econtract_core.rules.errors import LoginRequired
from econtract_desktop.api.answers import message
from econtract_desktop.api.line import ServerLine

_LIMIT = 20_000_000  # bytes: manuals are links, but there may be many questions


class HttpsNotices:
    """`ports.notices.NoticeBoard`."""

    def __init__(self, line: ServerLine) -> None:
        self._line = line

    def board(self) -> Board:
        try:
            answer = self._line.as_user("GET", "/v1/notices", limit=_LIMIT)
        except LoginRequired:
            self._line.meet()
            answer = self._line.exchange("GET", "/v1/notices", limit=_LIMIT)
        return message(Board, answer, self._line.host)

    def mails(self, case_id: str) -> MailList:
        return message(MailList, self._line.as_user("GET", f"/v1/cases/{case_id}/mails"), self._line.host)
