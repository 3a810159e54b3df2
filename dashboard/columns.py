"""The words in which sources hand rows to formats: column types and how each is staged in a frame.

Sources produce frames that follow this page, formats rely on it; neither knows the other.

A frame is a polars DataFrame with one column per `Column`, named `Column.name`, of the dtype in `STAGED`:

- decimal is text in plain digits with its own scale ("12.50", "-0.003"; never an exponent), so no digit is lost
- datetime is a moment in UTC, microseconds; a source value without a zone is taken as UTC
- time is ISO text ("13:05:00"), interval an ISO 8601 duration ("P1DT2H"), uuid lower case text
- json is compact JSON text

A value that does not fit its column's type (SQLite allows that) is null in the column itself and stands as
text in a companion column, `odd(name)`, which a frame has only when one of its rows needs it.

A `rows` column holds the related rows of a to-many relation, in the order of their key: a list of structs with one
field for each of `Column.columns` (and their companions), named by its path within the relation. No related row
is an empty list, never null. The struct's fields, unnested, are a frame in the sense of this page.

The key of each row travels in further companions, `key(0)`, `key(1)` ..., one for each key column of the resource, as
an integer or as text; they are no columns of the file. Related rows have none.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

STAGED: dict[str, pl.DataType] = {
    "text": pl.String(),
    "integer": pl.Int64(),
    "decimal": pl.String(),
    "float": pl.Float64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us", "UTC"),
    "time": pl.String(),
    "interval": pl.String(),
    "uuid": pl.String(),
    "binary": pl.Binary(),
    "json": pl.String(),
}
TYPES = tuple(STAGED)
ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file: its path as it was asked for (`customer.email`), its type, its heading.

    `alias` is the name it was given in the request, which formats with named members use in place of the path.
    `percent`: the number is a share, 0.125 means 12.5 %. `columns` are those of a `rows` column.
    """

    name: str
    type: str
    label: str
    scale: int | None = None
    personal: bool = False
    alias: str = ""
    percent: bool = False
    columns: tuple[Column, ...] = ()

    @property
    def member(self) -> str:
        """The name in JSON, XML and Parquet."""
        return self.alias or self.name

    @property
    def dtype(self) -> pl.DataType:
        """How the column is staged."""
        if self.type != ROWS:
            return STAGED[self.type]
        return pl.List(pl.Struct({one.name: one.dtype for one in self.columns}))


def odd(name: str) -> str:
    """Name of the companion column that holds, as text, the values of `name` that do not fit its type."""
    return f"{name}\0odd"


def key(number: int) -> str:
    """Name of the companion column with the `number`-th value, from 0, of each row's key."""
    return f"\0key{number}"
