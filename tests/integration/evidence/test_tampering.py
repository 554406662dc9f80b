"""A sample of every byte's alteration; the whole loop is a command of its own (see `tampering`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from econtract_desktop.ports.signer import LEVELS
from tests.integration.evidence.tampering import loop


@pytest.mark.slow
def test_no_altered_byte_that_is_covered_passes(tmp_path: Path) -> None:
    counts, complaints = loop(tmp_path, every=101, seed=20261123)
    assert complaints == []
    for level in LEVELS:
        assert sum(n for (of, where, _), n in counts.items() if of == level and where == "covered") > 5
