"""What counts as proof, and since when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from econtract_core.evidence.proof import Judge
from econtract_core.evidence.revocation import RevocationData, Standing
from econtract_core.evidence.trust import TrustStore
from econtract_core.evidence.verdict import SubIndication, Verdict
from tests.fakes.evidence_pki import DAY, TestPki, make_token, now
from tests.fakes.pki import Issued


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


@pytest.fixture(scope="module")
def person(pki: TestPki) -> Issued:
    return pki.person()


@pytest.mark.parametrize(("late", "standing"), [(-1, Standing.GOOD), (1, Standing.UNKNOWN)])
@pytest.mark.parametrize("kind", ["crl", "ocsp"])
def test_an_answer_of_a_ca_that_has_ended_counts_only_if_it_is_known_from_before(
    pki: TestPki, person: Issued, late: int, standing: Standing, kind: str
) -> None:
    trust = TrustStore.of(pki.trust)
    chain = trust.chain(person.der, (pki.issuing.der,), now()).chain
    assert chain is not None
    data = RevocationData((pki.crl(),), ()) if kind == "crl" else RevocationData((), (pki.ocsp(person),))
    known = pki.issuing.certificate.not_valid_after_utc + timedelta(days=late)
    assert data.worst(chain, now(), now(), lambda _answer: known).standing is standing


def test_an_anchor_s_answers_have_no_end(pki: TestPki) -> None:
    """The root is trusted for what it is, not for its dates."""
    service = pki.service(offers=True)
    trust = TrustStore.of(pki.trust)
    chain = trust.chain(service.der, (), now()).chain
    assert chain is not None
    by_root = RevocationData((pki.crl(by=pki.root),), ())
    after = pki.root.certificate.not_valid_after_utc + DAY
    assert by_root.worst(chain, now(), now(), lambda _answer: after).standing is Standing.GOOD


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (-1, (Verdict.TOTAL_PASSED, None)),
        (40, (Verdict.INDETERMINATE, SubIndication.OUT_OF_BOUNDS_NO_POE)),
    ],
)
def test_holding_it_now_proves_nothing_for_the_past(
    pki: TestPki, days: int, found: tuple[Verdict, SubIndication | None]
) -> None:
    """The certificate ends in ten days; nothing but the moment of verifying speaks for the signature."""
    person = pki.person(not_after=now() + 10 * DAY)
    moment = now() + days * DAY
    data = RevocationData((pki.crl(at=now() - 2 * DAY, lasts=90 * DAY),), ())
    judge = Judge(TrustStore.of(pki.trust), data, (pki.issuing.der,), moment)
    assert judge.certificate(person.der, (), None, lambda _answer: moment) == found


def test_a_proven_time_before_the_end_is_enough_and_one_after_it_is_not(pki: TestPki) -> None:
    person = pki.person(not_after=now() + 10 * DAY)
    moment = now() + 40 * DAY
    data = RevocationData((pki.crl(at=now() + 5 * DAY, lasts=90 * DAY),), ())
    judge = Judge(TrustStore.of(pki.trust), data, (pki.issuing.der,), moment)

    def at(days: int) -> tuple[Verdict, SubIndication | None]:
        return judge.certificate(person.der, (), now() + days * DAY, lambda _answer: moment)

    assert at(4) == (Verdict.TOTAL_PASSED, None)
    assert at(12) == (Verdict.INDETERMINATE, SubIndication.EXPIRED)
    assert at(-60) == (Verdict.INDETERMINATE, SubIndication.NOT_YET_VALID)


def test_a_revocation_after_the_proven_time_does_no_harm_and_one_before_it_does(pki: TestPki) -> None:
    person = pki.person()
    pki.revoked[person.certificate.serial_number] = now() - 5 * DAY
    judge = Judge(TrustStore.of(pki.trust), RevocationData((pki.crl(),), ()), (pki.issuing.der,), now())
    pki.revoked.clear()
    found = [judge.certificate(person.der, (), at, lambda _a: now()) for at in (now() - 6 * DAY, now() - 4 * DAY, None)]
    assert found == [
        (Verdict.TOTAL_PASSED, None),
        (Verdict.TOTAL_FAILED, SubIndication.REVOKED),
        (Verdict.INDETERMINATE, SubIndication.REVOKED_NO_POE),
    ]


def test_a_timestamp_s_service_that_has_ended_proves_nothing_without_a_newer_one(pki: TestPki) -> None:
    service = pki.service(usage=pki.tsa_usage, not_after=now() + 10 * DAY)
    token = make_token(service, bytes(32))
    judge = Judge(TrustStore.of(pki.trust), RevocationData((), ()), (), now() + 400 * DAY)

    def at(days: int) -> Verdict:
        return judge.stamp(token, lambda _name: bytes(32), now() + days * DAY, lambda _a: now()).verdict

    assert (at(5), at(20)) == (Verdict.TOTAL_PASSED, Verdict.INDETERMINATE)
