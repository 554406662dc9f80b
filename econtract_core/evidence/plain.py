"""A verdict as plain data (JSON), the same for the command line, the evidence file and whoever compares two."""

from __future__ import annotations

from datetime import datetime

from econtract_core.evidence.verdict import DocumentVerdict, Finding, Link, SignatureVerdict, TimestampVerdict


def plain_verdict(verdict: DocumentVerdict) -> dict[str, object]:
    """Names as in the list of commands; the file's path is the caller's business."""
    return {
        "format": verdict.format,
        "verdict": verdict.verdict.value,
        "sub_indication": verdict.sub_indication.value if verdict.sub_indication else None,
        "level": verdict.level,
        "sha256": verdict.sha256,
        "signatures": [_signature(s) for s in verdict.signatures],
        "timestamps": [_timestamp(t) for t in verdict.timestamps],
        "findings": [_finding(f) for f in verdict.findings],
    }


def _signature(s: SignatureVerdict) -> dict[str, object]:
    return {
        "signer": s.signer,
        "organization": s.organization,
        "certificate_sha256": s.certificate_sha256,
        "issuer": s.issuer,
        "serial": s.serial,
        "not_before": _time(s.not_before),
        "not_after": _time(s.not_after),
        "key_algorithm": s.key_algorithm,
        "verdict": s.verdict.value,
        "sub_indication": s.sub_indication.value if s.sub_indication else None,
        "intact": s.intact,
        "level": s.level,
        "signed_at": _time(s.signed_at),
        "proven_at": _time(s.proven_at),
        "covers_whole_document": s.covers_whole_document,
        "changes_after": [change.value for change in s.changes_after],
        "chain": [_link(link) for link in s.chain],
    }


def _timestamp(t: TimestampVerdict) -> dict[str, object]:
    return {
        "kind": t.kind,
        "time": _time(t.time),
        "service": t.service,
        "not_after": _time(t.not_after),
        "verdict": t.verdict.value,
        "sub_indication": t.sub_indication.value if t.sub_indication else None,
        "chain": [_link(link) for link in t.chain],
    }


def _link(link: Link) -> dict[str, object]:
    return {
        "subject": link.subject,
        "issuer": link.issuer,
        "serial": link.serial,
        "sha256": link.sha256,
        "not_before": _time(link.not_before),
        "not_after": _time(link.not_after),
        "revocation": {
            "standing": link.standing or None,
            "by": link.answered_by or None,
            "made": _time(link.answered_at),
            "next": _time(link.answered_until),
            "revoked_at": _time(link.revoked_at),
        },
    }


def _finding(f: Finding) -> dict[str, object]:
    return {"code": f.code, "severity": f.severity.value, "facts": dict(f.facts), "where": f.where}


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
