"""The visible mark (記名押印) as it would look, before anything is signed."""

from __future__ import annotations

from collections.abc import Callable

from econtract_desktop.ports.forms import Forms


class SignatureMark:
    def __init__(self, forms: Callable[[], Forms]) -> None:
        """`forms`: loaded with the first mark."""
        self._forms = forms

    def picture(self, name: str, organization: str, title: str) -> bytes:
        """A one-page PDF as large as the mark. Raises FormInvalid."""
        return self._forms().mark(name, organization, title)
