"""The formula guard: every line of the rule's table, and the expression against the rule spelled out."""

from __future__ import annotations

import re
import unicodedata

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.guard import TRIGGERS, guard, head, rule, suspects, well_formed

SKIPPED = {"Zs", "Zl", "Zp", "Cc", "Cf"}
EQUALS = "=\uff1d\ufe66"
PLAIN = re.compile(r"[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]+)?|\+[0-9]( ?[0-9]){5,18}")

STARTS = [
    *("=1+1", "@SUM(1)", "-2+3", "+1-1", "-", "=", "+", "@"),
    *("+1-800-555", "-1,234.56", "-5%", "- 5", " -5", "+12", "-5 "),
    *("\u00a0=1", "\u200b=1", "\ufeff=1", "\u2028=1", "\u00ad=1", "\x01=1", "\x85=1", "   @x"),
    *(f"{trigger}x" for trigger in TRIGGERS),
    *("\tx", "\rx", "\nx", "\t", "\n"),
]
STARTS.remove("+12")
UNTOUCHED = [
    *("-5", "+5", "-1250.50", "-1e-7", "-.5", "+12", "+1E+5", "-0"),
    *("+491701234567", "+49 170 1234567", "+1 234 567"),
    *("'=1", "a@b.c", "(=1)", "%x", "#N/A", "a,=1", "", "plain", "\u00e9", "a=b", '"=1"'),
    *("a = b", 'say "=1"', "Hi @ann (now)!", "x -1(2)", "x +1!", "a \t b", "x ,=1"),
    *("text\n- item", "text\n-5", "text;-5", "1;2|3", "a; b, c"),
]
INSIDE = [
    ("\t=1", "'\t'=1"),
    ("\r=1", "'\r'=1"),
    ("\n=1", "'\n'=1"),
    ("\r\n=1", "'\r\n'=1"),
    ("\0=1", "\ufffd=1"),
    ("a;=1+1", "a;'=1+1"),
    ("a|=1", "a|'=1"),
    ("a\t=1", "a\t'=1"),
    ("a;;=1", "a;;'=1"),
    ("a; =1", "a; '=1"),
    ('a;"=1', "a;\"'=1"),
    ('a; "\u200b"=1', 'a; "\u200b"\'=1'),
    ("a;\uff1d1", "a;'\uff1d1"),
    ("safe\n=1", "safe\n'=1"),
    ("safe\r\n=1\r\n=2", "safe\r\n'=1\r\n'=2"),
    ("a;+cmd|x", "a;'+cmd|x"),
    ("a;@SUM(1)", "a;'@SUM(1)"),
    ("a;-Sheet!A1", "a;'-Sheet!A1"),
    ("a;-1;+2;@f(x)", "a;'-1;'+2;'@f(x)"),
    ("a;-1(;-2", "a;'-1(;-2"),
    ("a;-1\nb(", "a;-1\nb("),
    ("a\n-1(\n-2\n+3|", "a\n'-1(\n-2\n'+3|"),
    ("a|-5", "a|-5"),
    ("=a;=b", "'=a;'=b"),
    ("x =1+1 y", "x '=1+1 y"),
    ("x  =1", "x  '=1"),
    ("x =1 =2", "x '=1 '=2"),
    ("x ==1", "x '==1"),
    ("x =", "x '="),
    ("x \u200b=1", "x \u200b'=1"),
    ("x \uff1d1", "x '\uff1d1"),
    ("x; =1", "x; '=1"),
]


def guarded(text, separator=","):
    return pl.select(guard(pl.lit(pl.Series([text], dtype=pl.String)), separator)).item()


def guarded_by_the_book(text, separator):
    """Section 11 character by character."""
    text = text.replace("\0", "\ufffd")
    foreign = set("\r\n,;|\t") - {separator}
    marks = {place for start, place in _field_starts(text, foreign) if _is_live(text, place)}
    marks |= set(_after_blanks(text, foreign))
    inside = "".join("'" + c if i in marks else c for i, c in enumerate(text))
    return "'" + inside if _head_by_the_book(text) else inside


def _field_starts(text, foreign):
    for start, character in enumerate(text):
        if character not in foreign:
            continue
        place = start + 1
        while place < len(text) and text[place] not in foreign and _is_skipped(text[place], '"'):
            place += 1
        if place < len(text) and text[place] in TRIGGERS:
            yield start, place


def _after_blanks(text, foreign):
    for start, character in enumerate(text):
        if character != " ":
            continue
        place = start + 1
        while place < len(text) and text[place] not in {*foreign, " "} and _is_skipped(text[place]):
            place += 1
        if place < len(text) and text[place] in EQUALS and text[place + 1 : place + 2] != " ":
            yield place


def _is_skipped(character, more=""):
    return unicodedata.category(character) in SKIPPED or character in tuple(more)


def _is_live(text, place):
    rest = re.split("[\r\n]", text[place + 1 :])[0]
    return text[place] in EQUALS or any(c in rest for c in "(|!")


def _head_by_the_book(text):
    if not text or PLAIN.fullmatch(text):
        return False
    first = next((c for c in text if not _is_skipped(c)), "x")
    return text[0] in "\t\r\n" or first in TRIGGERS


@pytest.mark.parametrize("text", STARTS)
def test_a_value_that_starts_like_a_formula_gets_an_apostrophe(text):
    assert guarded(text).startswith("'" + text[0])


@pytest.mark.parametrize("text", UNTOUCHED)
def test_numbers_phones_and_plain_text_stay_as_they_are(text):
    assert guarded(text) == text


@pytest.mark.parametrize(("text", "expected"), INSIDE)
def test_a_formula_after_a_line_end_or_foreign_separator_is_guarded(text, expected):
    assert guarded(text) == expected


def test_the_files_own_separator_is_not_foreign():
    assert guarded("a;=1+1", ";") == "a;=1+1"
    assert guarded("a,=1+1", ";") == "a,'=1+1"
    assert guarded("a\t=1", "\t") == "a\t=1"


def test_a_blank_is_a_separator_in_a_file_of_any_other():
    assert [guarded("a =1", mark) for mark in ",;\t|"] == ["a '=1"] * 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1", "head"),
        ("\t1", "head"),
        ("a;=1", "inside"),
        ("a =1", "inside"),
        ("=1;=1", "both"),
        ("\n=1", "both"),
    ],
)
def test_the_rule_that_a_value_fell_under_has_a_name(text, expected):
    assert guarded(text) != text
    assert pl.select(rule(pl.lit(text), guard(pl.lit(text), ","))).item() == expected


def test_null_stays_null():
    assert guarded(None) is None


def test_head_answers_for_the_whole_value_alone():
    texts = pl.Series(["=1", "-5", "a;=1", "\tx", ""])
    assert pl.select(head(pl.lit(texts))).to_series().to_list() == [True, False, False, True, False]


def test_lone_surrogates_of_python_text_are_replaced():
    assert well_formed("a\ud800b\udfffc\U0001f600") == "a\ufffdb\ufffdc\U0001f600"


hostile = st.text(
    st.sampled_from(TRIGGERS + "\r\n\t,;|\"'(!05e. a\0\u00a0\u200b\ufeff\u2028\x1f\ufffd\u00e9")
    | st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs", "Cn"]),
    max_size=20,
)


@given(text=hostile, separator=st.sampled_from(",;\t|"))
@example(text="\n \n=1", separator=",")
@example(text='x;" =1', separator=",")
def test_the_expression_does_what_the_rule_says(text, separator):
    once = guarded(text, separator)
    assert once == guarded_by_the_book(text, separator)
    assert guarded(once, separator) == once
    if once != text:
        assert pl.select(suspects(pl.lit(text), separator)).item()


def test_long_hostile_values_take_no_longer_than_their_length_deserves():
    text = ";-" * 500_000 + "("
    assert guarded(text).count("'") == 500_000
