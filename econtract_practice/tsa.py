"""A small RFC 3161 timestamp service: one request in, one signed answer out. No network here."""

from __future__ import annotations

import hashlib
import secrets
import threading
from datetime import UTC, datetime

from asn1crypto import algos, cms, core, tsp, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from econtract_practice.authority import Entity

POLICY = "2.999.392.2.1"  # the arc for examples


class TimestampService:
    """Thread-safe. `mode` is for rehearsing trouble: ok, refuse, wrong-nonce, wrong-imprint."""

    def __init__(self, tsa: Entity, root: Entity) -> None:
        assert isinstance(tsa.key, rsa.RSAPrivateKey)
        self._key = tsa.key
        self._certificate = x509.Certificate.load(tsa.der)
        self._chain = [self._certificate, x509.Certificate.load(root.der)]
        self._certificate_id = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(tsa.der).digest()})
        self._lock = threading.Lock()
        self.mode = "ok"
        self.issued = 0

    def answer(self, request: bytes) -> bytes:
        """TimeStampReq → TimeStampResp (DER). A request that cannot be read is rejected as badDataFormat."""
        try:
            asked = tsp.TimeStampReq.load(request, strict=True)
            imprint = asked["message_imprint"]
            algorithm = imprint["hash_algorithm"]["algorithm"].native
            digest = imprint["hashed_message"].native
        except (ValueError, TypeError, KeyError):
            return _refusal("bad_data_format")
        if self.mode == "refuse":
            return _refusal("time_not_available")
        if algorithm not in ("sha256", "sha384", "sha512") or len(digest) != hashlib.new(algorithm).digest_size:
            return _refusal("bad_alg")
        token = self._token(asked)
        return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump()  # type: ignore[no-any-return]

    def _token(self, asked: tsp.TimeStampReq) -> cms.ContentInfo:
        info = self._info(asked).dump()
        digest = hashlib.sha256(info).digest()
        attributes = cms.CMSAttributes(
            [
                cms.CMSAttribute({"type": "content_type", "values": ["tst_info"]}),
                cms.CMSAttribute({"type": "message_digest", "values": [digest]}),
                cms.CMSAttribute(
                    {
                        "type": "signing_certificate_v2",
                        "values": [tsp.SigningCertificateV2({"certs": [self._certificate_id]})],
                    }
                ),
            ]
        )
        signature = self._key.sign(attributes.dump(), padding.PKCS1v15(), hashes.SHA256())
        sha256 = algos.DigestAlgorithm({"algorithm": "sha256"})
        signer = cms.SignerInfo(
            {
                "version": "v1",
                "sid": cms.SignerIdentifier(
                    {
                        "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                            {
                                "issuer": self._certificate.issuer,
                                "serial_number": self._certificate.serial_number,
                            }
                        )
                    }
                ),
                "digest_algorithm": sha256,
                "signed_attrs": attributes,
                "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
                "signature": signature,
            }
        )
        signed = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [sha256],
                "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(info)},
                "certificates": self._chain if asked["cert_req"].native else None,
                "signer_infos": [signer],
            }
        )
        return cms.ContentInfo({"content_type": "signed_data", "content": signed})

    def _info(self, asked: tsp.TimeStampReq) -> tsp.TSTInfo:
        with self._lock:
            self.issued += 1
        imprint = asked["message_imprint"]
        if self.mode == "wrong-imprint":
            imprint = tsp.MessageImprint(
                {
                    "hash_algorithm": imprint["hash_algorithm"],
                    "hashed_message": bytes(len(imprint["hashed_message"].native)),
                }
            )
        nonce = asked["nonce"].native
        if self.mode == "wrong-nonce" and nonce is not None:
            nonce += 1
        fields = {
            "version": "v1",
            "policy": asked["req_policy"].native or POLICY,
            "message_imprint": imprint,
            "serial_number": secrets.randbits(63),
            "gen_time": datetime.now(UTC).replace(microsecond=0),
            "accuracy": {"seconds": 1},
        }
        if nonce is not None:
            fields["nonce"] = nonce
        return tsp.TSTInfo(fields)


def _refusal(reason: str) -> bytes:
    """TimeStampResp without a token, which asn1crypto takes for mandatory (RFC 3161 2.4.2: OPTIONAL)."""
    status: bytes = tsp.PKIStatusInfo({"status": "rejection", "fail_info": {reason}}).dump()
    return bytes([0x30, len(status)]) + status
