"""Searching another process's memory (Linux): which of these byte strings lie in it, and how often."""

from __future__ import annotations

from pathlib import Path

_BLOCK = 1 << 20


def forms_of(secret: str) -> tuple[bytes, ...]:
    """As UTF-8 and as UTF-16, which is Qt's and Windows'."""
    return secret.encode(), secret.encode("utf-16-le")


def hits(pid: int, forms: tuple[bytes, ...]) -> int:
    """How often any of them is in that process's readable memory."""
    found = 0
    longest = max(map(len, forms))
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights, *rest = line.split()
            if "r" not in rights or (rest and rest[-1] in ("[vvar]", "[vsyscall]")):
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            found += _in_range(memory, start, end, forms, longest)
    return found


def _in_range(memory: object, start: int, end: int, forms: tuple[bytes, ...], longest: int) -> int:
    found, at, tail = 0, start, b""
    while at < end:
        try:
            memory.seek(at)  # type: ignore[attr-defined]
            block: bytes = memory.read(min(_BLOCK, end - at))  # type: ignore[attr-defined]
        except OSError:  # a page that cannot be read after all
            return found
        if not block:
            return found
        searched = tail + block
        found += sum(searched.count(form) for form in forms)
        tail = searched[-(longest - 1) :]
        found -= sum(tail.count(form) for form in forms)  # counted again with the next block
        at += len(block)
    return found + sum(tail.count(form) for form in forms)
