"""Icons: one colour SVGs (Fluent System Icons), tinted by a token when they are painted, at any size and scale."""

from __future__ import annotations

from importlib import resources

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from econtract_desktop.ui.theme import Theme


class TintedEngine(QIconEngine):
    """Paints one SVG in a token's colour; `filled` names the drawing for the checked state."""

    def __init__(self, icons: Icons, name: str, token: str, filled: tuple[str, str] | None = None) -> None:
        super().__init__()
        self._icons = icons
        self._name = name
        self._token = token
        self._filled = filled

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Qt asks; also through `pixmap`."""
        name, token = self._filled if self._filled and state == QIcon.State.On else (self._name, self._token)
        box = QRectF(rect.x(), rect.y(), min(rect.width(), rect.height()), rect.height())
        self._icons.draw(painter, box, name, "dis" if mode == QIcon.Mode.Disabled else token)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """A transparent picture of `size` device pixels."""
        picture = QPixmap(size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return picture

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        """As `pixmap`: `size` is in device pixels already."""
        return self.pixmap(size, mode, state)

    def clone(self) -> QIconEngine:
        """For copies of the icon."""
        return TintedEngine(self._icons, self._name, self._token, self._filled)


class Icons:
    """All icons of the program over one theme. GUI thread only."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._drawings: dict[str, QSvgRenderer] = {}

    def icon(self, name: str, colour: str = "text", filled: tuple[str, str] | None = None) -> QIcon:
        """`name` is the file's stem, "signature_20_regular"; `filled` (name, token) for the checked state."""
        return QIcon(TintedEngine(self, name, colour, filled))

    def draw(self, painter: QPainter, rect: QRectF, name: str, token: str) -> None:
        """Paint an icon into `rect` now."""
        renderer = self._drawings.get(name + self._theme.name(token))
        if renderer is None:
            source = (resources.files("resources") / "icons" / f"{name}.svg").read_bytes()
            colour = self._theme.name(token).encode()
            renderer = QSvgRenderer(QByteArray(source.replace(b"<path ", b'<path fill="' + colour + b'" ')))
            self._drawings[name + self._theme.name(token)] = renderer
        renderer.render(painter, rect)
