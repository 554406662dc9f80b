"""Every verdict the command line can give comes with a sentence, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from econtract_core.evidence.verdict import (
    DocumentVerdict,
    SignatureVerdict,
    SubIndication,
    TimestampVerdict,
    Verdict,
)
from econtract_desktop.cli.verify import _document, _lines
from econtract_desktop.texts import LANGUAGES, Texts

SIGNATURE = SignatureVerdict(
    field="f",
    signer="山田 太郎",
    organization="あおば橋建設株式会社",
    certificate_sha256="",
    verdict=Verdict.TOTAL_PASSED,
    sub_indication=None,
    intact=True,
    level="PAdES-B-T",
    signed_at=None,
    proven_at=None,
    covers_whole_document=True,
    signed_length=1,
    changes_after=(),
)


def document(verdict: Verdict, sub: SubIndication | None) -> DocumentVerdict:
    signature = replace(SIGNATURE, verdict=verdict, sub_indication=sub)
    stamp = TimestampVerdict("signature", None, "", verdict, sub)
    return DocumentVerdict("a.pdf", "PDF", verdict, sub, "PAdES-B-T", "", (signature, signature), (stamp,), ())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sub", [None, *SubIndication])
@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_sentence_for_each(language: str, sub: SubIndication | None, verdict: Verdict) -> None:
    say = Texts(language)
    told = _document(document(verdict, sub), say)
    parts = [told, *told["signatures"], *told["timestamps"]]  # type: ignore[misc]
    texts = {str(part["text"]) for part in parts}
    assert len(texts) == 1
    (text,) = texts
    assert "⟦" not in text
    assert text.startswith(say(f"verdicts.{verdict.value}"))
    if sub is not None:
        assert text.endswith(say(f"verdicts.{sub.value}"))
        assert text[-1] in "。."
        assert any(text in line for line in _lines(document(verdict, sub), say))
