"""The evidence file as one HTML page: no scripts, nothing from elsewhere, prints on A4. Everything said is escaped, and nothing
hidden from the eye. What verifying cannot prove is marked as the maker's own statement.

Each statement is a line of its own, and each document a part between the lines `<section>` and `</section>`: checking compares
line by line with a page made anew.
"""

from __future__ import annotations

from datetime import datetime
from html import escape
from importlib import resources

from econtract_core.evidence.verdict import DocumentVerdict, Link, SignatureVerdict, TimestampVerdict
from econtract_core.identity.characters import visible
from econtract_core.rules.dates import in_japan
from econtract_desktop.forms.reader_commands import posix_word, powershell_word
from econtract_desktop.ports.evidence import CaseFacts, EvidenceReport, ProvenDocument
from econtract_desktop.texts import Texts

_TONES = {"TOTAL-PASSED": "ok", "INDETERMINATE": "warn", "TOTAL-FAILED": "err", "NO-SIGNATURE": "none"}


def evidence_page(report: EvidenceReport, say: Texts) -> str:
    """The whole page. The same report gives the same text."""
    style = (resources.files("resources") / "styles" / "evidence.css").read_text(encoding="utf-8")
    title = say("evidence.title")
    parts = [
        f'<!DOCTYPE html>\n<html lang="{say.language}">\n<head>\n<meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{_safe(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>",
        f"<h1>{_safe(title)}</h1>",
        f'<p class="made">{_safe(say("evidence.made", time=_moment(report.made_at)))} {_own(say)}</p>',
        f"<p>{_safe(say('evidence.lead'))}</p>",
        f"<p>{_safe(say('evidence.own_means', mark=say('evidence.own')))}</p>",
        *(_case(report.case, say) if report.case is not None else ()),
        *(line for number, document in enumerate(report.documents, 1) for line in _document(number, document, say)),
        *_again(report, say),
        f'<template id="evidence-data">{escape(report.data)}</template>',
        "</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _case(case: CaseFacts, say: Texts) -> list[str]:
    rows = [
        (say("evidence.case_number"), case.number),
        (say("evidence.case_title"), case.title),
        (say("evidence.body"), case.body),
        (say("evidence.contractors"), "、".join(case.contractors)),
    ]
    history = [
        f"<tr><td>{_safe(_moment(d.at))}</td><td>{_safe(say(f'evidence.deed_{d.what}'))}</td><td>{_safe(d.who)}</td></tr>"
        for d in case.history
    ]
    table = [f"<h3>{_safe(say('evidence.history'))} {_own(say)}</h3>", '<table class="list">', *history, "</table>"]
    return [f"<h2>{_safe(say('evidence.case'))} {_own(say)}</h2>", *_facts(rows), *(table if history else ())]


def _document(number: int, document: ProvenDocument, say: Texts) -> list[str]:
    proof = document.proof
    heading = ["<section>", f"<h2>{_safe(say('evidence.document', number=number))}</h2>"]
    if proof is None:
        return [*heading, "</section>"]
    verdict = proof.verdict
    lines = [
        *heading,
        f'<p class="verdict {_TONES[verdict.verdict.value]}">'
        f"<strong>{_safe(say(f'verify.title_{verdict.verdict.value}'))}</strong> {_safe(_sentence(verdict, say))}</p>",
        "<dl>",
        _fact(say("evidence.named"), document.title, _own(say)),
        _fact(say("evidence.file"), document.name, _own(say)),
        _fact(say("evidence.asked"), _moment(proof.at), _own(say)),
        _fact(say("evidence.size"), f"{document.size:,} bytes"),
        _fact("SHA-256", verdict.sha256),
        _fact(say("evidence.level"), verdict.level or "—"),
        "</dl>",
    ]
    for s in verdict.signatures:
        lines += _signature(s, verdict.timestamps, say)
    for t in verdict.timestamps:
        lines += _timestamp(t, say)
    rested = say(
        "evidence.rests", lists=len(proof.crls), answers=len(proof.ocsps), certificates=len(proof.certificates)
    )
    lines.append(f"<p>{_safe(rested)}</p>")
    if verdict.findings:
        said = [
            f"<li>{_safe(say(f'findings.{f.code}', **dict(f.facts)))} {_safe(f.where)}</li>" for f in verdict.findings
        ]
        lines += [f"<h3>{_safe(say('evidence.findings'))}</h3>", "<ul>", *said, "</ul>"]
    return [*lines, "</section>"]


def _sentence(verdict: DocumentVerdict, say: Texts) -> str:
    if verdict.sub_indication is not None:
        return say(f"verdicts.{verdict.sub_indication.value}")
    return say("evidence.passed") if verdict.signatures else say("verify.nothing")


def _signature(s: SignatureVerdict, stamps: tuple[TimestampVerdict, ...], say: Texts) -> list[str]:
    rows = [
        (say("verify.who"), " ".join(part for part in (s.organization, s.signer) if part) or "—"),
        (say("verify.judged"), _judged(s.verdict.value, s.sub_indication, say)),
        (say("evidence.issuer"), s.issuer or "—"),
        (say("evidence.serial"), s.serial or "—"),
        (say("evidence.validity"), _span(s.not_before, s.not_after)),
        (say("evidence.certificate"), s.certificate_sha256 or "—"),
        (say("verify.claimed"), _moment(s.signed_at)),
        (say("verify.proven"), _moment(s.proven_at)),
        (say("evidence.time_how"), _time_how(s, stamps, say)),
        (say("verify.level"), ", ".join(part for part in (s.level, s.key_algorithm) if part)),
    ]
    return [f"<h3>{_safe(say('evidence.signature'))}</h3>", *_facts(rows), *_chain(s.chain, say)]


def _time_how(s: SignatureVerdict, stamps: tuple[TimestampVerdict, ...], say: Texts) -> str:
    if s.proven_at is None:
        return say("evidence.time_none")
    service = next((t.service for t in stamps if t.time == s.proven_at), "") or "—"
    return say("evidence.time_stamped", service=service, time=_moment(s.proven_at))


def _timestamp(t: TimestampVerdict, say: Texts) -> list[str]:
    kind = "archive" if t.kind == "document" else "timestamp"
    rows = [
        (say("verify.service"), t.service or "—"),
        (say("verify.time"), _moment(t.time)),
        (say("verify.judged"), _judged(t.verdict.value, t.sub_indication, say)),
        (say("verify.lasts"), _moment(t.not_after)),
    ]
    head = [f"<h3>{_safe(say(f'evidence.{kind}'))}</h3>", f"<p>{_safe(say(f'evidence.{kind}_means'))}</p>"]
    return [*head, *_facts(rows), *_chain(t.chain, say)]


def _chain(chain: tuple[Link, ...], say: Texts) -> list[str]:
    """Who issued what, up to the anchor, in sentences."""
    if not chain:
        return [f"<p>{_safe(say('evidence.chain_none'))}</p>"]
    lines = [f"<h4>{_safe(say('evidence.chain'))}</h4>", '<ol class="chain">']
    for link in chain[:-1]:
        facts = {"subject": link.subject, "issuer": link.issuer}
        told = say("evidence.link", **facts, serial=link.serial, span=_span(link.not_before, link.not_after))
        lines.append(f"<li>{_safe(told)} {_safe(_revocation(link, say))}</li>")
    anchor = chain[-1]
    span = _span(anchor.not_before, anchor.not_after)
    told = say("evidence.anchor", subject=anchor.subject, serial=anchor.serial, span=span, sha256=anchor.sha256)
    return [*lines, f"<li>{_safe(told)}</li>", "</ol>"]


def _revocation(link: Link, say: Texts) -> str:
    answer = say(f"evidence.answer_{link.answered_by or 'none'}", time=_moment(link.answered_at))
    return say(f"evidence.standing_{link.standing}", answer=answer, time=_moment(link.revoked_at))


def _judged(verdict: str, sub: str | None, say: Texts) -> str:
    words = say(f"verdicts.{verdict}")
    return f"{words}: {say(f'verdicts.{sub}')}" if sub is not None else words


def _again(report: EvidenceReport, say: Texts) -> list[str]:
    names = [document.name for document in report.documents]
    posix = [posix_word(name) for name in names]
    power = [powershell_word(name) for name in names]
    lines = [f"<h2>{_safe(say('evidence.again'))}</h2>", f"<p>{_safe(say('evidence.again_how'))}</p>"]
    for shell, words, digest in (
        ("PowerShell (Windows)", power, "Get-FileHash -Algorithm SHA256 -LiteralPath"),
        ("sh (Linux, macOS)", posix, "openssl dgst -sha256"),
    ):
        together = " ".join(words)
        commands = [f"econtract evidence --check EVIDENCE.html {together}", f"econtract verify {together}"]
        commands += [f"{digest} {word}" for word in words]
        lines += [f"<h3>{shell}</h3>", *(f"<pre>{escape(command)}</pre>" for command in commands)]
    return lines


def _facts(rows: list[tuple[str, str]]) -> list[str]:
    return ["<dl>", *(_fact(label, value) for label, value in rows), "</dl>"]


def _fact(label: str, value: str, mark: str = "") -> str:
    return f"<dt>{_safe(label)}</dt><dd>{_safe(value)}{' ' if mark else ''}{mark}</dd>"


def _own(say: Texts) -> str:
    """The mark of what only the maker says."""
    return f'<small class="own">{_safe(say("evidence.own"))}</small>'


def _safe(text: str) -> str:
    return escape(visible(text))


def _span(begins: datetime | None, ends: datetime | None) -> str:
    return f"{_moment(begins)} – {_moment(ends)}" if begins is not None and ends is not None else "—"


def _moment(moment: datetime | None) -> str:
    return f"{in_japan(moment):%Y-%m-%d %H:%M:%S} JST" if moment is not None else "—"
