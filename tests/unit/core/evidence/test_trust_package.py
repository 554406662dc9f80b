"""Signed lists of trust anchors: who must sign, what may follow what; no way back and none around the keys."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from econtract_core.evidence.trust import Limit, TrustStore
from econtract_core.evidence.trust_package import LARGEST, AnchorSet, next_set, read_package, read_roots
from econtract_core.evidence.verdict import SubIndication
from econtract_core.rules.errors import (
    TrustPackageError,
    TrustPackageExpired,
    TrustPackageInvalid,
    TrustPackageOld,
    TrustPackageUnsigned,
)
from econtract_practice import anchors as make
from tests.fakes.anchor_lists import AnchorLists, keys
from tests.fakes.evidence_pki import DAY, TestPki, now

PKI = TestPki.make()
LISTS = AnchorLists(now(), *PKI.trust)
ROOTS = LISTS.roots()


def test_a_list_that_two_of_three_keys_signed() -> None:
    found = next_set(LISTS.package(7), ROOTS, None, LISTS.now)
    assert (found.serial, found.roots, [a.certificate for a in found.anchors]) == (7, ROOTS, [PKI.root.der])
    assert found.anchors[0].purposes == {"person", "tsa"}
    assert read_roots(LISTS.roots_file) == ROOTS


STRANGERS = keys(99)
TOO_FEW = {
    "nobody": [],
    "one": LISTS.generations[1][:1],
    "strangers": STRANGERS,
    "one and strangers": [LISTS.generations[1][0], *STRANGERS],
}


@pytest.mark.parametrize("who", TOO_FEW)
def test_too_few_keys(who: str) -> None:
    with pytest.raises(TrustPackageUnsigned):
        next_set(LISTS.package(7, signers=TOO_FEW[who]), ROOTS, None, LISTS.now)


def test_one_key_does_not_count_twice() -> None:
    payload = LISTS.listed(7)
    once = make.signature(payload, LISTS.generations[1][0])
    with pytest.raises(TrustPackageInvalid):
        read_package(make.package((payload, [once, once])), ROOTS)
    loud = {"key": str(once["key"]).upper(), "signature": once["signature"]}
    with pytest.raises(TrustPackageInvalid):
        read_package(make.package((payload, [once, loud])), ROOTS)


def test_a_signature_is_for_its_bytes_and_for_nothing_else() -> None:
    payload, other = LISTS.listed(7), LISTS.listed(8)
    good = [make.signature(payload, key) for key in LISTS.generations[1]]
    with pytest.raises(TrustPackageUnsigned):
        read_package(make.package((other, good)), ROOTS)
    bare: list[make.Listing] = [
        {"key": make.public_of(k), "signature": k.sign(payload).hex()} for k in LISTS.generations[1]
    ]
    with pytest.raises(TrustPackageUnsigned):
        read_package(make.package((payload, bare)), ROOTS)
    statement, signed = LISTS.rotation(2)  # well signed, but about keys
    with pytest.raises(TrustPackageInvalid):
        read_package(make.package((statement, signed)), ROOTS)


def test_no_way_back() -> None:
    held = next_set(LISTS.package(7), ROOTS, None, LISTS.now)
    with pytest.raises(TrustPackageOld) as caught:
        next_set(LISTS.package(6), ROOTS, held, LISTS.now)
    assert caught.value.facts == {"serial": 6, "known": 7}
    assert next_set(LISTS.package(7, signers=LISTS.generations[1][1:]), ROOTS, held, LISTS.now) == held
    with pytest.raises(TrustPackageOld):  # another list of the same number
        next_set(LISTS.package(7, payload=LISTS.listed(7, days=9)), ROOTS, held, LISTS.now)


@pytest.mark.parametrize("days", [-2, 365, 9999])
def test_only_while_it_is_valid(days: int) -> None:
    with pytest.raises(TrustPackageExpired):
        next_set(LISTS.package(7), ROOTS, None, LISTS.now + timedelta(days=days))


def test_keys_hand_on_to_keys() -> None:
    third = next_set(LISTS.package(9, version=3), ROOTS, None, LISTS.now)
    assert third.roots == LISTS.roots(3)
    with pytest.raises(TrustPackageUnsigned):  # the keys that were handed on from sign nothing any more
        next_set(LISTS.package(10), ROOTS, third, LISTS.now)
    assert next_set(LISTS.package(10, version=4), ROOTS, third, LISTS.now).roots.version == 4
    with pytest.raises(TrustPackageInvalid):  # one change is missing
        read_package(LISTS.package(9, version=3, roots=[LISTS.rotation(3)]), ROOTS)


@pytest.mark.parametrize(
    "signers",
    [LISTS.generations[2], LISTS.generations[1], (*LISTS.generations[1][:1], *LISTS.generations[2]),
     (*LISTS.generations[1], *LISTS.generations[2][:1])],
)  # fmt: skip
def test_a_change_of_keys_needs_the_old_and_the_new_ones(signers: tuple[object, ...]) -> None:
    change = LISTS.rotation(2, signers)  # type: ignore[arg-type]
    with pytest.raises(TrustPackageUnsigned):
        read_package(LISTS.package(8, version=2, roots=[change]), ROOTS)


def test_old_keys_cannot_hand_on_a_second_time() -> None:
    """Keys that were handed on from and then stolen name others as the second generation."""
    held = next_set(LISTS.package(8, version=2), ROOTS, None, LISTS.now)
    thieves = AnchorLists(LISTS.now, *PKI.trust)
    thieves.generations[2] = keys(66)
    with pytest.raises(TrustPackageUnsigned):
        next_set(thieves.package(9, version=2), ROOTS, held, LISTS.now)


def _signed(value: object) -> bytes:
    payload = value if isinstance(value, bytes) else json.dumps(value).encode()
    return LISTS.package(1, payload=payload)


GOOD = json.loads(LISTS.listed(1))
WRONG: dict[str, bytes] = {
    "nothing": b"",
    "deep": b"[" * 100_000,
    "deep inside": _signed(b'{"type":' * 50_000),
    "a great number": b'{"roots": [], "anchors": ' + b"9" * 10_000 + b"}",
    "too large": b" " * (LARGEST + 1),
    "more than a package": LISTS.package(1)[:-1] + b', "x": 1}',
    "not UTF-8": _signed(b"\xff"),
    "a key twice": _signed(LISTS.listed(1).replace(b'"serial": 1', b'"serial": 1, "serial": 2')),
    "a serial that is a text": _signed({**GOOD, "serial": "1"}),
    "a serial that is true": _signed({**GOOD, "serial": True}),
    "a serial with a fraction": _signed({**GOOD, "serial": 1.5}),
    "a huge serial": _signed({**GOOD, "serial": 2**53}),
    "a time without its zone": _signed({**GOOD, "expires": "2099-01-01T00:00:00"}),
    "of another kind": _signed({**GOOD, "type": "roots"}),
    "no anchor": _signed({**GOOD, "anchors": []}),
    "an anchor twice": _signed({**GOOD, "anchors": GOOD["anchors"] * 2}),
    "too many": _signed({**GOOD, "anchors": GOOD["anchors"] * 501}),
    "for everything": _signed({**GOOD, "anchors": [{**GOOD["anchors"][0], "purposes": ["all"]}]}),
    "for nothing": _signed({**GOOD, "anchors": [{**GOOD["anchors"][0], "purposes": []}]}),
    "no certificate": _signed({**GOOD, "anchors": [{**GOOD["anchors"][0], "certificate": b64encode(b"x").decode()}]}),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_package_is_refused(what: str) -> None:
    with pytest.raises(TrustPackageInvalid):
        read_package(WRONG[what], ROOTS)


@pytest.mark.parametrize(("threshold", "count"), [(1, 3), (0, 3), (4, 3), (2, 17)])
def test_keys_that_would_be_too_weak(threshold: int, count: int) -> None:
    with pytest.raises(TrustPackageInvalid):
        read_roots(make.roots_payload(1, threshold, [make.public_of(key) for key in keys(1, count)]))
    with pytest.raises(TrustPackageInvalid):
        read_roots(make.roots_payload(1, 2, [make.public_of(keys(1)[0])] * 2))


@given(st.integers(0, 10**6), st.integers(1, 255))
@settings(max_examples=300)
def test_any_changed_byte_is_refused_or_harmless(place: int, change: int) -> None:
    package = bytearray(LISTS.package(3, version=2))
    package[place % len(package)] ^= change
    try:
        found = read_package(bytes(package), ROOTS)
    except TrustPackageError:
        return
    assert found == read_package(LISTS.package(3, version=2), ROOTS)  # white space, or a signature that was not needed


class Updates(RuleBasedStateMachine):
    """Any packages in any order, made by those who hold some of the keys, at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.held: AnchorSet | None = None
        self.highest = (0, 0)

    @rule(
        serial=st.integers(1, 6),
        version=st.integers(1, 4),
        signers=st.sets(st.tuples(st.integers(1, 4), st.integers(0, 2))),
        changes=st.none() | st.lists(st.integers(2, 4), max_size=4),
        days=st.integers(-3, 400),
    )
    def offered(
        self, serial: int, version: int, signers: set[tuple[int, int]], changes: list[int] | None, days: int
    ) -> None:
        by = [LISTS.generations[v][n] for v, n in sorted(signers)]
        chain = None if changes is None else [LISTS.rotation(v) for v in changes]
        package = LISTS.package(serial, version=version, signers=by, roots=chain)
        moment = LISTS.now + timedelta(days=days)
        before = self.held
        try:
            self.held = next_set(package, ROOTS, before, moment)
        except TrustPackageError:
            assert self.held is before
            return
        in_force = self.held.roots.version
        assert len({n for v, n in signers if v == in_force}) >= 2
        assert self.held.valid_from <= moment < self.held.expires

    @invariant()
    def never_back(self) -> None:
        if self.held is not None:
            reached = (self.held.roots.version, self.held.serial)
            assert reached[0] >= self.highest[0]
            assert reached[1] >= self.highest[1]
            self.highest = reached


TestUpdates = Updates.TestCase
TestUpdates.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)


def test_an_anchor_is_good_for_what_the_list_says_until_it_says() -> None:
    end = now() - 10 * DAY
    limits = {PKI.root.der: Limit(frozenset({"person"}), end)}
    store, person = TrustStore.limited(limits), PKI.person()
    begins = person.certificate.not_valid_before_utc
    early = max(begins, end - DAY) if begins < end else None
    late = store.chain(person.der, (PKI.issuing.der,), now(), "person")
    assert late.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert early is not None
    assert store.chain(person.der, (PKI.issuing.der,), early, "person").chain is not None
    assert store.chain(person.der, (PKI.issuing.der,), early, "tsa").chain is None
    free = store.merged(TrustStore.of(PKI.trust))  # an administrator put it into a folder
    assert free.chain(person.der, (PKI.issuing.der,), now(), "tsa").chain is not None
    both = store.merged(TrustStore.of((TestPki.make().root.der,)))
    assert both.chain(person.der, (PKI.issuing.der,), now(), "person").chain is None
