"""Moments as text: the fast way says what the slow way does."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.formats.values import moment

WHOLE = st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0))
LAST = datetime(9999, 12, 31, 23, 59, 59)
EDGES = [datetime(1, 1, 1), datetime(1969, 12, 31, 23, 59, 59), datetime(1970, 1, 1), LAST]


def said(values, zone="UTC"):
    return moment(pl.Series(values, dtype=pl.Datetime("us", "UTC")), zone).to_list()


@given(st.lists(st.none() | WHOLE, max_size=5))
def test_whole_seconds_are_written_as_python_writes_them(values):
    assert said(values) == [value and value.isoformat() for value in values]


@given(WHOLE, st.lists(st.integers(0, 40_000 * 86_400), max_size=5))
def test_so_are_those_of_one_lifetime(start, seconds):
    last = datetime(9999, 12, 31, tzinfo=UTC)
    values = [min(start, last - timedelta(days=40_000)) + timedelta(seconds=more) for more in (0, *seconds)]
    assert said(values) == [value.isoformat() for value in values]


@pytest.mark.parametrize("edge", EDGES)
def test_so_are_the_ends_of_the_calendar_and_of_the_epoch(edge):
    assert said([edge.replace(tzinfo=UTC), None]) == [f"{edge.isoformat()}+00:00", None]


def test_one_fraction_is_written_and_the_others_have_none():
    values = [datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 1, 5, 9, 0, 0, 70, tzinfo=UTC)]
    assert said(values) == ["2026-01-05T09:00:00+00:00", "2026-01-05T09:00:00.000070+00:00"]


def test_no_moments_are_no_texts():
    assert said([]) == []
    assert said([None, None]) == [None, None]
    assert said([None], "Europe/Berlin") == [None]


def test_other_zones_have_their_offset():
    assert said([datetime(2026, 7, 1, tzinfo=UTC)], "Europe/Berlin") == ["2026-07-01T02:00:00+02:00"]
