"""Lazily built parts: each once, whoever asks first, and nobody waits for a part that is not theirs."""

from __future__ import annotations

import threading

from econtract_desktop.bootstrap.parts import Lazy


def test_two_groups_of_parts_that_need_one_another_never_wait_for_each_other() -> None:
    ours, theirs, both_begun = Lazy(), Lazy(), threading.Barrier(2)
    got: dict[str, object] = {}

    def build(name: str, own: Lazy, other: Lazy, wanted: str) -> None:
        def make() -> str:
            both_begun.wait(timeout=10)  # each is in the middle of its own
            return f"{name} over {other.get(wanted, lambda: wanted)}"

        got[name] = own.get(name, make)

    threads = [
        threading.Thread(target=build, args=("server", ours, theirs, "trust"), daemon=True),
        threading.Thread(target=build, args=("signer", theirs, ours, "http"), daemon=True),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert got == {"server": "server over trust", "signer": "signer over http"}


def test_a_part_is_built_once_and_looked_at_without_waiting() -> None:
    parts, go, made = Lazy(), threading.Event(), []

    def make() -> str:
        go.wait(timeout=10)
        made.append("store")
        return "store"

    threads = [threading.Thread(target=parts.get, args=("store", make), daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    looked: list[object] = []
    looking = threading.Thread(target=lambda: looked.append(parts.built("store")), daemon=True)
    looking.start()
    looking.join(timeout=10)
    assert looked == [None]  # while it is being built; a window that closes does not wait for it
    go.set()
    for thread in threads:
        thread.join(timeout=10)
    assert made == ["store"]
    assert parts.built("store") == "store"
