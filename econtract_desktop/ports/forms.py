"""Forms: form data → the final PDF. Adapter: `forms/` (Typst)."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Forms(Protocol):
    def contract(self, data: dict[str, object], output: Path) -> None:
        """Lay out 工事請負契約書 as PDF/A-2b with embedded fonts. `output` appears only when whole.

        Raises FormInvalid naming the fields that are missing or wrong, FileNotWritable.
        """
        ...
