"""Signed PDFs of strangers: `python -m tests.integration.evidence.corpus DIR…`.

Every PDF below the folders is verified while nobody is trusted, so that only what the bytes say counts, and held against pyHanko's
own validation. A failure: an untyped error, a step of more than 5 s, a verdict TOTAL-PASSED, or a signature that is not
TOTAL-FAILED though pyHanko says that another content was signed or that the document changed. Where we fail what pyHanko lets pass is told, not a failure.
Prints counts and each of these; exit status 1 where there is a failure.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext

from econtract_core.evidence.pdf.verify import verify_pdf
from econtract_core.evidence.trust import TrustStore
from econtract_core.evidence.verdict import DocumentVerdict, SignatureVerdict, Verdict

_SLOW = 5.0  # seconds of this process's time


def holds_for_the_library(file: Path) -> dict[str, bool | None]:
    """{field: the signature holds and nothing was changed that must not be}; None where pyHanko cannot tell."""
    found: dict[str, bool | None] = {}
    try:
        with file.open("rb") as stream:
            for one in PdfFileReader(stream).embedded_signatures:
                found[str(one.field_name)] = _holds(one)
    except Exception:  # noqa: BLE001 - the peer refuses the file, in whatever way
        return found
    return found


def _holds(one: EmbeddedPdfSignature) -> bool | None:
    try:
        status = validate_pdf_signature(one, ValidationContext(allow_fetching=False))
    except Exception:  # noqa: BLE001 - the same for one signature
        return None
    level = status.modification_level
    if level is None or level.name == "OTHER":
        # Validation data that was written anew shows nothing, and tells no more than what is checked anyhow.
        return None if "VRI key" in str(status.diff_result) else False
    return bool(status.intact and status.docmdp_ok is not False)  # a value it cannot check, it calls not valid


def complaints(file: Path, verdict: DocumentVerdict, seconds: float) -> list[str]:
    """What is wrong with our verdict."""
    found = [f"{seconds:.1f} s"] if seconds > _SLOW else []
    if verdict.verdict is Verdict.TOTAL_PASSED:
        found.append("TOTAL-PASSED though nobody is trusted")
    if verdict.signatures:
        peer = holds_for_the_library(file)
        found += [f"{s.field}: passes, the library says no" for s in verdict.signatures if _lax(s, peer)]
        stricter = [s.field for s in verdict.signatures if s.verdict is Verdict.TOTAL_FAILED and peer.get(s.field)]
        if stricter:
            reasons = {text for f in verdict.findings for key, text in f.facts if key == "problem"}
            print(f"stricter than the library: {file}: {', '.join(stricter)}: {verdict.sub_indication} {reasons}")
    return found


def _lax(signature: SignatureVerdict, peer: dict[str, bool | None]) -> bool:
    return signature.verdict is not Verdict.TOTAL_FAILED and peer.get(signature.field) is False


def main() -> int:
    """Print; 1 where something failed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="+", type=Path)
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")  # of the libraries, over what strangers wrote
    counts: Counter[str] = Counter()
    failed = False
    for folder in parser.parse_args().folders:
        for file in sorted(folder.rglob("*.pdf")):
            started = time.process_time()
            try:
                verdict = verify_pdf(file, TrustStore.nobody())
            except Exception as problem:  # noqa: BLE001 - that is what is looked for
                print(f"{file}: untyped {problem!r}")
                failed = True
                continue
            counts[verdict.verdict.value] += 1
            for complaint in complaints(file, verdict, time.process_time() - started):
                print(f"{file}: {complaint}")
                failed = True
    print(" ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
