"""econtract notices"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import TYPE_CHECKING

from econtract_core.rules.dates import JST
from econtract_desktop.cli.call import Call, Result
from econtract_desktop.texts import Texts

if TYPE_CHECKING:
    from datetime import datetime

    from econtract_core.messages.notices import BulletinData, TitleData, WordsData

_PARTS = ("maintenance", "notices", "manuals", "faq")


def add_arguments(parser: ArgumentParser, command: str, texts: Texts) -> None:
    parser.add_argument("what", nargs="?", choices=("all", *_PARTS), default="all", help=texts("notices.arg_what"))


def run(command: str, call: Call) -> Result:
    board, say = call.desk.procedures.notices.board(), call.texts
    parts = _PARTS if call.options.what == "all" else (call.options.what,)
    lines = []
    for part in parts:
        found: tuple[BulletinData, ...] = getattr(board, part)
        if found:
            lines.append(say(f"notices.{part}"))
            lines += [line for one in found for line in _lines(one, say)]
    data = {part: [one.model_dump(mode="json") for one in getattr(board, part)] for part in parts}
    return Result(dict(data), lines or [say("notices.none")])


def _lines(one: BulletinData, say: Texts) -> list[str]:
    when = _clock(one.begins) + (f" – {_clock(one.ends)}" if one.ends is not None else "")
    mark = say(f"notices.importance_{one.importance.value}")
    function = say(f"notices.function_{one.function.value}") if one.function is not None else ""
    head = " ".join(word for word in (mark, function, _said(one.title, say), one.version) if word)
    text = [f"    {line}" for line in _said(one.text, say).splitlines()]
    return [f"  {when}  {head}", *text, *([f"    {one.link}"] if one.link else [])]


def _said(words: TitleData | WordsData, say: Texts) -> str:
    return words.en if say.language == "en" and words.en else words.ja


def _clock(moment: datetime) -> str:
    return moment.astimezone(JST).strftime("%Y-%m-%d %H:%M")
