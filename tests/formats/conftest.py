"""What the tests of formats share: tables of every type, and the whole way from frames to a file."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from io import BytesIO

import polars as pl
import pytest

from dashboard.columns import Column, key, odd
from dashboard.formats import FORMATS
from dashboard.formats.base import Layout

MADE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
OF_THE_LAYOUT = ("resource", "key", "filters", "dry", "widths", "related")


def columns_of(*types, **named):
    """Columns named after their types, or `name=type`."""
    pairs = [(type, type) for type in types] + list(named.items())
    return tuple(Column(name, type, name.capitalize()) for name, type in pairs)


def frame_of(columns, rows, odd_texts=None):
    """A staged frame of rows with the keys 1, 2 ...; `odd_texts` maps a column to the texts of its companion."""
    schema = {column.name: column.dtype for column in columns}
    frame = pl.DataFrame([list(row) for row in rows], schema=schema, orient="row")
    frame = frame.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(key(0)))
    for name, texts in (odd_texts or {}).items():
        frame = frame.with_columns(pl.Series(odd(name), texts, dtype=pl.String))
    return frame


def in_small_chunks(data):
    return [data[start : start + 7] for start in range(0, len(data), 7)]


class Rendered:
    def __init__(self, key, columns, frames, /, title="Orders", timezone="UTC", language="en", **settings):
        self.format = FORMATS[key]
        about = {name: settings.pop(name) for name in OF_THE_LAYOUT if name in settings}
        about = {"resource": "orders", "key": ("id",), **about}
        self.layout = Layout(columns, title, MADE, language, timezone, settings, **about)
        self.rows = [frame.height for frame in frames]
        self.places = [self.format.place(self.rows[:k], rows) for k, rows in enumerate(self.rows)]
        self.fragments = [
            self.format.fragment(frame, self.layout, place)
            for frame, place in zip(frames, self.places, strict=True)
        ]
        self.warnings = {}
        for fragment in self.fragments:
            for counter, count in fragment.warnings.items():
                self.warnings[counter] = self.warnings.get(counter, 0) + count

    @property
    def data(self):
        out = BytesIO()
        openers = [partial(in_small_chunks, fragment.data) for fragment in self.fragments]
        written = [fragment.rows for fragment in self.fragments]
        self.format.write(openers, self.layout, self.places, written, out)
        return out.getvalue()

    def list(self, kind):
        """The file of a list that the fragments bring, None when none of them has a line of it."""
        found = [fragment.lists[kind].data for fragment in self.fragments if kind in fragment.lists]
        return b"".join([self.format.list_header(kind, self.layout), *found]) if found else None


@pytest.fixture(name="columns_of")
def columns_of_fixture():
    return columns_of


@pytest.fixture(name="frame_of")
def frame_of_fixture():
    return frame_of


@pytest.fixture
def render():
    """`render("csv", columns, frame, ..., guard="off", dry=True)` gives `.data` and `.warnings`."""

    def run(key, columns, /, *frames, **settings):
        return Rendered(key, columns, frames, **settings)

    return run


@pytest.fixture
def one(render):
    """One column of one type with these values: `one("csv", "text", ["a", None])`."""

    def run(key, type, values, /, odd_texts=None, **settings):
        columns = columns_of(value=type, last="integer")
        rows = [(value, number) for number, value in enumerate(values)]
        frame = frame_of(columns, rows, {"value": odd_texts} if odd_texts else None)
        return render(key, columns, frame, **settings)

    return run
