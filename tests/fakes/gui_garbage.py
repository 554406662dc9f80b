"""Garbage of a window's tests is collected on the GUI thread only, as in the program (`ui.tasks.GuiCollector`)."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module")
def gui_garbage() -> Iterator[None]:
    """While a module's tests run nothing is collected: a worker that happens to allocate would free the widgets of an
    earlier test outside their thread, and the process would die. What was left is collected here, at the end."""
    was_on = gc.isenabled()
    gc.disable()
    yield
    gc.collect()
    if was_on:
        gc.enable()
