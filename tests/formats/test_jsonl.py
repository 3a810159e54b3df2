"""JSON Lines: every line is an object of its own, whatever stands in it, and the objects are those of JSON."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

ROW = {
    "text": 'a\r\nb\u2028\u0085\0\ufffe"',
    "integer": 2**63 - 1,
    "decimal": "12.50",
    "float": 0.1,
    "boolean": True,
    "date": date(2026, 1, 5),
    "datetime": datetime(2026, 1, 5, 9, tzinfo=UTC),
    "time": "13:05:00",
    "interval": "P1DT2H",
    "uuid": "2f1b0c3e-8f5a-4c55-9d0e-0d8f6f9f4c11",
    "binary": b"\xff\x00",
    "json": '{"a":[1.10,"x"]}',
}


def lines(file):
    assert file.data.endswith(b"\n")
    return file.data.removesuffix(b"\n").split(b"\n")


@pytest.mark.parametrize("types", [tuple(ROW), ("text", "integer")])
def test_the_lines_are_the_objects_of_json_byte_by_byte(render, columns_of, frame_of, types):
    columns = columns_of(*types)
    parts = [frame_of(columns, [[ROW[type] for type in types], [None] * len(types)]), frame_of(columns, [])]
    parts.append(parts[0])
    array = render("json", columns, *parts)
    file = render("jsonl", columns, *parts)
    assert [line.removesuffix(b",") for line in array.data.split(b"\n")[1:-2]] == lines(file)
    assert file.warnings == array.warnings


def test_values_of_every_type_read_back_line_by_line(render, columns_of, frame_of):
    columns = columns_of(*ROW)
    (line,) = lines(render("jsonl", columns, frame_of(columns, [ROW.values()])))
    as_text = {"date": "2026-01-05", "datetime": "2026-01-05T09:00:00+00:00", "binary": "/wA="}
    assert json.loads(line) == {**ROW, **as_text, "json": {"a": [1.1, "x"]}}


@pytest.mark.parametrize("spread", ['{\n"a":\r\n[1,\n2]}', "\n1\n", '{"a":"x\ny"}', "{\n"])
def test_json_with_line_ends_stays_on_its_line(one, spread):
    first, second = lines(one("jsonl", "json", [spread, "2"]))
    try:
        expected = json.loads(spread)
    except ValueError:
        expected = spread
    assert json.loads(first) == {"value": expected, "last": 0}
    assert b"\r" not in first
    assert json.loads(second) == {"value": 2, "last": 1}


def test_no_rows_are_an_empty_file(render, columns_of, frame_of):
    columns = columns_of("text")
    assert render("jsonl", columns).data == b""
    assert render("jsonl", columns, frame_of(columns, [])).data == b""


def test_parts_follow_each_other_without_a_gap(render, columns_of, frame_of):
    columns = columns_of(a="integer")
    parts = [frame_of(columns, rows) for rows in ([], [(1,), (2,)], [], [(3,)])]
    assert render("jsonl", columns, *parts).data == b'{"a":1}\n{"a":2}\n{"a":3}\n'


def test_the_warnings_are_those_of_json(one):
    assert one("jsonl", "float", [1.5, float("nan"), float("inf"), None]).warnings == {"not_finite": 2}
    assert one("jsonl", "integer", [1, None], odd_texts=[None, "x"]).warnings == {"odd_values": 1}


def test_big_numbers_can_be_text(one):
    first, second = lines(one("jsonl", "integer", [2**53 - 1, 2**53], big_numbers="string"))
    assert json.loads(first)["value"] == 2**53 - 1
    assert json.loads(second)["value"] == str(2**53)
