"""How one example gets where the table wants it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal
from uuid import uuid4

from econtract_core.messages import cases as said
from econtract_core.messages import procedures as later
from econtract_core.rules import handover, inspection
from econtract_core.rules.contract import Action, ContractKind
from econtract_core.rules.guarantee import GuaranteeKind
from econtract_core.rules.inspection import Result
from econtract_core.rules.invoice import InvoiceAction
from econtract_core.rules.payment_limits import InvoiceKind
from econtract_practice import seed
from econtract_practice.examples.contract_steps import Steps
from econtract_practice.examples.later_steps import LaterSteps
from econtract_practice.people import CONTRACTOR, OFFICER

Station = Literal[
    "registered",
    "offered",
    "reviewed",
    "signed",
    "submitted",
    "concluded",
    "drafted",
    "request signed",
    "request submitted",
    "request received",
    "inspected",
    "result issued",
    "result received",
    "handed over",
    "handover accepted",
    "paid",
]
ADVANCE = seed.AMOUNT * 4 // 10  # 前払金: 10分の4以内


class Course(LaterSteps):
    """One case on its way."""

    def to(self, station: Station) -> Steps:
        """Everything up to there, one after the other."""
        for name, step in self._way().items():
            yield from step()
            if name == station:
                return

    def _way(self) -> dict[Station, Callable[[], Steps]]:
        return {
            "registered": self._register,
            "offered": self._offer,
            "reviewed": lambda: self._act(CONTRACTOR, Action.REVIEW),
            "signed": self._sign_all,
            "submitted": lambda: self._act(CONTRACTOR, Action.SUBMIT),
            "concluded": lambda: self._sign(OFFICER, Action.COUNTERSIGN),
            "drafted": self._draft_request,
            "request signed": lambda: self._request_paper(CONTRACTOR, inspection.Action.SIGN),
            "request submitted": lambda: self._request(CONTRACTOR, inspection.Action.SUBMIT),
            "request received": lambda: self._request(OFFICER, inspection.Action.RECEIVE),
            "inspected": lambda: self._inspect(Result.PASSED),
            "result issued": lambda: self._request_paper(OFFICER, inspection.Action.ISSUE_RESULT),
            "result received": lambda: self._request(CONTRACTOR, inspection.Action.RECEIVE_RESULT),
            "handed over": self._hand_over,
            "handover accepted": lambda: self._answer_handover(handover.Action.ACCEPT),
            "paid": self._paid,
        }

    def given_back(self) -> Steps:
        return self._act(CONTRACTOR, Action.RETURN, "工期の末日が特記仕様書と異なります。")

    def sent_back(self) -> Steps:
        return self._act(OFFICER, Action.SEND_BACK, "請負代金額の内訳に誤りがありました。")

    def withdrawn(self) -> Steps:
        return self._act(OFFICER, Action.WITHDRAW, "入札手続のやり直しのため")

    def terminated(self) -> Steps:
        return self._act(OFFICER, Action.TERMINATE, "受発注者の協議による")

    def moved_to_paper(self) -> Steps:
        return self._act(OFFICER, Action.MOVE_TO_PAPER, "受注者のICカードが故障したため")

    def partner_signed(self) -> Steps:
        """共同企業体: the lead's signature is what is missing."""
        return self._sign(self.members[-1], Action.SIGN)

    def corrected(self) -> Steps:
        wrong, self.object_id = self.object_id, uuid4().hex
        self._do(OFFICER, said.CorrectContract(corrects_id=wrong))
        yield from self._offer()
        yield from self._act(CONTRACTOR, Action.REVIEW)
        yield from self._sign_all()
        yield from self._act(CONTRACTOR, Action.SUBMIT)
        yield from self._sign(OFFICER, Action.COUNTERSIGN)

    def change_offered(self) -> Steps:
        self._begin(ContractKind.CHANGE, said.ChangeData(amount=11_000_000, tax=1_000_000))
        return self._offer()

    def unit_price_offered(self) -> Steps:
        self._begin(ContractKind.UNIT_PRICE, said.ChangeData())
        return self._offer()

    def request_returned(self) -> Steps:
        return self._request(OFFICER, inspection.Action.RETURN, "完成図書が添付されていません。")

    def request_withdrawn(self) -> Steps:
        return self._request(CONTRACTOR, inspection.Action.WITHDRAW, "出来形の再確認のため")

    def repairs(self) -> Steps:
        yield from self._inspect(Result.REPAIRS)
        yield from self._request_paper(OFFICER, inspection.Action.ISSUE_RESULT)
        yield from self._request(CONTRACTOR, inspection.Action.RECEIVE_RESULT)

    def repair_notified(self) -> Steps:
        yield from self.repairs()
        yield from self._request_paper(CONTRACTOR, inspection.Action.NOTIFY_REPAIR)

    def handover_returned(self) -> Steps:
        return self._answer_handover(handover.Action.RETURN, "引渡日の記載がありません。")

    def guaranteed(self) -> Steps:
        """前払金保証 handed in, not looked at yet."""
        self.object_id = uuid4().hex
        payload = later.AddGuarantee(
            case_id=self.case_id,
            guarantee_kind=GuaranteeKind.ADVANCE,
            amount=ADVANCE,
            guarantor="東日本建設業保証株式会社",
            number="26-1234567",
            key="ABCD1234",
            valid_to=None,
        )
        return self._did(CONTRACTOR, payload)

    def advance(self, *actions: InvoiceAction) -> Steps:
        """An invoice of the advance, as far as `actions` bring it."""
        yield from self.guaranteed()
        yield from self._did(OFFICER, later.ConfirmGuarantee(case_id=self.case_id))
        yield from self._invoice(InvoiceKind.ADVANCE, ADVANCE, actions)
