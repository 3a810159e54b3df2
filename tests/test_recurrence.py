"""Rules of RFC 5545, beside what dateutil makes of them when nothing is in its way."""

import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dashboard.recurrence import parse

START = datetime(2026, 11, 21, 14, 30, 45, tzinfo=UTC)  # a Saturday


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("instruction", "first", "second"),
    [
        ("FREQ=DAILY", "2026-11-21T14:30:45", "2026-11-22T14:30:45"),
        ("RRULE:FREQ=DAILY", "2026-11-21T14:30:45", "2026-11-22T14:30:45"),
        ("rrule:freq=daily;interval=3;", "2026-11-21T14:30:45", "2026-11-24T14:30:45"),
        (
            "FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=6;BYMINUTE=0;BYSECOND=0",
            "2026-11-23T06:00:00",
            "2026-11-26T06:00:00",
        ),
        ("FREQ=MONTHLY;BYDAY=-1FR", "2026-11-27T14:30:45", "2026-12-25T14:30:45"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "2026-12-31T14:30:45", "2027-01-31T14:30:45"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-11-30T14:30:45", "2026-12-31T14:30:45"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2028-02-29T14:30:45", "2032-02-29T14:30:45"),
        ("FREQ=HOURLY;INTERVAL=6", "2026-11-21T14:30:45", "2026-11-21T20:30:45"),
        ("FREQ=MINUTELY;INTERVAL=15", "2026-11-21T14:30:45", "2026-11-21T14:45:45"),
    ],
)
def test_a_rule_comes_when_it_says(instruction, first, second):
    rule = parse(instruction, START)
    assert (rule.first(), rule.next_after(rule.first())) == (at(first), at(second))
    assert rule.next_after(START - timedelta(days=400)) == at(first), "not before its start"


def test_after_a_pause_the_next_one_is_the_next_one():
    rule = parse("FREQ=DAILY;INTERVAL=2", START)
    assert rule.next_after(at("2036-01-01T00:00:00")) == at("2036-01-01T14:30:45")
    assert rule.next_after(at("2036-01-01T14:30:45")) == at("2036-01-03T14:30:45"), "after, not at"


@pytest.mark.parametrize(
    ("end", "last"),
    [
        ("COUNT=3", "2026-11-23T14:30:45"),
        ("UNTIL=20261123T143045Z", "2026-11-23T14:30:45"),
        ("UNTIL=20261123T143044Z", "2026-11-22T14:30:45"),
        ("UNTIL=20261123T143045", "2026-11-23T14:30:45"),
        ("UNTIL=20261123", "2026-11-23T14:30:45"),
    ],
)
def test_a_series_ends(end, last):
    rule = parse(f"FREQ=DAILY;{end}", START)
    assert list(rule.occurrences())[-1] == at(last)
    assert rule.next_after(at(last)) is None
    assert rule.next_after(at(last) - timedelta(seconds=1)) == at(last)


def test_hours_are_those_of_the_starts_zone_and_answers_in_utc():
    rule = parse(
        "FREQ=DAILY;BYHOUR=6;BYMINUTE=0;BYSECOND=0", datetime.fromisoformat("2026-11-21T12:00:00+02:00")
    )
    assert (rule.first(), rule.first().tzinfo) == (at("2026-11-22T04:00:00"), UTC)
    in_berlin = parse("FREQ=DAILY", datetime(2026, 3, 28, 2, 30, tzinfo=ZoneInfo("Europe/Berlin")))
    # 02:30 is not there on the 29th: it moves forward to 03:30 there.
    assert list(islice(in_berlin.occurrences(), 3)) == [
        at("2026-03-28T01:30:00"), at("2026-03-29T01:30:00"), at("2026-03-30T00:30:00"),
    ]  # fmt: skip


def test_a_start_without_a_zone_is_in_utc_and_has_no_fraction_of_a_second():
    assert parse("FREQ=DAILY", START.replace(tzinfo=None, microsecond=999)).first() == START


@pytest.mark.parametrize(
    ("instruction", "sentence"),
    [
        ("", "is not a part of a rule"),
        ("every day", "is not a part of a rule"),
        ("INTERVAL=2", "A rule needs FREQ"),
        ("FREQ=DAILY;FREQ=WEEKLY", "FREQ is named twice"),
        ("FREQ=FORTNIGHTLY", "cannot be read"),
        ("FREQ=DAILY;INTERVAL=0", "cannot be read"),
        ("FREQ=DAILY;INTERVAL=-1", "cannot be read"),
        ("FREQ=DAILY;COUNT=0", "cannot be read"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "not with both"),
        ("FREQ=DAILY;COUNT=10001", "10,000 at most"),
        ("FREQ=DAILY;UNTIL=20261399", "cannot be read"),
        ("FREQ=DAILY;UNTIL=tomorrow", "cannot be read"),
        ("FREQ=DAILY;BYHOUR=25", "an hour that there is not"),
        ("FREQ=WEEKLY;BYDAY=XX", "cannot be read"),
        ("FREQ=WEEKLY;BYDAY=", "cannot be read"),
        ("FREQ=YEARLY;BYEASTER=0", "is not a part of a rule"),
        ("FREQ=DAILY;DTSTART=20260101", "is not a part of a rule"),
        ("FREQ=DAILY\nEXDATE:20261122T143045", "cannot be read"),
        ("FREQ=DAILY;BYHOUR=" + ",".join(["1"] * 400), "more than 500 characters"),
        ("FREQ=SECONDLY", "more often than every 15 minutes"),
        ("FREQ=MINUTELY", "more often than every 15 minutes"),
        ("FREQ=MINUTELY;INTERVAL=14", "more often than every 15 minutes"),
        ("FREQ=HOURLY;BYMINUTE=0,14", "more often than every 15 minutes"),
        ("FREQ=DAILY;BYSECOND=0,1", "more often than every 15 minutes"),
        ("FREQ=MONTHLY;BYMONTHDAY=28;BYHOUR=0,23;BYMINUTE=0,59", None),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never comes"),
        ("FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29", "never comes"),
        ("FREQ=DAILY;UNTIL=20200101", "never comes"),
        ("FREQ=HOURLY;INTERVAL=24;BYHOUR=3", "never comes"),
    ],
)
def test_what_is_wrong_or_too_often_is_refused_with_a_sentence(instruction, sentence):
    if sentence is None:
        parse(instruction, START)
        return
    with pytest.raises(ValueError, match=sentence) as refused:
        parse(instruction, START)
    assert str(refused.value).endswith(".")
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("year", [1, 1999, 2200, 9999])
def test_a_start_far_from_today_is_refused(year):
    with pytest.raises(ValueError, match="in the years 2000 to 2199"):
        parse("FREQ=DAILY", START.replace(year=year))


@pytest.mark.parametrize(
    "instruction",
    [
        "FREQ=MINUTELY;INTERVAL=15;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MINUTELY;INTERVAL=15;BYMONTH=2;BYMONTHDAY=29;BYHOUR=3;BYMINUTE=0",
        "FREQ=MINUTELY;INTERVAL=15;BYWEEKNO=53;BYDAY=MO;BYMONTH=6",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYYEARDAY=366;BYMONTH=1",
        "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60))),
    ],
)
def test_no_rule_takes_long(instruction):
    """Asked plainly, dateutil looks for the first of these for many minutes."""
    begun = time.process_time()
    try:
        parse(instruction, START)
    except ValueError as error:
        assert str(error).startswith("This rule")  # noqa: PT017
    assert time.process_time() - begun < 5


NUMBERS = {
    "BYMONTH": st.integers(1, 12),
    "BYMONTHDAY": st.integers(-31, 31).filter(bool),
    "BYHOUR": st.integers(0, 23),
    "BYDAY": st.sampled_from(["MO", "TU", "WE", "SU"]),
}


@st.composite
def instructions(draw):
    parts = [f"FREQ={draw(st.sampled_from(['HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY']))}"]
    if draw(st.booleans()):
        parts.append(f"INTERVAL={draw(st.integers(1, 40))}")
    for name in draw(st.sets(st.sampled_from(sorted(NUMBERS)), max_size=2)):
        values = draw(st.lists(NUMBERS[name], min_size=1, max_size=3, unique=True))
        parts.append(f"{name}={','.join(map(str, values))}")
    return ";".join(parts)


@settings(deadline=None, max_examples=60)
@given(instructions(), st.datetimes(datetime(2026, 1, 1), datetime(2040, 1, 1)))
def test_every_next_one_is_that_of_dateutil(instruction, moment):
    try:
        rule = parse(instruction, START)
    except ValueError:
        assume(False)
    plain = rrulestr(instruction, dtstart=START.replace(tzinfo=None))
    horizon = datetime(2300, 1, 1)
    wanted = next((found for found in plain if found > moment or found > horizon), None)
    found = rule.next_after(moment.replace(tzinfo=UTC))
    assert (found and found.replace(tzinfo=None)) == wanted
