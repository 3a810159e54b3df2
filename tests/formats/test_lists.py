"""The lists beside the data: what is in a line, and that nothing in them can be computed."""

import csv
import json
from io import StringIO

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from dashboard.columns import Column, key
from dashboard.formats import lists

NOTE = Column("customer.note", "text", "Note")


def texts(*values):
    return pl.Series(list(values), dtype=pl.String)


def rows_of(lines):
    return list(csv.reader(StringIO(lines.data.decode(), newline=""), strict=True))


def test_a_changed_value_has_its_key_column_rule_and_both_texts():
    lines = lists.sanitized(texts("7"), NOTE, texts("head"), texts('=1\n"x"'), texts('\'=1\n"x"'))
    assert lists.header("sanitized") == b'"key","column","rule","before","after"\r\n'
    said = '"7","customer.note","head","""=1\\n\\""x\\""""","""\'=1\\n\\""x\\"""""\r\n'
    assert lines.data.decode() == said
    assert lines.rows == 1


def test_an_error_has_its_key_column_reason_and_value():
    lines = lists.errors(texts("7", "8"), NOTE, 'Too "long"', texts("é=1", None))
    assert lists.header("errors") == b'"key","column","reason","value"\r\n'
    assert rows_of(lines) == [
        ["7", "customer.note", 'Too "long"', '"é=1"'],
        ["8", "customer.note", 'Too "long"', "null"],
    ]
    assert lines.rows == 2


def test_the_key_of_a_row_is_all_its_parts():
    frame = pl.DataFrame({key(1): ["a", "b"], "id": [5, 6], key(0): [1, 2]})
    assert lists.keys(frame).to_list() == ["1, a", "2, b"]
    assert lists.keys(frame, pl.Series([1, 0, 1])).to_list() == ["2, b", "1, a", "2, b"]
    assert lists.keys(pl.DataFrame({"id": [5, 6]})).to_list() == ["", ""]
    assert lists.keys(pl.DataFrame({"id": [5, 6]}), pl.Series([1])).to_list() == [""]


def test_keys_and_columns_that_look_like_formulas_are_guarded():
    (row,) = rows_of(lists.errors(texts("=1"), Column("=a;=b", "text", ""), "No", texts("x")))
    assert row == ["'=1", "'=a;'=b", "No", '"x"']


def test_no_lines_are_no_bytes():
    assert lists.errors(texts(), NOTE, "No", texts()) == lists.joined([]) == lists.Lines(b"", 0)


def test_lists_of_several_columns_follow_each_other():
    one = lists.errors(texts("1"), NOTE, "No", texts("x"))
    both = lists.joined([one, lists.joined([]), one])
    assert (both.data, both.rows) == (one.data * 2, 2)


def test_separators_before_a_formula_are_written_as_escapes_and_others_are_not():
    values = ("a;=1", "a; b", "a|@x", "a  -1", "- a", 'a;"=1', ",=1", "a;\u200b\uff1d")
    lines = lists.errors(texts(*"12345678"), NOTE, "No", texts(*values))
    assert [row[3] for row in rows_of(lines)] == [
        r'"a\u003b=1"',
        '"a; b"',
        r'"a\u007c@x"',
        r'"a \u0020-1"',
        '"- a"',
        r'"a;\"=1"',
        '",=1"',
        '"a\\u003b\u200b\uff1d"',
    ]


@given(
    st.lists(
        st.text(
            st.sampled_from('=-+@;|,\t\r\n"\\ x1\0\x1f\u200b\uff1d')
            | st.characters(exclude_categories=["Cs"])
        )
    )
)
def test_any_values_are_read_back_and_stand_on_one_line_each(values):
    numbers = texts(*map(str, range(len(values))))
    lines = lists.errors(numbers, NOTE, "No", texts(*values))
    assert [json.loads(row[3]) for row in rows_of(lines)] == values
    assert lines.data.count(b"\r\n") == lines.data.count(b"\n") == lines.data.count(b"\r") == len(values)
    for mark in (";", "|", " ", "\t"):
        for field in lines.data.decode().replace("\r\n", mark).split(mark):
            assert not field.lstrip("\u200b\x1f").startswith(("=", "+", "-", "@", "\uff1d")), field
