"""Commands that people copy from the evidence page run on exactly the file that is meant, whatever its name."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from econtract_core.identity.characters import visible
from econtract_desktop.forms.reader_commands import posix_word, powershell_word

NASTY = [
    "one.pdf",
    "契約書 第2版.pdf",
    "$(touch pwned).pdf",
    "`touch pwned`.pdf",
    'a";touch pwned;".pdf',
    "a';touch pwned;'.pdf",
    "-rf.pdf",
    "--help",
    "x\u202efdp.exe",
    "a\ntouch pwned\n.pdf",
    "ends in lines\n\n",
    "%s%n\\101.pdf",
    "\x1b[2J.pdf",
    "\udc80\udcff.pdf",
    "a\\b'\u202e\\c.pdf",
    "!history* ?[a] ~ # & | < >.pdf",
]


@pytest.mark.parametrize("name", NASTY)
def test_sh_reads_exactly_this_file(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(name.encode("utf-8", "surrogateescape"))
    command = f"sha256sum < {posix_word(name)}; cat -- {posix_word(name)}"
    done = subprocess.run(["/bin/sh", "-c", command], cwd=tmp_path, capture_output=True, check=False)
    content = os.fsencode(name)
    assert done.stdout == f"{hashlib.sha256(content).hexdigest()}  -\n".encode() + content
    assert done.stderr == b""
    assert [os.fsencode(file.name) for file in tmp_path.iterdir()] == [content]


@given(st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=20))
@example("\n")
def test_sh_makes_one_word_of_any_name(name: str) -> None:
    done = subprocess.run(["/bin/sh", "-c", f"printf %s {posix_word(name)}"], capture_output=True, check=True)
    assert done.stdout == os.fsencode(f"./{name}")


@pytest.mark.parametrize("name", NASTY)
def test_nothing_in_a_command_misleads_the_eye(name: str) -> None:
    assert visible(posix_word(name.rstrip("\n"))) == posix_word(name.rstrip("\n"))
    assert visible(powershell_word(name)) == powershell_word(name)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("one.pdf", "'.\\one.pdf'"),
        ("$(touch x)`.pdf", "'.\\$(touch x)`.pdf'"),
        ("-rf.pdf", "'.\\-rf.pdf'"),
        ("it's\u2019.pdf", "'.\\it''s\u2019\u2019.pdf'"),
        ("x\u202efdp.exe", "('.\\x' + [char]0x202E + 'fdp.exe')"),
        ("\n", "('.\\' + [char]0x000A)"),
        ("\U000f0000", "('.\\' + [char]0xDB80 + [char]0xDC00)"),
        ("𠮷.pdf", "'.\\𠮷.pdf'"),
    ],
)
def test_powershell_takes_it_literally(name: str, word: str) -> None:
    """about_Quoting_Rules: nothing is expanded in apostrophes, and any kind of them is doubled."""
    assert powershell_word(name) == word
