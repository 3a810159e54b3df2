"""The words in which sources hand rows to formats: column types and how each is staged in a frame.

Sources produce frames that follow this page, formats rely on it; neither knows the other.

A frame is a polars DataFrame with one column per `Column`, named `Column.name`, of the dtype in `STAGED`:

- decimal is text in plain digits with its own scale ("12.50", "-0.003"; never an exponent), so no digit is lost
- datetime is a moment in UTC, microseconds; a source value without a zone is taken as UTC
- time is ISO text ("13:05:00"), interval an ISO 8601 duration ("P1DT2H"), uuid lower case text
- json is compact JSON text

A value that does not fit its column's type (SQLite allows that) is null in the column itself and stands as
text in a companion column, `odd(name)`, which a frame has only when one of its rows needs it.
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


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file: its path as it was asked for (`customer.email`), its type, its heading."""

    name: str
    type: str
    label: str
    scale: int | None = None
    personal: bool = False


def odd(name: str) -> str:
    """Name of the companion column that holds, as text, the values of `name` that do not fit its type."""
    return f"{name}\0odd"
