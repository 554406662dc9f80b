"""The signer for whatever is to be signed: PDFs as PDFs, everything else in a container."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from econtract_core.evidence.verdict import Inspection
from econtract_core.rules.errors import FileNotReadable
from econtract_desktop.ports.card import CardToken
from econtract_desktop.ports.signer import SignedDocument, Signer, Signing, SignOptions

_HEAD = 1024


class AnySigner:
    """The port Signer over one for PDFs and one for containers. Thread-safe as they are."""

    def __init__(self, pdf: Signer, container: Signer) -> None:
        self._pdf = pdf
        self._container = container

    def check_signable(self, source: Path) -> Inspection:
        return self._for(source).check_signable(source)

    def make_ready(self, source: Path, folder: Path) -> None:
        try:
            signer = self._for(source)
        except FileNotReadable:
            return  # signing it will say so
        signer.make_ready(source, folder)

    def close(self) -> None:
        self._pdf.close()
        self._container.close()

    def sign(self, source: Path, output: Path, card: CardToken, options: SignOptions) -> SignedDocument:
        return self._choose((source,), options).sign(source, output, card, options)

    def prepare(
        self,
        sources: tuple[Path, ...],
        output: Path,
        certificate: bytes,
        options: SignOptions,
        when: datetime | None = None,
    ) -> Signing:
        return self._choose(sources, options).prepare(sources, output, certificate, options, when)

    def extend(self, source: Path, output: Path, level: str) -> SignedDocument:
        signer = self._container if _head(source).startswith(b"PK") else self._pdf
        return signer.extend(source, output, level)

    def _choose(self, sources: tuple[Path, ...], options: SignOptions) -> Signer:
        return self._container if options.container or len(sources) != 1 else self._for(sources[0])

    def _for(self, source: Path) -> Signer:
        """By content; a file that is called a PDF and is none is the PDF signer's to refuse."""
        is_pdf = b"%PDF-" in _head(source) or source.suffix.lower() == ".pdf"
        return self._pdf if is_pdf else self._container


def _head(source: Path) -> bytes:
    try:
        with source.open("rb") as stream:
            return stream.read(_HEAD)
    except OSError as problem:
        raise FileNotReadable(path=str(source), problem=problem.strerror or str(problem)) from None
