"""The gallery's pictures of signing files: nothing chosen, chosen, the mark being placed, the end of a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QDialog, QWidget

from econtract_desktop.texts import Texts
from econtract_desktop.ui import samples
from econtract_desktop.ui.fonts import interface_font
from econtract_desktop.ui.formats import Formats
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.sign_files.model import FileEntry, SheetModel, with_icons
from econtract_desktop.ui.sign_files.sheet import sheet
from econtract_desktop.ui.sign_files.view import SignFilesView
from econtract_desktop.ui.signing.model import Proof, begun, finished, proven

Shot = tuple[QWidget, QDialog | None, str]
_FOLDER = Path("C:/工事/国道20号/署名済み")


def choosing(look: Look, texts: Texts, folder: Path, kind: str) -> Shot:
    """`kind`: empty, chosen, mark (its place is being chosen), bad (one file cannot be signed)."""
    view = SignFilesView(look, texts)
    files, options = view.files, view.files.options
    if kind == "empty":
        return view, None, "sign_files"
    entries = [
        FileEntry(Path("施工計画書.pdf"), True, "ok", (), 12),
        FileEntry(Path("工事打合せ簿.pdf"), True, "warn", (texts("findings.attachment"),), 2),
        FileEntry(Path("出来形数量.xlsx"), False, "ok"),
    ]
    why = ""
    if kind == "bad":
        entries.insert(1, FileEntry(Path("変更協議書.pdf"), True, "err", (texts("findings.script"),), 3))
        why = texts("sign_files.why_err")
    options.show_folder(_FOLDER)
    if kind == "mark":
        pdf = folder / "files.pdf"
        if not pdf.exists():
            samples.contract_pdf(pdf, version=1)
        page = sheet(pdf, 1)
        options.turn_on_mark()
        size = (150.0, 48.0)
        model = SheetModel("施工計画書.pdf", 1, 3, page.width, page.height, size, 330, 560, on_text=True)
        options.show_sheet(model, page.picture, _mark())
        why = texts("sign_files.why_text")
    files.show_files(tuple(entries), why)
    return view, None, "sign_files"


def ended(look: Look, texts: Texts, *, pending: bool) -> Shot:
    """All signed; `pending`: one waits for its timestamp."""
    view = SignFilesView(look, texts)
    view.setCurrentWidget(view.run)
    titles = ("施工計画書.pdf", "工事打合せ簿.pdf", "出来形数量.xlsx")
    day = Formats(texts).plain_day(samples.card().not_after.date())
    model = with_icons(begun(titles, str(_FOLDER), texts("signing.foot", name="山田 太郎", day=day), texts))
    model = finished(model, "done", "14:02", texts)
    proofs = tuple(Proof(t, "14:02", "" if pending and n == 2 else "14:02") for n, t in enumerate(titles))
    which = "pending" if pending else "done"
    view.run.show_model(
        replace(
            proven(model, proofs, "", texts),
            ended="done",
            title=texts(f"sign_files.{which}_title"),
            lead=texts(f"sign_files.{which}_lead", folder=_FOLDER),
            button=texts("sign_files.again"),
        )
    )
    names = ("open", "verify")
    view.offer_after(tuple((texts(f"sign_files.{n}"), f"sign_files.{n}", lambda: None) for n in names))
    return view, None, "sign_files"


def _mark() -> QImage:
    """Much as the real one looks."""
    picture = QImage(600, 192, QImage.Format.Format_RGB32)
    picture.fill(QColor("#ffffff"))
    painter = QPainter(picture)
    painter.setPen(QColor("#1a1a1a"))
    painter.setFont(interface_font(44))
    painter.drawText(QRectF(16, 16, 430, 160), Qt.AlignmentFlag.AlignVCenter, f"{samples.FIRM}\n山田 太郎")
    painter.setPen(QColor("#b3261e"))
    painter.drawEllipse(QRectF(460, 32, 124, 124))
    painter.end()
    return picture
