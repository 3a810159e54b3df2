"""Presets of the new-export form: the days they mean, and those days as criteria."""

from datetime import UTC, date, datetime

import pytest

from dashboard import criteria, dateranges
from dashboard.criteria import All, Comparison

SATURDAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        ("all", None, None),
        ("today", "2026-11-21", "2026-11-21"),
        ("yesterday", "2026-11-20", "2026-11-20"),
        ("last_7_days", "2026-11-15", "2026-11-21"),
        ("last_30_days", "2026-10-23", "2026-11-21"),
        ("last_90_days", "2026-08-24", "2026-11-21"),
        ("this_week", "2026-11-16", "2026-11-22"),
        ("last_week", "2026-11-09", "2026-11-15"),
        ("this_month", "2026-11-01", "2026-11-30"),
        ("last_month", "2026-10-01", "2026-10-31"),
        ("this_quarter", "2026-10-01", "2026-12-31"),
        ("last_quarter", "2026-07-01", "2026-09-30"),
        ("this_year", "2026-01-01", "2026-12-31"),
        ("last_year", "2025-01-01", "2025-12-31"),
    ],
)
def test_a_preset_means_whole_days(preset, first, last):
    found = dateranges.resolve(preset, SATURDAY)
    assert tuple(day and day.isoformat() for day in found) == (first, last)


@pytest.mark.parametrize(
    ("preset", "today", "first", "last"),
    [
        ("last_month", "2026-01-31", "2025-12-01", "2025-12-31"),
        ("last_month", "2024-03-31", "2024-02-01", "2024-02-29"),
        ("last_quarter", "2026-01-01", "2025-10-01", "2025-12-31"),
        ("this_week", "2026-01-01", "2025-12-29", "2026-01-04"),
        ("last_week", "2026-01-05", "2025-12-29", "2026-01-04"),
        ("this_month", "2024-02-10", "2024-02-01", "2024-02-29"),
    ],
)
def test_periods_cross_years_and_leap_days(preset, today, first, last):
    found = dateranges.resolve(preset, date.fromisoformat(today))
    assert found == (date.fromisoformat(first), date.fromisoformat(last))


def test_custom_takes_the_days_as_given():
    assert dateranges.resolve("custom", SATURDAY, date(2026, 1, 1), None) == (date(2026, 1, 1), None)


def test_a_range_that_ends_before_it_begins_is_refused():
    with pytest.raises(criteria.Invalid, match="not before the start"):
        dateranges.resolve("custom", SATURDAY, date(2026, 2, 1), date(2026, 1, 1))


def test_an_unknown_preset_is_refused():
    with pytest.raises(criteria.Invalid, match="from the list"):
        dateranges.resolve("last_century", SATURDAY)


def test_days_of_a_datetime_begin_and_end_at_midnight_there():
    found = dateranges.to_criteria(
        "placed_at", "datetime", date(2026, 10, 1), date(2026, 10, 31), "Europe/Berlin"
    )
    assert found == All(
        (
            Comparison("placed_at", "gte", datetime(2026, 9, 30, 22, tzinfo=UTC)),
            # Summer time ended on 25 October.
            Comparison("placed_at", "lt", datetime(2026, 10, 31, 23, tzinfo=UTC)),
        )
    )


def test_days_of_a_date_need_no_zone():
    found = dateranges.to_criteria("born", "date", date(2026, 10, 1), date(2026, 10, 31), "Asia/Tokyo")
    assert found == All(
        (Comparison("born", "gte", date(2026, 10, 1)), Comparison("born", "lte", date(2026, 10, 31)))
    )


def test_an_open_end_gives_one_condition_and_two_give_none():
    assert dateranges.to_criteria("at", "datetime", date(2026, 1, 1), None, "UTC") == Comparison(
        "at", "gte", datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert dateranges.to_criteria("at", "datetime", None, None, "UTC") is None


def test_a_midnight_that_clocks_skip_is_the_moment_they_do():
    # In Cairo 24 April 2026 begins at 01:00.
    found = dateranges.to_criteria("at", "datetime", date(2026, 4, 24), None, "Africa/Cairo")
    assert found == Comparison("at", "gte", datetime(2026, 4, 23, 22, tzinfo=UTC))


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_the_ends_of_the_calendar_do_no_harm(zone):
    dateranges.to_criteria("at", "datetime", date.min, date.max, zone)


def test_a_range_is_said_in_words():
    words = dateranges.in_words(date(2026, 10, 1), date(2026, 10, 31), "Europe/Berlin")
    assert words == "1 Oct 2026, 00:00 to 31 Oct 2026, 23:59 (Europe/Berlin)"
    assert dateranges.in_words(date(2026, 10, 1), None, "UTC") == "From 1 Oct 2026, 00:00 (UTC)"
    assert dateranges.in_words(None, date(2026, 10, 31), "UTC") == "Until 31 Oct 2026, 23:59 (UTC)"
    assert dateranges.in_words(None, None, "UTC") == "All time"
