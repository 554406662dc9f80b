"""Any bytes as a certificate: a Holder whose texts are safe to show, or the typed error; the DER is kept as it came."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.hazmat.primitives.serialization import Encoding

from econtract_core import der
from econtract_core.identity import compare_names, read_holder
from econtract_core.rules.errors import UnsupportedDocument
from tests.fakes import certificates as make
from tests.fakes.evidence_pki import TestPki

_JPKI = "1.2.392.200149.8.5.5."


def seeds() -> list[bytes]:
    """One of each layout, one of each odd string, and certificates a real library signed."""
    pki = TestPki.make()
    people = [pki.person().der, pki.root.certificate.public_bytes(Encoding.DER)]
    subject = make.name(
        ("2.5.4.6", make.text("JP")), ("2.5.4.10", make.text("A&B", make.PRINTABLE)), ("2.5.4.3", make.text("山田"))
    )
    others = [make.other_name(_JPKI + n, make.text("髙橋 太郎 0000")) for n in "123456"]
    jpki = make.certificate(
        subject, make.alternative(*others), make.policy("1.2.392.200149.8.5.1.1.20"), make.usage(b"\6\xc0")
    )
    fields = [der.write(0xA0 + n, der.write(0x0C, "青葉建設 123456789012".encode())) for n in range(7)]
    registry = make.certificate(subject, ("1.2.392.100300.1.1.3", der.write(der.SEQUENCE, *fields)))
    odd = make.name(
        ("2.5.4.3", (make.TELETEX, "山田\u202e".encode("cp932", "replace"))),
        ("2.5.4.10", make.text("𠮷田\u200b", make.BMP)),
        ("2.5.4.97", make.text("NTRJP-7123456789012")),
    )
    names = make.alternative(
        make.directory(odd), make.other_name("1.3.6.1.4.1.311.20.2.3", make.text("taro@example.jp"))
    )
    return [
        *people,
        jpki,
        registry,
        make.certificate(odd, names),
        make.certificate(odd, times=(b"2601010000Z", b"99991231235959Z")),
    ]


def run(data: bytes) -> str:
    try:
        holder = read_holder(data)
    except UnsupportedDocument as refused:
        return f"refused: {refused.facts['problem']}"
    texts = (
        holder.name, holder.name_romaji, holder.organization, holder.head_office, holder.title, holder.authority, holder.issuer,
        holder.upn, holder.subject_dn, holder.issuer_dn, holder.alternative_dn,
    )  # fmt: skip
    for text in texts:
        assert len(text) < 400_000
        assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} for c in text)
    assert holder.sha256 == sha256(data).hexdigest()
    assert holder.der == data
    holder.valid_at(datetime(2026, 11, 1, tzinfo=UTC))
    compare_names(holder.name, holder.organization)
    return f"{holder.layout} {holder.role} {' '.join(holder.doubts)}"
