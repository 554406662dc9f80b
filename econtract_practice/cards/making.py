"""Making practice cards: SoftHSM tokens, PKCS#12 files, virtual cards. SoftHSM is set up in programs of its own, so that this process's environment stays as it is."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from econtract_practice import children
from econtract_practice.authority import PrivateKey
from econtract_practice.cards.virtual import CardPlan, CardRig

_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
SO_PIN = "12345678"
MAX_TRIES = 5
JPKI_AUTHENTICATION_PIN = "1234"


@dataclass(frozen=True)
class PracticeCard:
    """A card and how to reach it. Practice PINs are no secret."""

    holder: str
    role: str
    profile: str  # "softhsm", "file", or a virtual card's layout: "jpki", "piv", "ebid"
    module: Path
    token_label: str
    reader: str
    pin: str
    environment: dict[str, str]
    certificate_sha256: str

    def named(self, holder: str, role: str) -> PracticeCard:
        return replace(self, holder=holder, role=role)


def softhsm_available() -> Path | None:
    """The module, where SoftHSM 2 is installed."""
    return next((Path(module) for module in _MODULES if Path(module).is_file()), None)


def make_softhsm_card(directory: Path, label: str, pin: str, key: PrivateKey, certificate: bytes) -> PracticeCard:
    """A token of its own under `directory` with one key and its certificate (DER)."""
    module = softhsm_available()
    assert module is not None, "SoftHSM is not installed"
    tokens = directory / "tokens"
    tokens.mkdir(parents=True)
    configuration = directory / "softhsm2.conf"
    configuration.write_text(
        f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n", encoding="utf-8"
    )
    environment = {"SOFTHSM2_CONF": str(configuration)}
    inside = {**os.environ, **environment}
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    job = {
        "module": str(module),
        "label": label,
        "pin": pin,
        "so_pin": SO_PIN,
        "key": base64.b64encode(private).decode(),
        "certificate": base64.b64encode(certificate).decode(),
    }
    done = subprocess.run(
        children.command("econtract_practice.cards.fill"),
        env=inside,
        input=json.dumps(job),
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"filling the practice card: {done.stderr.strip()}")
    return PracticeCard("", "", "softhsm", module, label, "", pin, environment, sha256(certificate).hexdigest())


def make_file_card(
    path: Path, label: str, pin: str, key: PrivateKey, certificate: bytes, chain: tuple[bytes, ...] = ()
) -> PracticeCard:
    """A PKCS#12 file under its PIN, and the counter beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    own = x509.load_der_x509_certificate(certificate)
    others = [x509.load_der_x509_certificate(der) for der in chain]
    encryption = serialization.BestAvailableEncryption(pin.encode())
    path.write_bytes(pkcs12.serialize_key_and_certificates(label.encode(), key, own, others, encryption))
    path.chmod(0o600)
    state = {
        "label": label,
        "serial": sha256(certificate).hexdigest()[:16],
        "max_tries": MAX_TRIES,
        "tries_left": MAX_TRIES,
        "certificates": [base64.b64encode(certificate).decode()],
    }
    path.with_name(path.name + ".state").write_text(json.dumps(state), encoding="utf-8")
    reader = f"file: {path.parent.name}/{path.name}"
    return PracticeCard("", "", "file", path, label, reader, pin, {}, sha256(certificate).hexdigest())


def make_virtual_card(
    rig: CardRig,
    reader: int,
    layout: str,
    name: str,
    pin: str,
    key: PrivateKey,
    certificate: bytes,
    *,
    label: str = "",
    place: str = "9C",
    every_time: bool = False,
    authentication: tuple[PrivateKey, bytes] | None = None,
    authority: bytes = b"",
) -> PracticeCard:
    """A card in a reader of `rig`, reached through OpenSC while the rig runs. `pin` is the signing key's.

    jpki: wants the `authentication` key with its certificate (its PIN is 1234) and the `authority`'s certificate; piv: the key lies in `place`;
    ebid: `label` is the token's (default `name`), `every_time` wants the PIN before every signature.
    """
    keys, pins = {"sign": (key, certificate)}, {"user": pin}
    shown = label = label or name
    if layout == "jpki":
        assert authentication is not None, "a JPKI card has two keys"
        keys, pins = {**keys, "auth": authentication}, {"sign": pin, "auth": JPKI_AUTHENTICATION_PIN}
        shown = "JPKI (Digital Signature PIN)"
    elif layout == "piv":
        keys = {place: (key, certificate)}
        subject = x509.load_der_x509_certificate(certificate).subject
        shown = str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
    plan = CardPlan(name, layout, keys, pins, authority=authority, label=label, every_time=every_time)
    rig.insert(reader, rig.make(plan))
    reached = sha256(certificate).hexdigest()
    return PracticeCard("", "", layout, rig.module, shown, rig.readers[reader], pin, rig.environment, reached)
