"""Texts: both languages complete, every error told, every key that code uses is there; and each check seen to fail."""

from __future__ import annotations

from typing import ClassVar

import pytest

from econtract_core.rules.errors import error_types
from tests.house import no_complaints, texts
from tests.house.sources import ROOT, Source, python_files

FOLDER = ROOT / "resources/i18n"
JA, EN = texts.load_tables(FOLDER / "ja"), texts.load_tables(FOLDER / "en")
PROGRAM = python_files("econtract_desktop")


def test_both_languages_say_the_same_things() -> None:
    no_complaints(texts.languages_agree(JA, EN))


@pytest.mark.parametrize("table", [JA, EN], ids=["ja", "en"])
def test_every_error_is_told(table: texts.Tables) -> None:
    # the root's own code belongs to InternalError, which tells it
    no_complaints(texts.errors_told(error_types(), table.get("errors", {})))


@pytest.mark.parametrize("table", [JA, EN], ids=["ja", "en"])
def test_every_key_in_the_program_has_a_text(table: texts.Tables) -> None:
    no_complaints(complaint for source in PROGRAM for complaint in texts.keys_exist(source, table))


def test_keys_are_found_in_the_program() -> None:
    """The check above must not pass because it sees no key at all."""
    assert sum(len(whole) for whole, _ in map(texts.used_keys, PROGRAM)) > 20


def test_a_missing_translation_is_seen() -> None:
    assert texts.languages_agree({"home": {"a": "あ", "b": "い"}}, {"home": {"a": "a"}}) == ["no English text: home.b"]
    assert texts.languages_agree({}, {"home": {"a": "a"}}) == ["no Japanese text: home.a"]


def test_a_field_lost_in_translation_is_seen() -> None:
    [complaint] = texts.languages_agree({"home": {"a": "{count}件"}}, {"home": {"a": "some"}})
    assert "fields differ" in complaint


def test_a_broken_template_and_an_empty_text_are_seen() -> None:
    assert len(texts.languages_agree({"home": {"a": "{"}}, {"home": {"a": "{"}})) == 1
    assert texts.languages_agree({"home": {"a": " "}}, {"home": {"a": "x"}}) == ["home.a: empty"]


class _Sample:
    """Only here, and no EcontractError: the tree is looked at by other tests. Facts: path, tries (None where unknown)."""


class TestErrorTexts:
    types: ClassVar[dict[str, type]] = {"ED-X-1": _Sample}

    def entry(self, **parts: str) -> dict[str, object]:
        return {"ED-X-1": {"title": "t", "cause": "{path}", "remedy": "r", "button": "", **parts}}

    def test_a_good_one_passes(self) -> None:
        assert texts.errors_told(self.types, self.entry()) == []

    def test_a_missing_code_is_seen(self) -> None:
        assert texts.errors_told(self.types, {}) == ["no text for ED-X-1 _Sample"]

    def test_an_unknown_code_is_seen(self) -> None:
        assert texts.errors_told({}, self.entry()) == ["text for an unknown code: ED-X-1"]

    def test_an_unpromised_fact_is_seen(self) -> None:
        assert texts.errors_told(self.types, self.entry(title="{reader}")) == ["ED-X-1.title: no such fact: reader"]

    def test_a_missing_part_is_seen(self) -> None:
        assert len(texts.errors_told(self.types, {"ED-X-1": {"title": "t"}})) == 1


@pytest.mark.parametrize(
    "code",
    [
        'texts("home.nothing")',
        'self._texts("home.nothing", n=1)',
        'texts("home.nothing" if x else "home.title")',
        'progress.step("nothing", 1, 2)',
        'texts(f"nothing.{state}")',
        'texts("nothing." + state)',
    ],
)
def test_an_unknown_key_is_seen(code: str) -> None:
    assert len(texts.keys_exist(Source("x.py", code), {"home": {"title": "家"}, "progress": {}})) == 1


def test_a_known_key_is_allowed() -> None:
    code = 'texts("home.title"); texts(f"home.{x}"); texts(key); progress.step("sign", 1, 2)'
    assert texts.keys_exist(Source("x.py", code), {"home": {"title": "家"}, "progress": {"sign": "署名"}}) == []
