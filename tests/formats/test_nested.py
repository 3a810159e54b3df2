"""Related rows in cells: merged into one text, or in numbered columns."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

import polars as pl
import pytest

from dashboard.columns import Column, key, odd
from dashboard.formats.base import Layout
from dashboard.formats.nested import exploded, flat, flat_columns, flattens, gathered, regrouped
from tests.formats.conftest import MADE, frame_of

DISCOUNTS = Column(
    "discounts",
    "rows",
    "Discounts",
    columns=(Column("code", "text", "Code"), Column("until", "date", "Until")),
)
ITEMS = Column(
    "line_items",
    "rows",
    "Line items",
    columns=(
        Column("sku", "text", "SKU"),
        Column("quantity", "integer", "Quantity"),
        Column("price", "decimal", "Unit price", scale=2),
        DISCOUNTS,
    ),
)
GROUPS = Column("groups", "rows", "Groups", columns=(Column("name", "text", "Name"),))
COLUMNS = (Column("id", "integer", "ID"), ITEMS, Column("note", "text", "Note"), GROUPS)
XMAS = {"code": "XMAS", "until": date(2026, 12, 24)}
NOTHING = {"code": None, "until": None}
A = {"sku": "A", "quantity": 2, "price": "1.50", "discounts": [XMAS, NOTHING]}
B = {"sku": "B", "quantity": None, "price": "7", "discounts": []}
EMPTY = {"sku": None, "quantity": None, "price": None, "discounts": [NOTHING]}
ROWS = [
    (1, [A, B], "x", [{"name": "Group A"}, {"name": None}, {"name": "Group B"}]),
    (2, [], None, []),
    (3, [EMPTY, B], "y", [{"name": ""}]),
]
WIDTHS = {"line_items": 2, "line_items.discounts": 2, "groups": 3}


def layout(columns=COLUMNS, nested="merge", widths=WIDTHS, language="en", timezone="UTC"):
    return Layout(columns, "Orders", MADE, language, timezone, {"nested": nested}, widths=widths)


def flattened(rows=ROWS, columns=COLUMNS, **settings):
    warnings = Counter()
    frame = flat(frame_of(columns, rows), layout(columns, **settings), warnings)
    return frame, {name: count for name, count in warnings.items() if count}


def test_merged_rows_say_their_labels_unless_there_is_one_column():
    frame, warnings = flattened()
    assert frame["line_items"].to_list() == [
        "SKU: A, Quantity: 2, Unit price: 1.50, Discounts: (Code: XMAS, Until: 2026-12-24); SKU: B, Unit price: 7",
        None,
        "SKU: B, Unit price: 7",
    ]
    assert frame["groups"].to_list() == ["Group A, Group B", None, ""]
    assert warnings == {}


def test_merged_rows_are_one_text_column_where_they_stood():
    found = flat_columns(layout())
    assert [(column.name, column.type, column.label) for column in found] == [
        ("id", "integer", "ID"),
        ("line_items", "text", "Line items"),
        ("note", "text", "Note"),
        ("groups", "text", "Groups"),
    ]


def test_merged_values_read_as_in_csv():
    types = {
        "boolean": (True, "true"),
        "float": (float("inf"), "Infinity"),
        "datetime": (datetime(2026, 7, 1, 22, 30, tzinfo=UTC), "2026-07-02T00:30:00+02:00"),
        "binary": (b"\xff\x00", "/wA="),
        "json": ('{"a":1}', '{"a":1}'),
    }
    columns = tuple(
        Column(f"of {type}", "rows", type, columns=(Column("value", type, "Value"),)) for type in types
    )
    rows = [[[{"value": value}, {"value": value}] for value, _ in types.values()]]
    frame, _ = flattened(rows, columns, timezone="Europe/Berlin")
    assert list(frame.row(0))[:-1] == [f"{text}, {text}" for _, text in types.values()]


def test_headings_by_name_are_names_in_cells_too():
    item = Column(
        "items", "rows", "items", columns=(Column("sku", "text", "SKU"), Column("n", "integer", "N"))
    )
    frame, _ = flattened([([{"sku": "A", "n": 1}],)], (item,))
    assert frame["items"].to_list() == ["sku: A, n: 1"]
    labels = [one.label for one in flat_columns(layout((item,), "flatten", {"items": 1}))]
    assert labels == ["items.0.sku", "items.0.n"]


def test_values_that_do_not_fit_are_merged_and_counted():
    frame = frame_of(COLUMNS[1:2], [([A, B],), ([],)])
    strays = pl.Series(["many", None], dtype=pl.String)
    items = frame["line_items"].explode().head(2).struct.unnest()
    items = items.with_columns(pl.Series("quantity", [None, 3]), strays.alias(odd("quantity")))
    lists = regrouped(items.to_struct(), pl.Series([2, 0])).alias("line_items")
    frame = frame.with_columns(lists)
    warnings = Counter()
    merged = flat(frame, layout(COLUMNS[1:2]), warnings)["line_items"].to_list()
    assert merged[0].startswith("SKU: A, Quantity: many, Unit price: 1.50")
    assert merged[1] is None
    assert warnings["odd_values"] == 1
    spread = flat(frame, layout(COLUMNS[1:2], "flatten"), warnings)
    assert spread[odd("line_items.0.quantity")].to_list() == ["many", None]
    assert spread["line_items.1.quantity"].to_list() == [3, None]


def test_numbered_columns_are_typed_and_in_the_order_of_the_rows():
    frame, warnings = flattened(nested="flatten")
    columns = flat_columns(layout(nested="flatten"))
    assert frame.columns == [*(column.name for column in columns), key(0)]
    assert {
        name: str(dtype) for name, dtype in frame.schema.items() if "0.quantity" in name or "until" in name
    } == {
        "line_items.0.quantity": "Int64",
        "line_items.0.discounts.0.until": "Date",
        "line_items.0.discounts.1.until": "Date",
        "line_items.1.discounts.0.until": "Date",
        "line_items.1.discounts.1.until": "Date",
    }
    first, second, third = frame.rows(named=True)
    assert (first["line_items.0.sku"], first["line_items.1.sku"]) == ("A", "B")
    assert first["line_items.0.discounts.0.until"] == date(2026, 12, 24)
    assert {value for name, value in second.items() if name not in ("id", key(0))} == {None}
    assert (third["line_items.0.sku"], third["line_items.1.price"], third["groups.0.name"]) == (None, "7", "")
    assert warnings == {}


def test_numbered_columns_know_what_the_related_ones_know():
    columns = {column.name: column for column in flat_columns(layout(nested="flatten"))}
    price = columns["line_items.1.price"]
    assert (price.type, price.scale, price.label) == ("decimal", 2, "Line items 2 unit price")
    assert columns["line_items.0.sku"].label == "Line items 1 SKU"
    assert columns["line_items.1.discounts.0.code"].label == "Line items 2 discounts 1 code"
    german = flat_columns(layout(nested="flatten", language="de"))
    assert "Groups 3 Name" in [column.label for column in german]


def test_a_personal_relation_makes_personal_columns():
    people = Column("people", "rows", "People", personal=True, columns=(Column("name", "text", "Name"),))
    assert [one.personal for one in flat_columns(layout((people,), "flatten", {"people": 2}))] == [True, True]
    assert [one.personal for one in flat_columns(layout((people,)))] == [True]


def test_rows_beyond_the_numbered_columns_are_counted():
    frame, warnings = flattened(nested="flatten", widths={"line_items": 1, "groups": 2})
    assert warnings == {"cut_rows": 2 + 3 + 1}
    assert "line_items.1.sku" not in frame.columns


def test_without_related_rows_there_are_no_numbered_columns():
    rows = [(1, [], None, []), (2, [], "n", [])]
    frame, warnings = flattened(rows, nested="flatten", widths={})
    assert frame.columns == ["id", "note", key(0)]
    assert warnings == {}


@pytest.mark.parametrize("nested", ["merge", "flatten"])
def test_a_part_without_rows_has_the_same_columns(nested):
    some, none = flattened(nested=nested)[0], flattened([], nested=nested)[0]
    assert some.schema == none.schema


def test_only_numbered_columns_wait_for_their_widths():
    assert flattens(layout(nested="flatten"))
    assert not flattens(layout(nested="merge"))
    assert not flattens(layout(COLUMNS[:1], "flatten"))


def test_a_frame_without_related_rows_is_left_alone():
    frame = frame_of(COLUMNS[:1], [(1,)])
    assert flat(frame, layout(COLUMNS[:1]), Counter()) is frame


@pytest.mark.parametrize("lists", [[], [[]], [[], [1], [], [2, 3], []], [[1], [2]]])
def test_what_is_exploded_comes_together_again(lists):
    values = pl.Series([[{"n": n} for n in one] for one in lists], dtype=pl.List(pl.Struct({"n": pl.Int64})))
    children, lengths = exploded(values)
    assert regrouped(children.to_struct(), lengths).to_list() == values.to_list()
    texts = children["n"].cast(pl.String)
    assert gathered(texts, lengths, "+").to_list() == ["+".join(map(str, one)) or None for one in lists]
