"""Proofs of a PC's key: RFC 9449's own example, and everything that must not pass."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.identity.device import DeviceKey, check_proof
from econtract_core.rules.errors import DeviceUnproven

# RFC 9449 4.1 and 6.1
EXAMPLE = (
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyV"
    "VFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19"
    ".eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0Ijo"
    "xNTYyMjYyNjE2fQ"
    ".2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
)
THEN = datetime.fromtimestamp(1562262616, UTC)
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
URL = "https://central.example/v1/ops"
KEY = DeviceKey.new()


def test_the_example_of_the_rfc() -> None:
    found = check_proof(EXAMPLE, "POST", "https://server.example.com/token", THEN)
    assert found.thumbprint == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    assert (found.identifier, found.at) == ("-BwC3ESc6acc2lTc", THEN)


def test_own_proofs() -> None:
    found = check_proof(KEY.proof("GET", URL + "?a=1#b", NOW, "token"), "GET", URL, NOW, "token")
    assert (found.thumbprint, found.at) == (KEY.thumbprint, NOW)
    other = check_proof(KEY.proof("GET", URL, NOW, "token"), "GET", URL, NOW, "token")
    assert other.identifier != found.identifier


def test_a_key_that_was_kept() -> None:
    assert DeviceKey.load(KEY.kept()).thumbprint == KEY.thumbprint
    for broken in ("", "x", "AAAA", KEY.kept()[:-4]):
        with pytest.raises(ValueError, match=r"."):
            DeviceKey.load(broken)


@pytest.mark.parametrize(
    ("method", "url", "token", "seconds", "problem"),
    [
        ("GET", URL, "token", 0, "another request"),
        ("POST", URL + "x", "token", 0, "another request"),
        ("POST", URL.replace("https", "http"), "token", 0, "another request"),
        ("POST", URL, "another", 0, "another session"),
        ("POST", URL, None, 0, "another session"),
        ("POST", URL, "token", 61, "clock"),
        ("POST", URL, "token", -61, "clock"),
    ],
)
def test_a_proof_is_for_one_request_now(method: str, url: str, token: str | None, seconds: int, problem: str) -> None:
    proof = KEY.proof("POST", URL, NOW, "token")
    with pytest.raises(DeviceUnproven) as caught:
        check_proof(proof, method, url, NOW + timedelta(seconds=seconds), token)
    assert caught.value.facts["problem"] == problem


def test_it_is_fresh_for_a_minute() -> None:
    for seconds in (60, -60):
        check_proof(KEY.proof("POST", URL, NOW), "POST", URL, NOW + timedelta(seconds=seconds))


def _changed(part: int, **changes: object) -> str:
    parts = KEY.proof("POST", URL, NOW).split(".")
    data = json.loads(urlsafe_b64decode(parts[part] + "=" * (-len(parts[part]) % 4))) | changes
    parts[part] = urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()
    return ".".join(parts)


@pytest.mark.parametrize(
    "proof",
    [
        "",
        "a.b",
        "a.b.c.d",
        "....",
        "x" * 3_000,
        _changed(0, alg="none"),
        _changed(0, alg="HS256"),
        _changed(0, typ="jwt"),
        _changed(0, jwk="x"),
        _changed(0, jwk={"kty": "RSA"}),
        _changed(0, jwk={"crv": "P-256", "kty": "EC", "x": "A", "y": "A"}),
        _changed(0, jwk=DeviceKey.new()._public),
        _changed(1, iat=int(NOW.timestamp()) + 1),
        _changed(1, jti="another-identifier"),
        KEY.proof("POST", URL, NOW)[:-2],
        KEY.proof("POST", URL, NOW) + "=",
        "W10.W10.W10",
        "[".join("." * 3) * 500,
    ],
)
def test_what_is_no_proof(proof: str) -> None:
    with pytest.raises(DeviceUnproven):
        check_proof(proof, "POST", URL, NOW)


@given(st.binary(max_size=400), st.integers(0, 600))
def test_no_bytes_do_harm(noise: bytes, at: int) -> None:
    proof = KEY.proof("POST", URL, NOW)
    text = proof[:at] + noise.decode("latin-1") + proof[at:]
    if text != proof:
        with pytest.raises(DeviceUnproven):
            check_proof(text, "POST", URL, NOW)
