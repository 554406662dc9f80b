"""One card door: which way a card opens. A card of a firm or person who is registered never opens a new registration.

Each finding is named and says how sure it is; people decide where the rules are not certain. Matching is on stable keys only:
法人番号, contractor number, 商号, name (facts.md 4 rows 1, 9). Source: product.md parts 1 and 2; facts.md 1.2 U6, 1.3.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from econtract_core.rules.errors import AlreadyRegistered


class Evidence(StrEnum):
    """What agrees, or speaks against."""

    CERTIFICATE = "certificate"
    CORPORATE_NUMBER = "corporate_number"  # 法人番号
    CONTRACTOR_NUMBER = "contractor_number"  # 受注者番号
    FIRM_NAME = "firm_name"  # 商号
    PERSON_NAME = "person_name"  # 氏名
    OTHER_CORPORATE_NUMBER = "other_corporate_number"  # against


class Sureness(StrEnum):
    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


class Door(StrEnum):
    LOG_IN = "log_in"
    RENEW = "renew"
    CHANGE_REPRESENTATIVE = "change_representative"  # 代表者変更
    SECOND_USER = "second_user"  # another person of a registered firm
    REGISTER = "register"


@dataclass(frozen=True)
class Named:
    """What a certificate (and the person before the screen) says; "" where nothing. `contractor_number` is typed, not on the card."""

    certificate_sha256: str
    corporate_number: str
    firm: str
    person: str
    represents: bool  # says so itself: 代表者
    contractor_number: str = ""


@dataclass(frozen=True)
class Known:
    """A registered person as the server knows them. `certificates`: current and retired."""

    user_id: str
    organization_id: str
    contractor_number: str
    corporate_number: str
    firm: str
    person: str
    represents: bool
    certificates: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """A way that this card may mean, towards this registered person."""

    door: Door
    sureness: Sureness
    known: Known
    evidence: tuple[Evidence, ...]


SameName = Callable[[str, str], bool]
_FIRM_KINDS = (
    ("(株)", "株式会社"), ("(有)", "有限会社"), ("(合)", "合同会社"), ("(資)", "合資会社"), ("(名)", "合名会社"),
)  # fmt: skip
_ORDER = (Door.LOG_IN, Door.RENEW, Door.CHANGE_REPRESENTATIVE, Door.SECOND_USER)
_SURE = (Sureness.CERTAIN, Sureness.LIKELY, Sureness.POSSIBLE)


def plain_name(name: str) -> str:
    """A 商号 or 氏名 without spaces, width and the short forms of 株式会社. Different characters (髙 高) stay different."""
    text = "".join(unicodedata.normalize("NFKC", name).split()).casefold()
    for short, long in _FIRM_KINDS:
        text = text.replace(short, long)
    return text


def same_name(one: str, other: str) -> bool:
    """The default comparison; a caller that knows variants of characters (identity.likeness) passes its own."""
    return bool(one.strip()) and plain_name(one) == plain_name(other)


def findings(new: Named, known: tuple[Known, ...], same: SameName = same_name) -> tuple[Finding, ...]:
    """Every way this card may mean, the surest first. Empty: nobody like that is registered."""
    found = [finding for one in known for finding in _finding(new, one, same)]
    return tuple(sorted(found, key=_rank))


def _rank(finding: Finding) -> tuple[int, int]:
    return _SURE.index(finding.sureness), _ORDER.index(finding.door)


def door(new: Named, known: tuple[Known, ...], same: SameName = same_name) -> Door:
    """The door to open: the surest finding's; `REGISTER` only where there is none."""
    found = findings(new, known, same)
    return found[0].door if found else Door.REGISTER


def check_register(new: Named, known: tuple[Known, ...], insists: bool = False, same: SameName = same_name) -> None:
    """May this card register anew? Raises AlreadyRegistered where it must not: a person certainly registered, and a likely or
    possible one unless the user, having been asked, insists. A second user of a firm registers. Source: facts.md 1.2 U6 [B20], 4 row 1.
    """
    for finding in findings(new, known, same):
        if finding.door is Door.SECOND_USER:
            continue
        if finding.sureness is Sureness.CERTAIN or not insists:
            because = ", ".join(e.value for e in finding.evidence)
            raise AlreadyRegistered(user=finding.known.user_id, because=because)


def _finding(new: Named, one: Known, same: SameName) -> list[Finding]:
    if new.certificate_sha256 in one.certificates:
        return [Finding(Door.LOG_IN, Sureness.CERTAIN, one, (Evidence.CERTIFICATE,))]
    firm, sureness = _firm(new, one, same)
    person = same(new.person, one.person)
    evidence = (*firm, Evidence.PERSON_NAME) if person else firm
    if sureness is None:
        # A person without a firm on the card (JPKI): a name alone tells little.
        alone = person and not new.firm and not new.corporate_number
        return [Finding(Door.RENEW, Sureness.POSSIBLE, one, evidence)] if alone else []
    if person:
        return [Finding(Door.RENEW, sureness, one, evidence)]
    if one.represents and new.represents:
        return [Finding(Door.CHANGE_REPRESENTATIVE, sureness, one, evidence)]
    return [Finding(Door.SECOND_USER, sureness, one, evidence)]


def _firm(new: Named, one: Known, same: SameName) -> tuple[tuple[Evidence, ...], Sureness | None]:
    """What says it is the same firm, and how sure that is; None: nothing does, or a number speaks against it."""
    both = bool(new.corporate_number and one.corporate_number)
    agrees = both and new.corporate_number == one.corporate_number
    typed = bool(new.contractor_number) and new.contractor_number == one.contractor_number
    named = same(new.firm, one.firm)
    evidence = tuple(
        kind
        for kind, holds in (
            (Evidence.CORPORATE_NUMBER, agrees),
            (Evidence.CONTRACTOR_NUMBER, typed),
            (Evidence.FIRM_NAME, named),
            (Evidence.OTHER_CORPORATE_NUMBER, both and not agrees),
        )
        if holds
    )
    if agrees:
        return evidence, Sureness.CERTAIN
    if (
        both
    ):  # 法人番号 differ: another firm, unless the number of this one was typed (a merger of firms, a typing error)
        return evidence, Sureness.POSSIBLE if typed else None
    if typed:
        # Anybody can type a number: certain only with the name that belongs to it.
        return evidence, Sureness.CERTAIN if named else Sureness.POSSIBLE
    return evidence, Sureness.LIKELY if named else None
