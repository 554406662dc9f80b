"""Made-up data for the picture gallery and the tests of the screens: people, cases and documents that exist nowhere."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, Qt
from PySide6.QtGui import QFont, QFontDatabase, QPageLayout, QPageSize, QPainter, QPdfWriter

from econtract_core.messages.account import Who
from econtract_core.messages.cases import (
    CaseData,
    ContactData,
    ContractData,
    DeedData,
    DocumentData,
    Party,
    SignatureData,
)
from econtract_core.rules.case import CaseKind
from econtract_core.rules.contract import Action, ContractKind, Side, State, whose_turn
from econtract_desktop.ports.card import PinState, ReaderInfo
from econtract_desktop.services.card_status import CardView
from econtract_desktop.ui.session import CardsSeen
from econtract_desktop.ui.widgets.pages import PageSize

NOW = datetime(2026, 11, 24, 5, 2, tzinfo=UTC)  # 14:02 in Japan
DEADLINE = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
CERTIFICATE = "9f3a21c75d08" + "0" * 44 + "6be20b4e"
FIRM, BODY = "あおば橋建設株式会社", "関東地方整備局"
CONTRACTOR = Who(
    user_id="u1",
    user="山田 太郎",
    organization_id="o1",
    organization=FIRM,
    contractor_number="1234567",
    role="representative",
    side=Side.CONTRACTOR,
    certificate_sha256=CERTIFICATE,
    expires=datetime(2026, 11, 24, 12, tzinfo=UTC),
)
OFFICER = CONTRACTOR.model_copy(
    update={
        "user_id": "u2",
        "user": "佐藤 花子",
        "organization_id": "b1",
        "organization": BODY,
        "contractor_number": None,
        "role": "officer",
        "side": Side.OFFICER,
    }
)
_TITLES = ("工事請負契約書", "工事請負契約約款", "仲裁合意書")
# What each side may do in each state, as the server would say.
_ALLOWED = {
    (State.DRAFTING, Side.OFFICER): (Action.OFFER, Action.WITHDRAW),
    (State.OFFERED, Side.CONTRACTOR): (Action.REVIEW,),
    (State.UNDER_REVIEW, Side.CONTRACTOR): (Action.RETURN, Action.SIGN),
    (State.SIGNING, Side.CONTRACTOR): (Action.RETURN, Action.SUBMIT),
    (State.SUBMITTED, Side.OFFICER): (Action.SEND_BACK, Action.COUNTERSIGN),
}


def card() -> CardView:
    """The contractor's."""
    return CardView(
        reader="テスト CR-01",
        module="test",
        label="practice",
        serial="1",
        certificate_sha256=CERTIFICATE,
        holder="山田 太郎",
        organization=FIRM,
        corporate_number="1234567890123",
        title="代表取締役",
        not_after=datetime(2028, 3, 31, 14, 59, tzinfo=UTC),
        usage=("digitalSignature",),
        key_algorithm="rsa2048",
        tries_left=3,
        state=PinState.OK,
    )


def cards(*, inside: bool = True) -> CardsSeen:
    """One reader, with or without the card."""
    readers = (ReaderInfo("テスト CR-01", "3b00" if inside else None, inside),)
    return CardsSeen(readers, (), (card(),) if inside else ())


def _deed(day: int, hour: int, action: Action, version: int, reason: str = "") -> DeedData:
    ours = action in (Action.OFFER, Action.SEND_BACK, Action.COUNTERSIGN, Action.WITHDRAW)
    return DeedData(
        at=datetime(2026, 11, day, hour - 9, 5, tzinfo=UTC),
        action=action,
        side=Side.OFFICER if ours else Side.CONTRACTOR,
        organization=BODY if ours else FIRM,
        user="佐藤 花子" if ours else "山田 太郎",
        version=version,
        reason=reason,
    )


def _history(state: State, *, returned: bool) -> tuple[DeedData, ...]:
    deeds = [_deed(13, 10, Action.OFFER, 1), _deed(17, 13, Action.REVIEW, 1)]
    if returned:
        deeds += [_deed(18, 11, Action.RETURN, 1, "工期の終期が公告と異なるため")]
    if returned and state is not State.DRAFTING:
        deeds += [_deed(20, 10, Action.OFFER, 2)]
    version = 2 if returned else 1
    later = {
        State.UNDER_REVIEW: 1,
        State.SIGNING: 2,
        State.SUBMITTED: 3,
        State.CONCLUDED: 4,
    }.get(state, 0)
    course = (
        _deed(21, 16, Action.REVIEW, version),
        _deed(24, 10, Action.SIGN, version),
        _deed(24, 11, Action.SUBMIT, version),
        _deed(24, 13, Action.COUNTERSIGN, version),
    )
    return (*deeds, *course[:later])


def _signatures(state: State, documents: tuple[DocumentData, ...]) -> tuple[SignatureData, ...]:
    files = {document.document_id: document.current_sha256 for document in documents}
    found = []
    for side, who, states in (
        (Side.CONTRACTOR, CONTRACTOR, (State.SIGNING, State.SUBMITTED, State.CONCLUDED)),
        (Side.OFFICER, OFFICER, (State.CONCLUDED,)),
    ):
        if state in states:
            found.append(
                SignatureData(
                    side=side,
                    organization_id=who.organization_id,
                    organization=who.organization,
                    user=who.user,
                    certificate_sha256=CERTIFICATE,
                    signed_at=NOW,
                    files=files,
                )
            )
    return tuple(found)


def contract(case_id: str, state: State, viewer: Side, *, returned: bool = True) -> ContractData:
    """A contract in this state as `viewer` gets it from the server."""
    documents = tuple(
        DocumentData(
            document_id=f"d{i + 1}",
            title=title,
            media_type="application/pdf",
            size=(182_400, 1_430_000, 96_200)[i],
            sha256=f"{i + 1:x}" * 64,
            needs_signature=True,
            current_sha256=f"{i + 1:x}" * 64,
            current_size=(182_400, 1_430_000, 96_200)[i],
        )
        for i, title in enumerate(_TITLES)
    )
    if state is State.DRAFTING and not returned:
        documents = ()
    made = ContractData(
        contract_id=f"{case_id}-C0",
        case_id=case_id,
        kind=ContractKind.ORIGINAL,
        number=0,
        state=state,
        version=2 if returned and state is not State.DRAFTING else 1,
        revision=5,
        deadline=DEADLINE if state not in (State.DRAFTING, State.CONCLUDED) else None,
        concluded_at=NOW if state is State.CONCLUDED else None,
        documents=documents,
        signatures=_signatures(state, documents),
        unsigned_contractor_ids=() if state in (State.SIGNING, State.SUBMITTED, State.CONCLUDED) else ("o1",),
        history=() if state is State.DRAFTING and not returned else _history(state, returned=returned),
        allowed=_ALLOWED.get((state, viewer), ()),
        turn=None,
    )
    return made.model_copy(update={"turn": whose_turn(made)})  # type: ignore[arg-type]


def case(
    state: State = State.UNDER_REVIEW,
    viewer: Side = Side.CONTRACTOR,
    *,
    number: int = 153,
    title: str = "令和8年度 国道20号〇〇橋補修工事",
    returned: bool = True,
    contacts: bool = True,
) -> CaseData:
    """A case with its original contract."""
    case_id = f"case{number}"
    people = (
        ContactData(name="山田 太郎", email="yamada@example.com", phone="03-0000-0000"),
        ContactData(name="高橋 次郎", email="takahashi@example.com"),
    )
    return CaseData(
        case_id=case_id,
        number=f"2026-83-{number:04}",
        title=title,
        kind=CaseKind.WORKS,
        place="東京都〇〇市〇〇町地内",
        body=Party(organization_id="b1", organization=BODY, person="佐藤 花子"),
        contractors=(Party(organization_id="o1", organization=FIRM, person="山田 太郎"),),
        amount=148_500_000,
        tax=13_500_000,
        term_from=None,
        term_to=date(2027, 6, 30),
        contacts=people if contacts else (),
        revision=3,
        contracts=(contract(case_id, state, viewer, returned=returned),),
    )


def cases(viewer: Side) -> tuple[CaseData, ...]:
    """Six cases, one of each kind."""
    return (
        case(State.UNDER_REVIEW, viewer),
        case(State.SIGNING, viewer, number=154, title="令和8年度 荒川〇〇地区築堤護岸工事", returned=False),
        case(State.SUBMITTED, viewer, number=155, title="令和8年度 〇〇地区電線共同溝工事", returned=False),
        case(State.DRAFTING, viewer, number=156, title="令和8年度 〇〇交差点改良工事"),
        case(State.OFFERED, viewer, number=157, title="令和8年度 〇〇歩道橋塗替工事", returned=False, contacts=False),
        case(State.CONCLUDED, viewer, number=158, title="令和8年度 〇〇トンネル照明設備更新工事", returned=False),
    )


def contract_pdf(path: Path, *, version: int) -> tuple[PageSize, ...]:
    """A contract of three pages as a PDF (the real ones are laid out by Typst); the second version differs in two places."""
    from importlib import resources

    with resources.as_file(resources.files("resources") / "fonts/NotoSerifJP_400Regular.ttf") as font:
        QFontDatabase.addApplicationFont(str(font))
    writer = QPdfWriter(str(path))
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(25, 25, 25, 25), QPageLayout.Unit.Millimeter)
    writer.setResolution(96)
    painter = QPainter(writer)
    wide = writer.width()
    for page in range(3):
        if page:
            writer.newPage()
        _page(painter, page, wide, version)
    painter.end()
    return (PageSize(595.0, 842.0),) * 3


def _page(painter: QPainter, page: int, wide: int, version: int) -> None:
    font = QFont("Noto Serif JP")
    font.setPixelSize(24)
    painter.setFont(font)
    title = ("工 事 請 負 契 約 書", "別紙 解体工事に要する費用等", "特記事項")[page]
    painter.drawText(QRectF(0, 20, wide, 40), Qt.AlignmentFlag.AlignCenter, title)
    font.setPixelSize(14)
    painter.setFont(font)
    rows: tuple[tuple[str, str], ...] = (
        ("1  工事名", "令和8年度 国道20号〇〇橋補修工事"),
        ("2  工事場所", "東京都〇〇市〇〇町地内"),
        ("3  工期", "契約締結の日の翌日から"),
        ("", "令和9年6月30日 まで" if version == 2 else "令和9年6月15日 まで"),
        ("4  請負代金額", "金 148,500,000円"),
        ("", "(うち取引に係る消費税及び地方消費税の額 金 13,500,000円)"),
        ("5  契約保証金", "免除(公共工事履行保証証券による保証)" if version == 2 else "納付"),
        ("6  前払金の割合", "請負代金額の10分の4以内"),
        ("7  調停人", "なし"),
    )
    if page:
        rows = tuple(
            (f"{i + 1}", f"第{page}節 {i + 1}項 発注者と受注者が協議して定めるものとする。") for i in range(14)
        )
    for i, (name, value) in enumerate(rows):
        y = 90 + 34 * i
        painter.drawText(QRectF(20, y, 150, 30), Qt.AlignmentFlag.AlignLeft, name)
        painter.drawText(QRectF(190, y, wide - 190, 30), Qt.AlignmentFlag.AlignLeft, value)
