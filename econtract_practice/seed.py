"""What practice mode starts with: the organisations, the case, and the form data of its contract."""

from __future__ import annotations

from econtract_practice.people import CONTRACTOR, MEMBERS, OFFICER, Member

CASE_NUMBER = "2026-83-0153"
CASE_TITLE = "令和8年度 国道20号〇〇橋補修工事"
DOCUMENT_TITLE = "工事請負契約書"
AMOUNT, TAX = 148_500_000, 13_500_000


def registry(certificates: dict[str, list[str]], members: tuple[Member, ...] = MEMBERS) -> dict[str, object]:
    """The server's seed. `certificates`: member key → SHA-256 of each of the member's cards."""
    organizations = [
        {
            "organization_id": m.organization_id,
            "name": m.person.organization,
            "side": m.side,
            "corporate_number": m.person.corporate_number,
            "contractor_number": m.contractor_number,
        }
        for m in members
        if m.registered
    ]
    users = [
        {
            "user_id": m.user_id,
            "organization_id": m.organization_id,
            "display_name": m.person.name,
            "role": m.role,
            "certificate_sha256": sha256,
        }
        for m in members
        if m.registered
        for sha256 in certificates[m.key]
    ]
    return {"organizations": organizations, "users": users}


def case_data(number: str = CASE_NUMBER, title: str = CASE_TITLE) -> dict[str, object]:
    """RegisterCase's fields."""
    return {
        "number": number,
        "title": title,
        "case_kind": "works",
        "place": "東京都八王子市〇〇町地内",
        "contractor_ids": [CONTRACTOR.organization_id],
        "amount": AMOUNT,
        "tax": TAX,
        "term_from": None,
        "term_to": "2027-06-30",
    }


def contract_data(
    term_to: str = "2027-06-15", note: str = "第1版", number: str = CASE_NUMBER, title: str = CASE_TITLE
) -> dict[str, object]:
    """The form's data. The first version's term ends on the wrong day, which is why it is given back."""
    return {
        "title": title,
        "case_number": number,
        "place": "東京都八王子市〇〇町地内",
        "term_from": None,
        "term_to": term_to,
        "amount": AMOUNT,
        "tax": TAX,
        "guarantee": "免除(公共工事履行保証証券による保証)",
        "advance_payment": "請負代金額の10分の4以内",
        "interim_advance_payment": "請負代金額の10分の2以内",
        "partial_payments": "3回以内",
        "surplus_soil": "特記仕様書 第3章に定めるとおり",
        "mediation": "なし",
        "no_work_days": "日曜日、国民の祝日に関する法律に定める休日、年末年始(12月29日から1月3日まで)",
        "special_terms": ["下請負人を決定したときは、速やかに発注者に通知すること。"],
        "body": {
            "name": OFFICER.person.organization,
            "officer_title": OFFICER.person.title,
            "officer_name": OFFICER.person.name,
            "address": OFFICER.person.head_office,
        },
        "contractor": {
            "name": CONTRACTOR.person.organization,
            "representative_title": CONTRACTOR.person.title,
            "representative_name": CONTRACTOR.person.name,
            "address": CONTRACTOR.person.head_office,
        },
        "version_note": note,
    }
