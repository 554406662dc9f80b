"""Writing a signed container anew, so that a further signature can stand beside those that are there.

Every entry is kept as it is. A signature that does not hold is told before anybody types a PIN.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from itertools import count
from pathlib import Path

from econtract_core.evidence.asic import xades
from econtract_core.evidence.asic.container import MANIFEST, Parts
from econtract_core.evidence.asic.imprints import Objects
from econtract_core.evidence.asic.kinds import ASIC_E, MIMETYPE
from econtract_core.evidence.asic.self_check import holds
from econtract_core.evidence.asic.zip_reader import ZipReader
from econtract_core.rules.dates import JST
from econtract_core.rules.errors import SelfCheckFailed, SignatureInvalid, UnsupportedDocument
from econtract_desktop.crypto.asic.draft import SignedFile
from econtract_desktop.crypto.asic.written import Written, hashed
from econtract_desktop.crypto.asic.zip_writer import ZipWriter
from econtract_desktop.crypto.new_file import NewFile


def write_again(file: NewFile, source: Path, when: datetime, *, archived: bool) -> Written:
    """Everything of the container `source` into `file`. Raises UnsupportedDocument for one that cannot take a XAdES signature,
    SignatureInvalid where one of its own does not hold, FileNotReadable."""
    with ZipReader(source) as container:
        parts = Parts(container)
        if parts.cades or parts.stamps or parts.records or parts.strangers or not parts.objects:
            raise UnsupportedDocument(file=str(source), problem="this container takes no further XAdES signature")
        objects = Objects(container)
        earlier = {name: parts.read(name) for name in parts.xades}
        for data in earlier.values():
            for signature in xades.read(data):
                problem = holds(signature, objects)
                if problem:
                    raise SignatureInvalid(file=str(source), verdict="TOTAL-FAILED", sub_indication=problem)
        writer = ZipWriter(file, when.astimezone(JST))
        writer.add(MIMETYPE, [ASIC_E.encode()], 0)
        archive = hashlib.sha256() if archived else None
        files = []
        # In the file's own order, which is the order of the references of whoever signs it.
        for entry in [*(e for e in container.entries if e.name in parts.objects), container.entry(MANIFEST)]:
            if entry is None:
                continue
            state = hashlib.sha256()
            is_object = entry.name in parts.objects
            states = [state, archive] if is_object and archive is not None else [state]
            writer.add(entry.name, hashed(container.blocks(entry), states), entry.size)
            if is_object:
                if state.digest() != objects.digest(entry.name, "sha256"):
                    raise SelfCheckFailed(file=str(source), problem=f"it changes while it is read: {entry.name}")
                files.append(SignedFile(entry.name, state.digest()))
        for name, data in earlier.items():
            writer.add(name, [data], len(data))
        taken = {e.name.casefold() for e in container.entries}
    own = next(n for i in count() if (n := f"META-INF/signatures{i}.xml").casefold() not in taken)
    return Written(writer, tuple(files), archive, own, earlier)
