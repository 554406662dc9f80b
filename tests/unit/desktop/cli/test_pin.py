"""The PIN at the command line: bytes only, full width understood, one line a question."""

import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.rules.errors import Cancelled, PinRequired, UsageError
from econtract_desktop.cli.pin import make_prompt
from econtract_desktop.ports.pin import PinBuffer, PinPurpose, PinRequest, PinRule, half_width
from econtract_desktop.texts import Texts

REQUEST = PinRequest(
    PinPurpose("sign"), "label", "山田 太郎", "あおば橋建設株式会社", "2028-03-31", PinRule(), 3, False
)


def pipe(data: bytes) -> int:
    read, write = os.pipe()
    os.write(write, data)
    os.close(write)
    return read


def test_one_line_a_question_and_then_nobody():
    fd = pipe("１２３４\n5678\r\n".encode())
    prompt = make_prompt(Texts("ja"), pin_fd=fd, pin_env=None, practice=False)
    assert bytes(prompt.ask(REQUEST).view) == b"1234"
    assert bytes(prompt.ask(REQUEST).view) == b"5678"
    with pytest.raises(PinRequired):
        prompt.ask(REQUEST)
    os.close(fd)


LAST = replace(REQUEST, tries_left=1, last_try=True)


@pytest.mark.parametrize("sentence", ["最後の1回です", "this is the last try"])
def test_the_last_try_wants_its_sentence_first(sentence):
    fd = pipe(f"{sentence}\n1234\n".encode())
    assert bytes(make_prompt(Texts("ja"), pin_fd=fd, pin_env=None, practice=False).ask(LAST).view) == b"1234"
    os.close(fd)


def test_without_the_sentence_the_last_try_is_not_made():
    fd = pipe(b"1234\n1234\n")
    with pytest.raises(Cancelled):
        make_prompt(Texts("ja"), pin_fd=fd, pin_env=None, practice=False).ask(LAST)
    os.close(fd)
    os.environ["A_PRACTICE_PIN"] = "1234"
    try:
        with pytest.raises(PinRequired):
            make_prompt(Texts("ja"), pin_fd=None, pin_env="A_PRACTICE_PIN", practice=True).ask(LAST)
    finally:
        del os.environ["A_PRACTICE_PIN"]


def test_a_closed_descriptor_is_wrong_usage():
    fd = pipe(b"")
    os.close(fd)
    with pytest.raises(UsageError):
        make_prompt(Texts("ja"), pin_fd=fd, pin_env=None, practice=False).ask(REQUEST)


def test_the_environment_is_for_practice_cards_only():
    with pytest.raises(UsageError):
        make_prompt(Texts("ja"), pin_fd=None, pin_env="PIN", practice=False)


def test_the_buffer_is_wiped_and_tells_nothing():
    data = bytearray(b"123456")
    with PinBuffer(data) as pin:
        assert "123456" not in repr(pin)
        with pytest.raises(TypeError):
            __import__("pickle").dumps(pin)
    assert data == bytes(6)


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=20), st.text(max_size=5))
def test_full_width_becomes_half_width_and_nothing_else_changes(ascii_text, other):
    wide = "".join(chr(ord(c) + 0xFEE0) for c in ascii_text)
    kept = "".join(c for c in other if not 0xFF01 <= ord(c) <= 0xFF5E and not 0xD800 <= ord(c) <= 0xDFFF)
    assert half_width(bytearray((wide + kept).encode())) == (ascii_text + kept).encode()
