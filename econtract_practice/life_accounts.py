"""Within a contract's life: registration 利用者登録, contacts and their mail, a renewed card, a change of representative."""

from __future__ import annotations

from econtract_core.messages.cases import CaseData
from econtract_practice.life_steps import NUMBER, Steps
from econtract_practice.people import OFFICER, REGISTERING, SECOND, SECOND_RENEWAL, SUCCESSOR, Member

# What is done in every life, by whom, and told by mail.
_OF_FIRMS = (
    "contract.act.return",
    "contract.act.submit",
    "inspection.act.submit",
    "handover.submit",
    "guarantee.add",
    "invoice.act.submit",
)
_OF_BODIES = (
    "contract.offer",
    "contract.sign.countersign",
    "inspection.act.receive",
    "inspection.sign.issue_result",
    "handover.answer.accept",
    "guarantee.confirm",
    "invoice.act.receive",
    "invoice.act.reject",
    "invoice.act.pay",
)


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

    def set_contacts(self, members: tuple[Member, ...]) -> None:
        """連絡先情報: each party sets its own."""
        for member in (OFFICER, *members):
            address = f"{member.key}@{'kanto' if member is OFFICER else 'firm'}.example"
            done = self.do(member, "case", "contacts", NUMBER, "--set", f"{member.person.name},{address}")
            mine = [one["organization_id"] for one in done.data["case"]["contacts"] if one["email"] == address]
            self.contacts[mine[0]] = address

    def check_mails(self) -> None:
        """Whoever is to be told of what was done has been told, and the mail server has it."""
        case = CaseData.model_validate(self.case())
        deeds = dict.fromkeys(_OF_FIRMS, case.contractors[0].organization_id)
        deeds |= dict.fromkeys(_OF_BODIES, case.body.organization_id)
        self.mail.check(case, deeds, self.contacts, self.environment.directory / "mails")
