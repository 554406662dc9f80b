"""What the server says becomes a message, a typed error, or a refusal to believe it."""

from __future__ import annotations

import json

import pytest

from econtract_core.messages.account import About
from econtract_core.rules.errors import (
    BlobMissing,
    EcontractError,
    InternalError,
    LoginRefused,
    LoginRequired,
    RevisionConflict,
    ServerAnswerInvalid,
    ServerBusy,
)
from econtract_desktop.api.answers import error, message, retry_after, stored
from econtract_desktop.ports.http import HttpAnswer

_JSON = {"content-type": "application/json; charset=utf-8"}
_ABOUT = {
    "server_id": "s1",
    "epoch": "e1",
    "protocol": 1,
    "version": "0.1.0",
    "name": "電子契約",
    "time": "2026-11-23T00:00:00Z",
}


def _said(data: object, status: int = 200) -> HttpAnswer:
    return HttpAnswer(status, _JSON, json.dumps(data).encode())


def _refused(status: int, code: str, **facts: object) -> EcontractError:
    return error(_said({"error": {"code": code, "detail": "why", "facts": facts}}, status), "server.test")


def test_a_message_is_taken() -> None:
    assert message(About, _said(_ABOUT), "server.test").name == "電子契約"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (HttpAnswer(200, {"content-type": "text/html"}, b"<html>"), "not JSON"),
        (HttpAnswer(200, {}, json.dumps(_ABOUT).encode()), "not JSON"),
        (HttpAnswer(200, _JSON, b"{"), "About  json_invalid"),
        (HttpAnswer(200, _JSON, b"\xff"), "About  json_invalid"),
        (_said({**_ABOUT, "more": 1}), "About more extra_forbidden"),
        (_said({k: v for k, v in _ABOUT.items() if k != "epoch"}), "About epoch missing"),
        (_said({**_ABOUT, "time": "2026-11-23T00:00:00"}), "About time timezone_aware"),
        (_said([]), "About  model_type"),
    ],
)
def test_what_is_no_message_is_refused_without_repeating_it(answer: HttpAnswer, problem: str) -> None:
    with pytest.raises(ServerAnswerInvalid) as caught:
        message(About, answer, "server.test")
    assert caught.value.facts == {"host": "server.test", "problem": problem}


def test_a_typed_error_is_made_again() -> None:
    found = _refused(412, RevisionConflict.code, expected=1, found=2)
    assert (type(found), found.facts, found.detail) == (RevisionConflict, {"expected": 1, "found": 2}, "why")
    assert type(_refused(424, BlobMissing.code, sha256="0")) is BlobMissing
    assert type(_refused(401, LoginRequired.code)) is LoginRequired
    assert type(_refused(401, LoginRefused.code)) is LoginRefused


@pytest.mark.parametrize("code", ["ED-CARD-2101", "ED-PC-1004", "ED-USE-8001", "ED-NET-5002", "ED-NET-5006"])
def test_a_server_cannot_speak_for_this_pc(code: str) -> None:
    assert type(_refused(400, code)) is ServerAnswerInvalid


def test_an_unknown_code_is_a_defect_not_a_crash() -> None:
    assert type(_refused(400, "ED-NEW-1234")) is InternalError


def test_facts_cannot_break_the_error() -> None:
    found = _refused(409, RevisionConflict.code, detail="x", self="y", expected=1)
    assert (found.detail, found.facts) == ("why", {"expected": 1})


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 599])
def test_overload_and_faults_come_back_later_whatever_they_say(status: int) -> None:
    for answer in (HttpAnswer(status, {"retry-after": "7"}, b"<html>"), _said({}, status)):
        found = error(answer, "server.test")
        assert type(found) is ServerBusy
        assert found.retriable
    assert type(_refused(status, RevisionConflict.code)) is ServerBusy


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, LoginRequired),
        (409, ServerBusy),
        (425, ServerBusy),
        (403, ServerAnswerInvalid),
        (302, ServerAnswerInvalid),
    ],
)
def test_an_error_without_words_goes_by_its_status(status: int, kind: type[EcontractError]) -> None:
    assert type(error(HttpAnswer(status, {}, b""), "server.test")) is kind


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 30),
        ({"retry-after": "5"}, 5),
        ({"retry-after": "0"}, 1),
        ({"retry-after": "999999999"}, 3600),
        ({"retry-after": "-5"}, 30),
        ({"retry-after": "soon"}, 30),
        ({"retry-after": "Mon, 23 Nov 2026 00:01:00 GMT", "date": "Mon, 23 Nov 2026 00:00:00 GMT"}, 60),
        ({"retry-after": "Mon, 23 Nov 2026 00:00:00 GMT", "date": "Mon, 23 Nov 2026 00:01:00 GMT"}, 1),
        ({"retry-after": "Mon, 23 Nov 2026 00:01:00 GMT", "date": "yesterday"}, 30),
        ({"retry-after": "Mon, 23 Nov 2026 00:01:00 -0000", "date": "Mon, 23 Nov 2026 00:00:00 GMT"}, 30),
    ],
)
def test_retry_after_within_reason(headers: dict[str, str], seconds: int) -> None:
    assert retry_after(headers) == seconds


@pytest.mark.parametrize("text", [None, "", "{", "[]", "1", '{"a": 1}'])
def test_an_odd_stored_fact_counts_as_none(text: str | None) -> None:
    assert stored(text) == {}
