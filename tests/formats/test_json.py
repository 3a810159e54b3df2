"""JSON as Python's reader sees it, and the text of it where that hides a difference."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import polars as pl
import pytest

from dashboard.columns import Column, odd


def values(file):
    return [row["value"] for row in json.loads(file.data)]


FIDELITY = [
    ("text", None, "null"),
    ("text", "", '""'),
    ("text", "007", '"007"'),
    ("text", "=1+1", '"=1+1"'),
    ("text", "\0\x01", '"\\u0000\\u0001"'),
    ("text", "\ufffe\uffff", '"\\ufffe\\uffff"'),
    ("text", 'a\r\nb\t"\\', '"a\\r\\nb\\t\\"\\\\"'),
    ("text", "é 😀", '"é 😀"'),
    ("boolean", True, "true"),
    ("integer", 2**63 - 1, "9223372036854775807"),
    ("integer", -(2**63), "-9223372036854775808"),
    ("decimal", "12.50", '"12.50"'),
    ("float", 0.1, "0.1"),
    ("float", float("nan"), "null"),
    ("float", float("-inf"), "null"),
    ("date", date(2026, 1, 5), '"2026-01-05"'),
    ("datetime", datetime(2026, 1, 5, 9, tzinfo=UTC), '"2026-01-05T09:00:00+00:00"'),
    ("datetime", datetime(2026, 1, 5, 9, 0, 0, 1, tzinfo=UTC), '"2026-01-05T09:00:00.000001+00:00"'),
    ("time", "13:05:00", '"13:05:00"'),
    ("interval", "P1DT2H", '"P1DT2H"'),
    ("uuid", "2f1b0c3e-8f5a-4c55-9d0e-0d8f6f9f4c11", '"2f1b0c3e-8f5a-4c55-9d0e-0d8f6f9f4c11"'),
    ("binary", b"\xff\x00", '"/wA="'),
    ("json", '{"b":1,"a":[1.10,"x"],"big":123456789012345678901}', None),
    ("json", "null", "null"),
    ("json", " null ", " null "),
    ("json", '"text"', '"text"'),
    ("json", None, "null"),
]


@pytest.mark.parametrize(("type", "value", "expected"), FIDELITY)
def test_each_value_reads_as_the_fidelity_table_says(one, type, value, expected):
    data = one("json", type, [value]).data.decode()
    assert data == '[\n{"value":' + (expected or value) + ',"last":0}\n]\n'
    json.loads(data)


def test_rows_stand_one_a_line_across_parts(render, columns_of, frame_of):
    columns = columns_of(a="integer")
    parts = [frame_of(columns, rows) for rows in ([(1,), (2,)], [], [(3,)])]
    assert render("json", columns, *parts).data == b'[\n{"a":1},\n{"a":2},\n{"a":3}\n]\n'


def test_line_ends_between_the_values_of_json_become_blanks(one):
    file = one("json", "json", ['{\r\n"a": "x\\n"}', "{\n"])
    assert file.data == b'[\n{"value":{  "a": "x\\n"},"last":0},\n{"value":"{\\n","last":1}\n]\n'
    assert file.warnings == {"odd_values": 1}


def test_no_rows_are_an_empty_array(render, columns_of, frame_of):
    columns = columns_of("text")
    assert render("json", columns).data == b"[]\n"
    assert render("json", columns, frame_of(columns, [])).data == b"[]\n"


def test_keys_are_names_in_the_order_asked_for(render, frame_of):
    columns = (Column("z", "text", "A"), Column('customer."x"', "json", "A"), Column("a", "integer", "A"))
    data = render("json", columns, frame_of(columns, [("1", "[]", 2)])).data
    assert data == b'[\n{"z":"1","customer.\\"x\\"":[],"a":2}\n]\n'


def test_infinities_and_nan_are_null_and_counted(one):
    file = one("json", "float", [1.5, float("nan"), float("inf"), None])
    assert values(file) == [1.5, None, None, None]
    assert file.warnings == {"not_finite": 2}


def test_big_numbers_can_be_text(one):
    numbers = [2**53 - 1, 2**53, -(2**53), -(2**63), None, 5]
    found = values(one("json", "integer", numbers, big_numbers="string"))
    assert found == [2**53 - 1, str(2**53), str(-(2**53)), str(-(2**63)), None, 5]
    assert values(one("json", "integer", numbers)) == numbers


@pytest.mark.parametrize("broken", ["{", "", "NaN", "[1,]", "nul", '"a\nb"', "{'a':1}", "1 2", "[" * 500])
def test_json_that_does_not_parse_is_a_string_and_counted(one, broken):
    file = one("json", "json", ['{"a":1}', broken, None])
    assert values(file) == [{"a": 1}, broken, None]
    assert file.warnings == {"odd_values": 1}


def test_values_that_do_not_fit_their_type_stand_as_text(one):
    file = one("json", "integer", [1, None, None], odd_texts=[None, 'a"}\n', None])
    assert values(file) == [1, 'a"}\n', None]
    assert file.warnings == {"odd_values": 1}


def test_moments_are_written_in_the_zone_of_the_export(one):
    file = one("json", "datetime", [datetime(2026, 7, 1, 22, 30, tzinfo=UTC)], timezone="Europe/Berlin")
    assert values(file) == ["2026-07-02T00:30:00+02:00"]


# --- Related rows, names of one's own, dry data.

MAKER = Column(
    "makers", "rows", "Makers", columns=(Column("name", "text", "Name"), Column("data", "json", "Data"))
)
ITEMS = Column(
    "items",
    "rows",
    "Items",
    columns=(Column("sku", "text", "SKU"), Column("big", "integer", "Big"), MAKER),
)
NESTED = (Column("id", "integer", "ID"), ITEMS)
ROWS = [
    (1, [{"sku": "a", "big": 2**53, "makers": [{"name": "x", "data": "[1]"}, {"name": None, "data": None}]}]),
    (2, []),
    (3, [{"sku": None, "big": None, "makers": []}, {"sku": "", "big": 1, "makers": []}]),
]


def test_related_rows_are_arrays_of_objects_to_any_depth(render, frame_of):
    file = render("json", NESTED, frame_of(NESTED, ROWS[:2]), frame_of(NESTED, ROWS[2:]))
    assert file.data.decode().split("\n")[1:-2] == [
        '{"id":1,"items":[{"sku":"a","big":9007199254740992,'
        '"makers":[{"name":"x","data":[1]},{"name":null,"data":null}]}]},',
        '{"id":2,"items":[]},',
        '{"id":3,"items":[{"sku":null,"big":null,"makers":[]},{"sku":"","big":1,"makers":[]}]}',
    ]
    assert file.warnings == {}


def test_options_and_counters_reach_related_rows(render, frame_of):
    frame = frame_of(NESTED, ROWS)
    assert json.loads(render("json", NESTED, frame, big_numbers="string").data)[0]["items"][0]["big"] == str(
        2**53
    )
    broken = [(1, [{"sku": "a", "big": 1, "makers": [{"name": "x", "data": "{"}]}])]
    file = render("json", NESTED, frame_of(NESTED, broken))
    assert json.loads(file.data)[0]["items"][0]["makers"] == [{"name": "x", "data": "{"}]
    assert file.warnings == {"odd_values": 1}


def test_related_values_that_do_not_fit_their_type_stand_as_text(render):
    column = Column("items", "rows", "Items", columns=(Column("n", "integer", "N"),))
    items = [[{"n": 1, odd("n"): None}, {"n": None, odd("n"): "many"}], []]
    frame = pl.DataFrame({"items": items})
    file = render("json", (column,), frame)
    assert json.loads(file.data) == [{"items": [{"n": 1}, {"n": "many"}]}, {"items": []}]
    assert file.warnings == {"odd_values": 1}


def test_a_renamed_column_has_its_new_name(render, frame_of):
    columns = (Column("customer.email", "text", "Mail", alias="Mail"), Column("b", "json", "B", alias='"B"'))
    frame = frame_of(columns, [("x", "1")])
    assert render("json", columns, frame).data == b'[\n{"Mail":"x","\\"B\\"":1}\n]\n'


def test_dry_data_leave_out_what_has_no_value(render, frame_of):
    plain = tuple(Column(type, type, type) for type in ("text", "float", "json", "integer"))
    rows = [
        ("", float("nan"), "[]", None),
        ("x", 0.0, "false", 0),
        (None, None, " null ", 1),
        ("[]", 1.5, '""', 2),
    ]
    file = render("json", plain, frame_of(plain, rows), dry=True)
    assert json.loads(file.data) == [
        {},
        {"text": "x", "float": 0.0, "json": False, "integer": 0},
        {"integer": 1},
        {"text": "[]", "float": 1.5, "integer": 2},
    ]
    nested = json.loads(render("json", NESTED, frame_of(NESTED, ROWS), dry=True).data)
    assert nested == [
        {"id": 1, "items": [{"sku": "a", "big": 2**53, "makers": [{"name": "x", "data": [1]}, {}]}]},
        {"id": 2},
        {"id": 3, "items": [{}, {"big": 1}]},
    ]


def test_fields_of_related_records_can_be_objects(render, frame_of):
    columns = (
        Column("customer.email", "text", "E"),
        Column("id", "integer", "I"),
        Column("customer.country.name", "text", "N"),
        Column("seller.name", "text", "S"),
        Column("seller", "integer", "S"),
        Column("customer.id", "integer", "C", alias="Customer"),
    )
    frame = frame_of(columns, [("x", 1, "Peru", "Ann", 7, 3), (None, 2, None, None, None, None)])
    file = render("json", columns, frame, relations="nested")
    assert file.data.decode().split("\n")[1:-2] == [
        '{"customer":{"email":"x","country":{"name":"Peru"}},"id":1,"seller.name":"Ann","seller":7,"Customer":3},',
        '{"customer":{"email":null,"country":{"name":null}},"id":2,"seller.name":null,"seller":null,"Customer":null}',
    ]
    assert json.loads(render("json", columns, frame, relations="nested", dry=True).data)[1] == {"id": 2}
    flat = json.loads(render("json", columns, frame).data)[0]
    assert list(flat) == [
        "customer.email",
        "id",
        "customer.country.name",
        "seller.name",
        "seller",
        "Customer",
    ]
