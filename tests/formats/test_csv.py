"""CSV as its own reader sees it, and to the byte where readers differ."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from io import StringIO

import pytest

from dashboard.columns import Column


def fields(file):
    """The raw text of the first column, below the heading."""
    lines = file.data.decode().split("\r\n")
    return [line.rpartition(",")[0] for line in lines[1:-1]]


def parsed(file):
    return [row[0] for row in csv.reader(StringIO(file.data.decode(), newline=""))][1:]


FIDELITY = [
    ("text", None, ""),
    ("text", "", '""'),
    ("text", "007", '"007"'),
    ("text", "1E5", '"1E5"'),
    ("text", "MARCH1", '"MARCH1"'),
    ("text", "12345678901234567890", '"12345678901234567890"'),
    ("text", 'a "b" c', '"a ""b"" c"'),
    ("text", "a,b", '"a,b"'),
    ("text", "NUL \0", '"NUL \ufffd"'),
    ("text", "\x01\x1f\x7f\ufffe\uffff", '"\x01\x1f\x7f\ufffe\uffff"'),
    ("text", "é ü 漢 😀", '"é ü 漢 😀"'),
    ("boolean", True, "true"),
    ("boolean", False, "false"),
    ("integer", -(2**63), "-9223372036854775808"),
    ("integer", 2**63 - 1, "9223372036854775807"),
    ("decimal", "12.50", "12.50"),
    ("decimal", "-0.003", "-0.003"),
    ("decimal", "12345678901234567890.1234567890", "12345678901234567890.1234567890"),
    ("float", 0.1, "0.1"),
    ("float", float("nan"), "NaN"),
    ("float", float("inf"), "Infinity"),
    ("float", float("-inf"), "-Infinity"),
    ("date", date(2026, 1, 5), "2026-01-05"),
    ("date", date(1, 1, 1), "0001-01-01"),
    ("datetime", datetime(2026, 1, 5, 9, tzinfo=UTC), "2026-01-05T09:00:00+00:00"),
    ("datetime", datetime(2026, 1, 5, 9, 0, 0, 1, tzinfo=UTC), "2026-01-05T09:00:00.000001+00:00"),
    ("time", "13:05:00", '"13:05:00"'),
    ("interval", "-P1DT2H", '"-P1DT2H"'),
    ("uuid", "2f1b0c3e-8f5a-4c55-9d0e-0d8f6f9f4c11", '"2f1b0c3e-8f5a-4c55-9d0e-0d8f6f9f4c11"'),
    ("binary", b"\xfb\xff\x00", '"+/8A"'),
    ("json", '{"a":[1,null]}', '"{""a"":[1,null]}"'),
]


@pytest.mark.parametrize(("type", "value", "expected"), FIDELITY)
def test_each_value_reads_as_the_fidelity_table_says(one, type, value, expected):
    assert fields(one("csv", type, [value])) == [expected]


@pytest.mark.parametrize("type", sorted({type for type, _, _ in FIDELITY}))
def test_null_is_empty_and_bare_in_every_type(one, type):
    assert fields(one("csv", type, [None, None])) == ["", ""]


def test_line_ends_inside_text_are_kept(one):
    assert parsed(one("csv", "text", ["a\r\nb\rc\nd"])) == ["a\r\nb\rc\nd"]


def test_the_file_is_utf8_without_a_mark_and_ends_lines_with_crlf(one):
    data = one("csv", "text", ["é", "z"]).data
    assert data == '"Value","Last"\r\n"é",0\r\n"z",1\r\n'.encode()


def test_moments_are_written_in_the_zone_of_the_export(one):
    summer = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert fields(one("csv", "datetime", [summer], timezone="Europe/Berlin")) == ["2026-07-02T00:30:00+02:00"]


def test_a_moment_whose_local_offset_has_seconds_is_written_in_utc(one):
    old = datetime(1800, 1, 1, tzinfo=UTC)
    new = datetime(2026, 1, 1, tzinfo=UTC)
    found = fields(one("csv", "datetime", [old, new], timezone="Europe/Berlin"))
    assert found == ["1800-01-01T00:00:00+00:00", "2026-01-01T01:00:00+01:00"]


def test_a_moment_in_the_year_10000_of_its_zone_is_written_in_utc(one):
    last = datetime(9999, 12, 31, 23, 30, tzinfo=UTC)
    assert fields(one("csv", "datetime", [last], timezone="Europe/Berlin")) == ["9999-12-31T23:30:00+00:00"]


def test_formulas_get_an_apostrophe_and_are_counted(one):
    file = one("csv", "text", ["=1+1", "plain", "-5", None, "a;=1", 'say "=1"', "\0"])
    assert parsed(file) == ["'=1+1", "plain", "-5", "", "a;'=1", 'say "=1"', "\ufffd"]
    assert file.warnings == {"guarded_cells": 2, "replaced_characters": 1}


def test_with_the_guard_off_formulas_stay_and_nul_is_replaced_all_the_same(one):
    file = one("csv", "text", ["=1+1", "=\0\0"], guard="off")
    assert parsed(file) == ["=1+1", "=\ufffd\ufffd"]
    assert file.warnings == {"replaced_characters": 2}


def test_an_unknown_guard_is_refused(one):
    with pytest.raises(ValueError, match="guard is one of inline, off, not none"):
        one("csv", "text", [], guard="none")


def test_json_text_is_guarded_and_still_parses(one):
    file = one("csv", "json", ['{"a":"x;=1"}', "-5"])
    assert parsed(file) == ['{"a":"x;\'=1"}', "-5"]


def test_typed_values_that_start_with_a_sign_are_not_guarded(one):
    assert one("csv", "interval", ["-P1D"]).warnings == {}
    assert one("csv", "binary", [b"\xfb\xff\x00"]).warnings == {}
    assert one("csv", "decimal", ["-1.5"]).warnings == {}


def test_an_interval_that_is_none_is_guarded(one):
    assert parsed(one("csv", "interval", ["=1+1"])) == ["'=1+1"]


def test_values_that_do_not_fit_their_type_stand_as_guarded_text(one):
    file = one("csv", "integer", [1, None, None], odd_texts=[None, '=a"b', None])
    assert fields(file) == ["1", '"\'=a""b"', ""]
    assert file.warnings == {"odd_values": 1, "guarded_cells": 1}


def test_a_decimal_that_is_not_digits_is_quoted_and_counted(one):
    file = one("csv", "decimal", ["1.5", "1,5", None, "=1"], odd_texts=[None, None, "many", None])
    assert fields(file) == ["1.5", '"1,5"', '"many"', '"\'=1"']
    assert file.warnings == {"odd_values": 3, "guarded_cells": 1}


def test_headings_are_quoted_and_guarded(render, frame_of):
    columns = (Column("a", "text", "=Sum"), Column("b", "text", 'the "b", \ud800\0'))
    header = '"\'=Sum","the ""b"", \ufffd\ufffd"\r\n'
    assert render("csv", columns, frame_of(columns, [])).data.decode() == header
    assert render("csv", columns, guard="off").data.decode() == header.replace("'", "")


@pytest.mark.parametrize("type", ["text", "integer", "datetime"])
def test_a_file_of_one_column_has_no_empty_lines(render, columns_of, frame_of, type):
    columns = columns_of(only=type)
    file = render("csv", columns, frame_of(columns, [(None,), (None,)]))
    assert file.data == b'"Only"\r\n""\r\n""\r\n'
