"""The words of e-mail: Japanese first, English below. Case number, deed and time, and never a document's content, a name of a file or a link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from econtract_core.rules import mail as rules
from econtract_core.rules.dates import in_japan

_DEEDS = {
    "case.register": ("調達案件が登録されました", "A case was registered"),
    "contract.offer": ("契約図書が提示されました", "A contract was offered"),
    "contract.act.return": ("契約図書が差し戻されました", "A contract was given back"),
    "contract.act.submit": ("契約書が提出されました", "A contract was submitted"),
    "contract.act.send_back": ("提出した契約書が差し戻されました", "A submitted contract was sent back"),
    "contract.act.withdraw": ("契約図書が取り下げられました", "A contract was withdrawn"),
    "contract.act.terminate": ("契約が解除されました", "A contract was terminated"),
    "contract.act.move_to_paper": ("紙の手続に切り替えられました", "A contract was moved to paper"),
    "contract.sign.sign": ("契約書に署名されました", "A contract was signed"),
    "contract.sign.countersign": ("契約が締結されました", "A contract was concluded"),
    "inspection.act.submit": ("検査・認定の請求がありました", "An inspection or approval was asked for"),
    "inspection.act.receive": ("請求が受領されました", "The request was received"),
    "inspection.act.return": ("請求が差し戻されました", "The request was given back"),
    "inspection.act.receive_result": ("結果通知書が受領されました", "The result was received"),
    "inspection.act.withdraw": ("請求が取り下げられました", "The request was withdrawn"),
    "inspection.sign.issue_result": ("結果通知書が交付されました", "The result was issued"),
    "inspection.sign.notify_repair": ("修補の完了が通知されました", "Repairs were reported as done"),
    "inspection.record": ("検査結果が記録されました", "An inspection was recorded"),
    "handover.submit": ("引渡書が提出されました", "A handover note was submitted"),
    "handover.answer.accept": ("引渡しを受けました", "The handover was accepted"),
    "handover.answer.return": ("引渡書が差し戻されました", "The handover note was given back"),
    "guarantee.add": ("保証が登録されました", "A guarantee was handed in"),
    "guarantee.confirm": ("保証が確認されました", "A guarantee was confirmed"),
    "invoice.act.submit": ("請求書が提出されました", "An invoice was submitted"),
    "invoice.act.receive": ("請求書が受領されました", "An invoice was received"),
    "invoice.act.reject": ("請求書が差し戻されました", "An invoice was rejected"),
    "invoice.act.pay": ("支払済となりました", "An invoice was paid"),
    rules.SIGNATURE_DUE: ("署名の期限が近づいています", "A signature is due soon"),
    rules.CLOCK_DUE: ("法定の期限が近づいているか、過ぎています", "A legal time limit is near or has passed"),
}


@dataclass(frozen=True)
class Facts:
    """What one mail says. `due` of a reminder."""

    number: str
    deed: str
    actor: str
    at: datetime
    due: date | None = None


def has_words(deed: str) -> bool:
    return deed in _DEEDS


def subject(facts: Facts) -> str:
    return f"【電子契約】{_line(facts.number)} {_DEEDS[facts.deed][0]}"


def body(facts: Facts, organization: str, person: str) -> str:
    ja, en = _DEEDS[facts.deed]
    moment, number, actor = in_japan(facts.at).strftime("%Y-%m-%d %H:%M"), _line(facts.number), _line(facts.actor)
    due = facts.due.isoformat() if facts.due is not None else ""
    lines = [
        f"{_line(organization)} {_line(person)} 様",
        "",
        f"{ja}。",
        "",
        f"案件番号: {number}",
        *([f"期限: {due}"] if due else [f"行った機関: {actor}"]),
        f"日時: {moment} (日本時間)",
        "",
        "内容はこのメールには書かれていません。電子契約のプログラムを開いて確かめてください。",
        "このメールにリンクや添付ファイルはありません。ある場合は開かないでください。",
        "メールが遅れても届かなくても、手続の期限は変わりません。",
        "",
        "----",
        f"{en}.",
        f"Case: {number}",
        *([f"Due: {due}"] if due else [f"By: {actor}"]),
        f"Time: {moment} (Japan)",
        "Open the electronic contract program to see it. This mail has neither links nor attachments.",
    ]
    return "\n".join(lines) + "\n"


def _line(text: str) -> str:
    """No line breaks or control characters: what a person typed never becomes a header or a second line."""
    return "".join(c if c.isprintable() else " " for c in text)[:200]
