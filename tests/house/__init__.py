"""The house rules that no linter knows, as functions: source text in, complaints out. The tests are `tests/unit/test_house_*.py`."""

from __future__ import annotations

from collections.abc import Iterable

import pytest


def no_complaints(complaints: Iterable[str]) -> None:
    """Fail showing every complaint on a line of its own."""
    lines = list(complaints)
    if lines:
        pytest.fail(f"{len(lines)} complaints:\n" + "\n".join(lines), pytrace=False)
