"""Verifying ASiC containers (ETSI EN 319 162-1): ASiC-E and ASiC-S, with XAdES, CAdES or a timestamp alone. No network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from econtract_core.evidence import cms
from econtract_core.evidence.asic import algorithms, cades, imprints, xades
from econtract_core.evidence.asic.imprints import Covered, Objects
from econtract_core.evidence.asic.judge import Facts, Given, Judged, Stamped, judge, judge_timestamp, worst
from econtract_core.evidence.asic.kinds import ASIC_E, ASIC_S, MIMETYPE
from econtract_core.evidence.asic.manifests import Manifest, media_types, read_manifest
from econtract_core.evidence.asic.results import broken, sha256_of
from econtract_core.evidence.asic.xades import XmlSignature
from econtract_core.evidence.asic.zip_reader import STORED, Entry, ZipReader
from econtract_core.evidence.library import guarded
from econtract_core.evidence.verdict import (
    DocumentVerdict,
    Finding,
    Severity,
    SubIndication,
    TimestampVerdict,
    Verdict,
)
from econtract_core.rules.errors import DocumentError, NotAPdf, UnsupportedDocument

META, MANIFEST = "META-INF/", "META-INF/manifest.xml"
_XADES = re.compile(r"META-INF/[^/]*signatures[^/]*\.xml", re.IGNORECASE)
_CADES = re.compile(r"META-INF/[^/]*signature[^/]*\.p7s", re.IGNORECASE)
_STAMP = re.compile(r"META-INF/[^/]*timestamp[^/]*\.tst|META-INF/[^/]*\.tst", re.IGNORECASE)
_MANIFESTS = re.compile(r"META-INF/[^/]*ASiC(?:Archive|EvidenceRecord)?Manifest[^/]*\.xml", re.IGNORECASE)
_RECORD = re.compile(r"META-INF/[^/]*evidencerecord[^/]*\.(?:ers|xml)", re.IGNORECASE)
_ARCHIVE_MANIFEST = re.compile(r"META-INF/[^/]*ASiCArchiveManifest[^/]*\.xml", re.IGNORECASE)
_MOST_PARTS = 256  # signatures, timestamps and manifests together
_MOST_XML = 64
LARGEST_PART = 48 * 1024 * 1024
_LARGEST_PARTS = 96 * 1024 * 1024
_LEVELS = ("PKCS7-B", "PKCS7-T", *(f"{f}-B-{n}" for n in ("B", "T", "LT", "LTA") for f in ("CAdES", "XAdES")))


def verify_container(path: Path, given: Given) -> DocumentVerdict:
    """What a container's signatures are worth. Never raises for what is in the file. Raises FileNotReadable."""
    try:
        with ZipReader(path) as container, guarded(str(path)):
            return _Verification(Parts(container), given).document()
    except DocumentError as problem:
        return broken(path, "ASiC", str(problem.facts.get("problem", "")) or type(problem).__name__)


def certificates_of_container(path: Path) -> tuple[bytes, ...]:
    """Every certificate (DER) in a container's signatures and timestamps, each once; empty where it cannot be read."""
    found: dict[bytes, None] = {}
    try:
        with ZipReader(path) as container, guarded(str(path)):
            for der in _certificates(Parts(container)):
                found[der] = None
    except DocumentError:
        pass
    return tuple(found)


def _certificates(parts: Parts) -> Iterator[bytes]:
    for name in parts.xades:
        for one in xades.read(parts.read(name)):
            yield from one.certificates
            for stamp in (*one.timestamps, *one.archive):
                yield from cms.read(stamp.token, name).certificates
    for name in parts.cades:
        for signer in cades.signers(parts.read(name), name):
            yield from cades.certificates(signer)
            for token in (*signer.message.timestamps, *cades.archive_tokens(signer)):
                yield from cms.read(token, name).certificates
    for name in parts.stamps:
        yield from cms.read(parts.read(name), name).certificates


class Parts:
    """A container's entries by what they are."""

    def __init__(self, container: ZipReader) -> None:
        """Raises UnsupportedDocument where there are more than anybody needs."""
        self.container = container
        files = [e for e in container.entries if not e.name.endswith("/")]
        self.objects = frozenset(e.name for e in files if e.name != MIMETYPE and not e.name.startswith(META))
        meta = [e for e in files if e.name.startswith(META)]
        self.manifests = [e.name for e in meta if _MANIFESTS.fullmatch(e.name)]
        self.xades = [e.name for e in meta if _XADES.fullmatch(e.name)]
        self.cades = [e.name for e in meta if _CADES.fullmatch(e.name)]
        self.stamps = [e.name for e in meta if _STAMP.fullmatch(e.name)]
        self.records = [e.name for e in meta if _RECORD.fullmatch(e.name)]
        known = {MANIFEST, *self.manifests, *self.xades, *self.cades, *self.stamps, *self.records}
        self.strangers = tuple(e.name for e in meta if e.name not in known)
        together = sum(e.size for e in meta if e.name in known)
        if len(known) > _MOST_PARTS or len(self.xades) > _MOST_XML or together > _LARGEST_PARTS:
            raise UnsupportedDocument(file=str(container.path), problem="too many or too large signatures")

    @property
    def is_signed(self) -> bool:
        return bool(self.xades or self.cades or self.stamps or self.records)

    def read(self, name: str) -> bytes:
        entry = self.container.entry(name)
        return self.container.read(entry, LARGEST_PART) if entry is not None else b""

    def mimetype(self) -> str:
        entry = self.container.entry(MIMETYPE)
        return self.container.read(entry, 200).decode("utf-8", "replace").strip() if entry is not None else ""

    def format(self) -> str:
        """ "ASiC-E" or "ASiC-S", by the mimetype, else by what is in it."""
        told = self.mimetype()
        if told in (ASIC_E, ASIC_S):
            return "ASiC-E" if told == ASIC_E else "ASiC-S"
        simple = {"META-INF/signatures.xml", "META-INF/signature.p7s", "META-INF/timestamp.tst"}
        only = [*self.xades, *self.cades, *self.stamps]
        return "ASiC-S" if len(self.objects) == 1 and set(only) <= simple and not self.manifests else "ASiC-E"


class _Verification:
    """One run over one container."""

    def __init__(self, parts: Parts, given: Given) -> None:
        self._parts = parts
        self._given = given
        self._size = parts.container.size
        self._objects = Objects(parts.container)
        self._findings: list[Finding] = []
        self._judged: list[Judged] = []
        self._stamps: list[TimestampVerdict] = []

    def document(self) -> DocumentVerdict:
        parts = self._parts
        path = parts.container.path
        kind = parts.format() if parts.is_signed else "ZIP"
        if not parts.is_signed:
            self._find("no-signature", Severity.NOTE)
        else:
            self._form(kind)
        for name in parts.xades:
            self._xades(name)
        manifests = [read_manifest(name, parts.read(name)) for name in parts.manifests]
        for name in parts.cades:
            self._cades(name, manifests)
        self._lone_stamps(manifests)
        if self._stamps and not self._judged:
            self._find("timestamp-only", Severity.NOTE)
        for name in parts.records:
            self._find("not-looked-at", Severity.WARN, name, kind="evidence-record")
        verdict, sub = worst([(j.signature.verdict, j.signature.sub_indication) for j in self._judged])
        signatures = tuple(j.signature for j in self._judged)
        return DocumentVerdict(
            file=str(path),
            format=kind,
            verdict=verdict,
            sub_indication=sub,
            level=min((s.level for s in signatures), key=_LEVELS.index, default=None),
            sha256=sha256_of(path),
            signatures=signatures,
            timestamps=(*(t for j in self._judged for t in j.timestamps), *self._stamps),
            findings=tuple(dict.fromkeys((*self._findings, *(f for j in self._judged for f in j.findings)))),
        )

    def _find(self, code: str, severity: Severity, where: str = "", **facts: str) -> None:
        self._findings.append(Finding(code, severity, tuple(facts.items()), where))

    # --- the container -----------------------------------------------------------------------------------------------

    def _form(self, kind: str) -> None:
        parts = self._parts
        first: Entry = parts.container.entries[0]
        told = parts.mimetype()
        if first.name != MIMETYPE or first.method != STORED or not first.bare:
            self._find("container-form", Severity.WARN, problem="mimetype is not the first, plain entry")
        if told not in (ASIC_E, ASIC_S):
            self._find("container-form", Severity.WARN, problem=f"mimetype: {told[:80]}")
        if kind == "ASiC-S" and len(parts.objects) != 1:
            self._find("signature-format", Severity.REFUSE, problem=f"{len(parts.objects)} data objects in an ASiC-S")
        for name in parts.strangers:
            self._find("unsigned-file", Severity.REFUSE, name, name=name)

    def _form_fails(self) -> bool:
        """What is wrong with the container is wrong with each of its signatures."""
        parts = self._parts
        return bool(parts.strangers) or (parts.format() == "ASiC-S" and len(parts.objects) != 1)

    def _coverage(self, where: str, covered: Covered | None, files: tuple[str, ...]) -> SubIndication | None:
        """Findings and what follows from how a signature covers the data objects."""
        extra = sorted(self._parts.objects - set(files))
        for name in extra:
            self._find("unsigned-file", Severity.REFUSE, name, name=name)
        if covered is not None:
            for name in covered.wrong:
                self._find("changed-file", Severity.REFUSE, name, name=name)
            for name in covered.lost:
                self._find("missing-file", Severity.REFUSE, name, name=name)
            if covered.wrong:
                return SubIndication.HASH_FAILURE
            if covered.problem:
                self._find("signature-format", Severity.REFUSE, where, problem=covered.problem)
                return SubIndication.SIG_CONSTRAINTS_FAILURE
            if covered.lost:
                return SubIndication.SIGNED_DATA_NOT_FOUND
        return SubIndication.FORMAT_FAILURE if extra or self._form_fails() or not files else None

    def _unreadable(self, where: str, family: str, problem: DocumentError) -> None:
        self._find("signature-format", Severity.REFUSE, where, problem=str(problem.facts.get("problem", "")))
        facts = Facts(where, family, None, SubIndication.FORMAT_FAILURE, covers_all=False, length=self._size)
        self._judged.append(judge(facts, self._given))

    # --- XAdES -------------------------------------------------------------------------------------------------------

    def _xades(self, name: str) -> None:
        try:
            found = xades.read(self._parts.read(name))
        except DocumentError as problem:
            self._unreadable(name, "XAdES", problem)
            return
        for signature in found:
            where = f"{name}#{signature.id}"
            try:
                facts = self._xades_facts(where, signature)
            except DocumentError as problem:
                self._unreadable(where, "XAdES", problem)
                continue
            self._judged.append(judge(facts, self._given))

    def _xades_facts(self, where: str, signature: XmlSignature) -> Facts:
        covered = imprints.follow(signature, self._objects)
        integrity = self._coverage(where, covered, covered.files)
        self._types(where, signature)
        for unread in signature.unread:
            self._find("not-looked-at", Severity.WARN, where, kind=unread)
        value = algorithms.check(signature.certificate, signature.value) if signature.certificate else None
        if integrity is None or (value is SubIndication.SIG_CRYPTO_FAILURE):
            integrity = value or integrity
        if integrity is None and covered.weak:
            integrity = SubIndication.CRYPTO_CONSTRAINTS_FAILURE
        if signature.problem:
            self._find("signature-format", Severity.REFUSE, where, problem=signature.problem)
            integrity = integrity or SubIndication.SIG_CONSTRAINTS_FAILURE
        return Facts(
            where=where,
            family="XAdES",
            certificate=signature.certificate,
            integrity=integrity,
            certificates=signature.certificates,
            crls=signature.crls,
            ocsps=signature.ocsps,
            stamps=tuple(Stamped(s.token, imprints.of_signature_timestamp(signature, s)) for s in signature.timestamps),
            archive=tuple(
                Stamped(s.token, imprints.of_archive_timestamp(signature, s, covered)) for s in signature.archive
            ),
            signing_time=signature.signing_time,
            has_values=imprints.has_validation_data(signature),
            covers_all=self._parts.objects <= set(covered.files),
            length=self._size,
        )

    def _types(self, where: str, signature: XmlSignature) -> None:
        """What the (unsigned) manifest says against what is signed."""
        if self._parts.container.entry(MANIFEST) is None:
            return
        data = self._parts.read(MANIFEST)
        try:
            told = media_types(data)
        except DocumentError:
            told = {}
        signed = dict(signature.mime_types)
        if set(told) != self._parts.objects or any(told.get(name, kind) != kind for name, kind in signed.items()):
            self._find("manifest-differs", Severity.WARN, where)

    # --- CAdES -------------------------------------------------------------------------------------------------------

    def _cades(self, name: str, manifests: list[Manifest]) -> None:
        try:
            over, files, covered, archive = self._what_cades_signs(name, manifests)
            data = self._parts.read(name)
            found = cades.signers(data, name)
        except DocumentError as problem:
            self._unreadable(name, "CAdES", problem)
            return
        wrong = self._coverage(name, covered, files)
        for number, signer in enumerate(found):
            where = name if len(found) == 1 else f"{name}#{number + 1}"
            for unread in cades.unread(signer):
                self._find("not-looked-at", Severity.WARN, where, kind=unread)
            try:
                with guarded(where):
                    facts = cades.facts(signer, where, lambda a: self._digest(over, a), self._size)
            except DocumentError as problem:
                self._unreadable(where, "CAdES", problem)
                continue
            integrity = facts.integrity if facts.integrity is not None else wrong
            facts = replace(
                facts,
                integrity=wrong if wrong is SubIndication.HASH_FAILURE else integrity,
                archive=(*facts.archive, *archive),
                covers_all=self._parts.objects <= set(files),
            )
            self._judged.append(judge(facts, self._given))

    def _digest(self, name: str | None, algorithm: str) -> bytes:
        if name is None:
            return b""
        return self._objects.digest(name, algorithm)

    def _what_cades_signs(
        self, name: str, manifests: list[Manifest]
    ) -> tuple[str | None, tuple[str, ...], Covered | None, tuple[Stamped, ...]]:
        """(the entry it is over, the data objects so covered, how, archive timestamps over it)."""
        if self._parts.format() == "ASiC-S" or not manifests:
            only = next(iter(self._parts.objects)) if len(self._parts.objects) == 1 else None
            return only, (only,) if only is not None else (), None, ()
        own = [m for m in manifests if name in m.signed_by]
        if len(own) != 1:
            raise UnsupportedDocument(file=name, problem=f"{len(own)} manifests for this signature")
        covered = self._follow(own[0])
        return own[0].name, covered.files, covered, self._archive_over(name, manifests)

    def _follow(self, manifest: Manifest) -> Covered:
        files: dict[str, None] = {}
        wrong: list[str] = []
        lost: list[str] = []
        weak = False
        for reference in manifest.references:
            name = next((n for n in reference.file if self._parts.container.entry(n) is not None), None)
            if name is None or name in files or reference.algorithm not in algorithms.DIGESTS.values():
                lost.append(reference.file[0])
                continue
            files[name] = None
            weak = weak or reference.algorithm in algorithms.WEAK
            if self._digest(name, reference.algorithm) != reference.digest:
                wrong.append(name)
        return Covered(tuple(files), tuple(wrong), tuple(lost), "", weak, {})

    def _archive_over(self, name: str, manifests: list[Manifest]) -> tuple[Stamped, ...]:
        """Timestamps over archive manifests that hold this signature, oldest first."""
        found = []
        for manifest in manifests:
            if not _ARCHIVE_MANIFEST.fullmatch(manifest.name):
                continue
            stamp = next((n for n in manifest.signed_by if n in self._parts.stamps), None)
            covered = self._follow(manifest)
            if stamp is None or name not in covered.files:
                continue
            holds = not (covered.wrong or covered.lost)
            found.append(self._stamped(stamp, manifest.name if holds else None))
        return tuple(sorted(found, key=lambda s: cades.time_of(s.token)))

    def _stamped(self, stamp: str, over: str | None) -> Stamped:
        return Stamped(self._parts.read(stamp), lambda algorithm: self._digest(over, algorithm))

    def _lone_stamps(self, manifests: list[Manifest]) -> None:
        """Timestamps that prove data objects without any signature: of an ASiC-S, or over an ASiCManifest."""
        for name in self._parts.stamps:
            own = [m for m in manifests if name in m.signed_by]
            if any(_ARCHIVE_MANIFEST.fullmatch(m.name) for m in own):
                continue
            over: str | None = None
            if len(own) == 1:
                covered = self._follow(own[0])
                wrong = self._coverage(name, covered, covered.files)
                over = own[0].name if wrong is None else None
            elif not own and len(self._parts.objects) == 1:
                over = next(iter(self._parts.objects))
            try:
                verdict = judge_timestamp(self._stamped(name, over), self._given)
            except NotAPdf as problem:
                self._find("signature-format", Severity.REFUSE, name, problem=str(problem.facts.get("problem", "")))
                continue
            self._stamps.append(verdict)
            if verdict.verdict is not Verdict.TOTAL_PASSED:
                self._find("timestamp-not-proven", Severity.WARN, name, problem=str(verdict.sub_indication))
