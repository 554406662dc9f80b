"""What the screen for signing files shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from econtract_desktop.ports.signer import Mark
from econtract_desktop.texts import Texts
from econtract_desktop.ui.review.model import safety
from econtract_desktop.ui.signing.model import RunModel
from econtract_desktop.ui.widgets.badge import BadgeModel

if TYPE_CHECKING:
    from econtract_core.evidence.verdict import Inspection

MM = 72 / 25.4  # points in a millimetre
Box = tuple[float, float, float, float]
_BADGES = {
    "looking": ("neutral", ""),
    "ok": ("ok", "checkmark_16_regular"),
    "warn": ("warn", ""),
    "err": ("err", "error_circle_16_regular"),
}


@dataclass(frozen=True)
class FileEntry:
    """One chosen file. `tone`: looking, ok, warn (to be looked at), err (cannot be signed). `lines` say why. `pages`: of a
    PDF."""

    path: Path
    pdf: bool
    tone: str = "looking"
    lines: tuple[str, ...] = ()
    pages: int | None = None

    def badge(self, texts: Texts) -> BadgeModel:
        """Its state in a word."""
        tone, icon = _BADGES[self.tone]
        return BadgeModel(texts(f"sign_files.is_{self.tone}"), tone, icon)


@dataclass(frozen=True)
class Choices:
    """What the person has chosen besides the files."""

    folder: Path | None = None
    level: str = "B-T"
    reason: str = ""
    container: bool = False
    mark: Mark | None = None


@dataclass(frozen=True)
class SheetModel:
    """The page on which the mark is put: its picture's size in points, the mark's size and place, `on_text` where something
    stands there already. `sample`: the mark is not the card's own, since none is in."""

    file: str
    page: int  # from 1
    pages: int
    width: float
    height: float
    mark: tuple[float, float]
    left: float
    bottom: float
    on_text: bool = False
    sample: bool = False


def inspected(entry: FileEntry, inspection: Inspection, texts: Texts) -> FileEntry:
    """With what was found in it, in plain words."""
    checks = safety(inspection, texts)
    tone = max((check.tone for check in checks), key=("info", "ok", "warn", "err").index)
    lines = tuple(line for check in checks if check.tone in ("warn", "err") for line in check.lines)
    return FileEntry(entry.path, entry.pdf, tone, lines, inspection.pages)


def is_pdf(path: Path) -> bool:
    """By its name; what else begins as a PDF is signed as one, too."""
    return path.suffix.lower() == ".pdf"


def with_icons(model: RunModel) -> RunModel:
    """PDFs and other things look different."""
    documents = tuple(
        each if is_pdf(Path(each.title)) else replace(each, icon="attach_20_regular") for each in model.documents
    )
    return replace(model, documents=documents)


def kept_on(place: tuple[float, float], mark: tuple[float, float], page: tuple[float, float]) -> tuple[float, float]:
    """The nearest place (left, bottom; points) at which a mark of this size lies on the page."""
    left = min(max(place[0], 0.0), max(page[0] - mark[0], 0.0))
    bottom = min(max(place[1], 0.0), max(page[1] - mark[1], 0.0))
    return left, bottom
