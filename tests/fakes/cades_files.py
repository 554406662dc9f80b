"""CAdES signatures for tests: made by openssl; what an archive timestamp covers is told by asn1crypto, not by our own reading."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Any

from asn1crypto import algos, cms, core

from econtract_core.evidence import der
from tests.fakes.evidence_pki import TestPki, make_token
from tests.fakes.pki import Issued

SIGNATURE_TIMESTAMP = "1.2.840.113549.1.9.16.2.14"
ARCHIVE_TIMESTAMP_V3 = "0.4.0.1733.2.4"
HASH_INDEX_V3, HASH_INDEX = "0.4.0.19122.1.5", "0.4.0.1733.2.5"
REVOCATION_VALUES = "1.2.840.113549.1.9.16.2.24"


def sign(folder: Path, person: Issued, content: bytes, *options: str, above: Issued | None = None) -> bytes:
    """`openssl cms -sign -cades`; detached unless "-nodetach" is among the options. `above`: a certificate to enclose."""
    (folder / "signer.pem").write_bytes(person.pem)
    (folder / "signer.key").write_bytes(person.key_pem)
    (folder / "above.pem").write_bytes(above.pem if above is not None else b"")
    (folder / "content").write_bytes(content)
    enclosed = ["-certfile", "above.pem"] if above is not None else []
    command = ["openssl", "cms", "-sign", "-binary", "-in", "content", "-signer", "signer.pem", "-inkey", "signer.key"]
    command += ["-md", "sha256", *enclosed, *([] if "-plain" in options else ["-cades"])]
    command += [o for o in options if o != "-plain"]
    form = [] if "-outform" in options else ["-outform", "DER"]
    return subprocess.run([*command, *form], cwd=folder, capture_output=True, check=True).stdout


def with_unsigned(message: bytes, kind: str, value: bytes) -> bytes:
    """The same CMS with one more unsigned attribute (`value`: DER) for its last signer."""
    oid, wrapped = der.element(message).children()
    *before, infos = der.element(wrapped.value).children()
    *others, last = infos.children()
    fields = list(last.children())
    held = fields.pop().value if fields[-1].tag == 0xA1 else b""
    named = core.ObjectIdentifier(kind).dump()
    held += der.write(der.SEQUENCE, named, der.write(der.SET, value))
    signer = der.write(der.SEQUENCE, *(f.whole for f in fields), der.write(0xA1, held))
    signers = der.write(der.SET, *(o.whole for o in others), signer)
    content = der.write(der.SEQUENCE, *(p.whole for p in before), signers)
    return der.write(der.SEQUENCE, oid.whole, der.write(0xA0, content))


def timestamped(message: bytes, pki: TestPki, over: bytes | None = None) -> bytes:
    """With a signature timestamp, over the signature unless `over` is given."""
    value = cms.ContentInfo.load(message)["content"]["signer_infos"][0]["signature"].native
    token = make_token(pki.tsa, hashlib.sha256(value if over is None else over).digest())
    return with_unsigned(message, SIGNATURE_TIMESTAMP, token)


def with_revocation(message: bytes, *crls: bytes) -> bytes:
    """With a revocation-values attribute (RFC 5126 6.3.4)."""
    values = b"".join(crls)
    inner = core.Sequence(contents=values).dump()
    held = core.Sequence(contents=b"\xa0" + _length(inner) + inner).dump()
    return with_unsigned(message, REVOCATION_VALUES, held)


def archived(message: bytes, pki: TestPki, content: bytes, index_kind: str = HASH_INDEX_V3) -> bytes:
    """With an archive timestamp of version 3 (EN 319 122-1 5.5.3) over all that is there."""
    signed = cms.ContentInfo.load(message)["content"]
    one = signed["signer_infos"][0]
    certificates = [hashlib.sha256(c.dump()).digest() for c in signed["certificates"]]
    hashes = []
    for attribute in one["unsigned_attrs"]:
        if index_kind == HASH_INDEX:
            hashes.append(hashlib.sha256(attribute.dump()).digest())
        else:
            hashes += [hashlib.sha256(attribute["type"].dump() + v.dump()).digest() for v in attribute["values"]]
    index = _index(certificates, [], hashes)
    fields: Any = ("version", "sid", "digest_algorithm", "signed_attrs", "signature_algorithm", "signature")
    covered = signed["encap_content_info"]["content_type"].dump() + hashlib.sha256(content).digest()
    covered += b"".join(one[name].dump() for name in fields) + index
    token = make_token(pki.tsa, hashlib.sha256(covered).digest())
    return with_unsigned(message, ARCHIVE_TIMESTAMP_V3, with_unsigned(token, index_kind, index))


def _index(*lists: list[bytes]) -> bytes:
    parts = algos.DigestAlgorithm({"algorithm": "sha256"}).dump()
    for hashes in lists:
        parts += core.Sequence(contents=b"".join(core.OctetString(h).dump() for h in hashes)).dump()
    whole: bytes = core.Sequence(contents=parts).dump()
    return whole


def _length(data: bytes) -> bytes:
    whole: bytes = core.OctetString(data).dump()
    return whole[1 : len(whole) - len(data)]
