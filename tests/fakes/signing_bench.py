"""Everything a signing test needs on one bench: a PKI, a timestamp service, a signer, and a way to verify what came out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from econtract_core.evidence.pdf.verify import verify_pdf
from econtract_core.evidence.trust import TrustStore
from econtract_core.evidence.verdict import DocumentVerdict
from econtract_desktop.crypto.pades.signer import PadesSigner
from econtract_desktop.crypto.revocation import HttpRevocation
from econtract_desktop.crypto.timestamps import HttpTimestamper
from econtract_desktop.forms.typst_forms import TypstForms
from econtract_desktop.ports.signer import SignedDocument, SignOptions
from tests.fakes.documents import plain
from tests.fakes.evidence_pki import TSA_URL, TestPki, now
from tests.fakes.key_card import KeyCard
from tests.fakes.pki import Issued


class Bench:
    """`pki` and `person` may be shared between tests; files land in `folder`."""

    def __init__(self, pki: TestPki, person: Issued, folder: Path, moment: datetime | None = None) -> None:
        self.pki = pki
        self.person = person
        self.folder = folder
        self.trust = TrustStore.of(pki.trust)
        self.http = pki.http(person)
        self.timestamper = HttpTimestamper(self.http, (TSA_URL,), lambda: self.trust)
        kept = folder.parent / f"{folder.name}-kept"
        self.revocation = HttpRevocation(lambda: self.http, kept, lambda: self.trust)
        self.signer = PadesSigner(
            self.timestamper,
            self.revocation,
            lambda: self.trust,
            (lambda: moment) if moment else now,
            TypstForms().mark,
        )
        self.source = folder / "contract.pdf"
        self.source.write_bytes(plain())

    def sign(
        self,
        source: Path | None = None,
        name: str = "signed.pdf",
        *,
        person: Issued | None = None,
        level: str = "B-T",
        **options: Any,
    ) -> SignedDocument:
        card = KeyCard(person or self.person)
        return self.signer.sign(source or self.source, self.folder / name, card, SignOptions(level=level, **options))

    def verify(self, file: Path, *, at: datetime | None = None, informed: bool = True) -> DocumentVerdict:
        """`informed`: with a fresh CRL."""
        return verify_pdf(file, self.trust, at=at, crls=(self.pki.crl(),) if informed else ())
