"""A verdict in words: one sentence, a line of time, the proof of each point, and what was checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from econtract_core.evidence.verdict import (
    Change,
    DocumentVerdict,
    Finding,
    Severity,
    SignatureVerdict,
    SubIndication,
    TimestampVerdict,
    Verdict,
)
from econtract_core.rules.dates import in_japan
from econtract_desktop.texts import Texts
from econtract_desktop.ui.formats import Formats

_TONES = {Verdict.TOTAL_PASSED: "ok", Verdict.INDETERMINATE: "warn", Verdict.TOTAL_FAILED: "err"}
_HARMLESS = frozenset({Change.SIGNATURE, Change.TIMESTAMP, Change.VALIDATION_DATA})
_STRANGERS = frozenset({SubIndication.NO_CERTIFICATE_CHAIN_FOUND, SubIndication.CHAIN_CONSTRAINTS_FAILURE})


@dataclass(frozen=True)
class Point:
    """One point on the line of time. `icon`: a stem without size and style. `proof`: (label, value) rows."""

    key: str
    icon: str
    title: str
    day: str
    clock: str
    tone: str
    state: str  # the badge's words
    proof: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `tone`: ok, warn, err or info."""

    tone: str
    title: str
    detail: str = ""


@dataclass(frozen=True)
class VerifyModel:
    """`tone`: of the whole; "neutral" where nothing is signed."""

    file: str
    tone: str
    title: str
    sentence: str
    points: tuple[Point, ...]
    checks: tuple[Check, ...]


def verify_model(verdict: DocumentVerdict, texts: Texts, formats: Formats) -> VerifyModel:
    """What the screen shows of a verdict."""
    words = _Words(verdict, texts, formats)
    return VerifyModel(
        file=Path(verdict.file).name,
        tone=_TONES.get(verdict.verdict, "neutral"),
        title=texts(f"verify.title_{verdict.verdict.value}"),
        sentence=words.sentence(),
        points=words.points(),
        checks=(*(words.checks() if verdict.signatures else ()), *map(words.finding, verdict.findings)),
    )


class _Words:
    def __init__(self, verdict: DocumentVerdict, texts: Texts, formats: Formats) -> None:
        self._verdict = verdict
        self._say = texts
        self._formats = formats

    def sentence(self) -> str:
        verdict = self._verdict
        if verdict.verdict is Verdict.NO_SIGNATURE:
            return self._say("verify.nothing")
        if verdict.verdict is not Verdict.TOTAL_PASSED:
            sub = verdict.sub_indication
            return self._say(f"verdicts.{sub.value}") if sub is not None else ""
        count = len(verdict.signatures)
        text = self._say("verify.passed", count=count) if count > 1 else self._say("verify.passed_one")
        until = self._until()
        return text + (self._say("verify.until", month=self._formats.month(in_japan(until).date())) if until else "")

    def _until(self) -> datetime | None:
        """Until when it stays so without doing anything: the newest timestamp's certificate, else the signers' own."""
        ends = [t.not_after for t in self._verdict.timestamps if t.not_after is not None and t.time is not None]
        return max(ends, default=None)

    def points(self) -> tuple[Point, ...]:
        signers = self._verdict.signatures
        found = [self._signed(s, _letter(i), len(signers)) for i, s in enumerate(signers)]
        found += [self._stamped(t, i) for i, t in enumerate(self._verdict.timestamps)]
        return tuple(point for _, point in sorted(found, key=lambda pair: pair[0]))

    def _signed(self, s: SignatureVerdict, letter: str, count: int) -> tuple[float, Point]:
        title = self._say("verify.signature", letter=letter if count > 1 else "").strip()
        rows = [
            (self._say("verify.who"), " ".join(part for part in (s.organization, s.signer) if part) or "—"),
            (self._say("verify.certificate"), self._certificate(s)),
            (self._say("verify.claimed"), self._moment(s.signed_at)),
            (self._say("verify.proven"), self._moment(s.proven_at)),
            (self._say("verify.judged"), self._judged(s.verdict, s.sub_indication)),
            (self._say("verify.level"), ", ".join(part for part in (s.level, s.key_algorithm) if part)),
            (self._say("verify.fingerprint"), self._formats.fingerprint(self._verdict.sha256)),
        ]
        when = s.signed_at or s.proven_at
        point = self._point(f"signature.{s.field}", "signature", title, when, s.verdict, tuple(rows))
        return (when.timestamp() if when else 0.0), point

    def _stamped(self, t: TimestampVerdict, number: int) -> tuple[float, Point]:
        archive = t.kind == "document"
        rows = (
            (self._say("verify.service"), t.service or "—"),
            (self._say("verify.time"), self._moment(t.time)),
            (self._say("verify.judged"), self._judged(t.verdict, t.sub_indication)),
            (self._say("verify.lasts"), self._formats.plain_day(in_japan(t.not_after).date()) if t.not_after else "—"),
        )
        title = self._say("verify.archive" if archive else "verify.timestamp")
        icon = "shield_checkmark" if archive else "clock"
        point = self._point(f"timestamp.{number}", icon, title, t.time, t.verdict, rows)
        # A signature's clock and its timestamp may say the same second: the stamp comes after what it stamps.
        return (t.time.timestamp() + 0.5 + archive if t.time else 0.0), point

    def _point(
        self,
        key: str,
        icon: str,
        title: str,
        when: datetime | None,
        verdict: Verdict,
        proof: tuple[tuple[str, str], ...],
    ) -> Point:
        here = in_japan(when) if when else None
        day = self._formats.plain_day(here.date()) if here else "—"
        clock = f"{here:%H:%M:%S}" if here else ""
        tone = _TONES.get(verdict, "neutral")
        return Point(key, icon, title, day, clock, tone, self._say(f"verdicts.{verdict.value}"), proof)

    def _certificate(self, s: SignatureVerdict) -> str:
        if not s.issuer or s.not_after is None:
            return s.issuer or "—"
        return self._say("verify.issued", issuer=s.issuer, day=self._formats.plain_day(in_japan(s.not_after).date()))

    def _judged(self, verdict: Verdict, sub: SubIndication | None) -> str:
        words = self._say(f"verdicts.{verdict.value}")
        return f"{words}: {self._say(f'verdicts.{sub.value}')}" if sub is not None else words

    def _moment(self, moment: datetime | None) -> str:
        if moment is None:
            return "—"
        here = in_japan(moment)
        return f"{self._formats.plain_day(here.date())} {here:%H:%M:%S}"

    def checks(self) -> tuple[Check, ...]:
        signatures = self._verdict.signatures
        changed = sorted({c.value for s in signatures for c in s.changes_after if c not in _HARMLESS})
        whole = all(s.intact for s in signatures) and not changed
        known = not any(s.sub_indication in _STRANGERS for s in signatures)
        proven = all(s.proven_at is not None for s in signatures)
        chains = (self._check("known", "ok" if known else "warn"),) if all(s.intact for s in signatures) else ()
        return (
            self._check(
                "unchanged", "ok" if whole else "err", kinds="・".join(self._say(f"verify.change_{c}") for c in changed)
            ),
            *chains,  # of an altered one the certificate was not looked at
            self._check("timed", "ok" if proven else "warn"),
            self._lasting(),
        )

    def _lasting(self) -> Check:
        level = self._verdict.level or ""
        if level.endswith("-B-LTA"):
            return self._check("lasting", "ok")
        return self._check("lasting", "warn" if level.endswith(("-B-B", "-B")) else "info", level=level)

    def _check(self, key: str, tone: str, **facts: str) -> Check:
        good = "yes" if tone == "ok" else "no"
        return Check(tone, self._say(f"verify.{key}_{good}"), self._say(f"verify.{key}_{good}_detail", **facts))

    def finding(self, finding: Finding) -> Check:
        """A finding as a check that tells something."""
        tone = {Severity.REFUSE: "err", Severity.WARN: "warn"}.get(finding.severity, "info")
        return Check(tone, self._say(f"findings.{finding.code}", **dict(finding.facts)), finding.where)


def _letter(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else str(number + 1)
