"""Any bytes as a signed list of trust anchors: a set that enough keys signed, or the typed error. Payloads are mutated too and then
signed anew, so that what is behind the signatures is reached."""

from __future__ import annotations

import json
import random
from base64 import b64decode

from econtract_core.evidence.trust_package import read_package
from econtract_core.rules.errors import TrustPackageError
from fuzz.mutate import mutated
from tests.fakes.anchor_lists import AnchorLists
from tests.fakes.evidence_pki import TestPki, now

_LISTS = AnchorLists(now(), *TestPki.make().trust)


def seeds() -> list[bytes]:
    """One list, one after two changes of keys, one signed by nobody."""
    return [_LISTS.package(1), _LISTS.package(3, version=3), _LISTS.package(1, signers=())]


def mutate(data: bytes, chance: random.Random) -> bytes:
    """The list inside, changed and signed."""
    try:
        payload = b64decode(json.loads(data)["anchors"]["payload"])
    except (ValueError, KeyError, TypeError, RecursionError):
        payload = _LISTS.listed(1)
    return _LISTS.package(1, payload=mutated(payload, [_LISTS.listed(2)], chance))


def run(data: bytes) -> str:
    try:
        found = read_package(data, _LISTS.roots())
    except TrustPackageError as refused:
        return f"{type(refused).__name__} {str(refused.facts.get('problem', ''))[:24]}"
    assert found.anchors
    assert found.serial > 0
    return f"good {found.roots.version}"
