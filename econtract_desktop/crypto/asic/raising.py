"""Raising a XAdES signature to a level (EN 319 132-1 6.3): its timestamp, validation data, archive timestamp."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from lxml import etree

from econtract_core.evidence import der
from econtract_core.evidence.asic import imprints, xades
from econtract_core.evidence.asic import xml_reader as xml
from econtract_core.evidence.asic.xades import DS, XADES, XADES_141, XmlSignature
from econtract_core.rules.errors import SelfCheckFailed, UnsupportedDocument
from econtract_desktop.crypto.asic.draft import CANONICAL, EXCLUSIVE
from econtract_desktop.crypto.sources import Sources, ValidationData
from econtract_desktop.ports.signer import LEVELS, State

if TYPE_CHECKING:
    from hashlib import _Hash

State_of_data = Callable[[], "_Hash"]
_NAMES = {"ds": DS[1:-1], "xades": XADES[1:-1], "xades141": XADES_141[1:-1]}


class Raising:
    """One signature of one signature file. Each step is whole: after a failure `data` is as far as it came. One thread."""

    def __init__(self, file: str, data: bytes, number: int, sources: Sources) -> None:
        """`number`: which signature of the file."""
        self._file = file
        self.data = data
        self._number = number
        self._sources = sources
        self._whole = False

    @property
    def signature(self) -> XmlSignature:
        return xades.read(self.data)[self._number]

    def raise_to(self, level: str, begun: State_of_data) -> State:
        """Add what is missing. `begun`: a SHA-256 state over the referenced files, one after the other in the references' order,
        and over the canonical signed properties; asked for where an archive timestamp is made. Raises TimestampError,
        SelfCheckFailed."""
        wanted = LEVELS.index(level)
        if wanted >= LEVELS.index("B-T") and not self.signature.timestamps and not self.signature.archive:
            self._stamp()
        if wanted < LEVELS.index("B-LT"):
            return State.COMPLETE
        if not self._validate():
            return State.VALIDATION_DATA_WAITING
        if wanted == LEVELS.index("B-LTA"):
            self._archive(begun())
        return State.COMPLETE

    def proven_at(self) -> datetime | None:
        """The earliest time that one of its timestamps says."""
        signature = self.signature
        return min((der.token_facts(s.token)[1] for s in (*signature.timestamps, *signature.archive)), default=None)

    def level(self) -> str:
        """As it stands, without asking whether it holds."""
        signature = self.signature
        if not signature.timestamps:
            return "XAdES-B-T" if signature.archive else "XAdES-B-B"
        if not imprints.has_validation_data(signature):
            return "XAdES-B-T"
        return "XAdES-B-LTA" if signature.archive else "XAdES-B-LT"

    def _stamp(self) -> None:
        value = xml.canonical(xml.needed(self.signature.node, f"{DS}SignatureValue"), CANONICAL)
        self._add("xades", "SignatureTimeStamp", _stamp(self._token(hashlib.sha256(value).digest())))

    def _validate(self) -> bool:
        """Whether the signature now carries validation data for all of it."""
        signature = self.signature
        assert signature.certificate is not None
        held = ValidationData(signature.certificates, signature.crls, signature.ocsps)
        tokens = tuple(s.token for s in (*signature.timestamps, *signature.archive))
        proof = self._sources.proof(tokens, held, self.proven_at(), (signature.certificate,))
        found, whole = proof.data, proof.whole
        if not (whole or signature.archive) or not (found.crls or found.ocsps or held.crls or held.ocsps):
            return False
        new = found.besides(held)
        if not imprints.has_validation_data(signature) and not signature.archive:
            in_key_info = ValidationData(certificates=signature.certificates[:1])
            self._add("xades", "CertificateValues", _certificates(found.besides(in_key_info)))
            self._add("xades", "RevocationValues", _revocation(found))
        elif new:
            content = _element("xades", "CertificateValues", _certificates(new)) if new.certificates else ""
            content += _element("xades", "RevocationValues", _revocation(new)) if new.crls or new.ocsps else ""
            self._add("xades141", "TimeStampValidationData", content)
        return True

    def _archive(self, state: _Hash) -> None:
        signature = self.signature
        state = state.copy()
        for octets in imprints.archived(signature.node, signature.unsigned, CANONICAL):
            state.update(octets)
        self._add("xades141", "ArchiveTimeStamp", _stamp(self._token(state.digest())))

    def _token(self, imprint: bytes) -> bytes:
        token = self._sources.token(imprint)
        try:
            fits = der.token_facts(token)[0] == imprint
        except UnsupportedDocument:
            fits = False
        if not fits:
            raise SelfCheckFailed(file=self._file, problem="the timestamp is of something else")
        return token

    def _add(self, prefix: str, name: str, content: str) -> None:
        """Append an unsigned signature property."""
        signature = self.signature
        node = signature.node
        qualifying = next(
            q for o in xml.elements(node, f"{DS}Object") for q in xml.elements(o, f"{XADES}QualifyingProperties")
        )
        unsigned = _child(qualifying, "UnsignedProperties")
        properties = _child(unsigned, "UnsignedSignatureProperties", first=True)
        properties.append(etree.fromstring(_element(prefix, name, content)))
        root = node.getroottree()
        self.data = etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _child(parent: xml.Node, name: str, *, first: bool = False) -> xml.Node:
    """The child of this name, made where there is none."""
    found = xml.one(parent, f"{XADES}{name}")
    if found is None:
        found = etree.Element(f"{XADES}{name}", nsmap={"xades": _NAMES["xades"]})
        parent.insert(0 if first else len(parent), found)
    return found


def _element(prefix: str, name: str, content: str) -> str:
    names = " ".join(f'xmlns:{p}="{uri}"' for p, uri in _NAMES.items())
    return f"<{prefix}:{name} {names}>{content}</{prefix}:{name}>"


def _stamp(token: bytes) -> str:
    return (
        f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
        f"<xades:EncapsulatedTimeStamp>{b64encode(token).decode()}</xades:EncapsulatedTimeStamp>"
    )


def _certificates(material: ValidationData) -> str:
    name = "xades:EncapsulatedX509Certificate"
    return "".join(f"<{name}>{b64encode(c).decode()}</{name}>" for c in material.certificates)


def _revocation(material: ValidationData) -> str:
    crls = "".join(
        f"<xades:EncapsulatedCRLValue>{b64encode(c).decode()}</xades:EncapsulatedCRLValue>" for c in material.crls
    )
    ocsps = "".join(
        f"<xades:EncapsulatedOCSPValue>{b64encode(o).decode()}</xades:EncapsulatedOCSPValue>" for o in material.ocsps
    )
    written = f"<xades:CRLValues>{crls}</xades:CRLValues>" if crls else ""
    return written + (f"<xades:OCSPValues>{ocsps}</xades:OCSPValues>" if ocsps else "")
