"""Registration 利用者登録, a renewed card and a change of representative within a contract's life."""

from __future__ import annotations

from econtract_practice.life_steps import Steps
from econtract_practice.people import OFFICER, REGISTERING, SECOND, SECOND_RENEWAL, SUCCESSOR


class AccountSteps(Steps):
    """Each of them once."""

    def register(self) -> None:
        """利用者登録: a firm of its own accord; a body approves after it was given back once."""
        firm, name = REGISTERING, REGISTERING.person.name
        self.do(OFFICER, "login")
        self.no(firm, "ED-AUTH-7003", "login")
        self.no(self.lead, "ED-RULE-6034", "register")  # who is registered does not register anew
        self._account(self.do(firm, "register", "--name", "高橋 美咲", "--representative"), "APPLIED")
        self.no(firm, "ED-AUTH-7003", "login")
        reason = ("--reason", "氏名の表記が証明書と異なります。")
        self._account(self.do(OFFICER, "officer", "return-registration", "高橋 美咲", *reason), "RETURNED")
        self._account(self.do(firm, "register", "--representative"), "APPLIED")
        self._account(self.do(OFFICER, "officer", "approve-registration", name), "ACTIVE")
        self.do(firm, "login")
        self.organizations[firm.key] = str(self.do(firm, "whoami").data["organization_id"])

    def renew_card(self) -> None:
        """ICカードの更新: the second firm's card, while the contract is in force."""
        words = (
            "renew-card",
            "--new",
            self.environment.label(SECOND_RENEWAL),
            "--old",
            self.environment.label(SECOND, beside=True),
        )
        done = self.do(SECOND_RENEWAL, *words)
        self._account(done, "ACTIVE")
        self.same("compared", [one["same"] for one in done.data["compared"]], [True] * 4)
        self.no(SECOND, "ED-AUTH-7003", "login")
        self.second = SECOND_RENEWAL
        self.do(self.second, "login")

    def new_representative(self) -> None:
        """代表者変更: the successor's card takes over when a body of the firm's cases has approved."""
        label = self.environment.label(SUCCESSOR)
        self.no(SUCCESSOR, "ED-RULE-6034", "register")
        asked = self.do(SUCCESSOR, "renew-card", "--new", label)
        self.same("kind", asked.data["kind"], "representative_changed")
        self.no(SUCCESSOR, "ED-AUTH-7003", "login")
        self.do(self.lead, "whoami")  # the one before goes on until then
        former = self.lead.person.name
        self._account(self.do(OFFICER, "officer", "approve-renewal", former), "ACTIVE")
        self.no(self.lead, "ED-AUTH-7003", "login")
        self.lead = self.site = self.accounts = SUCCESSOR
        self.do(self.lead, "login")
        signed = self.case()["contracts"][0]["signatures"]
        self.same("who signed then", former in {one["user"] for one in signed}, True)
