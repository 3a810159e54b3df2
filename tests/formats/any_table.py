"""Tables of every type: a sample of each, and for hypothesis whatever there can be, related rows and all."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

from hypothesis import strategies as st

from dashboard.columns import ROWS, TYPES, Column

ALL_TYPES = tuple(Column(type, type, type) for type in TYPES)
SAMPLE = {
    "text": "=é 😀",
    "integer": 42,
    "decimal": "12.50",
    "float": 0.25,
    "boolean": True,
    "date": date(2026, 1, 5),
    "datetime": datetime(2026, 1, 5, 9, 0, 1, tzinfo=UTC),
    "time": "13:05:00",
    "interval": "P1D",
    "uuid": "2f1b0c3e-8f5a-4c55-9d0e-0d8f6f9f4c11",
    "binary": b"\xff\x00",
    "json": '{"a":1}',
}

hostile_text = st.text(
    st.sampled_from("=+-@;|,\t\r\n\"'<>&_x0041_\0\x01\x0b\ufffe\u2028😀é a")
    | st.characters(exclude_categories=["Cs"]),
    max_size=12,
)
moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(
    lambda m: m.replace(tzinfo=UTC, microsecond=0)
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | hostile_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile_text, inner, max_size=3),
    max_leaves=5,
)
VALUES = {
    "text": hostile_text,
    "integer": st.integers(-(2**63), 2**63 - 1) | st.integers(-99, 99),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False, places=3).map("{:f}".format),
    "float": st.floats(),
    "boolean": st.booleans(),
    "date": st.dates(),
    "datetime": moments,
    "time": st.times().map(lambda t: t.isoformat()),
    "interval": st.integers(-99, 99).map(lambda n: f"-P{-n}D" if n < 0 else f"P{n}D"),
    "uuid": st.uuids().map(str),
    "binary": st.binary(max_size=9),
    "json": json_values.map(lambda v: json.dumps(v, ensure_ascii=False, separators=(",", ":"))),
}


# Within related rows floats that have one text only, as it stands in a cell among others.
WITHIN = {**VALUES, "float": st.integers(-999, 999).map(lambda n: n / 8)}


def cells(column, values=VALUES):
    if column.type != ROWS:
        return st.none() | values[column.type]
    row = st.fixed_dictionaries({one.name: cells(one, WITHIN) for one in column.columns})
    return st.lists(row, max_size=3)


@st.composite
def columns_of_any_type(draw, name, types, deep=1):
    type = draw(st.sampled_from(types))
    inner = ()
    if type == ROWS:
        within = [*TYPES, ROWS] if deep < 3 else TYPES
        names = [f"{name}n{n}" for n in range(draw(st.integers(1, 3)))]
        inner = tuple(draw(columns_of_any_type(one, within, deep + 1)) for one in names)
    scale = draw(st.sampled_from([None, 3])) if type == "decimal" else None
    return Column(name, type, name, scale, columns=inner)


@st.composite
def tables(draw):
    # Twice, so that there are some in every other table.
    types = [*TYPES, ROWS, ROWS]
    columns = tuple(draw(columns_of_any_type(f"c{n}", types)) for n in range(draw(st.integers(2, 5))))
    row = st.tuples(*map(cells, columns))
    return columns, draw(st.lists(st.lists(row, max_size=4), max_size=3))
