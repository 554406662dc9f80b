"""What counts as proof, and since when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from econtract_core.evidence import cms
from econtract_core.evidence.proof import Judge
from econtract_core.evidence.revocation import RevocationData, Standing
from econtract_core.evidence.timestamps import check_token
from econtract_core.evidence.trust import TrustStore
from econtract_core.evidence.verdict import SubIndication, Verdict
from econtract_desktop.crypto.pades import cms as build
from tests.fakes.evidence_pki import DAY, TestPki, make_token, now
from tests.fakes.key_card import KeyCard
from tests.fakes.pki import Issued
from tests.fakes.signing_bench import Bench


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


# --- timestamps that cannot be -------------------------------------------------------------------------------------------


def stamped(pki: TestPki, token: bytes, at: datetime, imprint: bytes = bytes(32)) -> tuple[Verdict, object, bool]:
    judge = Judge(TrustStore.of(pki.trust), RevocationData((), ()), (), now())
    stamp = judge.stamp(token, lambda _name: imprint, at, lambda _a: now())
    return stamp.verdict, stamp.sub_indication, stamp.proves


def test_a_timestamp_from_after_it_was_there_proves_nothing(pki: TestPki) -> None:
    token = make_token(pki.tsa, bytes(32), time=now() - 2 * DAY)
    assert stamped(pki, token, now() - DAY) == (Verdict.TOTAL_PASSED, None, True)
    found = stamped(pki, token, now() - 3 * DAY)
    assert found == (Verdict.INDETERMINATE, SubIndication.TIMESTAMP_ORDER_FAILURE, False)


@pytest.mark.parametrize(("days", "sub"), [(-40, SubIndication.NOT_YET_VALID), (-29, None), (-10, None)])
def test_a_timestamp_from_before_its_service_s_certificate(pki: TestPki, days: int, sub: SubIndication | None) -> None:
    service = pki.service(usage=pki.tsa_usage, not_before=now() - 30 * DAY, not_after=now() - 5 * DAY)
    token = make_token(service, bytes(32), time=now() + days * DAY)
    judge = Judge(TrustStore.of(pki.trust), RevocationData((), ()), (), now())
    inside = now() - 6 * DAY  # when the chain is looked at, it is valid
    check = judge.stamp(token, lambda _name: bytes(32), inside, lambda _a: now()).check
    assert check.sub_indication is sub


@pytest.mark.parametrize(
    ("year", "algorithm", "sub"),
    [
        (2012, "sha1", None),
        (2020, "sha1", SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE),
        (2020, "sha256", None),
        (2012, "md5", SubIndication.CRYPTO_CONSTRAINTS_FAILURE),
    ],
)
def test_an_imprint_counts_while_its_algorithm_is_good(
    pki: TestPki, year: int, algorithm: str, sub: SubIndication | None
) -> None:
    service = pki.service(
        usage=pki.tsa_usage, not_before=datetime(2010, 1, 1, tzinfo=UTC), not_after=datetime(2030, 1, 1, tzinfo=UTC)
    )
    token = make_token(service, bytes(20), time=datetime(2011, 6, 1, tzinfo=UTC), imprint_by=algorithm)
    judge = Judge(TrustStore.of((service.der,)), RevocationData((), ()), (), now())
    stamp = judge.stamp(token, lambda _n: bytes(20), datetime(year, 6, 1, tzinfo=UTC), lambda _a: now())
    assert stamp.sub_indication is sub


def test_an_empty_imprint_is_of_nothing(pki: TestPki) -> None:
    assert stamped(pki, make_token(pki.tsa, b""), now(), b"")[1] is SubIndication.HASH_FAILURE


# --- answers about revocation --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("known", "standing"), [(-1, Standing.GOOD), (2, Standing.UNKNOWN)])
def test_a_responder_s_answer_counts_only_if_it_is_known_from_before_its_end(
    pki: TestPki, person: Issued, known: int, standing: Standing
) -> None:
    trust = TrustStore.of(pki.trust)
    chain = trust.chain(person.der, (pki.issuing.der,), now()).chain
    assert chain is not None
    answer = pki.ocsp(person, signed_by=pki.responder(not_after=now() + DAY))
    data = RevocationData((), (answer,))
    assert data.worst(chain, now(), now(), lambda _a: now() + known * DAY).standing is standing


def test_an_answer_without_end(pki: TestPki, person: Issued) -> None:
    """Some CAs write the last second there is."""
    chain = TrustStore.of(pki.trust).chain(person.der, (pki.issuing.der,), now()).chain
    assert chain is not None
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    crl = pki.crl(at=now() - DAY, lasts=last - (now() - DAY))
    assert RevocationData((crl,), ()).worst(chain, now(), now()).standing is Standing.GOOD


def test_a_timestamp_from_the_last_day(pki: TestPki) -> None:
    token = make_token(pki.tsa, bytes(32), time=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert stamped(pki, token, now())[1] is SubIndication.TIMESTAMP_ORDER_FAILURE
    check = check_token(token, lambda _n: bytes(32), TrustStore.of(pki.trust), at=None)
    assert check.sub_indication is SubIndication.OUT_OF_BOUNDS_NO_POE


def test_revoked_counts_whoever_proves_it(pki: TestPki) -> None:
    person = pki.person()
    chain = TrustStore.of(pki.trust).chain(person.der, (pki.issuing.der,), now()).chain
    assert chain is not None
    good = pki.crl()
    pki.revoked[person.certificate.serial_number] = now() - DAY
    bad = pki.crl()
    pki.revoked.clear()
    late = pki.issuing.certificate.not_valid_after_utc + DAY
    found = RevocationData((good, bad), ()).worst(chain, now(), now(), lambda a: late if a == bad else now())
    assert found.standing is Standing.REVOKED


@pytest.mark.parametrize(
    ("days", "found"),
    [(-6, (Verdict.TOTAL_PASSED, None)), (-4, (Verdict.INDETERMINATE, SubIndication.TRY_LATER))],
)
def test_a_hold_after_the_proven_time_does_no_harm(
    pki: TestPki, days: int, found: tuple[Verdict, SubIndication | None]
) -> None:
    person = pki.person()
    pki.revoked[person.certificate.serial_number] = now() - 5 * DAY
    crl = pki.crl(held=True)
    pki.revoked.clear()
    judge = Judge(TrustStore.of(pki.trust), RevocationData((crl,), ()), (pki.issuing.der,), now())
    assert judge.certificate(person.der, (), now() + days * DAY, lambda _a: now()) == found


# --- algorithms ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "sub"),
    [
        (datetime(2013, 1, 1, tzinfo=UTC), None),
        (datetime(2015, 1, 1, tzinfo=UTC), SubIndication.CRYPTO_CONSTRAINTS_FAILURE),
        (None, SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE),
    ],
)
def test_a_short_key_counts_while_it_was_good(
    pki: TestPki, tmp_path: Path, at: datetime | None, sub: SubIndication | None
) -> None:
    short = pki.person(key=rsa.generate_private_key(65537, 1024))
    attributes = build.signed_attributes(bytes(32), short.der)
    message = cms.read(build.signed_data(attributes, KeyCard(short).sign(attributes), (short.der,), None))
    assert cms.check(message, bytes(32)) is SubIndication.CRYPTO_CONSTRAINTS_FAILURE
    judge = Judge(TrustStore.of(pki.trust), RevocationData((), ()), (), now())
    assert judge.outlived(message, at) is sub


def test_a_short_key_s_signature_of_today_does_not_pass(pki: TestPki, tmp_path: Path) -> None:
    short = pki.person(key=rsa.generate_private_key(65537, 1024))
    bench = Bench(pki, short, tmp_path)
    found = [bench.verify(bench.sign(level=level, name=f"{level}.pdf").output) for level in ("B-B", "B-T")]
    assert [f.verdict for f in found] == [Verdict.INDETERMINATE] * 2
    assert [f.sub_indication for f in found] == [
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
    ]
