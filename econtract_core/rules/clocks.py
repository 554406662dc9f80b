"""The legal clocks: inspection, payment, advance, interim advance, partial payment (facts.md 2.4).

政府契約の支払遅延防止等に関する法律 (昭和24年法律第256号; "the law" below): 5条 inspection, 6条 payment, 8条 interest, 9条 late
inspection, 10条 a silent contract. How days are counted is not settled by the sources at hand ("受けた日から", once "その日から起算
して"), so it is a setting, and every clock also gives the earliest day on which anybody could call it due, as a warning [D].

Days are Japan's (`dates.legal_day`). A clock explains itself: where it starts, how long, what was added or taken off and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from econtract_core.rules.calendar import OfficeCalendar
from econtract_core.rules.case import CaseKind
from econtract_core.rules.errors import ValueInvalid
from econtract_core.rules.money import Yen


class ClockKind(StrEnum):
    INSPECTION = "inspection"  # 検査
    PAYMENT = "payment"  # 支払 (completion, designated part)
    ADVANCE = "advance"  # 前払金
    INTERIM = "interim"  # 中間前払金
    PARTIAL = "partial"  # 部分払金


class HolidayEnd(StrEnum):
    """What becomes of a last day on which the office is closed."""

    STAYS = "stays"
    NEXT_OPEN = "next_open"  # 民法142条, 行政機関の休日に関する法律2条
    PREVIOUS_OPEN = "previous_open"


class Fault(StrEnum):
    """Whose fault a refused invoice was, and how grave (the law, 6条2項)."""

    SLIGHT = "slight"  # 軽過失: the days until the corrected one are not counted
    GROSS = "gross"  # 故意又は重大な過失: as if it had never been made


class Why(StrEnum):
    """Why a clock was lengthened, shortened or begun anew."""

    REJECTED_SLIGHT = "rejected_slight"
    REJECTED_GROSS = "rejected_gross"
    LATE_INSPECTION = "late_inspection"
    REPAIRS = "repairs"
    FIRST_DAY_NOT_COUNTED = "first_day_not_counted"  # 初日不算入, 民法140条
    HOLIDAY = "holiday"


@dataclass(frozen=True)
class Adjustment:
    """`days` more (or fewer, negative) than the bare length; `since`–`until` the days it comes from."""

    why: Why
    days: int
    since: date
    until: date


_MOST = {  # the law, 5条1項 and 6条1項 (facts.md 2.4 [B56][B56b])
    "inspection_works": 14,
    "inspection_services": 10,
    "payment_works": 40,
    "payment_services": 30,
}


@dataclass(frozen=True)
class Terms:
    """What the contract says of its clocks, in days. The law's limits hold: a longer term is refused with ValueInvalid.

    `advance` 14: standard clauses [B73]. `interim` 14: by reference to it [B58, the 14 G]. `partial` 14: standard clauses, 38条
    [G, unverified]. `first_day_counts`, `holiday_end`, `interest_rates`: unverified, so settings. The default of interest is the
    rate decided by the Minister of Finance, in hundredths of a percent a year, from a day on; it changes yearly [G].
    """

    inspection_works: int = 14
    inspection_services: int = 10
    payment_works: int = 40
    payment_services: int = 30
    advance: int = 14
    interim: int = 14
    partial: int = 14
    first_day_counts: bool = False
    holiday_end: HolidayEnd = HolidayEnd.STAYS
    interest_rates: tuple[tuple[date, int], ...] = ((date(2020, 4, 1), 260), (date(2021, 4, 1), 250))

    def __post_init__(self) -> None:
        for name in (*_MOST, "advance", "interim", "partial"):
            days = getattr(self, name)
            if not 1 <= days <= _MOST.get(name, 365):
                raise ValueInvalid(field=name, problem=str(days))

    def length(self, kind: ClockKind, case_kind: CaseKind) -> int:
        """Days of a clock for works or services."""
        works = case_kind is CaseKind.WORKS
        return {
            ClockKind.INSPECTION: self.inspection_works if works else self.inspection_services,
            ClockKind.PAYMENT: self.payment_works if works else self.payment_services,
            ClockKind.ADVANCE: self.advance,
            ClockKind.INTERIM: self.interim,
            ClockKind.PARTIAL: self.partial,
        }[kind]


def silent_terms() -> Terms:
    """A contract that does not say: inspection within 10 days, payment within 15 (the law, 10条 [B56d])."""
    return Terms(inspection_works=10, inspection_services=10, payment_works=15, payment_services=15)


@dataclass(frozen=True)
class Clock:
    """One clock. `due` None: it stands still until a corrected invoice comes. Days are Japan's.

    `starts` is the day of receipt that counts; `length` what is left of the term after a late inspection; `earliest` the
    day on which the strictest reading calls it due (a warning only); `ended` the day on which the deed was done, if it was;
    `interest_days` the days of a late inspection beyond the whole term, which bear interest at once (the law, 9条).
    """

    kind: ClockKind
    starts: date
    length: int
    due: date | None
    earliest: date | None
    adjustments: tuple[Adjustment, ...] = ()
    ended: date | None = None
    interest_days: int = 0

    def days_left(self, today: date) -> int | None:
        """Days until it is due; 0 on the day itself, negative when late; measured at its end once that is known. None: stands still."""
        return None if self.due is None else (self.due - (self.ended or today)).days

    def is_late(self, today: date) -> bool:
        """Whether the due day is past (or was, when the deed was done)."""
        left = self.days_left(today)
        return left is not None and left < 0

    def days_late(self, today: date) -> int:
        """Days beyond the due day, 0 if none."""
        return max(0, -(self.days_left(today) or 0))

    def warns(self, today: date) -> bool:
        """Whether somebody who counts strictly could already call it late, though it is not."""
        return self.earliest is not None and (self.ended or today) > self.earliest and not self.is_late(today)


@dataclass(frozen=True)
class Rejection:
    """An invoice refused on a day for a reason of this weight; `corrected`: the day the mended one was received, if it was."""

    on: date
    fault: Fault
    corrected: date | None = None


def inspection_clock(
    case_kind: CaseKind,
    notices: tuple[date, ...],
    terms: Terms,
    calendar: OfficeCalendar,
    inspected: date | None = None,
) -> Clock:
    """Inspection of a completed delivery: from the day its notice was received (the law, 5条1項); each notice that repairs are
    done starts the same length again (5条2項). `notices`: the completion's first, then the repairs', in order. ValueInvalid if not.
    """
    if not notices or list(notices) != sorted(notices) or (inspected is not None and inspected < notices[-1]):
        raise ValueInvalid(field="notices", problem=", ".join(n.isoformat() for n in notices))
    restarts = tuple(Adjustment(Why.REPAIRS, 0, before, after) for before, after in pairwise(notices))
    length = terms.length(ClockKind.INSPECTION, case_kind)
    return _clock(ClockKind.INSPECTION, notices[-1], length, restarts, _Counting(terms, calendar, inspected))


def payment_clock(
    kind: ClockKind,
    case_kind: CaseKind,
    received: date,
    history: PaymentHistory,
    terms: Terms,
    calendar: OfficeCalendar,
) -> Clock:
    """Payment from the day on which a lawful invoice was received (the law, 6条1項; advance and partial: standard clauses).

    A refusal for a slight fault takes the days from the refusal to the corrected invoice out of the count; one for intent or a
    gross fault starts anew with the corrected one (6条2項). A late inspection's days come off the term; what is more than the
    term bears interest at once (9条; only completion and designated parts, the kind PAYMENT). Raises ValueInvalid for an inspection
    clock or days out of order.
    """
    if kind is ClockKind.INSPECTION:
        raise ValueInvalid(field="kind", problem=kind.value)
    starts, adjustments, stands = _after_rejections(received, history.rejections)
    if history.paid is not None and (stands or history.paid < starts):
        raise ValueInvalid(field="paid", problem=history.paid.isoformat())
    full = terms.length(kind, case_kind)
    late = history.inspection_days_late if kind is ClockKind.PAYMENT else 0
    length = max(0, full - late)
    if late:
        adjustments = (*adjustments, Adjustment(Why.LATE_INSPECTION, length - full, starts, starts))
    if stands:
        return Clock(kind, starts, length, None, None, adjustments, None, max(0, late - full))
    counting = _Counting(terms, calendar, history.paid, max(0, late - full))
    return _clock(kind, starts, length, adjustments, counting)


@dataclass(frozen=True)
class PaymentHistory:
    """What has befallen an invoice: refusals in order, how late the inspection was, and the day of payment."""

    rejections: tuple[Rejection, ...] = ()
    inspection_days_late: int = 0
    paid: date | None = None

    def __post_init__(self) -> None:
        if self.inspection_days_late < 0:
            raise ValueInvalid(field="inspection_days_late", problem=str(self.inspection_days_late))


@dataclass(frozen=True)
class _Counting:
    terms: Terms
    calendar: OfficeCalendar
    ended: date | None
    interest_days: int = 0


def _after_rejections(received: date, rejections: tuple[Rejection, ...]) -> tuple[date, tuple[Adjustment, ...], bool]:
    """The day that starts the clock, the days that do not count, and whether a corrected invoice is still awaited."""
    starts, last, stands = received, received, False
    found: list[Adjustment] = []
    for rejection in rejections:
        if stands or rejection.on < last or (rejection.corrected is not None and rejection.corrected < rejection.on):
            raise ValueInvalid(field="rejections", problem=rejection.on.isoformat())
        last = rejection.corrected or rejection.on
        stands = rejection.corrected is None
        if rejection.fault is Fault.GROSS:
            # Nothing that befell an invoice which was never made still counts.
            found = [Adjustment(Why.REJECTED_GROSS, 0, starts, last)]
            starts = last
        else:
            found.append(Adjustment(Why.REJECTED_SLIGHT, (last - rejection.on).days, rejection.on, last))
    return starts, tuple(found), stands


def _clock(
    kind: ClockKind, starts: date, length: int, adjustments: tuple[Adjustment, ...], counting: _Counting
) -> Clock:
    paused = sum(a.days for a in adjustments if a.why is Why.REJECTED_SLIGHT)
    # A pause whose two ends are both counted as running days is a day shorter: the strictest reading.
    strict_pause = sum(max(0, a.days - 1) for a in adjustments if a.why is Why.REJECTED_SLIGHT)
    strict_end = starts + timedelta(days=max(0, length - 1) + strict_pause)
    earliest = counting.calendar.previous_open(strict_end)
    first_day_off = 0 if counting.terms.first_day_counts or not length else 1
    end = starts + timedelta(days=max(0, length - 1) + first_day_off + paused)
    if first_day_off:
        adjustments = (*adjustments, Adjustment(Why.FIRST_DAY_NOT_COUNTED, 1, starts, starts))
    due = {
        HolidayEnd.STAYS: lambda day: day,
        HolidayEnd.NEXT_OPEN: counting.calendar.next_open,
        HolidayEnd.PREVIOUS_OPEN: counting.calendar.previous_open,
    }[counting.terms.holiday_end](end)
    if due != end:
        adjustments = (*adjustments, Adjustment(Why.HOLIDAY, (due - end).days, end, due))
    earliest = min(earliest, due)
    return Clock(kind, starts, length, due, earliest, adjustments, counting.ended, counting.interest_days)


def interest_rate(day: date, terms: Terms) -> int:
    """遅延利息の率 in force on a day, in hundredths of a percent a year (the law, 8条1項). Raises ValueInvalid before the table."""
    begun = [(begins, rate) for begins, rate in terms.interest_rates if begins <= day]
    if not begun:
        raise ValueInvalid(field="interest_rates", problem=day.isoformat())
    return max(begun)[1]


def late_interest(amount: Yen, days_late: int, rate: int) -> Yen:
    """遅延利息 on an unpaid amount: days of 365; fractions under 100 yen are cut, so less than 100 yen is nothing (the law, 8条2項;
    the cut [B76]). `rate` in hundredths of a percent a year. Raises ValueInvalid for a negative amount, days or rate.
    """
    if amount < 0 or days_late < 0 or rate < 0:
        raise ValueInvalid(field="amount", problem=f"{amount} {days_late} {rate}")
    return amount * rate * days_late // (10_000 * 365) // 100 * 100
