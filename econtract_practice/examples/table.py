"""Which examples there are: a case for every state that a contract, a request, a handover and an invoice can have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from econtract_core.rules.inspection import Kind
from econtract_core.rules.invoice import InvoiceAction as Do
from econtract_practice.examples.contract_steps import Steps
from econtract_practice.examples.course import Course, Station
from econtract_practice.people import CONTRACTOR, SECOND, Member

_VENTURE = (CONTRACTOR, SECOND)
_SERVICES = "services"


@dataclass(frozen=True)
class Example:
    """`shows`: what is to be seen, as `what STATE`. `last`: the station it reaches on the usual way; `then`: what it does there."""

    shows: str
    title: str
    last: Station
    then: Callable[[Course], Steps] | None = None
    kind: str = "works"
    members: tuple[Member, ...] = (CONTRACTOR,)
    request_kind: Kind = Kind.COMPLETION


def _advance(*actions: Do) -> Callable[[Course], Steps]:
    return lambda course: course.advance(*actions)


EXAMPLES = (
    Example("contract DRAFTING", "国道16号〇〇歩道橋塗装工事", "registered"),
    Example("contract OFFERED", "国道246号〇〇舗装修繕工事", "offered"),
    Example("contract DRAFTING, given back", "国道1号〇〇電線共同溝工事", "reviewed", Course.given_back),
    Example("contract UNDER_REVIEW", "〇〇トンネル設備点検業務", "reviewed", kind=_SERVICES),
    Example("contract SIGNING", "一級河川〇〇川護岸補強工事", "signed"),
    Example(
        "contract SIGNING, of a joint venture",
        "〇〇ダム放流設備更新工事",
        "reviewed",
        Course.partner_signed,
        members=_VENTURE,
    ),
    Example("contract SUBMITTED", "国道4号〇〇地区測量業務", "submitted", kind=_SERVICES),
    Example("contract DRAFTING, sent back", "国道17号〇〇交差点改良工事", "submitted", Course.sent_back),
    Example("contract WITHDRAWN", "〇〇出張所庁舎改修工事", "offered", Course.withdrawn),
    Example("contract CONCLUDED", "国道20号〇〇法面対策工事", "concluded", members=_VENTURE),
    Example("contract TERMINATED", "〇〇海岸養浜工事", "concluded", Course.terminated),
    Example("contract CORRECTED_BY", "国道51号〇〇橋耐震補強工事", "concluded", Course.corrected),
    Example("contract MOVED_TO_PAPER", "〇〇地区地質調査業務", "concluded", Course.moved_to_paper, kind=_SERVICES),
    Example("change OFFERED", "国道6号〇〇高架橋下部工事", "concluded", Course.change_offered),
    Example("unit price OFFERED", "〇〇川河道掘削工事", "concluded", Course.unit_price_offered),
    Example("request DRAFT", "国道14号〇〇防護柵設置工事", "drafted"),
    Example("request SIGNED", "〇〇橋詳細設計業務", "request signed", kind=_SERVICES),
    Example("request SUBMITTED", "国道18号〇〇除雪基地整備工事", "request submitted"),
    Example("request RECEIVED", "国道50号〇〇道路照明更新工事", "request received", request_kind=Kind.INTERIM),
    Example("request RETURNED", "〇〇川堤防除草業務", "request submitted", Course.request_returned, kind=_SERVICES),
    Example("request INSPECTED", "国道127号〇〇落石対策工事", "inspected", request_kind=Kind.PARTIAL),
    Example("request RESULT_ISSUED", "国道138号〇〇拡幅工事", "result issued"),
    Example("request RESULT_RECEIVED", "〇〇地区環境調査業務", "result received", kind=_SERVICES),
    Example("request RESULT_RECEIVED, repairs", "国道139号〇〇橋補修工事", "request received", Course.repairs),
    Example("request REPAIR_NOTICE", "国道298号〇〇排水施設工事", "request received", Course.repair_notified),
    Example("request WITHDRAWN", "国道357号〇〇立体工事", "drafted", Course.request_withdrawn),
    Example("handover SUBMITTED", "〇〇樋門改築工事", "handed over"),
    Example("handover ACCEPTED", "国道409号〇〇区画線工事", "handover accepted"),
    Example("handover RETURNED", "〇〇放水路浚渫工事", "handed over", Course.handover_returned),
    Example("guarantee to be confirmed", "国道464号〇〇地区改良工事", "concluded", Course.guaranteed),
    Example("invoice DRAFT", "〇〇排水機場ポンプ更新工事", "concluded", _advance()),
    Example("invoice SIGNED", "国道468号〇〇遮音壁工事", "concluded", _advance(Do.SIGN)),
    Example("invoice SUBMITTED", "〇〇川水門耐震工事", "concluded", _advance(Do.SIGN, Do.SUBMIT)),
    Example("invoice RECEIVED", "国道469号〇〇トンネル照明工事", "concluded", _advance(Do.SIGN, Do.SUBMIT, Do.RECEIVE)),
    Example("invoice REJECTED", "〇〇砂防堰堤工事", "concluded", _advance(Do.SIGN, Do.SUBMIT, Do.REJECT)),
    Example("invoice DISCARDED", "国道413号〇〇災害復旧工事", "concluded", _advance(Do.DISCARD)),
    Example("contract COMPLETED, invoice PAID", "国道412号〇〇側溝整備工事", "paid"),
)
