"""Values that databases hold in spite of everybody, the whole way: each whole, or changed and counted."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.files.expected import Json, Odd, in_cell
from tests.files.stored import make_table
from tests.test_guard import INSIDE, STARTS, UNTOUCHED, guarded_by_the_book

CONTROLS = [f"a{chr(code)}b" for code in (*range(32), 0x7F, 0x85, 0x2028, 0xFFFE, 0xFFFF, 0xFEFF, 0x202E)]
TEXTS = [
    *(*STARTS, *UNTOUCHED, *(text for text, _ in INSIDE), *CONTROLS),
    *("", None, " ", "  a  ", '"', '""', 'say "hi", twice', ",", ";", "\r\n", "a\r\nb\rc\nd", "\0", "\0=1"),
    *("007", "1E5", "MARCH1", "TRUE", "12345678901234567890", "NULL", "null", "#N/A", "_x0041_", "_x005F_"),
    *(
        "<b>&amp;</b>",
        "]]>",
        "{}",
        "[1]",
        "\\N",
        "\\",
        "%s %(a)s {0}",
        "'; DROP TABLE t; --",
        "https://a.b/?c=d",
    ),
    *("😀👩‍👩‍👧", "é é", "漢字", "مرحبا", "x" * 32_766 + "😀", "y" * 32_767, "z" * 40_000, "é" * 33_000),
]
ENDS = [2**63 - 1, -(2**63), 2**53, 2**53 + 1, -(2**53) - 1, 10**15 - 1, 10**15, -(10**15), 0, -1, None]
FLOATS = [
    0.1,
    -0.0,
    1e300,
    5e-324,
    1.7976931348623157e308,
    1 / 3,
    123456789.125,
    float("inf"),
    float("-inf"),
    None,
]
LONG_DECIMALS = [
    *(
        "12345678901234567890.123456789012345678",
        "-0.00000000000000000000000000000000001",
        "0.10",
        "1",
        "-7.5",
    ),
    *("99999999999999999999999999999999999999999999999999", "123456789012345.6", "12345678901234.5", None),
]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("hostile") / "values.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        made = {"texts": ("TEXT", TEXTS), "integers": ("INTEGER", ENDS), "floats": ("REAL", FLOATS)}
        made["decimals"] = ("DECIMAL TEXT", LONG_DECIMALS)
        made |= {f"odd {type}": (type, stored) for type, (_, stored) in STRAYS.items()}
        for table, (type, values) in made.items():
            columns = f"id INTEGER PRIMARY KEY, value {type}"
            make_table(database, table, columns, list(enumerate(values)))
        make_table(database, "broken", "id INTEGER PRIMARY KEY, value TEXT", [(1, "whole"), (2, None)])
        database.execute("UPDATE broken SET value = CAST(x'41ff4280' AS TEXT) WHERE id = 2")
    return path


@pytest.fixture
def sources(path):
    return f"sqlite:///{path}"


def test_texts_of_every_sort_come_back_and_what_changed_is_counted(reads_back):
    warnings = reads_back("texts", [[number, text] for number, text in enumerate(TEXTS)])
    texts = [text for text in TEXTS if text is not None]
    clean = [(text.replace("\0", "\ufffd"), guarded_by_the_book(text, ",")) for text in texts]
    assert warnings["csv"] == {
        "replaced_characters": sum(text.count("\0") for text in texts),
        "guarded_cells": sum(guarded != text for text, guarded in clean),
    }
    assert warnings["json"] == {}
    cells = [in_cell(text) for text in texts]
    assert warnings["xlsx"]["replaced_characters"] == sum(cell.count("\ufffd") for cell in cells)
    assert warnings["xlsx"]["cut_texts"] == sum(len(text.encode("utf-16-le")) > 2 * 32_767 for text in texts)


def test_integers_to_both_ends_of_64_bits_keep_all_digits(reads_back):
    warnings = reads_back("integers", [[number, value] for number, value in enumerate(ENDS)])
    assert warnings["xlsx"] == {"numbers_as_text": sum(abs(value or 0) >= 10**15 for value in ENDS)}
    assert warnings["csv"] == warnings["json"] == {}


def test_floats_to_both_ends_and_beyond_keep_all_digits(reads_back):
    warnings = reads_back("floats", [[number, value] for number, value in enumerate(FLOATS)])
    assert (warnings["csv"], warnings["json"]) == ({}, {"not_finite": 2})
    assert warnings["xlsx"]["numbers_as_text"] == 2


def test_decimals_of_any_length_keep_all_digits(reads_back):
    rows = [[number, value and Decimal(value)] for number, value in enumerate(LONG_DECIMALS)]
    warnings = reads_back("decimals", rows)
    assert warnings == {"csv": {}, "json": {}, "xlsx": {"numbers_as_text": 4}}


# What is meant by values that were stored in a column of the type: an odd one stands as text.
STRAYS = {
    "INTEGER": (
        [1, Odd("abc"), Odd("1.5"), Odd("1e+20"), Odd("/w=="), Odd("")],
        [1, "abc", 1.5, 1e20, b"\xff", ""],
    ),
    "REAL": ([1.0, Odd("abc"), Odd("=1+1"), Odd("/w==")], [1, "abc", "=1+1", b"\xff"]),
    "NUMERIC(12,2)": (
        [Decimal("1.50"), Decimal("2.00"), Decimal("0.125"), Odd("abc"), Odd("/w=="), Odd("-Infinity")],
        [1.5, 2, 0.125, "abc", b"\xff", float("-inf")],
    ),
    "BOOLEAN": ([True, False, Odd("2"), Odd("maybe"), Odd("0.5")], [1, 0, 2, "maybe", 0.5]),
    "DATE": (
        [date(2026, 1, 5), date(1850, 1, 1), Odd("2026-02-30"), Odd("soon"), Odd("20260105"), Odd("")],
        ["2026-01-05", "1850-01-01", "2026-02-30", "soon", 20260105, ""],
    ),
    "DATETIME": (
        [
            *(datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 1, 5, 7, 30, tzinfo=UTC)),
            *(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
            *(datetime(2026, 1, 5, tzinfo=UTC), Odd("2026-13-01 00:00:00"), Odd("soon"), Odd("1767603600")),
        ],
        [
            *(
                "2026-01-05 09:00:00",
                "2026-01-05T09:30:00+02:00",
                "0001-01-01 00:00:00",
                "9999-12-31 23:59:59",
            ),
            *("2026-01-05", "2026-13-01 00:00:00", "soon", 1767603600),
        ],
    ),
    "BLOB": ([b"\0\xff", b"", Odd("text"), Odd("5"), Odd("=1+1")], [b"\0\xff", b"", "text", 5, "=1+1"]),
    "TEXT": (["a", "5", "1.5", Odd("/w==")], ["a", 5, 1.5, b"\xff"]),
    "JSON": (
        [
            *(Json('{"a":[1,2.50,"x y"]}'), Json("null"), Json("17"), Json("-1.5"), Json('"=1+1"')),
            *(Odd("{broken"), Odd("NaN"), Odd(""), Odd("/w=="), Odd("Infinity")),
        ],
        [
            *('{"a": [1, 2.50, "x y"]}', "null", "17", "-1.5", '"=1+1"'),
            *("{broken", "NaN", "", b"\xff", float("inf")),
        ],
    ),
}


@pytest.mark.parametrize("type", STRAYS)
def test_a_value_of_another_type_stands_as_text_and_is_counted(reads_back, type):
    meant = STRAYS[type][0]
    warnings = reads_back(f"odd {type}", [[number, value] for number, value in enumerate(meant)])
    odd = sum(isinstance(value, Odd) for value in meant)
    assert {format: found.get("odd_values", 0) for format, found in warnings.items()} == {
        "csv": odd,
        "xlsx": odd,
        "json": odd,
    }


def test_broken_utf_8_is_replaced_and_counted(reads_back):
    warnings = reads_back("broken", [[1, "whole"], [2, "A\ufffdB\ufffd"]])
    assert [found["replaced_characters"] for found in warnings.values()] == [2, 2, 2]
