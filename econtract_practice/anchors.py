"""Making signed lists of trust anchors (docs/trust-anchors.md); for practice mode's own keys, and for the real ones, offline.

python -m econtract_practice.anchors key OUT.pem              a new key; prints its public half
python -m econtract_practice.anchors roots LISTING.json OUT   {"version", "threshold", "keys"} → payload to be signed
python -m econtract_practice.anchors list LISTING.json OUT    the anchors (certificates by file name) → payload to be signed
python -m econtract_practice.anchors sign KEY.pem PAYLOAD     → PAYLOAD.<first 8 of the key>.sig, one per key holder
python -m econtract_practice.anchors package OUT LIST [ROOTS …]   payloads with the .sig files beside them → one package
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from econtract_core.evidence.trust_package import DOMAIN

Listing = dict[str, object]


def public_of(key: Ed25519PrivateKey) -> str:
    """The public half in hexadecimal, as lists name keys."""
    return key.public_key().public_bytes_raw().hex()


def roots_payload(version: int, threshold: int, keys: Iterable[str]) -> bytes:
    """A statement about the keys of which `threshold` must sign."""
    return _payload({"type": "roots", "version": version, "threshold": threshold, "keys": list(keys)})


def list_payload(
    serial: int,
    validity: tuple[datetime, datetime],
    anchors: Sequence[Listing],
    removed: Sequence[Listing] = (),
) -> bytes:
    """A list of anchors as `anchor` gives them."""
    begin, end = (moment.isoformat() for moment in validity)
    whole = {"type": "anchors", "serial": serial, "valid_from": begin, "expires": end}
    return _payload({**whole, "anchors": list(anchors), "removed": list(removed)})


def anchor(
    certificate: bytes,
    purposes: Sequence[str],
    added: datetime,
    distrusted_after: datetime | None = None,
    reason: str = "",
) -> Listing:
    """One anchor (DER) of a list."""
    return {
        "certificate": b64encode(certificate).decode(),
        "purposes": list(purposes),
        "added": added.isoformat(),
        "distrusted_after": distrusted_after.isoformat() if distrusted_after else None,
        "reason": reason,
    }


def signature(payload: bytes, key: Ed25519PrivateKey) -> Listing:
    """One key holder's signature."""
    return {"key": public_of(key), "signature": key.sign(DOMAIN + payload).hex()}


def package(listed: tuple[bytes, Sequence[Listing]], roots: Sequence[tuple[bytes, Sequence[Listing]]] = ()) -> bytes:
    """The package out of payloads with their signatures; `roots`: every change of keys since the first, oldest first."""
    return _payload({"roots": [_envelope(*one) for one in roots], "anchors": _envelope(*listed)})


def _envelope(payload: bytes, signatures: Sequence[Listing]) -> Listing:
    return {"payload": b64encode(payload).decode(), "signatures": list(signatures)}


def _payload(value: Listing) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


# --- the command line -------------------------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m econtract_practice.anchors", description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=("key", "roots", "list", "sign", "package"))
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--no-password", action="store_true", help="key: for practice and tests")
    options = parser.parse_args(arguments)
    files: list[Path] = options.files
    if options.what == "key":
        print(
            make_key_file(files[0], b"" if options.no_password else getpass.getpass("Password for the key: ").encode())
        )
    elif options.what == "roots":
        said = json.loads(files[0].read_text(encoding="utf-8"))
        files[1].write_bytes(roots_payload(said["version"], said["threshold"], said["keys"]))
    elif options.what == "list":
        files[1].write_bytes(_listed(files[0]))
    elif options.what == "sign":
        key, payload = load_key(files[0]), files[1].read_bytes()
        target = files[1].with_name(f"{files[1].name}.{public_of(key)[:8]}.sig")
        target.write_text(json.dumps(signature(payload, key)), encoding="ascii")
        print(target)
    else:
        files[0].write_bytes(package(_signed(files[1]), [_signed(file) for file in files[2:]]))
    return 0


def _listed(file: Path) -> bytes:
    said = json.loads(file.read_text(encoding="utf-8"))
    anchors = []
    for item in said["anchors"]:
        data = (file.parent / item["file"]).read_bytes()
        pem = b"-----BEGIN" in data
        loaded = x509.load_pem_x509_certificate(data) if pem else x509.load_der_x509_certificate(data)
        later = item.get("distrusted_after")
        anchors.append(
            anchor(
                loaded.public_bytes(Encoding.DER),
                item["purposes"],
                datetime.fromisoformat(item["added"]),
                datetime.fromisoformat(later) if later else None,
                item.get("reason", ""),
            )
        )
    validity = (datetime.fromisoformat(said["valid_from"]), datetime.fromisoformat(said["expires"]))
    return list_payload(said["serial"], validity, anchors, said.get("removed", ()))


def _signed(payload: Path) -> tuple[bytes, list[Listing]]:
    beside = sorted(payload.parent.glob(f"{payload.name}.*.sig"))
    return payload.read_bytes(), [json.loads(file.read_text(encoding="ascii")) for file in beside]


def make_key_file(file: Path, password: bytes) -> str:
    """A new key in a file that only this user may read; its public half. Raises FileExistsError."""
    key = Ed25519PrivateKey.generate()
    how = BestAvailableEncryption(password) if password else NoEncryption()
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how))
    return public_of(key)


def load_key(file: Path) -> Ed25519PrivateKey:
    """A key holder's key; asks for its password. Raises SystemExit where it is none."""
    data = file.read_bytes()
    protected = b"ENCRYPTED" in data
    key = load_pem_private_key(data, getpass.getpass("Password of the key: ").encode() if protected else None)
    if not isinstance(key, Ed25519PrivateKey):
        raise SystemExit(f"{file}: not an Ed25519 key")
    return key


if __name__ == "__main__":
    raise SystemExit(main())
