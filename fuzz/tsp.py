"""Any bytes as a timestamp service's answer and as a token: a token that was checked, or a typed error or a named failing."""

from __future__ import annotations

import hashlib
from functools import cache

from econtract_core.evidence import der
from econtract_core.evidence.timestamps import check_token
from econtract_core.evidence.trust import TrustStore
from econtract_core.rules.errors import TimestampError, UnsupportedDocument
from econtract_desktop.crypto.timestamps import HttpTimestamper
from econtract_desktop.ports.http import HttpAnswer
from tests.fakes.evidence_pki import TSA_URL, TestPki, make_token, stamp_answer
from tests.fakes.http import FakeHttp

_IMPRINT = hashlib.sha256(b"what was stamped").digest()


@cache
def _pki() -> TestPki:
    return TestPki.make()


def seeds() -> list[bytes]:
    """Answers that grant and that refuse, and bare tokens."""
    pki = _pki()
    imprint = der.write(der.OCTET_STRING, _IMPRINT)
    message = der.write(der.SEQUENCE, bytes.fromhex("300b0609608648016503040201"), imprint)
    request = der.write(der.SEQUENCE, der.integer(1), message, der.integer(2025), b"\x01\x01\xff")
    return [
        stamp_answer(pki.tsa, request),
        stamp_answer(pki.tsa, request, status=2),
        stamp_answer(pki.service(), request),
        make_token(pki.tsa, _IMPRINT, nonce=7),
        make_token(pki.tsa, _IMPRINT),
    ]


def run(data: bytes) -> str:
    trust = TrustStore.of(_pki().trust)
    words = []
    service = HttpTimestamper(FakeHttp({("POST", TSA_URL): HttpAnswer(200, {}, data)}), (TSA_URL,), lambda: trust)
    try:
        service.token(_IMPRINT)  # its nonce is random, so none of these answers can be the right one
        raise AssertionError("an old answer was taken for a new one")
    except TimestampError as refused:
        words.append(f"{type(refused).__name__} {str(refused.facts.get('problem', ''))[:24]}")
    found = check_token(data, lambda name: _IMPRINT if name == "sha256" else b"", trust, at=None)
    if found.sub_indication is None:
        assert found.time is not None
        assert found.chain is not None
    try:
        der.token_facts(data)
        words.append("facts")
    except UnsupportedDocument:
        words.append("no facts")
    return f"{found.sub_indication} {found.problem[:24]} {' '.join(words)}"
