"""Make a SoftHSM token and put a key and its certificate on it. A program of its own: the job comes as JSON on standard input."""

from __future__ import annotations

import base64
import ctypes
import hashlib
import json
import sys

import pkcs11
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pkcs11 import Attribute
from pkcs11.util.ec import decode_ec_private_key, decode_ec_public_key
from pkcs11.util.rsa import decode_rsa_private_key, decode_rsa_public_key
from pkcs11.util.x509 import decode_x509_certificate


def main() -> None:
    job = json.load(sys.stdin)
    key = serialization.load_der_private_key(base64.b64decode(job["key"]), None, unsafe_skip_rsa_key_validation=True)
    certificate = base64.b64decode(job["certificate"])
    identifier = hashlib.sha1(certificate, usedforsecurity=False).digest()
    if isinstance(key, rsa.RSAPrivateKey):
        private = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
        private_part, public_part = decode_rsa_private_key(private), decode_rsa_public_key(public)
    else:
        private = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        private_part, public_part = decode_ec_private_key(private), decode_ec_public_key(public)
    common = {Attribute.ID: identifier, Attribute.LABEL: job["label"], Attribute.TOKEN: True}
    init_token(job["module"], job["label"], job["so_pin"])
    token = pkcs11.lib(job["module"]).get_token(token_label=job["label"])
    with token.open(rw=True, so_pin=job["so_pin"]) as session:
        session.init_pin(job["pin"])
    with token.open(rw=True, user_pin=job["pin"]) as session:
        session.create_object({**private_part, **common, Attribute.SENSITIVE: True, Attribute.PRIVATE: True})
        session.create_object({**public_part, **common})
        session.create_object({**decode_x509_certificate(certificate), **common})


def init_token(module: str, label: str, so_pin: str) -> None:
    """C_InitToken on the first free slot: python-pkcs11 has no call for it. Raises RuntimeError."""
    driver = ctypes.CDLL(module)
    slots, count = (ctypes.c_ulong * 16)(), ctypes.c_ulong(16)
    pin = so_pin.encode()
    for call, arguments in (
        (driver.C_Initialize, (None,)),
        (driver.C_GetSlotList, (ctypes.c_ubyte(0), slots, ctypes.byref(count))),
        (driver.C_InitToken, (None, pin, ctypes.c_ulong(len(pin)), label.encode().ljust(32)[:32])),
        (driver.C_Finalize, (None,)),
    ):
        given = (ctypes.c_ulong(slots[0]), *arguments[1:]) if call is driver.C_InitToken else arguments
        status = call(*given)
        if status:
            raise RuntimeError(f"{call.__name__}: {status:#x}")


if __name__ == "__main__":
    main()
