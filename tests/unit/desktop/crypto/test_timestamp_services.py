"""Several timestamp services: whom to ask, whom to leave alone, what each wants, and by whose clock."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.evidence.trust import TrustStore
from econtract_core.rules.dates import JST
from econtract_core.rules.errors import (
    ClockWrong,
    EcontractError,
    KeyStoreUnavailable,
    ServerUnreachable,
    SettingsUnreadable,
    TimestampError,
    TimestampInvalid,
    TimestampNotAsked,
    TimestampRefused,
    TimestampUnreachable,
    TrustMissing,
    UsageError,
)
from econtract_desktop import config
from econtract_desktop.config import Maintenance, Settings, TimestampService
from econtract_desktop.crypto.service_health import Failure, Watched
from econtract_desktop.crypto.timestamps import HttpTimestamper
from econtract_desktop.ports.http import HttpAnswer
from econtract_desktop.ports.timestamps import Health, Why
from econtract_desktop.services.diagnose import Diagnose
from econtract_desktop.services.timestamp_services import StampingServices
from econtract_desktop.texts import LANGUAGES, table
from tests.fakes.evidence_pki import TestPki, now, stamp_answer
from tests.fakes.http import FakeHttp, Sent

A, B = "http://a.test/", "http://b.test/"
SAFE = "https://safe.test/"
IMPRINT = bytes(32)
SECRET = "s3cret-password"


@pytest.fixture(scope="module")
def pki() -> TestPki:
    return TestPki.make()


class World:
    """Two services, a clock of this PC, and who was asked."""

    def __init__(self, pki: TestPki, *services: TimestampService | str) -> None:
        self.pki = pki
        self.moment = now()
        self.service_ahead = timedelta(0)
        self.http = FakeHttp({})
        self.dated = False
        self.locked = False
        for url in (A, B, SAFE):
            self.works(url)
        trust = TrustStore.of(pki.trust)
        self.passwords: dict[tuple[str, str], str] = {}
        self.stamper = HttpTimestamper(self.http, services or (A, B), lambda: trust, lambda: self.moment, self)

    def password(self, service: str, user: str) -> str | None:
        if self.locked:
            raise KeyStoreUnavailable(problem="locked")
        return self.passwords.get((service, user))

    def keep(self, service: str, user: str, password: str) -> None:
        self.passwords[service, user] = password

    def works(self, url: str) -> None:
        def answer(sent: Sent) -> HttpAnswer:
            there = self.moment + self.service_ahead
            headers = {"date": format_datetime(there, usegmt=True)} if self.dated else {}
            return HttpAnswer(200, headers, stamp_answer(self.pki.tsa, sent.body, time=there))

        self.http.site["POST", url] = answer

    def fails(self, url: str, answer: HttpAnswer | Exception | None = None) -> None:
        self.http.site["POST", url] = answer or ServerUnreachable(host=url, problem="refused")  # type: ignore[assignment]

    def asked(self, deed: Callable[[], object]) -> list[str]:
        before = len(self.http.sent)
        deed()
        return [sent.url for sent in self.http.sent[before:]]

    def stamp(self) -> list[str]:
        return self.asked(lambda: self.stamper.token(IMPRINT))


def test_a_service_that_failed_is_left_alone_and_asked_again_later(pki: TestPki) -> None:
    world = World(pki)
    world.fails(A)
    assert world.stamp() == [A, B]
    assert world.stamp() == [B]
    world.works(A)
    world.moment += timedelta(minutes=10)
    assert world.stamp() == [B]  # one that answers comes first
    world.fails(B)
    assert world.stamp() == [B, A]
    assert world.stamp() == [A]


def test_when_all_pause_the_one_that_is_due_first_is_tried_all_the_same(pki: TestPki) -> None:
    world = World(pki)
    world.fails(A)
    world.fails(B, HttpAnswer(503, {"retry-after": "3600"}, b""))
    with pytest.raises(TimestampUnreachable) as caught:
        world.stamper.token(IMPRINT)
    assert caught.value.facts["services"] == [f"{A}: refused", f"{B}: HTTP 503"]
    assert caught.value.facts["back_at"] == (world.moment + timedelta(seconds=5)).isoformat()
    world.works(A)
    assert world.stamp() == [A]


def test_pauses_grow_and_have_an_end(pki: TestPki) -> None:
    world = World(pki, A)
    world.fails(A)
    pauses = []
    for _ in range(9):
        with pytest.raises(TimestampUnreachable):
            world.stamper.token(IMPRINT)
        (state,) = world.stamper.states()
        assert state.back_at is not None
        pauses.append((state.back_at - world.moment).total_seconds())
        world.moment = state.back_at
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300]


def test_in_maintenance_it_is_not_asked_at_all(pki: TestPki) -> None:
    moment = now()
    here = moment.astimezone(JST)
    window = Maintenance((here - timedelta(hours=1)).isoformat(), (here + timedelta(hours=1)).isoformat())
    world = World(pki, TimestampService(A, "甲局", maintenance=(window,)), B)
    assert world.stamp() == [B]
    world.fails(B)
    with pytest.raises(TimestampUnreachable) as caught:
        world.stamper.token(IMPRINT)
    assert "甲局: maintenance" in caught.value.facts["services"]  # type: ignore[operator]
    world.moment += timedelta(hours=2)
    assert world.stamp() == [A]


def test_all_in_maintenance_says_until_when(pki: TestPki) -> None:
    here = now().astimezone(JST)
    end = (here + timedelta(hours=1)).replace(microsecond=0)
    window = Maintenance((here - timedelta(hours=1)).isoformat(), end.isoformat())
    world = World(pki, TimestampService(A, maintenance=(window,)))
    with pytest.raises(TimestampUnreachable) as caught:
        world.stamper.token(IMPRINT)
    assert caught.value.facts["problem"] == "maintenance"
    assert caught.value.facts["back_at"] == end.isoformat()
    assert world.http.sent == []


@given(hours=st.integers(0, 24 * 14), day=st.integers(0, 6))
def test_a_weekly_window_is_open_on_its_day_alone(hours: int, day: int) -> None:
    moment = datetime(2026, 11, 23, 0, 30, tzinfo=JST) + timedelta(hours=hours)
    watched = Watched(TimestampService(A, maintenance=(Maintenance("02:00", "04:00", day),)))
    open_ = watched.closed_until(moment.astimezone(UTC))
    assert (open_ is not None) == (moment.weekday() == day and moment.hour in (2, 3))
    if open_ is not None:
        assert (open_.astimezone(JST).weekday(), open_.astimezone(JST).hour) == (day, 4)


def test_a_window_over_midnight(pki: TestPki) -> None:
    watched = Watched(TimestampService(A, maintenance=(Maintenance("23:00", "01:00", 6),)))
    sunday = datetime(2026, 11, 22, 23, 30, tzinfo=JST)
    assert watched.closed_until(sunday) == datetime(2026, 11, 23, 1, 0, tzinfo=JST)


def test_a_password_goes_to_its_service_and_nowhere_else(pki: TestPki) -> None:
    world = World(pki, TimestampService(SAFE, user="keiyaku"), B)
    world.keep(SAFE, "keiyaku", SECRET)
    world.stamp()
    coded = b64encode(f"keiyaku:{SECRET}".encode()).decode()
    assert world.http.sent[-1].headers["authorization"] == f"Basic {coded}"
    world.fails(SAFE, HttpAnswer(401, {}, b""))
    world.stamp()
    assert "authorization" not in world.http.sent[-1].headers
    world.fails(B)
    world.moment += timedelta(minutes=10)
    with pytest.raises(TimestampRefused) as caught:
        world.stamper.token(IMPRINT)
    assert SECRET not in repr(caught.value) + str(caught.value.facts)
    assert coded not in repr(caught.value) + str(caught.value.facts)


def test_without_its_password_it_is_not_asked_and_the_next_one_is(pki: TestPki) -> None:
    world = World(pki, TimestampService(SAFE, user="keiyaku"), B)
    assert world.stamp() == [B]
    assert "keiyaku" in world.stamper.states()[0].problem


def test_another_policy_is_refused(pki: TestPki) -> None:
    world = World(pki, TimestampService(A, policy="1.2.3"))
    with pytest.raises(TimestampInvalid) as caught:
        world.stamper.token(IMPRINT)
    assert "2.999.392.1.2" in str(caught.value.facts["problem"])
    assert World(pki, TimestampService(A, policy="2.999.392.1.2")).stamp() == [A]


@pytest.mark.parametrize(
    ("ahead", "keys"),
    [
        (0, ["stamp_ok", "stamp_ok", "clock_ok"]),
        (300, ["stamp_ok", "stamp_ok", "clock_slow"]),
        (-300, ["stamp_ok", "stamp_ok", "clock_fast"]),
    ],
)
def test_this_pc_s_clock_is_held_against_theirs(pki: TestPki, ahead: int, keys: list[str]) -> None:
    world = World(pki)
    world.service_ahead = timedelta(seconds=ahead)
    found = Diagnose(None, None, lambda: world.stamper).services()  # type: ignore[arg-type]
    assert [condition.key for condition in found] == keys
    if ahead:
        assert found[-1].facts["seconds"] in ("298", "299", "300")


def test_the_environment_check_tells_of_services_that_fail(pki: TestPki) -> None:
    world = World(pki)
    world.fails(A)
    found = Diagnose(None, None, lambda: world.stamper).services()  # type: ignore[arg-type]
    assert [(c.key, c.state) for c in found] == [("stamp_failing", "warn"), ("stamp_ok", "ok"), ("clock_ok", "ok")]
    world.fails(B)
    found = Diagnose(None, None, lambda: world.stamper).services()  # type: ignore[arg-type]
    assert {c.state for c in found} == {"error"}
    none = HttpTimestamper(world.http, (), lambda: TrustStore.of(pki.trust))
    assert [c.key for c in Diagnose(None, None, lambda: none).services()] == ["stamp_none"]  # type: ignore[arg-type]
    assert world.stamper.states()[0].health is Health.FAILING


def test_services_are_kept_in_the_settings(tmp_path: Path) -> None:
    windows = (Maintenance("2026-12-09T18:30", "2026-12-09T23:00"), Maintenance("02:00", "04:00", 6))
    settings = Settings(
        profile=tmp_path, tsa_urls=(B,), tsa=(TimestampService(A, "甲局", "keiyaku", "1.2.3", windows),)
    )
    config.save(settings)
    again = config.load(tmp_path, tmp_path / "none.json")
    assert again == settings
    assert [s.url for s in config.timestamp_services(again)] == [B, A]
    assert SECRET not in (tmp_path / "settings.json").read_text()


@pytest.mark.parametrize(
    "tsa",
    ['"x"', '["x"]', '[{"name": "x"}]', '[{"url": "x", "maintenance": [{"begins": "x", "ends": "y"}]}]',
     '[{"url": "x", "maintenance": [{"begins": "02:00", "ends": "04:00", "day": 7}]}]'],
)  # fmt: skip
def test_settings_that_say_nothing_sensible(tmp_path: Path, tsa: str) -> None:
    (tmp_path / "settings.json").write_text(f'{{"tsa": {tsa}}}')
    with pytest.raises(SettingsUnreadable):
        config.load(tmp_path, tmp_path / "none.json")


def test_a_locked_key_store_is_one_service_s_failure(pki: TestPki) -> None:
    world = World(pki, TimestampService(SAFE, user="keiyaku"), B)
    world.locked = True
    assert world.stamp() == [B]
    assert world.asked(world.stamper.look) == [B]
    first, second = world.stamper.states()
    assert (first.health, first.why, second.health) == (Health.FAILING, Why.LOCKED, Health.OK)
    world.fails(B)
    with pytest.raises(TimestampNotAsked) as caught:
        world.stamper.token(IMPRINT)
    assert "key store: locked" in str(caught.value.facts["services"])
    world.locked = False
    world.passwords[SAFE, "keiyaku"] = SECRET
    assert world.stamp() == [SAFE]  # at once: what was wrong was on this PC


@pytest.mark.parametrize("problem", [TrustMissing(path="x"), SettingsUnreadable(path="x", problem="y")])
def test_what_is_missing_on_this_pc_is_a_finding_and_no_end(pki: TestPki, problem: EcontractError) -> None:
    def none() -> TrustStore:
        raise problem

    stamper = HttpTimestamper(World(pki).http, (A,), none)
    (found,) = Diagnose(None, None, lambda: stamper).services()  # type: ignore[arg-type]
    assert found.state == "error"
    assert found.key == ("stamp_unknown" if isinstance(problem, TrustMissing) else "stamp_unasked")


@pytest.mark.parametrize(
    ("services", "dated", "sure"), [((A, B), False, True), ((A,), True, True), ((A,), False, False)]
)
@pytest.mark.parametrize("days", [2, -400])
def test_a_clock_that_is_days_off_is_told_as_the_pc_s(
    pki: TestPki, services: tuple[str, ...], dated: bool, sure: bool, days: int
) -> None:
    world = World(pki, *services)
    world.moment -= timedelta(days=days)
    world.service_ahead, world.dated = timedelta(days=days), dated
    with pytest.raises(ClockWrong if sure else TimestampInvalid) as caught:
        world.stamper.token(IMPRINT)
    assert caught.value.facts["ahead_s"] == days * 86400
    found = Diagnose(None, Clock(world), lambda: world.stamper).services()  # type: ignore[arg-type]
    told = [(c.key, c.state) for c in found]
    if sure:
        assert told == [*[("stamp_unchecked", "error")] * len(services), ("clock_far", "error")]
        assert found[-1].facts["days"] == str(abs(days))
    else:
        assert told == [("stamp_clock", "error")]
    world.moment, world.service_ahead = now(), timedelta(0)
    assert world.stamp() == [A]  # mended, it is good at once


def test_one_service_with_a_wrong_clock_does_not_speak_against_this_pc(pki: TestPki) -> None:
    world = World(pki)
    world.dated = True
    there = world.moment + timedelta(days=3)
    headers = {"date": format_datetime(there, usegmt=True)}
    world.http.site["POST", A] = lambda sent: HttpAnswer(200, headers, stamp_answer(pki.tsa, sent.body, time=there))
    assert world.stamp() == [A, B]
    found = Diagnose(None, Clock(world), lambda: world.stamper).services()  # type: ignore[arg-type]
    assert [c.key for c in found] == ["stamp_clock", "stamp_ok", "clock_ok"]


@pytest.mark.parametrize(
    ("url", "goes"),
    [(A, False), ("http://127.0.0.1:8080/tsa", True), ("http://[::1]/", True), ("http://localhost/", True),
     ("http://localhost.a.test/", False), ("http://127.0.0.1.a.test/", False), ("HTTPS://a.test/", True),
     ("ftp://a.test/", False), ("http://[x/", False)],
)  # fmt: skip
def test_no_password_goes_over_plain_http(pki: TestPki, url: str, goes: bool) -> None:
    world = World(pki, TimestampService(url, user="keiyaku"))
    world.works(url)
    world.passwords[url, "keiyaku"] = SECRET
    if goes:
        assert world.stamp() == [url]
        assert "authorization" in world.http.sent[-1].headers
        return
    with pytest.raises(TimestampNotAsked):
        world.stamper.token(IMPRINT)
    assert world.http.sent == []
    assert world.stamper.states()[0].why is Why.PLAIN


@pytest.mark.parametrize(
    "url",
    [f"https://me:{SECRET}@a.test/", f"https:\\\\me:{SECRET}@a.test", f"me:{SECRET}@a.test", f"https://{SECRET}\\a.test",
     f"https://a.test/ {SECRET}"],
)  # fmt: skip
def test_a_password_inside_an_address_is_refused_and_not_shown(tmp_path: Path, url: str) -> None:
    for key, value in (("tsa_urls", [url]), ("tsa", [{"url": url}])):
        (tmp_path / "settings.json").write_text(json.dumps({key: value}))
        with pytest.raises(SettingsUnreadable) as caught:
            config.load(tmp_path, tmp_path / "none.json")
        assert SECRET not in str(caught.value)
    with pytest.raises(UsageError) as wrong:
        config.with_overrides(Settings(profile=tmp_path), tsa_urls=(url,))
    assert SECRET not in str(wrong.value)


def test_an_outage_seen_by_many_counts_once(pki: TestPki) -> None:
    world = World(pki, A)
    world.fails(A)

    def one(_number: int) -> None:
        with suppress(TimestampError):
            world.stamper.token(IMPRINT)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(16)))
    (state,) = world.stamper.states()
    assert state.back_at == world.moment + timedelta(seconds=5)


def test_who_asked_before_it_answered_again_saw_no_outage() -> None:
    watched, moment = Watched(TimestampService(A)), now()
    second = timedelta(seconds=1)
    watched.answered(moment + second, moment + 2 * second, moment + second, timedelta(0))
    watched.failed(moment, moment + 3 * second, Failure("timeout", Why.SILENT))
    assert watched.state(moment).health is Health.OK
    watched.failed(moment + 2 * second, moment + 3 * second, Failure("timeout", Why.SILENT))
    assert watched.state(moment).health is Health.FAILING


def test_a_pc_whose_clock_is_set_back_does_not_leave_a_service_alone_for_years() -> None:
    watched, moment = Watched(TimestampService(A)), now()
    watched.failed(moment, moment, Failure("timeout", Why.SILENT))
    year = timedelta(days=365)
    assert watched.order(moment - year) == (0, moment - year)
    watched.failed(moment - year, moment - year, Failure("timeout", Why.SILENT))
    assert watched.state(moment - year).back_at == moment - year + timedelta(seconds=10)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("said", "pause"),
    [("120", 120), ("99999999999999", 6 * 3600), ("in 120 s", 120), ("in 99999 s", 6 * 3600), ("in -60 s", 0), ("-5", 5),
     ("soon", 5), ("Tue, 99 Foo 2099", 5), ("", 5), ("\u0661\u0662", 5)],
)  # fmt: skip
def test_retry_after_is_honoured_within_bounds(pki: TestPki, status: int, said: str, pause: int) -> None:
    world = World(pki, A)
    there = world.moment + timedelta(hours=3)  # the service's clock
    headers = {"date": format_datetime(there, usegmt=True), "retry-after": said}
    if said.startswith("in "):
        headers["retry-after"] = format_datetime(there + timedelta(seconds=int(said.split()[1])), usegmt=True)
    world.fails(A, HttpAnswer(status, headers, b""))
    with pytest.raises(TimestampUnreachable):
        world.stamper.token(IMPRINT)
    (state,) = world.stamper.states()
    assert (state.back_at, state.why) == (world.moment + timedelta(seconds=pause), Why.BUSY)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_words(language: str) -> None:
    known = table(language, "diagnosis")
    assert {f"why_{why.value}" for why in Why} <= set(known)


@pytest.mark.parametrize(("ahead", "off"), [(0, False), (-50, False), (90, True), (-90, True)])
def test_the_clock_is_known_after_a_run(pki: TestPki, ahead: int, off: bool) -> None:
    world = World(pki)
    services = StampingServices(lambda: world.stamper, world)
    assert services.clock() is None
    world.service_ahead = timedelta(seconds=ahead)
    world.stamp()
    held = services.clock()
    assert held is not None
    assert held.off is off
    assert abs(held.ahead.total_seconds() - ahead) <= 2


class Clock:
    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> datetime:
        return self._world.moment


@pytest.mark.parametrize(
    "problem", [KeyStoreUnavailable(backend="x"), SettingsUnreadable(path="own.pem", problem="SSLError")]
)
def test_a_client_certificate_that_cannot_be_used_is_one_service_s_failure(
    pki: TestPki, problem: EcontractError
) -> None:
    world = World(pki, TimestampService(SAFE, client_certificate="own.pem"), B)
    world.fails(SAFE, problem)
    assert world.stamp() == [SAFE, B]
    first, second = world.stamper.states()
    assert (first.health, first.why, second.health) == (Health.FAILING, Why.LOCKED, Health.OK)
    world.works(SAFE)
    world.fails(B)
    assert world.stamp() == [B, SAFE]  # without a pause: what was wrong was on this PC


def test_a_client_certificate_is_named_in_the_settings(tmp_path: Path) -> None:
    service = {"url": SAFE, "client_certificate": "own.pem"}
    (tmp_path / "settings.json").write_text(json.dumps({"tsa": [service]}), encoding="utf-8")
    (found,) = config.load(tmp_path, tmp_path / "none.json").tsa
    assert found.client_certificate == "own.pem"
