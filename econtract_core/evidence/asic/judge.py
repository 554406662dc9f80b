"""From facts to verdicts for signatures outside PDFs: trust, revocation and proof of existence (ETSI EN 319 102-1).

Archive timestamps from the newest to the oldest, each proving what it covers at its time; then the signature's own
timestamps; then the certificate at the time so proven. Whatever form a signature has, it is judged here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from econtract_core.evidence import cms, der
from econtract_core.evidence.proof import Judge, Judgement, Stamp, own_and_archive
from econtract_core.evidence.revocation import Proven, RevocationData
from econtract_core.evidence.trust import TrustStore
from econtract_core.evidence.verdict import (
    Finding,
    Severity,
    SignatureVerdict,
    SubIndication,
    TimestampVerdict,
    Verdict,
)
from econtract_core.rules.errors import NotAPdf, UnsupportedDocument

FAILS = frozenset({SubIndication.FORMAT_FAILURE, SubIndication.HASH_FAILURE, SubIndication.SIG_CRYPTO_FAILURE})
_WORST_FIRST = (Verdict.TOTAL_FAILED, Verdict.INDETERMINATE, Verdict.TOTAL_PASSED)


@dataclass(frozen=True)
class Given:
    """What the caller brings: whom to trust, the moment that is asked about, and data besides the file's own."""

    trust: TrustStore
    moment: datetime
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    others: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Stamped:
    """A timestamp token, and the digest by an algorithm of what it should be over."""

    token: bytes = field(repr=False)
    digest_of: Callable[[str], bytes] = field(repr=False)


@dataclass(frozen=True)
class Facts:
    """What is known of one signature before anybody is trusted. `integrity` None: it holds. `archive`: oldest first."""

    where: str
    family: str  # "XAdES", "CAdES", or "PKCS7" for CMS without the ESS attribute
    certificate: bytes | None
    integrity: SubIndication | None
    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    stamps: tuple[Stamped, ...] = ()
    archive: tuple[Stamped, ...] = ()
    signing_time: datetime | None = None
    has_values: bool = False  # revocation values are enclosed
    covers_all: bool = True
    length: int = 0  # bytes of the file


@dataclass(frozen=True)
class Judged:
    signature: SignatureVerdict
    timestamps: tuple[TimestampVerdict, ...]
    findings: tuple[Finding, ...]


def imprint_algorithm(token: bytes) -> str:
    """The digest algorithm of a timestamp's imprint; "" where it cannot be read."""
    try:
        content = cms.read(token, "timestamp").content or b""
        return cms.digest_name(next(iter(list(der.element(content).children())[2].children())))
    except (NotAPdf, UnsupportedDocument, IndexError, StopIteration):
        return ""


def worst(parts: list[tuple[Verdict, SubIndication | None]]) -> tuple[Verdict, SubIndication | None]:
    """The worst of several verdicts; NO_SIGNATURE of none."""
    return min(parts, key=lambda p: _WORST_FIRST.index(p[0])) if parts else (Verdict.NO_SIGNATURE, None)


def judge(facts: Facts, given: Given) -> Judged:
    """The verdict on one signature."""
    return _Judging(facts, given).judged()


def judge_timestamp(stamped: Stamped, given: Given) -> TimestampVerdict:
    """The verdict on a timestamp that belongs to no signature."""
    facts = Facts("", "", None, None, archive=(stamped,))
    ((stamp, _),) = _Judging(facts, given).archive()
    return stamp.told("document")


class _Judging:
    def __init__(self, facts: Facts, given: Given) -> None:
        self._facts = facts
        self._moment = given.moment
        revocation = RevocationData((*given.crls, *facts.crls), (*given.ocsps, *facts.ocsps))
        self._judge = Judge(given.trust, revocation, (*facts.certificates, *given.others), given.moment)
        self._enclosed = frozenset((*facts.crls, *facts.ocsps))

    def judged(self) -> Judged:
        facts = self._facts
        archive = self.archive()
        covered = min((s.time for s, _ in archive if s.time is not None), default=self._moment)
        proven = self._known_since([s for s, _ in archive])
        own = [self._judge.stamp(s.token, s.digest_of, covered, proven) for s in facts.stamps]
        times = [s.time for s in own if s.time is not None]
        if covered != self._moment:
            times.append(covered)
        proven_at = min(times, default=None)
        stamps = [*own, *(s for s, _ in archive)]
        verdict, sub = own_and_archive(self._verdict(proven_at, proven), stamps)
        if verdict is Verdict.TOTAL_PASSED and facts.has_values and not stamps:
            # Validation data is enclosed after a timestamp has been: one that is not there was taken away.
            verdict, sub = Verdict.INDETERMINATE, SubIndication.NO_POE
        found = [
            Finding("timestamp-not-proven", Severity.WARN, (("problem", s.check.problem),), facts.where)
            for s in stamps
            if s.verdict is not Verdict.TOTAL_PASSED
        ]
        told = [*(s.told("signature") for s in own), *(s.told("document") for s, _ in archive)]
        level = self._level(any(s.proves for s in own), any(s.proves for s, _ in archive))
        return Judged(self._told(verdict, sub, level, proven_at), tuple(told), tuple(found))

    def archive(self) -> list[tuple[Stamp, Stamped]]:
        """Oldest first, each checked at the time that the next newer good one proves."""
        known: list[tuple[Stamp, Stamped]] = []
        at = self._moment
        for stamped in reversed(self._facts.archive):
            stamp = self._judge.stamp(stamped.token, stamped.digest_of, at, self._known_since([s for s, _ in known]))
            known.insert(0, (stamp, stamped))
            if stamp.time is not None:
                at = min(at, stamp.time)
        return known

    def _known_since(self, newer: list[Stamp]) -> Proven:
        """What the signature encloses is proven by the archive timestamps that cover it. Which of them came before it was
        added is not told apart: the newest good one is sure to cover it."""
        newest = max((s.time for s in newer if s.time is not None), default=self._moment)
        return lambda answer: newest if answer in self._enclosed else self._moment

    def _verdict(self, proven_at: datetime | None, proven: Proven) -> Judgement:
        facts = self._facts
        if facts.integrity in FAILS:
            return Verdict.TOTAL_FAILED, facts.integrity
        if facts.certificate is None:
            return Verdict.INDETERMINATE, facts.integrity or SubIndication.SIG_CONSTRAINTS_FAILURE
        if facts.integrity is not None:
            return Verdict.INDETERMINATE, facts.integrity
        try:
            return self._judge.certificate(facts.certificate, (), proven_at, proven)
        except UnsupportedDocument:  # a certificate that nobody here can read
            return Verdict.INDETERMINATE, SubIndication.CHAIN_CONSTRAINTS_FAILURE

    def _level(self, stamped: bool, archived: bool) -> str:
        if self._facts.family == "PKCS7":
            return "PKCS7-T" if stamped else "PKCS7-B"
        if not (stamped or archived):
            return f"{self._facts.family}-B-B"
        if not self._facts.has_values or not stamped:
            return f"{self._facts.family}-B-T"
        return f"{self._facts.family}-B-LTA" if archived else f"{self._facts.family}-B-LT"

    def _told(
        self, verdict: Verdict, sub: SubIndication | None, level: str, proven_at: datetime | None
    ) -> SignatureVerdict:
        facts = self._facts
        holder = self._judge.signer(facts.certificate)
        return SignatureVerdict(
            field=facts.where,
            signer=holder.name if holder else "",
            organization=holder.organization if holder else "",
            certificate_sha256=holder.sha256 if holder else "",
            verdict=verdict,
            sub_indication=sub,
            intact=facts.integrity not in FAILS and facts.integrity is not SubIndication.SIGNED_DATA_NOT_FOUND,
            level=level,
            signed_at=facts.signing_time,
            proven_at=proven_at,
            covers_whole_document=facts.covers_all,
            signed_length=facts.length,
            changes_after=(),
            issuer=holder.issuer if holder else "",
            not_after=holder.not_after if holder else None,
            key_algorithm=holder.key_algorithm if holder else "",
            not_before=holder.not_before if holder else None,
            serial=holder.serial if holder else "",
            chain=self._judge.chain(facts.certificate, proven_at),
        )
