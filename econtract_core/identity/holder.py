"""Certificate → person, firm, role and CA.

The accredited CAs write romaji into the Subject and Japanese into subjectAltName (directoryName); the JPKI signing certificate
writes 氏名 into otherName; the commercial registry has an extension of its own; officers' certificates write Japanese into the
Subject. Each is read; nothing is guessed: what a certificate does not say is "".

性別 and 生年月日 (JPKI) are never read. Every text is safe to show (`characters.visible`); the exact bytes stay in `der`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from econtract_core.der import SEQUENCE, Element, element
from econtract_core.identity import certificate as x509
from econtract_core.identity import names
from econtract_core.identity.characters import visible
from econtract_core.identity.layouts import UNKNOWN, Layout, layout_of
from econtract_core.identity.names import Name
from econtract_core.identity.strings import Decoded, decode
from econtract_core.rules import numbers
from econtract_core.rules.errors import UnsupportedDocument

T = TypeVar("T")
_JPKI = "1.2.392.200149.8.5.5."  # .1 氏名 .2 氏名の代替文字 (.3 性別 .4 生年月日: never read) .5 住所 .6 住所の代替文字
_JPKI_NAME, _JPKI_NAME_SUBSTITUTES, _JPKI_ADDRESS, _JPKI_ADDRESS_SUBSTITUTES = (_JPKI + n for n in "1256")
_UPN = "1.3.6.1.4.1.311.20.2.3"  # user principal name
_READ = frozenset({_JPKI_NAME, _JPKI_NAME_SUBSTITUTES, _JPKI_ADDRESS, _JPKI_ADDRESS_SUBSTITUTES, _UPN})
_REGISTRY = "1.2.392.100300.1.1.3"  # registeredCorporationInfo
_CORPORATE_NUMBER = re.compile(r"(?:NTRJP-|VATJP-|T)?([1-9][0-9]{12})")
_REPRESENTS = re.compile("代表|representative director", re.IGNORECASE)

BROKEN_EXTENSION = "broken-extension"
REPEATED_EXTENSION = "repeated-extension"
CHECK_DIGIT = "corporate-number-check-digit"


class HolderRole(StrEnum):
    """As far as the certificate itself says."""

    REPRESENTATIVE = "representative"  # 代表者
    AGENT = "agent"  # 受任者, with 委任項目
    INDIVIDUAL = "individual"  # a person without a firm (JPKI)
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Holder:
    """Who a certificate names. Texts as in the certificate, made safe to show; "" where it says nothing. Times in UTC.

    `layout` is a row of `identity.layouts`, or "unknown": then what was read is what stood where such things often stand, and a
    person should read `subject_dn` and `alternative_dn`. `doubts`: short codes of everything that had to be decided.
    """

    name: str  # 氏名
    name_romaji: str
    organization: str  # 商号
    organization_romaji: str
    corporate_number: str  # 法人番号, 13 digits
    head_office: str  # 本店住所 (JPKI: the person's address)
    title: str  # 役職
    authority: str  # 代理権 (委任項目)
    issuer: str
    serial: str  # hex
    not_before: datetime
    not_after: datetime
    sha256: str
    policies: tuple[str, ...]
    key_algorithm: str  # "RSA-2048", "EC-secp256r1"
    usage: tuple[str, ...]  # as X.509 names them: "digital_signature", "content_commitment" (nonRepudiation)
    der: bytes = field(repr=False)
    layout: str = UNKNOWN
    ca: str = ""  # the CA's own name, where the layout is known
    role: HolderRole = HolderRole.UNKNOWN
    upn: str = ""
    name_has_substitutes: bool = False  # 代替文字 stand in the name: the registered characters are not on the card
    address_has_substitutes: bool = False
    subject_dn: str = ""  # RFC 4514
    issuer_dn: str = ""
    alternative_dn: str = ""
    doubts: tuple[str, ...] = ()

    def valid_at(self, moment: datetime) -> bool:
        return self.not_before <= moment <= self.not_after


def read_holder(der: bytes) -> Holder:
    """Read a certificate (DER). Unknown layouts are read as far as they go. Raises UnsupportedDocument where it is none.

    Linear in its size, of which 64 KiB are the most.
    """
    parts = x509.read_parts(der)
    doubts: set[str] = {REPEATED_EXTENSION} if parts.repeated else set()
    alternative = _lenient(lambda: x509.alternative_names(parts), x509.AlternativeNames(), doubts)
    nothing: tuple[str, ...] = ()
    policies = _lenient(lambda: x509.policies(parts), nothing, doubts)
    usage = _lenient(lambda: x509.key_usage(parts), nothing, doubts)
    unregistered: dict[int, str] = {}
    registry = _lenient(lambda: _registry(parts.extensions.get(_REGISTRY)), unregistered, doubts)
    layout = layout_of(policies, frozenset(parts.extensions))
    directory = alternative.directories[0] if alternative.directories else Name()
    others = _others(alternative, doubts)
    who = _Who(parts.subject, directory, others, registry, layout)
    doubts |= parts.subject.doubts | directory.doubts
    title, authority = who.title(), who.best(names.DESCRIPTION)
    return Holder(
        name=who.name(),
        name_romaji=who.romaji(names.COMMON_NAME),
        organization=who.organization(),
        organization_romaji=who.romaji(names.ORGANIZATION),
        corporate_number=who.corporate_number(doubts),
        head_office=who.address(),
        title=title,
        authority=authority,
        issuer=_issuer(parts.issuer),
        serial=f"{parts.serial:x}",
        not_before=parts.not_before,
        not_after=parts.not_after,
        sha256=hashlib.sha256(der).hexdigest(),
        policies=policies,
        key_algorithm=x509.key_algorithm(parts),
        usage=usage,
        der=der,
        layout=layout.name if layout else UNKNOWN,
        ca=layout.ca if layout else "",
        role=_role(layout, title, authority),
        upn=visible(others.get(_UPN, "")),
        name_has_substitutes=_marked(others.get(_JPKI_NAME_SUBSTITUTES, "")),
        address_has_substitutes=_marked(others.get(_JPKI_ADDRESS_SUBSTITUTES, "")),
        subject_dn=parts.subject.rfc4514(),
        issuer_dn=parts.issuer.rfc4514(),
        alternative_dn=directory.rfc4514(),
        doubts=tuple(sorted(doubts)),
    )


@dataclass(frozen=True)
class _Who:
    """The Subject (romaji by custom), the directoryName beside it (Japanese by custom), otherNames, and the registry's."""

    subject: Name
    directory: Name
    others: dict[str, str]
    registry: dict[int, str]
    layout: Layout | None

    def best(self, kind: str) -> str:
        """What the person is called: the Japanese name where there is one, else the Subject's."""
        return self.directory.text(kind) or self.subject.text(kind)

    def name(self) -> str:
        found = visible(self.others.get(_JPKI_NAME, "")) or self.registry.get(_DIRECTOR, "")
        return found or ("" if self._opaque else self.best(names.COMMON_NAME))

    def romaji(self, kind: str) -> str:
        """The Subject's text where it is in Latin letters; never the Japanese one, never an opaque number."""
        text = "" if self._opaque else self.subject.text(kind)
        return text if _latin(text) else ""

    def organization(self) -> str:
        found = self.registry.get(_FIRM, "")
        return found or ("" if self._opaque else self.best(names.ORGANIZATION))

    def title(self) -> str:
        return self.registry.get(_DIRECTOR_TITLE, "") or self.best(names.TITLE)

    def corporate_number(self, doubts: set[str]) -> str:
        """13 digits: as the certificate says, or from the registry's 12-digit number. A wrong check digit is a doubt."""
        registered = unicodedata.normalize("NFKC", self.registry.get(_FIRM_NUMBER, "")).replace("-", "")
        if re.fullmatch("[0-9]{12}", registered):
            return numbers.corporate_number(registered)
        found = _CORPORATE_NUMBER.fullmatch(self.best(names.ORGANIZATION_IDENTIFIER).strip())
        if found is None:
            return ""
        if not numbers.corporate_number_is_valid(found.group(1)):
            doubts.add(CHECK_DIGIT)
        return found.group(1)

    def address(self) -> str:
        """本店住所: 都道府県, 市区町村 and 番地 in one line, from the first name that has any."""
        found = visible(self.others.get(_JPKI_ADDRESS, "")) or self.registry.get(_FIRM_ADDRESS, "")
        for name in (self.directory, self.subject):
            parts = [name.text(kind) for kind in (names.STATE, names.LOCALITY, names.STREET)]
            if not found and any(parts):
                found = "".join(parts) if not _latin("".join(parts)) else ", ".join(p for p in parts if p)
        return found

    @property
    def _opaque(self) -> bool:
        return self.layout is not None and self.layout.opaque_subject


_FIRM, _FIRM_NUMBER, _FIRM_ADDRESS, _DIRECTOR, _DIRECTOR_TITLE = 0, 1, 2, 3, 4


def _registry(value: bytes | None) -> dict[int, str]:
    """RegisteredCorporationInfoSyntax: explicitly tagged DirectoryStrings (法務省 付録1). Raises UnsupportedDocument."""
    if value is None:
        return {}
    outer = element(value)
    if outer.tag != SEQUENCE:
        raise UnsupportedDocument(file="certificate", problem="registeredCorporationInfo")
    found: dict[int, str] = {}
    for count, tagged in enumerate(outer.children()):
        if count == 16:
            break
        if 0xA0 <= tagged.tag <= 0xA4:
            inner = element(tagged.value)
            found.setdefault(tagged.tag - 0xA0, visible(decode(inner.tag, inner.value).text))
    return found


def _others(alternative: x509.AlternativeNames, doubts: set[str]) -> dict[str, str]:
    """The otherNames that may be read, by type; the first of each. What stands in the others is not even decoded."""
    found: dict[str, str] = {}
    for kind, value in alternative.others:
        if kind in _READ and kind not in found:
            decoded = _string(value)
            found[kind] = decoded.text
            doubts.update(decoded.doubts)
    return found


def _string(value: Element) -> Decoded:
    return decode(value.tag, value.value)


def _marked(substitutes: str) -> bool:
    """JPKI: one digit for each character, "0" for those that are as registered."""
    return any(mark != "0" for mark in substitutes.strip())


def _role(layout: Layout | None, title: str, authority: str) -> HolderRole:
    if authority:
        return HolderRole.AGENT
    if layout is not None and layout.name.startswith("jpki-"):
        return HolderRole.INDIVIDUAL
    return HolderRole.REPRESENTATIVE if _REPRESENTS.search(title) else HolderRole.UNKNOWN


def _lenient(read: Callable[[], T], otherwise: T, doubts: set[str]) -> T:
    """One broken extension must not hide the rest of the card."""
    try:
        return read()
    except UnsupportedDocument:
        doubts.add(BROKEN_EXTENSION)
        return otherwise


def _latin(text: str) -> bool:
    return all(ord(c) < 0x250 or unicodedata.category(c).startswith("M") for c in text)


def _issuer(issuer: Name) -> str:
    parts = [issuer.text(names.ORGANIZATION), issuer.text(names.COMMON_NAME)]
    return " ".join(p for p in parts if p) or issuer.rfc4514()
