"""The practice PKI: a root, an issuing CA for cards, a root and a certificate for timestamps, and TLS for the server.

Made once under a folder and read again afterwards. Its keys lie in files: it vouches for nobody outside practice mode, and
nothing outside trusts it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from econtract_practice.anchors import make_key_file, roots_payload
from econtract_practice.people import Person

CERTIFICATE_POLICY = x509.ObjectIdentifier("2.999.392.1.1")  # 2.999 is the arc for examples (ITU-T X.660)
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_YEARS = 365 * 24


@dataclass(frozen=True)
class Entity:
    """A key with its certificate."""

    key: PrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


class Authority:
    """`Authority.create(directory, base_url)`. `base_url` is where CRL, OCSP and CA certificates answer; it goes into every
    certificate, so it is fixed at the first creation. Thread-safe."""

    def __init__(self, directory: Path, base_url: str) -> None:
        self.directory = directory
        self.base_url = base_url
        self._lock = threading.Lock()
        self.root = _entity(directory, "root", lambda: _root("Practice Root CA"))
        self.issuing = _entity(directory, "issuing", self._issuing)
        self.tsa_root = _entity(directory, "tsa-root", lambda: _root("Practice TSA Root CA"))
        self.tsa = _entity(directory, "tsa", self._tsa)
        self.tls_root = _entity(directory, "tls-root", lambda: _root("Practice TLS Root CA"))
        self.tls = _entity(directory, "tls", self._tls)
        self.seal = _entity(directory, "seal", self._seal)
        _place(directory / "seal-chain.pem", self.seal.pem + self.issuing.pem)
        self.ocsp = _entity(directory, "ocsp", self._ocsp)
        self.trust_dir = directory / "trust"
        self.trust_dir.mkdir(exist_ok=True)
        _place(self.trust_dir / "practice-root.pem", self.root.pem)
        _place(self.trust_dir / "practice-issuing.pem", self.issuing.pem)
        _place(self.trust_dir / "practice-tsa-root.pem", self.tsa_root.pem)
        _list_keys(directory / "list-keys", self.trust_dir / "roots.json")

    @classmethod
    def create(cls, directory: Path, base_url: str = "") -> Authority:
        """Make the PKI under `directory`, or read the one that is there (then with its own `base_url`)."""
        directory.mkdir(parents=True, exist_ok=True)
        known = directory / "base_url"
        if known.is_file():
            base_url = known.read_text(encoding="ascii")
        else:
            _place(known, base_url.encode("ascii"))
        return cls(directory, base_url)

    @property
    def tls_ca_file(self) -> Path:
        return self.directory / "tls-root.pem"

    @property
    def tls_certificate_file(self) -> Path:
        return self.directory / "tls.pem"

    @property
    def tls_key_file(self) -> Path:
        return self.directory / "tls.key"

    @property
    def seal_certificate_file(self) -> Path:
        """The server's seal for proofs of arrival, then its issuer."""
        return self.directory / "seal-chain.pem"

    @property
    def seal_key_file(self) -> Path:
        return self.directory / "seal.key"

    @property
    def issuing_der(self) -> bytes:
        return self.issuing.der

    @property
    def root_der(self) -> bytes:
        return self.root.der

    def issue(
        self,
        person: Person,
        *,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        key_type: str = "rsa2048",
    ) -> tuple[PrivateKey, bytes]:
        """A card's key and certificate (DER). `key_type`: rsa2048, rsa3072 or p256."""
        key = new_key(key_type)
        began = not_before or datetime.now(UTC) - timedelta(minutes=5)
        serial = x509.random_serial_number()
        certificate = (
            x509.CertificateBuilder()
            .subject_name(person.subject(f"{serial % 10**12:012d}"))
            .issuer_name(self.issuing.certificate.subject)
            .public_key(key.public_key())
            .serial_number(serial)
            .not_valid_before(began)
            .not_valid_after(not_after or began + timedelta(hours=4 * _YEARS))
            .add_extension(x509.SubjectAlternativeName([x509.DirectoryName(person.japanese_name())]), critical=False)
            .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
            .add_extension(x509.CertificatePolicies([x509.PolicyInformation(CERTIFICATE_POLICY, None)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        )
        certificate = _links(certificate, key, self.issuing, self.base_url)
        return key, certificate.sign(self.issuing.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def revoke(self, serial: int) -> None:
        """From now on; CRL and OCSP say so at once."""
        with self._lock, (self.directory / "revoked.txt").open("a", encoding="ascii") as lines:
            lines.write(f"{serial} {datetime.now(UTC).isoformat()}\n")

    def revoked(self) -> dict[int, datetime]:
        """Serial number → when."""
        try:
            lines = (self.directory / "revoked.txt").read_text(encoding="ascii").splitlines()
        except FileNotFoundError:
            return {}
        return {int(serial): datetime.fromisoformat(at) for serial, at in (line.split() for line in lines)}

    def _issuing(self) -> Entity:
        key = new_key("rsa2048")
        builder = _builder(_name("Practice Issuing CA"), self.root, key, _yesterday(), timedelta(hours=15 * _YEARS))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        builder = _links(builder, key, self.root, self.base_url, crl="root.crl", ca="root.cer", ocsp=False)
        return Entity(key, builder.sign(self.root.key, hashes.SHA256()))

    def _tsa(self) -> Entity:
        key = new_key("rsa2048")
        builder = _builder(
            _name("Practice Timestamp Service"), self.tsa_root, key, _yesterday(), timedelta(hours=11 * _YEARS)
        )
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        builder = builder.add_extension(_usage(digital_signature=True), critical=True)
        builder = _links(builder, key, self.tsa_root, self.base_url, crl="tsa-root.crl", ca="tsa-root.cer", ocsp=False)
        return Entity(key, builder.sign(self.tsa_root.key, hashes.SHA256()))

    def _tls(self) -> Entity:
        key = new_key("p256")
        builder = _builder(_name("localhost"), self.tls_root, key, _yesterday(), timedelta(days=800))
        names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        builder = builder.add_extension(_usage(digital_signature=True), critical=True)
        builder = _identifiers(builder, key, self.tls_root)
        return Entity(key, builder.sign(self.tls_root.key, hashes.SHA256()))

    def _seal(self) -> Entity:
        key = new_key("p256")
        builder = _builder(_name("Practice Server Seal"), self.issuing, key, _yesterday(), timedelta(hours=4 * _YEARS))
        names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(_usage(digital_signature=True), critical=True)
        builder = _links(builder, key, self.issuing, self.base_url)
        return Entity(key, builder.sign(self.issuing.key, hashes.SHA256()))

    def _ocsp(self) -> Entity:
        key = new_key("p256")
        builder = _builder(_name("Practice OCSP"), self.issuing, key, _yesterday(), timedelta(hours=4 * _YEARS))
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
        builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
        builder = builder.add_extension(_usage(digital_signature=True), critical=True)
        builder = _identifiers(builder, key, self.issuing)
        return Entity(key, builder.sign(self.issuing.key, hashes.SHA256()))


def new_key(key_type: str) -> PrivateKey:
    if key_type == "p256":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, {"rsa2048": 2048, "rsa3072": 3072}[key_type])


def _root(name: str) -> Entity:
    key = new_key("rsa2048")
    builder = _builder(_name(name), _name(name), key, _yesterday(), timedelta(hours=20 * _YEARS))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return Entity(key, builder.sign(key, hashes.SHA256()))


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "econtract practice"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _yesterday() -> datetime:
    return datetime.now(UTC) - timedelta(days=1)


def _builder(
    subject: x509.Name, issuer: Entity | x509.Name, key: PrivateKey, began: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if isinstance(issuer, Entity) else issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + lasts)
    )


def _identifiers(builder: x509.CertificateBuilder, key: PrivateKey, issuer: Entity) -> x509.CertificateBuilder:
    return builder.add_extension(
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
    ).add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)


def _links(
    builder: x509.CertificateBuilder,
    key: PrivateKey,
    issuer: Entity,
    base_url: str,
    *,
    crl: str = "issuing.crl",
    ca: str = "issuing.cer",
    ocsp: bool = True,
) -> x509.CertificateBuilder:
    """Key identifiers, CRL distribution point and authority information access."""

    def at(path: str) -> x509.UniformResourceIdentifier:
        return x509.UniformResourceIdentifier(f"{base_url}/{path}")

    access = [x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, at(ca))]
    if ocsp:
        access.insert(0, x509.AccessDescription(AuthorityInformationAccessOID.OCSP, at("ocsp")))
    point = x509.DistributionPoint(full_name=[at(crl)], relative_name=None, reasons=None, crl_issuer=None)
    builder = _identifiers(builder, key, issuer)
    builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    return builder.add_extension(x509.AuthorityInformationAccess(access), critical=False)


def _usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _entity(directory: Path, name: str, make: Callable[[], Entity]) -> Entity:
    """Read `name.key` and `name.pem`, or make them."""
    key_file, certificate_file = directory / f"{name}.key", directory / f"{name}.pem"
    if key_file.is_file() and certificate_file.is_file():
        # Our own file: OpenSSL's key check (36 ms for RSA-2048) would find nothing.
        key = serialization.load_pem_private_key(key_file.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
        assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
        return Entity(key, x509.load_pem_x509_certificate(certificate_file.read_bytes()))
    made = make()
    pem = made.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _place(key_file, pem, secret=True)
    _place(certificate_file, made.pem)
    return made


def _list_keys(folder: Path, roots: Path) -> None:
    """Practice mode's own keys for signed lists of trust anchors, 2 of 3."""
    if not roots.is_file():
        folder.mkdir(mode=0o700, exist_ok=True)
        for left in folder.iterdir():  # of a beginning that was broken off
            left.unlink()
        _place(roots, roots_payload(1, 2, [make_key_file(folder / f"{name}.pem", b"") for name in "abc"]))


def _place(path: Path, data: bytes, *, secret: bool = False) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.touch(mode=0o600 if secret else 0o644)
    fresh.write_bytes(data)
    fresh.replace(path)
