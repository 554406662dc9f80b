"""A small PKI for evidence tests: root, issuing CA, timestamp service, OCSP and CRL, with switches for what can be wrong.

Real keys and real signatures; answered in memory. The practice environment has the servers that speak it over HTTP.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from asn1crypto import cms, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from econtract_core.evidence import der
from econtract_desktop.ports.http import HttpAnswer
from tests.fakes.http import FakeHttp, Sent
from tests.fakes.pki import Issued, Key

CRL_URL = "http://pki.test/ca.crl"
OCSP_URL = "http://pki.test/ocsp"
CA_URL = "http://pki.test/ca.cer"
TSA_URL = "http://tsa.test/"
DAY = timedelta(days=1)


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass
class TestPki:
    """`revoked`: serial → since. `stamp_as`: whose key stamps. Change them between signing and verifying."""

    __test__ = False
    root: Issued
    issuing: Issued
    tsa: Issued
    revoked: dict[int, datetime] = field(default_factory=dict)

    @classmethod
    def make(cls) -> TestPki:
        root = _issue(None, "Test Root", ca=True, key=ec.generate_private_key(ec.SECP256R1()))
        issuing = _issue(root, "Test Issuing CA", ca=True, key=ec.generate_private_key(ec.SECP256R1()))
        tsa = _issue(root, "Test TSA", usage=[ExtendedKeyUsageOID.TIME_STAMPING])
        return cls(root, issuing, tsa)

    @property
    def trust(self) -> tuple[bytes, ...]:
        return (self.root.der,)

    def person(
        self,
        name: str = "山田 太郎",
        *,
        key: Key | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        extensions: tuple[x509.ExtensionType, ...] | None = None,
        offers: bool = True,
    ) -> Issued:
        """A signer in the practice layout: romaji in the Subject, Japanese in subjectAltName."""
        alternative = x509.SubjectAlternativeName([x509.DirectoryName(japanese_name(name))])
        usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
        return _issue(
            self.issuing,
            "YAMADA Taro",
            key=key or rsa.generate_private_key(65537, 2048),
            not_before=not_before,
            not_after=not_after,
            extensions=(alternative, usage) if extensions is None else extensions,
            offers=offers,
        )

    def person_the_library_refuses(self) -> Issued:
        """Whose firm has an "&" in a PrintableString: `certificate` is as it would be without, `der` the true one."""
        base = self.person()
        assert isinstance(self.issuing.key, ec.EllipticCurvePrivateKey)
        signed = base.certificate.tbs_certificate_bytes
        firm = b"Aobabashi Kensetsu K.K."
        own, other = bytes((0x0C, len(firm))) + firm, bytes((0x13, len(firm))) + firm.replace(b"bashi ", b"bashi&")
        assert signed.count(own) == 1
        signed = signed.replace(own, other)
        value = self.issuing.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        algorithm = list(der.element(base.der).children())[1].whole
        whole = der.write(der.SEQUENCE, signed, algorithm, der.write(0x03, b"\0", value))
        return _Refused(base.key, base.certificate, whole)

    tsa_usage = (ExtendedKeyUsageOID.TIME_STAMPING,)

    def service(self, **how: object) -> Issued:
        """Another timestamp service under this root. Keywords as `_issue` takes them."""
        return _issue(self.root, "Other TSA", **how)  # type: ignore[arg-type]

    def crl(
        self, at: datetime | None = None, lasts: timedelta = DAY, by: Issued | None = None, *, held: bool = False
    ) -> bytes:
        """`by`: another issuer than the issuing CA. `held`: what is revoked is only on hold."""
        at = at or now()
        issuer = by or self.issuing
        builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
        builder = builder.last_update(at).next_update(at + lasts).add_extension(x509.CRLNumber(1), critical=False)
        for serial, since in self.revoked.items():
            one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
            if held:
                one = one.add_extension(x509.CRLReason(x509.ReasonFlags.certificate_hold), critical=False)
            builder = builder.add_revoked_certificate(one.build())
        return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def responder(self, not_after: datetime | None = None) -> Issued:
        """An OCSP responder that the issuing CA made."""
        return _issue(self.issuing, "Test OCSP", usage=[ExtendedKeyUsageOID.OCSP_SIGNING], not_after=not_after)

    def ocsp(self, subject: Issued, at: datetime | None = None, signed_by: Issued | None = None) -> bytes:
        at = at or now()
        since = self.revoked.get(subject.certificate.serial_number)
        status = ocsp.OCSPCertStatus.REVOKED if since else ocsp.OCSPCertStatus.GOOD
        builder = ocsp.OCSPResponseBuilder().add_response(
            subject.certificate, self.issuing.certificate, hashes.SHA1(), status, at, at + DAY, since, None
        )
        signer = signed_by or self.issuing
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
        if signed_by is not None:
            builder = builder.certificates([signed_by.certificate])
        return builder.sign(signer.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def http(self, *people: Issued) -> FakeHttp:
        """A network where the timestamp service, the CRL, the OCSP responder and the CA certificate answer."""
        by_serial = {person.certificate.serial_number: person for person in people}

        def answer_ocsp(sent: Sent) -> HttpAnswer:
            wanted = ocsp.load_der_ocsp_request(sent.body).serial_number
            if wanted not in by_serial:
                return HttpAnswer(404, {}, b"")
            return HttpAnswer(200, {}, self.ocsp(by_serial[wanted]))

        return FakeHttp(
            {
                ("POST", TSA_URL): lambda sent: HttpAnswer(200, {}, stamp_answer(self.tsa, sent.body)),
                ("POST", OCSP_URL): answer_ocsp,
                ("GET", CRL_URL): lambda _sent: HttpAnswer(200, {}, self.crl()),
                ("GET", CA_URL): HttpAnswer(200, {}, self.issuing.der),
            }
        )


def japanese_name(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "あおば橋建設株式会社"),
            x509.NameAttribute(x509.ObjectIdentifier("2.5.4.97"), "NTRJP-7000012050002"),
            x509.NameAttribute(NameOID.LOCALITY_NAME, "東京都千代田区霞が関2-1-3"),
            x509.NameAttribute(NameOID.TITLE, "代表取締役"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def stamp_answer(
    service: Issued,
    request: bytes,
    *,
    time: datetime | None = None,
    nonce: int | None = None,
    imprint: bytes | None = None,
    status: int = 0,
) -> bytes:
    """A TimeStampResp; keywords make it lie."""
    asked = tsp.TimeStampReq.load(request)
    if status > 1:
        refused = tsp.PKIStatusInfo({"status": status, "status_string": ["no"]})
        return der.write(der.SEQUENCE, refused.dump())  # asn1crypto's TimeStampResp cannot be without a token
    hashed = asked["message_imprint"]["hashed_message"].native if imprint is None else imprint
    number = asked["nonce"].native if nonce is None else nonce
    token = make_token(service, hashed, time=time, nonce=number)
    return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)}).dump()


@dataclass(frozen=True)
class _Refused(Issued):
    raw: bytes

    @property
    def der(self) -> bytes:
        return self.raw


def make_token(
    service: Issued,
    hashed: bytes,
    *,
    time: datetime | None = None,
    nonce: int | None = None,
    imprint_by: str = "sha256",
) -> bytes:
    """A TimeStampToken; `imprint_by`: the algorithm that `hashed` claims to be of."""
    certificate = asn1.Certificate.load(service.der)
    info = tsp.TSTInfo(
        {
            "version": 1,
            "policy": "2.999.392.1.2",
            "message_imprint": {"hash_algorithm": {"algorithm": imprint_by}, "hashed_message": hashed},
            "serial_number": 1,
            "gen_time": time or now(),
            **({"nonce": nonce} if nonce is not None else {}),
        }
    ).dump()
    ess = tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(service.der).digest()}]})
    attributes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["tst_info"]},
            {"type": "message_digest", "values": [hashlib.sha256(info).digest()]},
            {"type": "signing_certificate_v2", "values": [ess]},
        ]
    )
    rsa_key = isinstance(service.key, rsa.RSAPrivateKey)
    if isinstance(service.key, rsa.RSAPrivateKey):
        value = service.key.sign(attributes.dump(), padding.PKCS1v15(), hashes.SHA256())
    else:
        value = service.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256()))
    signer = {
        "version": "v1",
        "sid": {"issuer_and_serial_number": {"issuer": certificate.issuer, "serial_number": certificate.serial_number}},
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": "sha256_rsa" if rsa_key else "sha256_ecdsa"},
        "signature": value,
    }
    signed = {
        "version": "v3",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": "tst_info", "content": cms.ParsableOctetString(info)},
        "certificates": [certificate],
        "signer_infos": [signer],
    }
    return cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()


def _issue(
    issuer: Issued | None,
    name: str,
    *,
    ca: bool = False,
    key: Key | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    usage: Sequence[x509.ObjectIdentifier] | None = None,
    usage_critical: bool = True,
    extensions: tuple[x509.ExtensionType, ...] = (),
    offers: bool = False,
) -> Issued:
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Aobabashi Kensetsu K.K." if offers else "Test"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before or now() - 30 * DAY)
        .not_valid_after(not_after or now() + 300 * DAY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if issuer is not None:
        public = issuer.key.public_key()
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
    if ca:
        signs = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(signs, critical=True)
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=usage_critical)
    for extension in (*extensions, *(_places() if offers else ())):
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.KeyUsage))
    return Issued(key, builder.sign((issuer.key if issuer else key), hashes.SHA256()))


def _places() -> tuple[x509.ExtensionType, ...]:
    def at(url: str) -> x509.UniformResourceIdentifier:
        return x509.UniformResourceIdentifier(url)

    access = x509.oid.AuthorityInformationAccessOID
    return (
        x509.CRLDistributionPoints([x509.DistributionPoint([at(CRL_URL)], None, None, None)]),
        x509.AuthorityInformationAccess(
            [x509.AccessDescription(access.OCSP, at(OCSP_URL)), x509.AccessDescription(access.CA_ISSUERS, at(CA_URL))]
        ),
    )
