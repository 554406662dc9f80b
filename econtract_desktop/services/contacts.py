"""Set a case's contacts 連絡先情報: who gets its e-mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from econtract_core.rules.case import Contact
from econtract_desktop.services.cases import Cases
from econtract_desktop.services.operate import Operate

if TYPE_CHECKING:
    from econtract_core.messages.cases import CaseData, ContactData


class Contacts:
    def __init__(self, cases: Cases, operate: Operate) -> None:
        self._cases = cases
        self._operate = operate

    def set(self, case_name: str, contacts: tuple[ContactData, ...]) -> CaseData:
        """Replaces the list. Raises ValueInvalid before anything is sent."""
        from econtract_core.messages.cases import SetContacts

        for contact in contacts:
            Contact(contact.name, contact.email, contact.phone)
        case = self._cases.find(case_name)
        return self._operate.perform(case.case_id, case.revision, SetContacts(contacts=contacts)).case
