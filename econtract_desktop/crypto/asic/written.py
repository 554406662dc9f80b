"""What stands in a container before its new signature."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from econtract_desktop.crypto.asic.draft import SignedFile
from econtract_desktop.crypto.asic.zip_writer import ZipWriter

if TYPE_CHECKING:
    from hashlib import _Hash

SIGNATURE = "META-INF/signatures0.xml"


@dataclass(frozen=True)
class Written:
    """`archive`: SHA-256 over the files one after the other. `signature`: the name the new one gets; `earlier`: those that are
    there, by name."""

    writer: ZipWriter
    files: tuple[SignedFile, ...]
    archive: _Hash | None = field(repr=False)
    signature: str = SIGNATURE
    earlier: dict[str, bytes] = field(default_factory=dict, repr=False)


def hashed(blocks: Iterator[bytes], states: list[_Hash]) -> Iterator[bytes]:
    """The same blocks, hashed on their way."""
    for block in blocks:
        for state in states:
            state.update(block)
        yield block
