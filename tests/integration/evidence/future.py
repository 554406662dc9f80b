"""What a program of another year does: `faketime … python -m tests.integration.evidence.future FOLDER PORT DEED…`.

The practice authority of FOLDER answers on PORT, with this process's clock. Deeds, one after the other: `sign LEVEL NAME`,
`extend NAME NEW` (to B-LTA), `new-service` (the timestamp service gets a new certificate), `verify NAME`. Prints one JSON line
for each `verify`.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from econtract_desktop.api.http import RequestsHttp
from econtract_desktop.crypto.installed_trust import InstalledTrust
from econtract_desktop.crypto.pades.signer import PadesSigner
from econtract_desktop.crypto.revocation import HttpRevocation
from econtract_desktop.crypto.timestamps import HttpTimestamper
from econtract_desktop.crypto.verifier import EvidenceVerifier
from econtract_desktop.ports.signer import SignOptions
from econtract_practice.authority import Authority
from econtract_practice.people import CONTRACTOR
from econtract_practice.responder import Responder
from tests.fakes.documents import plain
from tests.fakes.key_card import KeyCard
from tests.fakes.pki import Issued


def main(folder: Path, port: int, deeds: list[str]) -> None:
    """In order; nothing is kept from one year to the other but the files."""
    if deeds[0] == "new-service":
        for old in (folder / "authority").glob("tsa.*"):
            old.unlink()
        deeds = deeds[1:]
    authority = Authority.create(folder / "authority", f"http://127.0.0.1:{port}")
    with Responder(authority, port) as responder:
        http = RequestsHttp()
        trust = InstalledTrust(authority.trust_dir)
        kept = folder / f"kept-{datetime.now(UTC).year}"
        revocation = HttpRevocation(lambda: http, kept, trust)
        signer = PadesSigner(HttpTimestamper(http, (responder.tsa_url,), trust), revocation, trust)
        verifier = EvidenceVerifier(trust, lambda: revocation)
        while deeds:
            deed, *deeds = deeds
            if deed == "sign":
                level, name, *deeds = deeds
                key, der = authority.issue(CONTRACTOR.person)
                source = folder / f"source-{name}"
                source.write_bytes(plain())
                card = KeyCard(Issued(key, x509.load_der_x509_certificate(der)))
                signer.sign(source, folder / name, card, SignOptions(level=level))
            elif deed == "extend":
                name, new, *deeds = deeds
                signer.extend(folder / name, folder / new, "B-LTA")
            else:
                name, *deeds = deeds
                found = verifier.verify(folder / name)
                told = {"year": datetime.now(UTC).year, "name": name, "verdict": found.verdict, "level": found.level}
                print(json.dumps(told | {"sub": found.sub_indication}), flush=True)
        http.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
