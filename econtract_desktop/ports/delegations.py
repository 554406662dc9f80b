"""Delegations 委任 as the server knows them. Adapter: `api/delegations.py`. Blocking; thread-safe; raises as `ports.server`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # pydantic stays out of the start-up path
    from econtract_core.messages.delegations import DelegationList


class DelegationBook(Protocol):
    def delegations(self) -> DelegationList:
        """All of one's own firm, with its people; for a body those that reach one of its cases."""
        ...
