"""Revocation data over the network, kept, and only for those who lead to a trust anchor."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from econtract_core.evidence.trust import TrustStore
from econtract_core.evidence.verdict import SubIndication, Verdict
from econtract_core.rules.errors import ServerUnreachable
from econtract_desktop.crypto.revocation import HttpRevocation
from econtract_desktop.crypto.verifier import EvidenceVerifier
from econtract_desktop.ports.http import HttpAnswer
from tests.fakes.evidence_pki import CA_URL, CRL_URL, DAY, OCSP_URL, TestPki, now
from tests.fakes.http import FakeHttp
from tests.fakes.pki import Issued
from tests.fakes.signing_bench import Bench


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


@pytest.fixture(scope="module")
def person(pki: TestPki) -> Issued:
    return pki.person()


class World:
    """A revocation adapter over a network in memory, with a clock of its own."""

    def __init__(self, pki: TestPki, person: Issued, folder: Path) -> None:
        pki.revoked.clear()
        self.http: FakeHttp = pki.http(person)
        self.moment = now()
        self.folder = folder
        self.pki = pki

    def fresh(self) -> HttpRevocation:
        """Another start of the program: only the files are left of the last."""
        trust = TrustStore.of(self.pki.trust)
        return HttpRevocation(lambda: self.http, self.folder / "kept", lambda: trust, self.now)

    def now(self) -> datetime:
        return self.moment

    @property
    def asked(self) -> list[str]:
        return [sent.url for sent in self.http.sent]

    def break_(self, method: str, url: str) -> None:
        self.http.site[method, url] = ServerUnreachable(host="pki.test", problem="refused")


@pytest.fixture
def world(pki: TestPki, person: Issued, tmp_path: Path) -> World:
    return World(pki, person, tmp_path)


def test_ocsp_is_enough(world: World, person: Issued) -> None:
    crls, ocsps = world.fresh().for_certificates((person.der, world.pki.issuing.der))
    assert (crls, len(ocsps)) == ((), 1)
    assert world.asked == [OCSP_URL]


def test_the_crl_steps_in(world: World, person: Issued) -> None:
    world.break_("POST", OCSP_URL)
    crls, ocsps = world.fresh().for_certificates((person.der, world.pki.issuing.der))
    assert (len(crls), ocsps) == (1, ())


def test_nothing_to_be_had_is_no_error(world: World, person: Issued) -> None:
    world.break_("POST", OCSP_URL)
    world.http.site["GET", CRL_URL] = HttpAnswer(200, {}, b"<html>")
    assert world.fresh().for_certificates((person.der, world.pki.issuing.der)) == ((), ())


def test_answers_are_kept_over_a_restart_until_they_end(world: World, person: Issued) -> None:
    both = (person.der, world.pki.issuing.der)
    first = world.fresh().for_certificates(both)
    assert world.fresh().for_certificates(both) == first
    assert world.asked == [OCSP_URL]
    world.moment += timedelta(hours=1)
    world.fresh().for_certificates(both)
    assert world.asked == [OCSP_URL, OCSP_URL]


def test_offline_uses_what_was_kept_and_asks_nobody(world: World, person: Issued) -> None:
    both = (person.der, world.pki.issuing.der)
    adapter = world.fresh()
    assert adapter.offline().for_certificates(both) == ((), ())
    kept = adapter.for_certificates(both)
    assert adapter.offline().for_certificates(both) == kept
    assert world.asked == [OCSP_URL]


def test_a_stranger_makes_nobody_ask(world: World) -> None:
    stranger = TestPki.make()
    assert world.fresh().for_certificates((stranger.person().der, stranger.issuing.der)) == ((), ())
    assert world.asked == []


def test_a_forged_issuer_makes_nobody_ask(world: World) -> None:
    """The same names as the real CA's, another key."""
    forged = TestPki(world.pki.root, TestPki.make().issuing, world.pki.tsa)
    assert world.fresh().for_certificates((forged.person().der, world.pki.issuing.der)) == ((), ())
    assert world.asked == []


def test_missing_issuers_are_fetched_once(world: World, person: Issued) -> None:
    assert world.fresh().issuers(person.der) == (world.pki.issuing.der,)
    assert world.fresh().issuers(person.der) == (world.pki.issuing.der,)
    assert world.asked == [CA_URL]


def test_a_wrong_issuer_certificate_is_not_taken(world: World, person: Issued) -> None:
    world.http.site["GET", CA_URL] = HttpAnswer(200, {}, TestPki.make().issuing.der)
    assert world.fresh().issuers(person.der) == ()


def test_a_folder_that_cannot_be_written_costs_only_requests(world: World, person: Issued) -> None:
    world.folder = world.folder / "file"
    world.folder.write_bytes(b"")
    both = (person.der, world.pki.issuing.der)
    assert world.fresh().for_certificates(both)[1]
    assert world.fresh().for_certificates(both)[1]
    assert world.asked == [OCSP_URL, OCSP_URL]


def test_the_verifier_brings_all_together(world: World, person: Issued) -> None:
    bench = Bench(world.pki, person, world.folder)
    signed = bench.sign().output
    verifier = EvidenceVerifier(lambda: bench.trust, world.fresh)
    assert verifier.verify(signed).verdict is Verdict.TOTAL_PASSED
    world.pki.revoked[person.certificate.serial_number] = now() - DAY
    world.moment += timedelta(hours=1)  # past what was kept
    found = verifier.verify(signed)
    assert (found.verdict, found.sub_indication) == (Verdict.TOTAL_FAILED, SubIndication.REVOKED)
    assert verifier.inspect(signed).safe_to_sign


def test_the_verifier_offline_says_try_later(world: World, person: Issued) -> None:
    bench = Bench(world.pki, person, world.folder)
    signed = bench.sign().output
    found = EvidenceVerifier(lambda: bench.trust, world.fresh).verify(signed, offline=True)
    assert (found.verdict, found.sub_indication) == (Verdict.INDETERMINATE, SubIndication.TRY_LATER)
    assert world.asked == []


def test_a_ca_that_got_a_new_certificate_at_the_same_address_is_found(world: World) -> None:
    """What was kept from there does not fit: it is asked for again."""
    world.fresh().issuers(world.pki.person().der)
    other = TestPki.make()
    world.http.site["GET", CA_URL] = HttpAnswer(200, {}, other.issuing.der)
    assert world.fresh().issuers(other.person().der) == (other.issuing.der,)
