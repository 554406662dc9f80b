"""The port Timestamper, on the adapter that speaks RFC 3161 over HTTP. The service is a real one in memory here; the same runs
against the practice environment's responder in tests/integration."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from econtract_core.evidence.timestamps import check_token
from econtract_core.evidence.trust import TrustStore
from econtract_core.rules.errors import (
    EcontractError,
    ServerUnreachable,
    TimestampError,
    TimestampInvalid,
    TimestampRefused,
    TimestampUnreachable,
)
from econtract_desktop.crypto.timestamps import HttpTimestamper
from econtract_desktop.ports.http import HttpAnswer
from econtract_desktop.ports.signer import Timestamper
from tests.fakes.evidence_pki import DAY, TSA_URL, TestPki, now, stamp_answer
from tests.fakes.http import FakeHttp, Sent

IMPRINT = bytes(range(32))
SECOND = "http://second.test/"
Answer = HttpAnswer | EcontractError | Callable[[Sent], HttpAnswer]


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


def timestamper(pki: TestPki, **site: Answer) -> tuple[HttpTimestamper, FakeHttp]:
    http = FakeHttp({("POST", {"first": TSA_URL, "second": SECOND}[name]): answer for name, answer in site.items()})
    trust = TrustStore.of(pki.trust)
    return HttpTimestamper(http, (TSA_URL, SECOND) if "second" in site else (TSA_URL,), lambda: trust), http


def good(pki: TestPki) -> Callable[[Sent], HttpAnswer]:
    return lambda sent: HttpAnswer(200, {}, stamp_answer(pki.tsa, sent.body))


def test_a_token_is_over_the_imprint(pki: TestPki) -> None:
    adapter, http = timestamper(pki, first=good(pki))
    port: Timestamper = adapter
    token = port.token(IMPRINT)
    found = check_token(token, lambda _name: IMPRINT, TrustStore.of(pki.trust), at=None)
    assert found.sub_indication is None
    assert http.sent[0].headers["content-type"] == "application/timestamp-query"


def test_two_requests_have_two_nonces(pki: TestPki) -> None:
    adapter, http = timestamper(pki, first=good(pki))
    adapter.token(IMPRINT)
    adapter.token(IMPRINT)
    assert http.sent[0].body != http.sent[1].body


LIES: dict[str, Callable[[TestPki, Sent], bytes]] = {
    "another nonce": lambda pki, sent: stamp_answer(pki.tsa, sent.body, nonce=7),
    "another imprint": lambda pki, sent: stamp_answer(pki.tsa, sent.body, imprint=bytes(32)),
    "a time long ago": lambda pki, sent: stamp_answer(pki.tsa, sent.body, time=now() - 3 * DAY),
    "a time to come": lambda pki, sent: stamp_answer(pki.tsa, sent.body, time=now() + 3 * DAY),
    "a service nobody trusts": lambda _pki, sent: stamp_answer(TestPki.make().tsa, sent.body),
    "a certificate for something else": lambda pki, sent: stamp_answer(
        pki.service(usage=[ExtendedKeyUsageOID.EMAIL_PROTECTION]), sent.body
    ),
    "a certificate for more than timestamps": lambda pki, sent: stamp_answer(
        pki.service(usage=[ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.EMAIL_PROTECTION]), sent.body
    ),
    "a usage that is not critical": lambda pki, sent: stamp_answer(
        pki.service(usage=[ExtendedKeyUsageOID.TIME_STAMPING], usage_critical=False), sent.body
    ),
    "an expired certificate": lambda pki, sent: stamp_answer(
        pki.service(usage=[ExtendedKeyUsageOID.TIME_STAMPING], not_after=now() - timedelta(hours=1)), sent.body
    ),
    "garbage": lambda _pki, _sent: b"<html>busy</html>",
    "nothing": lambda _pki, _sent: b"",
    "a flipped byte": lambda pki, sent: flipped(stamp_answer(pki.tsa, sent.body)),
    "granted without a token": lambda _pki, _sent: bytes.fromhex("30053003020100"),
}


def flipped(answer: bytes) -> bytes:
    return answer[:-3] + bytes((answer[-3] ^ 1,)) + answer[-2:]


@pytest.mark.parametrize("lie", LIES)
def test_lies_are_seen(pki: TestPki, lie: str) -> None:
    adapter, _ = timestamper(pki, first=lambda sent: HttpAnswer(200, {}, LIES[lie](pki, sent)))
    with pytest.raises(TimestampInvalid):
        adapter.token(IMPRINT)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (HttpAnswer(503, {}, b""), TimestampUnreachable),
        (HttpAnswer(500, {}, b""), TimestampUnreachable),
        (HttpAnswer(404, {}, b""), TimestampRefused),
        (HttpAnswer(403, {}, b""), TimestampRefused),
        (ServerUnreachable(host="tsa.test", problem="refused"), TimestampUnreachable),
    ],
)
def test_no_token(pki: TestPki, answer: Answer, kind: type[TimestampError]) -> None:
    adapter, _ = timestamper(pki, first=answer)
    with pytest.raises(kind) as caught:
        adapter.token(IMPRINT)
    assert caught.value.facts["url"] == TSA_URL
    assert caught.value.retriable


def test_a_refusal(pki: TestPki) -> None:
    adapter, _ = timestamper(pki, first=lambda sent: HttpAnswer(200, {}, stamp_answer(pki.tsa, sent.body, status=2)))
    with pytest.raises(TimestampRefused) as caught:
        adapter.token(IMPRINT)
    assert caught.value.facts["problem"] == "status 2 no"


def test_the_next_service_steps_in_and_is_asked_first_from_then_on(pki: TestPki) -> None:
    adapter, http = timestamper(pki, first=HttpAnswer(503, {}, b""), second=good(pki))
    adapter.token(IMPRINT)
    adapter.token(IMPRINT)
    assert [sent.url for sent in http.sent] == [TSA_URL, SECOND, SECOND]


def test_of_two_failures_the_telling_one_is_raised(pki: TestPki) -> None:
    liar = LIES["another nonce"]
    adapter, _ = timestamper(
        pki, first=HttpAnswer(503, {}, b""), second=lambda sent: HttpAnswer(200, {}, liar(pki, sent))
    )
    with pytest.raises(TimestampInvalid) as caught:
        adapter.token(IMPRINT)
    assert caught.value.facts["url"] == SECOND


def test_no_service_set(pki: TestPki) -> None:
    trust = TrustStore.of(pki.trust)
    with pytest.raises(TimestampUnreachable):
        HttpTimestamper(FakeHttp({}), (), lambda: trust).token(IMPRINT)
