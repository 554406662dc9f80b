"""Any bytes as a CMS signature: read and checked, or NotAPdf. One that was changed never holds over what was signed."""

from __future__ import annotations

import hashlib
from functools import cache

from econtract_core.evidence import cms
from econtract_core.rules.errors import NotAPdf, UnsupportedDocument
from tests.fakes.evidence_pki import TestPki, make_token

_CONTENT = hashlib.sha256(b"what was signed").digest()


@cache
def _made() -> tuple[bytes, ...]:
    """Signatures by RSA and by EC, with and without a timestamp, and a timestamp token."""
    from cryptography.hazmat.primitives.asymmetric import ec

    from econtract_desktop.crypto.pades.cms import signed_attributes, signed_data
    from tests.fakes.key_card import KeyCard

    pki = TestPki.make()
    made = []
    for person in (pki.person(), pki.person("佐藤 花子", key=ec.generate_private_key(ec.SECP256R1()))):
        attributes = signed_attributes(_CONTENT, person.der)
        signature = KeyCard(person).sign(attributes)
        token = make_token(pki.tsa, hashlib.sha256(signature.value).digest())
        made += [signed_data(attributes, signature, (person.der, pki.issuing.der), stamp) for stamp in (None, token)]
    return (*made, token)


@cache
def _strings() -> frozenset[bytes]:
    """The signature values that were made: one that holds must be one of them."""
    return frozenset(cms.read(der, "seed").signature for der in _made())


def seeds() -> list[bytes]:
    return list(_made())


def run(data: bytes) -> str:
    try:
        message = cms.read(data, "fuzzed")
    except NotAPdf as refused:
        return f"refused: {str(refused.facts['problem'])[:40]}"
    content = _CONTENT
    if message.content is not None:
        try:
            content = cms.digest(message.digest_algorithm, message.content)
        except NotAPdf:
            return f"unknown digest {message.digest_algorithm[:12]}"
    found = cms.check(message, content)
    for token in message.timestamps:
        try:
            cms.read(token, "token")
        except (NotAPdf, UnsupportedDocument):
            continue
    if found is None:
        assert message.signed_attributes is not None
        assert message.message_digest == content
        assert message.signature in _strings() or message.scheme == "ecdsa", "a signature holds that nobody made"
    return f"{found} {message.scheme[:12]} {message.digest_algorithm[:12]} {len(message.timestamps)}"
