"""From facts to verdicts for signatures outside PDFs: trust, revocation and proof of existence (ETSI EN 319 102-1).

Archive timestamps from the newest to the oldest, each proving what it covers at its time; then the signature's own
timestamps; then the certificate at the time so proven. Whatever form a signature has, it is judged here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from econtract_core.evidence import cms, der
from econtract_core.evidence.revocation import RevocationData, Standing, Status
from econtract_core.evidence.timestamps import TokenCheck, check_token
from econtract_core.evidence.trust import TrustStore
from econtract_core.evidence.verdict import (
    Finding,
    Severity,
    SignatureVerdict,
    SubIndication,
    TimestampVerdict,
    Verdict,
)
from econtract_core.identity.holder import read_holder
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


@dataclass(frozen=True)
class _Stamp:
    """A checked timestamp with its revocation. `proves`: its time can be relied on."""

    check: TokenCheck
    verdict: Verdict
    sub_indication: SubIndication | None
    proves: bool

    def told(self, kind: str) -> TimestampVerdict:
        return TimestampVerdict(kind, self.check.time, self.check.service, self.verdict, self.sub_indication)


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
        self._trust = given.trust
        self._moment = given.moment
        self._others = (*facts.certificates, *given.others)
        self._revocation = RevocationData((*given.crls, *facts.crls), (*given.ocsps, *facts.ocsps))

    def judged(self) -> Judged:
        facts = self._facts
        archive = self.archive()
        covered = min((s.check.time for s, _ in archive if s.proves and s.check.time), default=self._moment)
        own = [self._stamp(s, covered) for s in facts.stamps]
        times = [s.check.time for s in own if s.proves and s.check.time]
        if covered != self._moment:
            times.append(covered)
        proven_at = min(times, default=None)
        verdict, sub = self._verdict(proven_at, covered)
        stamps = [*own, *(s for s, _ in archive)]
        verdict, sub = _with_stamps(verdict, sub, stamps)
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

    def archive(self) -> list[tuple[_Stamp, Stamped]]:
        """Oldest first, each checked at the time that the next newer good one proves."""
        known: list[tuple[_Stamp, Stamped]] = []
        at = self._moment
        for stamped in reversed(self._facts.archive):
            stamp = self._stamp(stamped, at)
            known.insert(0, (stamp, stamped))
            if stamp.proves and stamp.check.time is not None:
                at = min(at, stamp.check.time)
        return known

    def _stamp(self, stamped: Stamped, at: datetime) -> _Stamp:
        check = check_token(stamped.token, stamped.digest_of, self._trust, at=at, others=self._others)
        if check.sub_indication is not None or check.chain is None or check.time is None:
            verdict = Verdict.TOTAL_FAILED if check.broken else Verdict.INDETERMINATE
            return _Stamp(check, verdict, check.sub_indication, False)
        status = self._revocation.worst(check.chain, at, self._moment)
        if status.standing is Standing.REVOKED and (status.since is None or status.since <= at):
            return _Stamp(check, Verdict.INDETERMINATE, SubIndication.REVOKED_NO_POE, False)
        if status.standing in (Standing.HELD, Standing.UNKNOWN):
            return _Stamp(check, Verdict.INDETERMINATE, SubIndication.TRY_LATER, True)
        return _Stamp(check, Verdict.TOTAL_PASSED, None, True)

    def _verdict(self, proven_at: datetime | None, known_at: datetime) -> tuple[Verdict, SubIndication | None]:
        """`known_at`: the earliest moment at which the enclosed revocation data is proven to have been there."""
        facts = self._facts
        if facts.integrity in FAILS:
            return Verdict.TOTAL_FAILED, facts.integrity
        if facts.certificate is None:
            return Verdict.INDETERMINATE, facts.integrity or SubIndication.SIG_CONSTRAINTS_FAILURE
        if facts.integrity is not None:
            return Verdict.INDETERMINATE, facts.integrity
        existed = proven_at or self._moment
        result = self._trust.chain(facts.certificate, self._others, existed)
        if result.chain is None:
            return Verdict.INDETERMINATE, _in_bounds(facts.certificate, result.sub_indication, proven_at)
        if not _may_sign(facts.certificate):
            return Verdict.INDETERMINATE, SubIndication.CHAIN_CONSTRAINTS_FAILURE
        return _by_revocation(self._revocation.worst(result.chain, existed, known_at), proven_at)

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
        name, organization, sha256 = _signer(facts.certificate)
        return SignatureVerdict(
            field=facts.where,
            signer=name,
            organization=organization,
            certificate_sha256=sha256,
            verdict=verdict,
            sub_indication=sub,
            intact=facts.integrity not in FAILS and facts.integrity is not SubIndication.SIGNED_DATA_NOT_FOUND,
            level=level,
            signed_at=facts.signing_time,
            proven_at=proven_at,
            covers_whole_document=facts.covers_all,
            signed_length=facts.length,
            changes_after=(),
        )


def _with_stamps(
    verdict: Verdict, sub: SubIndication | None, stamps: list[_Stamp]
) -> tuple[Verdict, SubIndication | None]:
    """A good signature is no better than its worst timestamp."""
    if verdict is not Verdict.TOTAL_PASSED:
        return verdict, sub
    failed = next((s for s in stamps if not s.proves), None)
    if failed is not None:
        broken = SubIndication.SIG_CONSTRAINTS_FAILURE if failed.check.broken else failed.sub_indication
        return Verdict.INDETERMINATE, broken
    unproven = next((s for s in stamps if s.verdict is not Verdict.TOTAL_PASSED), None)
    return (Verdict.INDETERMINATE, unproven.sub_indication) if unproven is not None else (verdict, sub)


def _by_revocation(status: Status, proven_at: datetime | None) -> tuple[Verdict, SubIndication | None]:
    if status.standing is Standing.REVOKED:
        if proven_at is None:
            return Verdict.INDETERMINATE, SubIndication.REVOKED_NO_POE
        if status.since is None or status.since <= proven_at:
            return Verdict.TOTAL_FAILED, SubIndication.REVOKED
    elif status.standing is not Standing.GOOD:
        return Verdict.INDETERMINATE, SubIndication.TRY_LATER
    return Verdict.TOTAL_PASSED, None


def _in_bounds(certificate: bytes, sub: SubIndication | None, proven_at: datetime | None) -> SubIndication | None:
    """A certificate that was out of its validity at a proven time is EXPIRED or NOT_YET_VALID; without proof nobody knows."""
    if sub is SubIndication.OUT_OF_BOUNDS_NO_POE and proven_at is not None:
        try:
            holder = read_holder(certificate)
        except UnsupportedDocument:
            return sub
        if proven_at < holder.not_before:
            return SubIndication.NOT_YET_VALID
        if proven_at > holder.not_after:
            return SubIndication.EXPIRED
    return sub


def _may_sign(certificate: bytes) -> bool:
    """Key usage, where the certificate has one: digitalSignature or nonRepudiation."""
    try:
        usage = read_holder(certificate).usage
    except UnsupportedDocument:
        return False
    return not usage or bool({"digital_signature", "content_commitment"} & set(usage))


def _signer(certificate: bytes | None) -> tuple[str, str, str]:
    if certificate is None:
        return "", "", ""
    try:
        holder = read_holder(certificate)
    except UnsupportedDocument:
        return "", "", ""
    return holder.name, holder.organization, holder.sha256
