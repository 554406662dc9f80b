"""What the operator tells: notices, maintenance windows, manuals, questions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from econtract_core.messages.base import Identifier, Line, Message, Moment
from econtract_core.rules.bulletin import Audience, Function, Importance, Kind

_Long = Annotated[str, Field(max_length=20_000)]
_Short = Annotated[str, Field(max_length=300)]


class WordsData(Message):
    """English may be empty; Japanese is shown then."""

    ja: _Long
    en: _Long = ""


class TitleData(Message):
    ja: Line
    en: _Short = ""


class BulletinData(Message):
    """`econtract_core.rules.bulletin.Bulletin`."""

    bulletin_id: Identifier
    kind: Kind
    title: TitleData
    text: WordsData = WordsData(ja="")
    begins: Moment
    ends: Moment | None = None
    importance: Importance = Importance.NORMAL
    audience: Audience = Audience.ALL
    organization_id: Identifier | None = None
    function: Function | None = None
    version: _Short = ""
    link: Annotated[str, Field(max_length=1000)] = ""


class Board(Message):
    """What one may see now, the newest first; maintenance windows by their beginning, those to come with those that are open."""

    notices: tuple[BulletinData, ...] = ()
    maintenance: tuple[BulletinData, ...] = ()
    manuals: tuple[BulletinData, ...] = ()
    faq: tuple[BulletinData, ...] = ()
