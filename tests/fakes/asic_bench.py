"""Everything a container test needs: a PKI, a signer of containers, ways to verify them, and to take one apart and change it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from econtract_core.evidence.trust import TrustStore
from econtract_core.evidence.verdict import DocumentVerdict
from econtract_core.evidence.verify import verify_file
from econtract_desktop.crypto.asic.signer import AsicSigner
from econtract_desktop.crypto.revocation import HttpRevocation
from econtract_desktop.crypto.timestamps import HttpTimestamper
from econtract_desktop.ports.signer import SignedDocument, SignOptions
from tests.fakes.evidence_pki import TSA_URL, TestPki, now
from tests.fakes.key_card import KeyCard
from tests.fakes.pki import Issued

SIGNATURE = "META-INF/signatures0.xml"


class AsicBench:
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
        self.signer = AsicSigner(
            self.timestamper, self.revocation, lambda: self.trust, (lambda: moment) if moment else now
        )
        self.drawing = folder / "図面 第1号.dwg"
        self.drawing.write_bytes(b"AC1032" + bytes(range(256)) * 4)
        self.sheet = folder / "数量計算書.csv"
        self.sheet.write_bytes("工種,数量\r\n掘削,120\r\n".encode())

    @property
    def sources(self) -> tuple[Path, ...]:
        return (self.drawing, self.sheet)

    def sign(
        self,
        sources: tuple[Path, ...] | None = None,
        name: str = "signed.asice",
        *,
        person: Issued | None = None,
        level: str = "B-T",
        when: datetime | None = None,
    ) -> SignedDocument:
        card = KeyCard(person or self.person)
        output, options = self.folder / name, SignOptions(level=level)
        with self.signer.prepare(sources or self.sources, output, card.certificate.der, options, when) as signing:
            signing.signed(card.sign(signing.to_sign))
            return signing.complete()

    def verify(
        self, file: Path, *, at: datetime | None = None, informed: bool = True, detached: Path | None = None
    ) -> DocumentVerdict:
        """`informed`: with a fresh CRL."""
        crls = (self.pki.crl(),) if informed else ()
        return verify_file(file, self.trust, at=at, crls=crls, detached=detached)

    def changed(self, container: Path, change: Callable[[dict[str, bytes]], None], name: str = "changed.asice") -> Path:
        """A new container with what `change` did to the entries, put together well: sizes and sums are right."""
        entries = entries_of(container)
        change(entries)
        target = self.folder / name
        write_container(target, entries)
        return target


def entries_of(container: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(container) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def write_container(target: Path, entries: dict[str, bytes]) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for entry, data in entries.items():
            archive.writestr(zipfile.ZipInfo(entry), data)
