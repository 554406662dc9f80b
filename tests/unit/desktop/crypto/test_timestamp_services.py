"""Several timestamp services: whom to ask, whom to leave alone, what each wants, and by whose clock."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.evidence.trust import TrustStore
from econtract_core.rules.dates import JST
from econtract_core.rules.errors import (
    ServerUnreachable,
    SettingsUnreadable,
    TimestampInvalid,
    TimestampRefused,
    TimestampUnreachable,
)
from econtract_desktop import config
from econtract_desktop.config import Maintenance, Settings, TimestampService
from econtract_desktop.crypto.service_health import Watched
from econtract_desktop.crypto.timestamps import HttpTimestamper
from econtract_desktop.ports.http import HttpAnswer
from econtract_desktop.ports.timestamps import Health
from econtract_desktop.services.diagnose import Diagnose
from tests.fakes.evidence_pki import TestPki, now, stamp_answer
from tests.fakes.http import FakeHttp, Sent

A, B = "http://a.test/", "http://b.test/"
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
        for url in (A, B):
            self.works(url)
        trust = TrustStore.of(pki.trust)
        self.passwords: dict[tuple[str, str], str] = {}
        self.stamper = HttpTimestamper(self.http, services or (A, B), lambda: trust, lambda: self.moment, self)

    def password(self, service: str, user: str) -> str | None:
        return self.passwords.get((service, user))

    def keep(self, service: str, user: str, password: str) -> None:
        self.passwords[service, user] = password

    def works(self, url: str) -> None:
        def answer(sent: Sent) -> HttpAnswer:
            return HttpAnswer(200, {}, stamp_answer(self.pki.tsa, sent.body, time=self.moment + self.service_ahead))

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
    world = World(pki, TimestampService(A, user="keiyaku"), B)
    world.keep(A, "keiyaku", SECRET)
    world.stamp()
    coded = b64encode(f"keiyaku:{SECRET}".encode()).decode()
    assert world.http.sent[-1].headers["authorization"] == f"Basic {coded}"
    world.fails(A, HttpAnswer(401, {}, b""))
    world.stamp()
    assert "authorization" not in world.http.sent[-1].headers
    world.fails(B)
    world.moment += timedelta(minutes=10)
    with pytest.raises(TimestampRefused) as caught:
        world.stamper.token(IMPRINT)
    assert SECRET not in repr(caught.value) + str(caught.value.facts)
    assert coded not in repr(caught.value) + str(caught.value.facts)


def test_without_its_password_it_is_not_asked_and_the_next_one_is(pki: TestPki) -> None:
    world = World(pki, TimestampService(A, user="keiyaku"), B)
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
