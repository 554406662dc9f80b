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

    def mark(self, name: str, organization: str, title: str) -> bytes:
        """The visible mark (記名押印) of a signer: a one-page PDF as large as the mark, fonts embedded. The same words give
        the same bytes. Raises FormInvalid where a character has no glyph."""
        ...
