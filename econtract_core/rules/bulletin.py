"""What the operator 運用担当者 tells everybody: notices お知らせ, maintenance windows メンテナンス, manuals マニュアル, questions よくある質問.

Source: product.md "People", "Words in the code"; the public page of the original system (windows per function, manuals' updates).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from econtract_core.rules.contract import Side
from econtract_core.rules.errors import ValueInvalid


class Kind(StrEnum):
    NOTICE = "notice"
    MAINTENANCE = "maintenance"
    MANUAL = "manual"
    FAQ = "faq"


class Function(StrEnum):
    """What a maintenance window takes away."""

    SYSTEM = "SYSTEM"  # nothing can be changed; reading goes on
    TIMESTAMP = "TIMESTAMP"  # signatures wait for their timestamp
    MAIL = "MAIL"  # e-mail waits


class Importance(StrEnum):
    NORMAL = "normal"
    IMPORTANT = "important"


class Audience(StrEnum):
    ALL = "all"  # without a session too
    CONTRACTORS = "contractors"
    OFFICERS = "officers"
    BODY = "body"  # one organisation


@dataclass(frozen=True)
class Words:
    """Japanese first; English may be missing, and Japanese is shown then."""

    ja: str
    en: str = ""


@dataclass(frozen=True)
class Bulletin:
    """One entry. A notice is shown from `begins` until `ends` (None: until it is ended); a maintenance window is told from the day it is
    entered, and open from `begins` until just before `ends`. `version` and `link` are a manual's. Raises ValueInvalid."""

    bulletin_id: str
    kind: Kind
    title: Words
    text: Words
    begins: datetime
    ends: datetime | None = None
    importance: Importance = Importance.NORMAL
    audience: Audience = Audience.ALL
    organization_id: str | None = None
    function: Function | None = None
    version: str = ""
    link: str = ""

    def __post_init__(self) -> None:
        if not self.title.ja.strip():
            raise ValueInvalid(field="title", problem="empty")
        if self.begins.tzinfo is None or (self.ends is not None and self.ends.tzinfo is None):
            raise ValueInvalid(field="begins", problem="no time zone")
        if self.ends is not None and self.ends < self.begins:
            raise ValueInvalid(field="ends", problem="before begins")
        window = self.kind is Kind.MAINTENANCE
        if window != (self.function is not None) or (window and self.ends is None):
            raise ValueInvalid(
                field="function", problem="a maintenance window has a function and an end, nothing else has one"
            )
        if window and self.audience is not Audience.ALL:
            raise ValueInvalid(field="audience", problem="a maintenance window is for all")
        if (self.audience is Audience.BODY) != (self.organization_id is not None):
            raise ValueInvalid(field="organization_id", problem="named for one body, and only then")
        if self.link and not self.link.startswith("https://"):
            raise ValueInvalid(field="link", problem="not https://")


def is_open(bulletin: Bulletin, at: datetime) -> bool:
    """At this moment: begun, and not ended."""
    return bulletin.begins <= at and (bulletin.ends is None or at < bulletin.ends)


def is_shown(bulletin: Bulletin, at: datetime, side: Side | None, organization_id: str | None) -> bool:
    """To somebody of this side and organisation; both None: to anybody."""
    ended = bulletin.ends is not None and bulletin.ends <= at
    if ended or (bulletin.kind is not Kind.MAINTENANCE and at < bulletin.begins):
        return False
    if bulletin.audience is Audience.BODY:
        return organization_id is not None and organization_id == bulletin.organization_id
    wanted = {Audience.CONTRACTORS: Side.CONTRACTOR, Audience.OFFICERS: Side.OFFICER}.get(bulletin.audience)
    return wanted is None or side is wanted


def closed_until(bulletins: Iterable[Bulletin], function: Function, at: datetime) -> datetime | None:
    """When the last window of this function that is open now ends; None where none is."""
    ends = [b.ends for b in bulletins if b.function is function and b.ends is not None and is_open(b, at)]
    return max(ends, default=None)
