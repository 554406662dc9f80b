"""The legal clocks, against 政府契約の支払遅延防止等に関する法律 and worked examples."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from econtract_core.rules.calendar import OfficeCalendar
from econtract_core.rules.case import CaseKind
from econtract_core.rules.clocks import (
    Adjustment,
    ClockKind,
    Fault,
    HolidayEnd,
    PaymentHistory,
    Rejection,
    Terms,
    Why,
    inspection_clock,
    interest_rate,
    late_interest,
    payment_clock,
    silent_terms,
)
from econtract_core.rules.errors import ValueInvalid

W, SV = CaseKind.WORKS, CaseKind.SERVICES
OFFICE = OfficeCalendar()
TERMS = Terms()
DAY = date(2026, 11, 24)  # a Tuesday
NONE = PaymentHistory()


def day(n: int) -> date:
    return DAY + timedelta(days=n)


def pay(kind=ClockKind.PAYMENT, case=W, history=NONE, terms=TERMS, received=DAY):
    return payment_clock(kind, case, received, history, terms, OFFICE)


@pytest.mark.parametrize(("case", "days"), [(W, 14), (SV, 10)])
def test_inspection(case, days):
    clock = inspection_clock(case, (DAY,), TERMS, OFFICE)
    assert (clock.kind, clock.starts, clock.length, clock.due) == (ClockKind.INSPECTION, DAY, days, day(days))
    assert clock.adjustments == (Adjustment(Why.FIRST_DAY_NOT_COUNTED, 1, DAY, DAY),)
    assert clock.ended is None
    assert clock.interest_days == 0


@pytest.mark.parametrize(
    ("kind", "case", "days"),
    [
        (ClockKind.PAYMENT, W, 40),
        (ClockKind.PAYMENT, SV, 30),
        (ClockKind.ADVANCE, W, 14),
        (ClockKind.ADVANCE, SV, 14),
        (ClockKind.INTERIM, W, 14),
        (ClockKind.PARTIAL, W, 14),
    ],
)
def test_payment(kind, case, days):
    clock = pay(kind, case)
    assert (clock.kind, clock.starts, clock.length, clock.due) == (kind, DAY, days, day(days))


def test_each_term_is_its_own():
    terms = Terms(1, 2, 3, 4, 5, 6, 7)
    got = [terms.length(k, c) for k in ClockKind for c in (W, SV)]
    assert got == [1, 2, 3, 4, 5, 5, 6, 6, 7, 7]


def test_the_first_day_may_count():
    clock = pay(terms=Terms(first_day_counts=True))
    assert (clock.due, clock.adjustments) == (day(39), ())


def test_the_earlier_day_is_a_warning():
    # 40 days from Tuesday 2026-11-24: 2027-01-03 (Sunday). Who counts the day of receipt and pays before closed days: 2026-12-28.
    clock = pay()
    assert clock.due == date(2027, 1, 3)
    assert clock.earliest == date(2026, 12, 28)
    assert not clock.warns(date(2026, 12, 28))
    assert clock.warns(date(2026, 12, 29))
    assert clock.warns(date(2027, 1, 3))
    assert not clock.warns(date(2027, 1, 4))
    assert clock.is_late(date(2027, 1, 4))


@pytest.mark.parametrize(
    ("rule", "due", "days"),
    [
        (HolidayEnd.STAYS, date(2027, 1, 3), None),
        (HolidayEnd.NEXT_OPEN, date(2027, 1, 4), 1),
        (HolidayEnd.PREVIOUS_OPEN, date(2026, 12, 28), -6),
    ],
)
def test_a_last_day_on_which_the_office_is_closed(rule, due, days):
    clock = pay(terms=Terms(holiday_end=rule))
    assert clock.due == due
    wanted = () if days is None else (Adjustment(Why.HOLIDAY, days, date(2027, 1, 3), due),)
    assert clock.adjustments[1:] == wanted
    assert clock.earliest == date(2026, 12, 28)


def test_days_left():
    clock = pay(ClockKind.ADVANCE)
    assert [clock.days_left(day(n)) for n in (0, 13, 14, 15)] == [14, 1, 0, -1]
    assert [clock.is_late(day(n)) for n in (14, 15)] == [False, True]
    assert [clock.days_late(day(n)) for n in (0, 14, 15, 20)] == [0, 0, 1, 6]


def test_a_deed_done_stops_the_clock():
    clock = inspection_clock(W, (DAY,), TERMS, OFFICE, day(16))
    assert (clock.ended, clock.days_left(day(100)), clock.days_late(day(100))) == (day(16), -2, 2)
    paid = pay(history=PaymentHistory(paid=day(40)))
    assert (paid.days_left(day(90)), paid.is_late(day(90)), paid.warns(day(90))) == (0, False, True)
    assert not pay(history=PaymentHistory(paid=DAY)).warns(day(90))


def test_repairs_start_the_clock_again():
    clock = inspection_clock(SV, (DAY, day(20), day(31)), TERMS, OFFICE, day(31))
    assert (clock.starts, clock.due) == (day(31), day(41))
    assert clock.adjustments[:2] == (
        Adjustment(Why.REPAIRS, 0, DAY, day(20)),
        Adjustment(Why.REPAIRS, 0, day(20), day(31)),
    )


@pytest.mark.parametrize(
    ("notices", "inspected"), [((), None), ((day(1), DAY), None), ((DAY,), day(-1)), ((DAY, day(5)), day(4))]
)
def test_notices_out_of_order(notices, inspected):
    with pytest.raises(ValueInvalid) as caught:
        inspection_clock(W, notices, TERMS, OFFICE, inspected)
    assert caught.value.facts == {"field": "notices", "problem": ", ".join(str(n) for n in notices)}


def test_a_slight_fault_takes_its_days_out():
    # 6条2項: refused on day 5, mended on day 12: seven days are not counted.
    clock = pay(history=PaymentHistory((Rejection(day(5), Fault.SLIGHT, day(12)),)))
    assert (clock.starts, clock.due) == (DAY, day(47))
    assert clock.adjustments[0] == Adjustment(Why.REJECTED_SLIGHT, 7, day(5), day(12))
    # The strictest reading: receipt counts, one end of the pause runs: 39 + 6 = day 45, 2027-01-08, a Friday.
    assert clock.earliest == day(45)


def test_a_gross_fault_starts_anew():
    slight, gross = Rejection(day(1), Fault.SLIGHT, day(3)), Rejection(day(5), Fault.GROSS, day(12))
    clock = pay(history=PaymentHistory((slight, gross)))
    assert (clock.starts, clock.due) == (day(12), day(52))
    assert clock.adjustments[0] == Adjustment(Why.REJECTED_GROSS, 0, DAY, day(12))
    assert len(clock.adjustments) == 2
    again = pay(history=PaymentHistory((gross, Rejection(day(13), Fault.SLIGHT, day(14)))))
    assert again.due == day(53)


def test_a_pause_of_a_single_day_or_none():
    one = pay(history=PaymentHistory((Rejection(day(5), Fault.SLIGHT, day(6)),)))
    none = pay(history=PaymentHistory((Rejection(day(5), Fault.SLIGHT, day(5)),)))
    assert (one.due, none.due) == (day(41), day(40))
    assert one.earliest == none.earliest == pay().earliest


@pytest.mark.parametrize(("fault", "starts"), [(Fault.SLIGHT, DAY), (Fault.GROSS, day(5))])
def test_a_refused_invoice_stands_still_until_it_is_mended(fault, starts):
    clock = pay(history=PaymentHistory((Rejection(day(5), fault),), 45))
    assert (clock.due, clock.earliest, clock.starts, clock.ended) == (None, None, starts, None)
    assert clock.interest_days == 5
    assert pay(history=PaymentHistory((Rejection(day(5), fault),), 39)).interest_days == 0
    assert clock.days_left(day(99)) is None
    assert not clock.is_late(day(99))
    assert not clock.warns(day(99))
    assert clock.days_late(day(99)) == 0


@pytest.mark.parametrize(
    "rejections",
    [
        (Rejection(day(-1), Fault.SLIGHT),),
        (Rejection(day(5), Fault.SLIGHT, day(4)),),
        (Rejection(day(5), Fault.SLIGHT), Rejection(day(6), Fault.SLIGHT)),
        (Rejection(day(5), Fault.SLIGHT, day(8)), Rejection(day(7), Fault.SLIGHT)),
    ],
)
def test_refusals_out_of_order(rejections):
    with pytest.raises(ValueInvalid) as caught:
        pay(history=PaymentHistory(rejections))
    assert caught.value.facts["field"] == "rejections"


@pytest.mark.parametrize(
    "history",
    [
        PaymentHistory(paid=day(-1)),
        PaymentHistory((Rejection(day(1), Fault.SLIGHT),), paid=day(2)),
        PaymentHistory((Rejection(day(1), Fault.GROSS, day(5)),), paid=day(4)),
    ],
)
def test_paid_before_it_was_due_to_anybody(history):
    with pytest.raises(ValueInvalid) as caught:
        pay(history=history)
    assert caught.value.facts["field"] == "paid"


def test_a_late_inspection_comes_off_the_term():
    # 9条: six days late leave 34 of 40.
    clock = pay(history=PaymentHistory(inspection_days_late=6))
    assert (clock.length, clock.due, clock.interest_days) == (34, day(34), 0)
    assert clock.adjustments[0] == Adjustment(Why.LATE_INSPECTION, -6, DAY, DAY)


@pytest.mark.parametrize(("late", "interest"), [(40, 0), (43, 3)])
def test_an_inspection_later_than_the_term_leaves_nothing(late, interest):
    clock = pay(history=PaymentHistory(inspection_days_late=late))
    assert (clock.length, clock.due, clock.earliest, clock.interest_days) == (0, DAY, DAY, interest)
    assert clock.adjustments == (Adjustment(Why.LATE_INSPECTION, -40, DAY, DAY),)


def test_an_advance_knows_no_inspection():
    assert pay(ClockKind.ADVANCE, history=PaymentHistory(inspection_days_late=6)).due == day(14)
    with pytest.raises(ValueInvalid) as caught:
        pay(ClockKind.INSPECTION)
    assert caught.value.facts == {"field": "kind", "problem": "inspection"}
    with pytest.raises(ValueInvalid):
        PaymentHistory(inspection_days_late=-1)


def test_a_silent_contract():
    terms = silent_terms()
    assert [inspection_clock(k, (DAY,), terms, OFFICE).due for k in (W, SV)] == [day(10)] * 2
    assert [pay(case=k, terms=terms).due for k in (W, SV)] == [day(15)] * 2


@pytest.mark.parametrize(
    "longer",
    [
        {"inspection_works": 15},
        {"inspection_services": 11},
        {"payment_works": 41},
        {"payment_services": 31},
        {"advance": 0},
        {"interim": 0},
        {"partial": 366},
    ],
)
def test_terms_beyond_the_law(longer):
    with pytest.raises(ValueInvalid) as caught:
        Terms(**longer)
    ((field, days),) = longer.items()
    assert caught.value.facts == {"field": field, "problem": str(days)}
    assert Terms(advance=1, partial=365).advance == 1


def test_interest():
    # 10,000,000 yen, 30 days, 2.5 % a year: 20,547.9 → 20,500 (fractions under 100 yen are cut).
    assert late_interest(10_000_000, 30, 250) == 20_500
    assert late_interest(10_000_000, 365, 250) == 250_000
    assert late_interest(100_000, 14, 260) == 0  # 99.7 yen
    assert late_interest(100_000, 15, 250) == 100  # 102.7 yen
    assert late_interest(0, 0, 0) == 0
    for wrong in ((-1, 1, 1), (1, -1, 1), (1, 1, -1)):
        with pytest.raises(ValueInvalid):
            late_interest(*wrong)


def test_the_rate_of_interest_by_day():
    assert interest_rate(date(2021, 3, 31), TERMS) == 260
    assert interest_rate(date(2021, 4, 1), TERMS) == 250
    with pytest.raises(ValueInvalid) as caught:
        interest_rate(date(2020, 3, 31), TERMS)
    assert caught.value.facts == {"field": "interest_rates", "problem": "2020-03-31"}


@given(
    st.sampled_from(list(ClockKind)[1:]),
    st.sampled_from(list(CaseKind)),
    st.dates(date(2010, 1, 1), date(2090, 1, 1)),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.sampled_from(list(Fault))), max_size=4),
    st.integers(0, 60),
    st.builds(Terms, first_day_counts=st.booleans(), holiday_end=st.sampled_from(list(HolidayEnd))),
)
def test_a_clock_explains_itself(kind, case, received, gaps, late, terms):
    rejections, last = [], received
    for wait, mend, fault in gaps:
        on = last + timedelta(days=wait)
        last = on + timedelta(days=mend)
        rejections.append(Rejection(on, fault, last))
    clock = payment_clock(kind, case, received, PaymentHistory(tuple(rejections), late), terms, OFFICE)
    assert clock.due is not None
    assert clock.earliest is not None
    assert clock.earliest <= clock.due
    told = sum(a.days for a in clock.adjustments)
    # The first day's row says +1 against counting it: bare term from the first day on, and everything that was added or taken.
    full = terms.length(kind, case)
    if clock.length:
        assert clock.due == clock.starts + timedelta(days=full - 1 + told)
    if terms.holiday_end is HolidayEnd.NEXT_OPEN:
        assert OFFICE.is_open(clock.due)


def test_while_it_stands_still_a_clock_still_says_what_it_is():
    refused = PaymentHistory((Rejection(date(2026, 11, 10), Fault.SLIGHT),), inspection_days_late=2)
    clock = payment_clock(ClockKind.PAYMENT, CaseKind.WORKS, date(2026, 11, 4), refused, Terms(), OfficeCalendar())
    assert (clock.kind, clock.length, clock.due, clock.earliest) == (ClockKind.PAYMENT, 38, None, None)
    assert [a.why for a in clock.adjustments] == [Why.REJECTED_SLIGHT, Why.LATE_INSPECTION]


def test_interest_is_whole_yen_however_large():
    assert late_interest(10**15, 1, 1) == 10**15 // 3_650_000 // 100 * 100
    assert isinstance(late_interest(10**15, 1, 1), int)
    with pytest.raises(ValueInvalid) as wrong:
        late_interest(-1, 2, 3)
    assert wrong.value.facts == {"field": "amount", "problem": "-1 2 3"}


def test_days_out_of_order_are_named():
    paid = PaymentHistory(paid=date(2026, 11, 1))
    with pytest.raises(ValueInvalid) as wrong:
        payment_clock(ClockKind.PAYMENT, CaseKind.WORKS, date(2026, 11, 4), paid, Terms(), OfficeCalendar())
    assert wrong.value.facts == {"field": "paid", "problem": "2026-11-01"}
    early = PaymentHistory((Rejection(date(2026, 11, 1), Fault.SLIGHT),))
    with pytest.raises(ValueInvalid) as wrong:
        payment_clock(ClockKind.PAYMENT, CaseKind.WORKS, date(2026, 11, 4), early, Terms(), OfficeCalendar())
    assert wrong.value.facts == {"field": "rejections", "problem": "2026-11-01"}


def test_a_term_of_one_day_strictly_ends_on_its_first():
    one = Terms(payment_works=1)
    clock = payment_clock(ClockKind.PAYMENT, CaseKind.WORKS, date(2026, 11, 4), PaymentHistory(), one, OfficeCalendar())
    assert (clock.earliest, clock.due) == (date(2026, 11, 4), date(2026, 11, 5))


def test_a_silent_contract_is_as_short_for_services():
    assert silent_terms().inspection_services == 10
