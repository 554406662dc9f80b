"""Card log-in over HTTPS: what gets in, and everything that must not."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from econtract_core.messages.account import NONCE_PREFIX
from tests.fakes.databases import everything
from tests.fakes.pki import issue, make_authority
from tests.fakes.server_bench import Client, Pki, Running, problem_of, running_pki, running_server, web_eid_token

REFUSED, UNKNOWN, REVOKED, LOGIN = "ED-AUTH-7002", "ED-AUTH-7003", "ED-AUTH-7004", "ED-AUTH-7001"


@pytest.mark.parametrize("who", ["officer", "partner"])  # RSA and P-256
def test_a_registered_card_gets_in(running: Running, server_pki: Pki, who: str) -> None:
    client = running.client(server_pki.cards[who])
    found = client.send("GET", "/v1/whoami").json()
    assert found["side"] == ("officer" if who == "officer" else "contractor")
    expires = datetime.fromisoformat(found["expires"])
    assert timedelta(hours=7, minutes=59) < expires - datetime.now(UTC) <= timedelta(hours=8)


def test_a_challenge_says_what_it_is_for_and_is_never_the_same(running: Running) -> None:
    one, two = running.client().challenge(), running.client().challenge()
    assert one["nonce"].startswith(NONCE_PREFIX)
    assert len(one["nonce"]) - len(NONCE_PREFIX) >= 43  # 256 bits in base64
    assert one["nonce"] != two["nonce"]


def test_a_proof_works_once(running: Running, server_pki: Pki) -> None:
    client, card = running.client(), server_pki.cards["contractor"]
    challenge = client.challenge()
    assert client.log_in(card, challenge=challenge).status_code == 200
    assert problem_of(running.client().log_in(card, challenge=challenge)) == (403, REFUSED)


def test_a_challenge_is_used_up_by_a_bad_signature(running: Running, server_pki: Pki) -> None:
    client, card = running.client(), server_pki.cards["contractor"]
    challenge = client.challenge()
    bad = {"signature": b64encode(b"x" * 256).decode()}
    assert problem_of(client.log_in(card, challenge=challenge, changes=bad)) == (403, REFUSED)
    assert problem_of(client.log_in(card, challenge=challenge)) == (403, REFUSED)


def test_a_proof_for_another_origin_is_refused(running: Running, server_pki: Pki) -> None:
    answer = running.client().log_in(server_pki.cards["contractor"], origin="https://lookalike.example")
    assert problem_of(answer) == (403, REFUSED)
    assert answer.json()["error"]["facts"]["problem"] == "signature"


def test_an_old_challenge_is_refused(running: Running, server_pki: Pki) -> None:
    client = running.client()
    challenge = client.challenge()
    running.clock.ahead = timedelta(minutes=5, seconds=1)
    answer = client.log_in(server_pki.cards["contractor"], challenge=challenge)
    assert problem_of(answer) == (403, REFUSED)
    assert answer.json()["error"]["facts"]["problem"] == "challenge"


def test_a_card_of_nobody_is_told_so(running: Running, server_pki: Pki) -> None:
    answer = running.client().log_in(server_pki.cards["stranger"])
    assert problem_of(answer) == (403, UNKNOWN)
    assert answer.json()["error"]["facts"] == {"holder": "田中 次郎"}


def test_a_card_of_another_ca_is_refused(running: Running) -> None:
    answer = running.client().log_in(issue(make_authority("Somebody's CA"), "山田 太郎"))
    assert problem_of(answer) == (403, REFUSED)
    assert answer.json()["error"]["facts"]["problem"] == "key usage"  # and it says no word of what it is for


def test_an_expired_card_of_nobody_is_told_so(running: Running, server_pki: Pki) -> None:
    past = datetime.now(UTC) - timedelta(days=2)
    card = server_pki.issue(not_before=past, not_after=past + timedelta(days=1))
    assert problem_of(running.client().log_in(card)) == (403, UNKNOWN)


def test_a_card_that_is_not_valid_yet_is_refused(running: Running, server_pki: Pki) -> None:
    soon = datetime.now(UTC) + timedelta(days=2)
    answer = running.client().log_in(server_pki.issue(not_before=soon, not_after=soon + timedelta(days=1)))
    assert problem_of(answer) == (403, REFUSED)
    assert answer.json()["error"]["facts"]["problem"] == "OUT_OF_BOUNDS_NO_POE"


def test_a_self_made_card_with_the_right_names_is_refused(running: Running, server_pki: Pki, tmp_path: Path) -> None:
    with running_pki(tmp_path / "other") as other:
        answer = running.client().log_in(other.cards["contractor"])
    assert problem_of(answer) == (403, REFUSED)
    assert answer.json()["error"]["facts"]["problem"] in ("NO_CERTIFICATE_CHAIN_FOUND", "CHAIN_CONSTRAINTS_FAILURE")


def test_a_revoked_card_is_refused(server_pki: Pki, tmp_path: Path) -> None:
    card = server_pki.issue()
    server_pki.authority.revoke(card.certificate.serial_number)
    with running_server(server_pki, tmp_path / "central") as running:
        assert problem_of(running.client().log_in(card)) == (403, REVOKED)


def test_no_revocation_data_no_log_in_unless_the_setting_says_so(server_pki: Pki, tmp_path: Path) -> None:
    with running_pki(tmp_path / "pki") as pki:
        pass  # its CRL and OCSP have gone away
    with running_server(pki, tmp_path / "closed") as running:
        assert problem_of(running.client().log_in(pki.cards["contractor"])) == (503, "ED-NET-5005")
    with running_server(pki, tmp_path / "open", revocation_required=False) as running:
        assert running.client().log_in(pki.cards["contractor"]).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"algorithm": "RS512"}, 403),
        ({"algorithm": "ES256"}, 403),  # with an RSA key
        ({"algorithm": "none"}, 422),
        ({"format": "web-eid:2.0"}, 422),
        ({"unverifiedCertificate": "AAAA"}, 403),
        ({"unverifiedCertificate": "not base64!"}, 403),
        ({"signature": "not base64!"}, 403),
        ({"signature": ""}, 403),
        ({"appVersion": "x" * 9_000}, 403),  # larger than a token may be
        ({"surprise": 1}, 422),
    ],
)
def test_a_token_that_is_none_is_refused(
    running: Running, server_pki: Pki, changes: dict[str, Any], status: int
) -> None:
    answer = running.client().log_in(server_pki.cards["contractor"], changes=changes)
    assert problem_of(answer) == (status, REFUSED if status == 403 else "ED-RULE-6008")


def test_a_good_certificate_with_somebody_elses_signature_is_refused(running: Running, server_pki: Pki) -> None:
    client = running.client()
    challenge = client.challenge()
    forged = web_eid_token(server_pki.cards["stranger"], running.origin, challenge["nonce"])
    answer = client.log_in(
        server_pki.cards["contractor"], challenge=challenge, changes={"signature": forged["signature"]}
    )
    assert problem_of(answer) == (403, REFUSED)


# --- sessions


def _denied(client: Client) -> bool:
    answer = client.send("GET", "/v1/cases")
    return not answer.ok and problem_of(answer) == (401, LOGIN)


def test_without_a_session_or_with_a_made_up_one_nothing_is_told(running: Running) -> None:
    client = running.client()
    assert _denied(client)
    client.token = "A" * 43
    assert _denied(client)
    client.token = ""
    answer = client.send("GET", "/v1/cases", headers={"Authorization": b"Bearer \xfc\xfc"})
    assert problem_of(answer) == (401, LOGIN)


def test_a_session_ends_at_log_out(running: Running, server_pki: Pki) -> None:
    client = running.client(server_pki.cards["contractor"])
    assert client.send("POST", "/v1/auth/logout").status_code == 204
    assert _denied(client)
    assert client.send("POST", "/v1/auth/logout").status_code == 204


def test_a_session_ends_when_nobody_uses_it(running: Running, server_pki: Pki) -> None:
    client = running.client(server_pki.cards["contractor"])
    for minutes in (29, 58):  # each use starts the half hour anew
        running.clock.ahead = timedelta(minutes=minutes)
        assert not _denied(client)
    running.clock.ahead = timedelta(minutes=58 + 30, seconds=5)
    assert _denied(client)
    running.clock.ahead = timedelta(minutes=58)
    assert _denied(client)  # it does not come back with the clock


def test_a_session_ends_after_eight_hours_however_busy(running: Running, server_pki: Pki) -> None:
    client = running.client(server_pki.cards["contractor"])
    for minutes in range(25, 8 * 60, 25):
        running.clock.ahead = timedelta(minutes=minutes)
        assert not _denied(client)
    running.clock.ahead = timedelta(hours=8, seconds=1)
    assert _denied(client)


def test_the_database_holds_no_token(running: Running, server_pki: Pki) -> None:
    client = running.client(server_pki.cards["contractor"])
    kept = str(everything(running.config.database_url))
    assert "u-yamada" in kept
    assert client.token not in kept
