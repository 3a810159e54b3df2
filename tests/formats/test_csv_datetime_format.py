"""Dates with times in CSV by a pattern, compared with Babel, which reads the same letters."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_datetime

from dashboard.columns import Column
from dashboard.formats import FORMATS
from tests.formats.conftest import frame_of

NIGHT = datetime(2026, 1, 5, 23, 7, 3, 120_000, tzinfo=UTC)
NOON = datetime(2026, 7, 31, 12, 0, 59, 999_999, tzinfo=UTC)
OLD = datetime(1, 1, 1, 0, 0, tzinfo=UTC)
CSV = FORMATS["csv"]


def cells(file):
    return [row[0] for row in csv.reader(StringIO(file.data.decode(), newline=""))][1:]


@pytest.mark.parametrize(
    "pattern",
    [
        "yyyy-MM-dd HH:mm",
        "MM/dd/yyyy hh:mm:ss a",
        "d.M.yy H:m:s",
        "y MMM MMMM",
        "E EEE EEEE",
        "h aa",
        "HH:mm:ss.SSSSSS",
        "yyyy-MM-dd'T'HH:mm:ssXXX",
        "yyyyMMdd HHmmssXX xx xxx",
        "h 'o''clock' a",
        "'It''s May' MMM",
        "100% d",
        '"d"',
        "d | 年 M",
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Rome", "Asia/Kolkata", "America/Lima", "Europe/London"])
def test_a_pattern_means_what_unicode_says(one, pattern, zone):
    file = one("csv", "datetime", [NIGHT, None, NOON], datetime_format=pattern, timezone=zone)
    local = [at.astimezone(ZoneInfo(zone)) for at in (NIGHT, NOON)]
    first, second = (format_datetime(at, pattern, locale="en") for at in local)
    assert cells(file) == [first, "", second]


def test_offsets_of_odd_half_hours_are_right(one):
    """Babel has them wrong west of Greenwich."""
    file = one("csv", "datetime", [NIGHT], datetime_format="HH:mmXXX", timezone="America/St_Johns")
    assert cells(file) == ["19:37-03:30"]


def test_a_fraction_is_cut_and_not_rounded(one):
    assert cells(one("csv", "datetime", [NOON], datetime_format="ss.SSS")) == ["59.999"]


def test_names_are_in_the_language_of_the_export_and_words_are_left_alone(one):
    file = one("csv", "datetime", [NIGHT], datetime_format="EEEE d MMMM 'January'", language="fr")
    assert cells(file) == ["lundi 5 janvier January"]
    file = one("csv", "datetime", [NIGHT], datetime_format="EEE, d. MMM", language="de", values="local")
    assert cells(file) == ["Mo., 5. Jan."]


def test_the_ends_of_the_calendar_are_written(one):
    last = datetime(9999, 12, 31, 23, 30, tzinfo=UTC)
    file = one("csv", "datetime", [OLD, last], datetime_format="yyyy-MM-dd HH:mm", timezone="Asia/Tokyo")
    assert cells(file) == ["0001-01-01 09:18", "9999-12-31 23:30"]


def test_dates_without_a_time_stay_as_they_are(one):
    assert cells(one("csv", "date", [NIGHT.date()], datetime_format="dd/MM/yyyy")) == ["2026-01-05"]


def test_a_pattern_is_quoted_and_bare_iso_is_not(one):
    file = one("csv", "datetime", [NIGHT], datetime_format='MMM d, yyyy "HH"')
    assert file.data.decode().split("\r\n")[1] == '"Jan 5, 2026 ""23""",0'
    assert one("csv", "datetime", [NIGHT]).data.decode().split("\r\n")[1] == "2026-01-05T23:07:03.120+00:00,0"


def test_values_that_are_no_dates_are_still_told(one):
    file = one("csv", "datetime", [None], datetime_format="yyyy", odd_texts=["=1+1"])
    assert cells(file) == ["'=1+1"]
    assert file.warnings == {"odd_values": 1, "guarded_cells": 1}


@pytest.mark.parametrize(("nested", "expected"), [("merge", ["5/1, 31/7"]), ("flatten", ["5/1", "31/7"])])
def test_related_rows_follow_the_pattern(render, nested, expected):
    visits = Column("visits", "rows", "Visits", columns=(Column("at", "datetime", "At"),))
    frame = frame_of((visits,), [([{"at": NIGHT}, {"at": NOON}],)])
    file = render("csv", (visits,), frame, datetime_format="d/M", nested=nested, widths={"visits": 2})
    assert list(csv.reader(StringIO(file.data.decode(), newline="")))[1] == expected


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("YYYY-MM-DD", "“YYYY” has no meaning in a date pattern; there are y, yy, yyyy,"),
        ("yyyy-MM-dd hh:mm P", "“P” has no meaning"),
        ("dd.MM.yyyyy", "“yyyyy” has no meaning"),
        ("d 'of MMMM", "between two apostrophes, and one is missing"),
        ("--", "names parts of a date or time"),
        ("'May'", "names parts of a date or time"),
        ("", "has 1 to 100 characters"),
        ("d" * 101, "has 1 to 100 characters"),
        ("d\nM", "without line breaks"),
        ("d\ud800", "has 1 to 100 characters"),
        ("=d", "Spreadsheets would take dates in this pattern for formulas."),
        ("xxx HH:mm", "Spreadsheets would take"),
        ("d;'@SUM(1)'", "Spreadsheets would take"),
    ],
)
def test_what_is_no_pattern_is_refused_with_a_sentence(pattern, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        CSV.settle({"datetime_format": pattern})


def test_a_pattern_with_signs_within_is_no_formula():
    for pattern in ("yyyy-MM-dd", "dd - MM", "HH:mm +d", "d, M", "yyyy-MM-dd HH:mm:ss xx"):
        assert CSV.settle({"datetime_format": pattern})["datetime_format"] == pattern


def test_suggestions_show_what_they_make():
    """The label of each suggestion is that moment in its pattern."""
    option = next(one for one in CSV.options if one.key == "datetime_format")
    at = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    for pattern, label in list(option.choices.items())[1:]:
        assert format_datetime(at, pattern, locale="en") == label
