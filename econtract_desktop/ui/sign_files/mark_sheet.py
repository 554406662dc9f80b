"""The mark's page, kept up with what is chosen: page, real mark and place, from the "pages" lane."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from econtract_core.rules.errors import EcontractError
from econtract_desktop.ui.context import Context
from econtract_desktop.ui.sign_files.model import SheetModel, kept_on
from econtract_desktop.ui.sign_files.options import OptionsPanel
from econtract_desktop.ui.sign_files.sheet import Sheet, mark_picture, on_something, sheet
from econtract_desktop.ui.tasks import Endings

if TYPE_CHECKING:
    from econtract_desktop.services.card_status import CardView

_EDGE = 42.0  # points from the corner where the mark begins


@dataclass(frozen=True)
class _Drawn:
    """`mark`: its picture with its size in points."""

    file: Path
    sheet: Sheet
    mark: tuple[QImage, float, float]
    sample: bool


class MarkSheet(QObject):
    """`changed` when the page or the place has; `failed(error)`. GUI thread."""

    changed = Signal()
    failed = Signal(object)

    def __init__(self, context: Context, options: OptionsPanel) -> None:
        super().__init__()
        self._context = context
        self._options = options
        self._drawn: _Drawn | None = None
        self._model: SheetModel | None = None
        self._wanted: tuple[Path, int, str] | None = None
        options.placed.connect(self._move)

    @property
    def on_text(self) -> bool:
        """The mark lies over something on the page that is shown."""
        return self._model is not None and self._model.on_text

    def show_page(self, file: Path | None, page: int, card: CardView | None) -> None:
        """Draw this page of this file with this card's mark; nothing where it is there already."""
        if file is None:
            return
        wanted = (file, page, card.certificate_sha256 if card is not None else "")
        if wanted == self._wanted:
            return
        self._wanted = wanted
        desk, texts = self._context.desk, self._context.texts
        words = (texts("sign_files.sample_name"), texts("sign_files.sample_firm"), "")
        if card is not None and card.holder:
            words = (card.holder, card.organization, card.title)

        def work(_progress: object) -> _Drawn:
            return _Drawn(file, sheet(file, page), mark_picture(desk.signature_mark.picture(*words)), card is None)

        def done(drawn: _Drawn) -> None:
            if self._wanted == wanted:
                self._show(drawn)

        def failed(error: EcontractError) -> None:
            self._wanted = None
            self.failed.emit(error)

        self._context.tasks.start(work, Endings(done=done, failed=failed), "pages")

    def _show(self, drawn: _Drawn) -> None:
        _, width, height = drawn.mark
        page, before = drawn.sheet, self._model
        place = (before.left, before.bottom) if before is not None else (page.width - width - _EDGE, _EDGE)
        left, bottom = kept_on(place, (width, height), (page.width, page.height))
        self._drawn = drawn
        self._tell(
            SheetModel(
                file=drawn.file.name,
                page=page.number,
                pages=page.pages,
                width=page.width,
                height=page.height,
                mark=(width, height),
                left=left,
                bottom=bottom,
                sample=drawn.sample,
            )
        )

    def _move(self, left: float, bottom: float) -> None:
        if self._model is not None:
            model = self._model
            left, bottom = kept_on((left, bottom), model.mark, (model.width, model.height))
            self._tell(replace(model, left=left, bottom=bottom))

    def _tell(self, model: SheetModel) -> None:
        assert self._drawn is not None
        drawn, self._model = self._drawn, model
        self._options.show_sheet(model, drawn.sheet.picture, drawn.mark[0])
        self.changed.emit()
        box = (model.left, model.bottom, model.left + model.mark[0], model.bottom + model.mark[1])
        self._context.tasks.start(
            lambda _progress: on_something(drawn.file, model.page, box),
            Endings(done=lambda covers: self._judged(model, covers), failed=self.failed.emit),
            "pages",
        )

    def _judged(self, model: SheetModel, covers: bool) -> None:
        if self._drawn is None or self._model != model or model.on_text == covers:
            return
        self._model = replace(model, on_text=covers)
        self._options.show_sheet(self._model, self._drawn.sheet.picture, self._drawn.mark[0])
        self.changed.emit()
