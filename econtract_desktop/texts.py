"""Every text a user sees, by key, in Japanese (first) and English. The tables are `resources/i18n/{ja,en}/*.json`.

One table per area: `errors.json` holds {code: {title, cause, remedy, button}}, the others {key: text}; the area is the first
part of a key ("home.title" is "title" in home.json). Texts are `str.format` templates.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from econtract_core.rules.errors import EcontractError

LANGUAGES = ("ja", "en")


@dataclass(frozen=True)
class ErrorText:
    """How an error is told: `title` what happened, `cause` 起きたこと, `remedy` すること, `button` the one way on (may be empty)."""

    title: str
    cause: str
    remedy: str
    button: str


class Texts:
    """The texts of one language. Thread-safe; each area's table is read at its first use."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "ja"

    def __call__(self, key: str, **facts: object) -> str:
        """The text of `key`, filled. A key without a text is shown as itself in ⟦ ⟧ (`dev.py check` finds them)."""
        area, _, name = key.partition(".")
        text = table(self.language, area).get(name)
        if not isinstance(text, str):
            return f"⟦{key}⟧"
        return text.format_map(_Facts(facts)) if facts or "{" in text else text

    def error(self, error: EcontractError) -> ErrorText:
        entry = table(self.language, "errors").get(error.code)
        if not isinstance(entry, dict):
            return ErrorText(str(error), "", "", "")
        told = {name: value for name, value in error.facts.items() if value is not None}
        facts = _Facts({k: "、".join(v) if isinstance(v, list) else v for k, v in told.items()})
        return ErrorText(
            *(str(entry.get(part, "")).format_map(facts) for part in ("title", "cause", "remedy", "button"))
        )


class _Facts(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "—"  # an error may come without a fact; its text must still be told


@lru_cache(maxsize=64)
def table(language: str, area: str) -> dict[str, object]:
    """One table as it lies; empty where there is none."""
    place = resources.files("resources") / "i18n" / language / f"{area}.json"
    if not place.is_file():
        return {}
    found = json.loads(place.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found
