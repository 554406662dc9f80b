"""Made-up verdicts for the picture gallery and the tests of the verify screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

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
from econtract_desktop.ui.samples import BODY, CERTIFICATE, FIRM

_ENDS = datetime(2036, 6, 14, tzinfo=UTC)
_CARD_ENDS = datetime(2028, 3, 31, tzinfo=UTC)


def _signature(field: str, who: tuple[str, str], at: datetime, proven: datetime) -> SignatureVerdict:
    return SignatureVerdict(
        field=field,
        signer=who[0],
        organization=who[1],
        certificate_sha256=CERTIFICATE,
        verdict=Verdict.TOTAL_PASSED,
        sub_indication=None,
        intact=True,
        level="PAdES-B-LTA",
        signed_at=at,
        proven_at=proven,
        covers_whole_document=False,
        signed_length=1,
        changes_after=(Change.TIMESTAMP, Change.VALIDATION_DATA),
        issuer="テスト認証局A",
        not_after=_CARD_ENDS,
        key_algorithm="RSA-2048",
    )


def passed() -> DocumentVerdict:
    """Two signers, each with a timestamp, and an archive timestamp."""
    first, second = datetime(2026, 11, 24, 5, 2, 11, tzinfo=UTC), datetime(2026, 11, 26, 2, 20, 3, tzinfo=UTC)
    stamps = (
        (datetime(2026, 11, 24, 7, 3, 27, tzinfo=UTC), "signature"),
        (datetime(2026, 11, 26, 2, 20, 44, tzinfo=UTC), "signature"),
        (datetime(2026, 12, 2, 17, 10, 5, tzinfo=UTC), "document"),
    )
    return DocumentVerdict(
        file="工事請負契約書_2026-83-0153.pdf",
        format="PDF",
        verdict=Verdict.TOTAL_PASSED,
        sub_indication=None,
        level="PAdES-B-LTA",
        sha256=CERTIFICATE,
        signatures=(
            _signature("econtract-1", ("山田 太郎", FIRM), first, stamps[0][0]),
            _signature("econtract-2", ("佐藤 一郎", BODY), second, stamps[1][0]),
        ),
        timestamps=tuple(
            TimestampVerdict(kind, time, "テストタイムスタンプ局", Verdict.TOTAL_PASSED, None, _ENDS)
            for time, kind in stamps
        ),
        findings=(),
    )


def failed() -> DocumentVerdict:
    """One signer, no timestamp, and something was changed."""
    whole = passed()
    signature = replace(
        whole.signatures[0],
        verdict=Verdict.TOTAL_FAILED,
        sub_indication=SubIndication.HASH_FAILURE,
        intact=False,
        level="PAdES-B-B",
        proven_at=None,
        changes_after=(Change.VISUAL, Change.PAGE),
    )
    return replace(
        whole,
        verdict=Verdict.TOTAL_FAILED,
        sub_indication=SubIndication.HASH_FAILURE,
        level="PAdES-B-B",
        signatures=(signature,),
        timestamps=(),
        findings=(Finding("bytes-after-signature", Severity.WARN, (("count", "1024"),)),),
    )
