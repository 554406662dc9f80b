"""HttpsDelegations: `/v1/delegations`."""

from __future__ import annotations

from econtract_core.messages.delegations import DelegationList
from econtract_desktop.api.answers import message
from econtract_desktop.api.line import ServerLine


class HttpsDelegations:
    """`ports.delegations.DelegationBook`."""

    def __init__(self, line: ServerLine) -> None:
        self._line = line

    def delegations(self) -> DelegationList:
        return message(DelegationList, self._line.as_user("GET", "/v1/delegations"), self._line.host)
