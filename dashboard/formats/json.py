"""JSON: one array, one object a line, keys (`Column.member`) in the order asked for. `formats.jsonl` builds on it.

Decimals are strings so that no reader rounds them, integers have all their digits, json columns are nested
just as they are, related rows are arrays of objects. A json value that does not parse is written as a string and
counted with the odd values. Of dry data, members that are null, empty text, an empty array or object are left out.

`relations`: a column of a to-one relation is the member `customer.email`, or `email` in the object `customer`.
"""

from __future__ import annotations

from collections import Counter
from io import BytesIO
from typing import ClassVar

import polars as pl

from dashboard.formats.base import Fragment, Joined, Layout, Option, Place
from dashboard.formats.json_text import Member, Style, escape_noncharacters, members, objects

BIG_NUMBERS = Option(
    "big_numbers",
    "Integers beyond 2\u2075\u00b3",
    {"number": "As numbers, all digits", "string": "As text (for JavaScript)"},
)


class Json(Joined):
    key = "json"
    label = "JSON"
    description = "For programs: one array of objects"
    extension = "json"
    media_type = "application/json"
    is_text = True
    options: ClassVar[tuple[Option, ...]] = (
        BIG_NUMBERS,
        Option(
            "relations",
            "Fields of related records",
            {"flat": "As customer.email", "nested": "As email in an object customer"},
        ),
    )

    between = b",\n"

    def fragment(self, frame: pl.DataFrame, layout: Layout, place: Place) -> Fragment:
        warnings: Counter[str] = Counter()
        settled = self.settle(layout.options)
        style = Style(
            layout.timezone, settled["big_numbers"] == "string", layout.dry, settled["relations"] == "nested"
        )
        found = members(frame, layout.columns, style, warnings)
        data = escape_noncharacters(_lines(found, layout.dry, self.between)) if frame.height else b""
        return Fragment(data, frame.height, {key: n for key, n in warnings.items() if n})

    def start(self, layout: Layout, rows: int) -> bytes:
        return b"[\n" if rows else b"["

    def end(self, rows: int) -> bytes:
        return b"\n]\n" if rows else b"]\n"


def _lines(members: list[Member], dry: bool, between: bytes) -> bytes:
    """All rows as objects, joined by what stands between them, which ends with a line end."""
    if not dry and not any(member.raw for member in members):
        buffer = BytesIO()
        # Not as a list: polars would name a series without a name itself.
        pl.DataFrame({m.name: m.values for m in members}).write_ndjson(buffer)
        # Line ends inside of values are escaped by now.
        lines = buffer.getvalue().removesuffix(b"\n")
        return lines if between == b"\n" else lines.replace(b"\n", between)
    joined: bytes = objects(members, dry).str.join(between.decode()).cast(pl.Binary).item()
    return joined
