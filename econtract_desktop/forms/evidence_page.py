"""The evidence file as one HTML page: no scripts, nothing from elsewhere, prints on A4. Everything said is escaped."""

from __future__ import annotations

from datetime import datetime
from html import escape
from importlib import resources

from econtract_core.evidence.verdict import DocumentVerdict, SignatureVerdict, TimestampVerdict
from econtract_core.rules.dates import in_japan
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
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>",
        f"<h1>{escape(title)}</h1>",
        f'<p class="made">{escape(say("evidence.made", time=_moment(report.made_at)))}</p>',
        f"<p>{escape(say('evidence.lead'))}</p>",
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
        f"<tr><td>{escape(_moment(d.at))}</td><td>{escape(say(f'evidence.deed_{d.what}'))}</td><td>{escape(d.who)}</td></tr>"
        for d in case.history
    ]
    table = [f"<h3>{escape(say('evidence.history'))}</h3>", '<table class="list">', *history, "</table>"]
    return [f"<h2>{escape(say('evidence.case'))}</h2>", *_facts(rows), *(table if history else ())]


def _document(number: int, document: ProvenDocument, say: Texts) -> list[str]:
    verdict = document.proof.verdict
    tone = _TONES[verdict.verdict.value]
    lines = [
        f"<h2>{escape(say('evidence.document', number=number, title=document.title))}</h2>",
        f'<p class="verdict {tone}"><strong>{escape(say(f"verify.title_{verdict.verdict.value}"))}</strong> '
        f"{escape(_sentence(verdict, say))}</p>",
        *_facts(
            [
                (say("evidence.file"), f"{document.name} ({document.size:,} bytes)"),
                ("SHA-256", verdict.sha256),
                (say("evidence.level"), verdict.level or "—"),
            ]
        ),
    ]
    for s in verdict.signatures:
        lines += [f"<h3>{escape(say('evidence.signature'))}</h3>", *_facts(_signature(s, say))]
    for t in verdict.timestamps:
        key = "evidence.archive" if t.kind == "document" else "evidence.timestamp"
        lines += [f"<h3>{escape(say(key))}</h3>", *_facts(_timestamp(t, say))]
    proof = document.proof
    rested = say(
        "evidence.rests", lists=len(proof.crls), answers=len(proof.ocsps), certificates=len(proof.certificates)
    )
    lines.append(f"<p>{escape(rested)}</p>")
    if verdict.findings:
        said = [
            f"<li>{escape(say(f'findings.{f.code}', **dict(f.facts)))} {escape(f.where)}</li>" for f in verdict.findings
        ]
        lines += [f"<h3>{escape(say('evidence.findings'))}</h3>", "<ul>", *said, "</ul>"]
    return lines


def _sentence(verdict: DocumentVerdict, say: Texts) -> str:
    if verdict.sub_indication is not None:
        return say(f"verdicts.{verdict.sub_indication.value}")
    return say("evidence.passed") if verdict.signatures else say("verify.nothing")


def _signature(s: SignatureVerdict, say: Texts) -> list[tuple[str, str]]:
    return [
        (say("verify.who"), " ".join(part for part in (s.organization, s.signer) if part) or "—"),
        (say("evidence.issuer"), s.issuer or "—"),
        (say("evidence.certificate"), s.certificate_sha256),
        (say("evidence.ends"), _moment(s.not_after)),
        (say("verify.claimed"), _moment(s.signed_at)),
        (say("verify.proven"), _moment(s.proven_at)),
        (say("verify.judged"), _judged(s.verdict.value, s.sub_indication, say)),
        (say("verify.level"), ", ".join(part for part in (s.level, s.key_algorithm) if part)),
    ]


def _timestamp(t: TimestampVerdict, say: Texts) -> list[tuple[str, str]]:
    return [
        (say("verify.service"), t.service or "—"),
        (say("verify.time"), _moment(t.time)),
        (say("verify.judged"), _judged(t.verdict.value, t.sub_indication, say)),
        (say("verify.lasts"), _moment(t.not_after)),
    ]


def _judged(verdict: str, sub: str | None, say: Texts) -> str:
    words = say(f"verdicts.{verdict}")
    return f"{words}: {say(f'verdicts.{sub}')}" if sub is not None else words


def _again(report: EvidenceReport, say: Texts) -> list[str]:
    names = " ".join(f'"{document.name}"' for document in report.documents)
    commands = [f"econtract evidence --check EVIDENCE.html {names}", f"econtract verify {names}"]
    commands += [f'openssl dgst -sha256 "{document.name}"' for document in report.documents]
    shown = "\n".join(commands)
    return [
        f"<h2>{escape(say('evidence.again'))}</h2>",
        f"<p>{escape(say('evidence.again_how'))}</p>",
        f"<pre>{escape(shown)}</pre>",
    ]


def _facts(rows: list[tuple[str, str]]) -> list[str]:
    lines = [f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in rows]
    return ["<dl>", *lines, "</dl>"]


def _moment(moment: datetime | None) -> str:
    return f"{in_japan(moment):%Y-%m-%d %H:%M:%S} JST" if moment is not None else "—"
