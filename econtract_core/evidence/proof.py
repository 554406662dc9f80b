"""Judging timestamps and signing certificates at times that are proven (ETSI EN 319 102-1 5.5 and 5.6), whatever the file's form.

A certificate that has ended or was revoked still counts where a timestamp proves that the signature was there before; the
timestamp in turn counts where a newer one proves it, or now. "I hold it now" proves nothing for the past.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from econtract_core.evidence import cms
from econtract_core.evidence.path import links
from econtract_core.evidence.revocation import Proven, RevocationData, Standing, Status, worst_of
from econtract_core.evidence.strength import NEVER
from econtract_core.evidence.timestamps import TokenCheck, check_token
from econtract_core.evidence.trust import TrustStore
from econtract_core.evidence.verdict import Link, SubIndication, TimestampVerdict, Verdict
from econtract_core.identity.holder import Holder, read_holder
from econtract_core.rules.errors import UnsupportedDocument

Judgement = tuple[Verdict, SubIndication | None]
_SIGNS = frozenset({"digital_signature", "content_commitment"})


@dataclass(frozen=True)
class Stamp:
    """A checked timestamp with its revocation. `proves`: its time can be relied on."""

    check: TokenCheck
    verdict: Verdict
    sub_indication: SubIndication | None
    proves: bool
    chain: tuple[Link, ...] = ()

    def told(self, kind: str) -> TimestampVerdict:
        """`kind`: "signature" or "document"."""
        check = self.check
        ends = check.chain.not_after if check.chain is not None else None
        return TimestampVerdict(kind, check.time, check.service, self.verdict, self.sub_indication, ends, self.chain)

    def failed(self, sub: SubIndication) -> Stamp:
        """The same as one that proves nothing."""
        return replace(self, verdict=Verdict.TOTAL_FAILED, sub_indication=sub, proves=False)

    @property
    def time(self) -> datetime | None:
        """What it proves."""
        return self.check.time if self.proves else None


class Judge:
    """One verification's trust, revocation data and moment. One thread."""

    def __init__(
        self, trust: TrustStore, revocation: RevocationData, others: tuple[bytes, ...], moment: datetime
    ) -> None:
        """`others`: certificates (DER) that may help to build chains. `moment`: of verifying."""
        self._trust = trust
        self._revocation = revocation
        self._others = others
        self.moment = moment
        self._holders: dict[bytes, Holder] = {}
        self._chains: dict[tuple[bytes, datetime | None], tuple[Link, ...]] = {}

    def stamp(self, token: bytes, digest_of: Callable[[str], bytes], at: datetime, proven: Proven) -> Stamp:
        """A timestamp token over data whose digest `digest_of` tells, known to have existed at `at`. `proven`: since when an
        answer about revocation is known to exist."""
        check = check_token(token, digest_of, self._trust, at=at, others=self._others)
        if check.sub_indication is not None or check.chain is None or check.time is None:
            verdict = Verdict.TOTAL_FAILED if check.broken else Verdict.INDETERMINATE
            return Stamp(check, verdict, check.sub_indication, False)
        statuses = self._revocation.each(check.chain, at, self.moment, proven)
        return self._stamp(check, worst_of(statuses), at, links(check.chain, statuses))

    def _stamp(self, check: TokenCheck, status: Status, at: datetime, chain: tuple[Link, ...]) -> Stamp:
        if status.standing is Standing.REVOKED and (status.since is None or status.since <= at):
            return Stamp(check, Verdict.INDETERMINATE, SubIndication.REVOKED_NO_POE, False, chain)
        if status.standing in (Standing.HELD, Standing.UNKNOWN):
            return Stamp(check, Verdict.INDETERMINATE, SubIndication.TRY_LATER, True, chain)
        if status.standing is Standing.UNPROVEN:
            return Stamp(check, Verdict.INDETERMINATE, SubIndication.NO_POE, True, chain)
        return Stamp(check, Verdict.TOTAL_PASSED, None, True, chain)

    def certificate(
        self, certificate: bytes, enclosed: tuple[bytes, ...], at: datetime | None, proven: Proven
    ) -> Judgement:
        """A signing certificate (DER) whose signature is proven to have existed at `at`; None: nothing proves it."""
        existed = at or self.moment
        result = self._trust.chain(certificate, (*enclosed, *self._others), existed, "person")
        if result.chain is None:
            return Verdict.INDETERMINATE, self._in_bounds(certificate, result.sub_indication, at)
        usage = self.holder(certificate).usage
        if usage and not _SIGNS & set(usage):
            return Verdict.INDETERMINATE, SubIndication.CHAIN_CONSTRAINTS_FAILURE
        statuses = self._revocation.each(result.chain, existed, self.moment, proven)
        self._chains[certificate, at] = links(result.chain, statuses)
        return _by_revocation(worst_of(statuses), at)

    def chain(self, certificate: bytes | None, at: datetime | None) -> tuple[Link, ...]:
        """What `certificate` was judged by, at the same time; empty where it was not, or no chain leads to an anchor."""
        return self._chains.get((certificate or b"", at), ())

    def outlived(self, message: cms.SignedMessage, at: datetime | None) -> SubIndication | None:
        """Whether the algorithms of a signature were still good when it is proven to have existed (`at`; None: nothing proves it)."""
        until = cms.good_until(message)
        if (at or self.moment) < until:
            return None
        weak = SubIndication.CRYPTO_CONSTRAINTS_FAILURE
        return SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE if at is None and until > NEVER else weak

    def signer(self, certificate: bytes | None) -> Holder | None:
        """Who signed; None where there is no certificate that can be read."""
        if certificate is None:
            return None
        try:
            return self.holder(certificate)
        except UnsupportedDocument:
            return None

    def holder(self, certificate: bytes) -> Holder:
        """Who a certificate is of. Raises UnsupportedDocument."""
        if certificate not in self._holders:
            self._holders[certificate] = read_holder(certificate)
        return self._holders[certificate]

    def _in_bounds(
        self, certificate: bytes, sub: SubIndication | None, proven_at: datetime | None
    ) -> SubIndication | None:
        """A certificate that was out of its validity at a proven time is EXPIRED or NOT_YET_VALID; without proof nobody knows."""
        if sub is SubIndication.OUT_OF_BOUNDS_NO_POE and proven_at is not None:
            holder = self.holder(certificate)
            if proven_at < holder.not_before:
                return SubIndication.NOT_YET_VALID
            if proven_at > holder.not_after:
                return SubIndication.EXPIRED
        return sub


def own_and_archive(judgement: Judgement, stamps: list[Stamp]) -> Judgement:
    """A signature's judgement with what its own timestamps are worth: one that fails is never passed over."""
    verdict, sub = judgement
    failed = next((s for s in stamps if not s.proves), None)
    if verdict is Verdict.TOTAL_PASSED and failed is not None:
        broken = SubIndication.SIG_CONSTRAINTS_FAILURE if failed.check.broken else failed.sub_indication
        return Verdict.INDETERMINATE, broken
    unproven = next((s for s in stamps if s.verdict is not Verdict.TOTAL_PASSED), None)
    if verdict is Verdict.TOTAL_PASSED and unproven is not None:
        return Verdict.INDETERMINATE, unproven.sub_indication
    return verdict, sub


def _by_revocation(status: Status, proven_at: datetime | None) -> Judgement:
    if status.standing is Standing.REVOKED:
        if proven_at is None:
            return Verdict.INDETERMINATE, SubIndication.REVOKED_NO_POE
        if status.since is None or status.since <= proven_at:
            return Verdict.TOTAL_FAILED, SubIndication.REVOKED
    elif status.standing is Standing.HELD:
        if proven_at is None or status.since is None or status.since <= proven_at:
            return Verdict.INDETERMINATE, SubIndication.TRY_LATER
    elif status.standing is Standing.UNPROVEN:
        return Verdict.INDETERMINATE, SubIndication.NO_POE
    elif status.standing is not Standing.GOOD:
        return Verdict.INDETERMINATE, SubIndication.TRY_LATER
    return Verdict.TOTAL_PASSED, None
