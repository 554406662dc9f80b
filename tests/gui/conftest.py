"""What the window's tests share: the font, a theme, texts, and a desk whose services are real and whose world is fake."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from econtract_desktop.texts import Texts
from econtract_desktop.ui.fonts import load_interface_font
from econtract_desktop.ui.icons import Icons
from econtract_desktop.ui.look import Look
from econtract_desktop.ui.theme import Theme
from tests.fakes.desk import FakeDesk


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The platform plugin without a screen says that it cannot tell a window manager about sizes: there is none."""
    here = str(Path(__file__).parent)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints"))


@pytest.fixture(autouse=True, scope="module")
def collected_here(gui_garbage: None) -> None:
    """No worker frees a widget."""


@pytest.fixture
def look(qapp: QApplication) -> Look:
    """The light theme."""
    load_interface_font()
    theme = Theme(qapp, "light")
    return Look(theme, Icons(theme))


@pytest.fixture
def texts() -> Texts:
    return Texts("ja")


@pytest.fixture
def desk(tmp_path: Path) -> FakeDesk:
    """The contractor is logged in; one case is offered."""
    return FakeDesk(tmp_path)
