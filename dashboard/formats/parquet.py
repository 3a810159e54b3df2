"""Parquet: a row group a part, columns of the types that `Column` declares. `formats.parquet_footer` joins the parts.

All parts have one schema, which the layout alone decides:

- integers are 64 bits, floats double, dates dates, date-times moments in UTC to the microsecond, binary bytes
- decimals that declare their scale have 38 digits; others keep their own scale, as text
- time, interval, uuid and json are text, as they are staged
- related rows are a list of structs

A value that does not fit is null, counted with the odd values, and listed in the `errors`. Where the column is text
anyhow, it stands there as text, and is only counted. Columns are called `Column.member`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from dashboard.columns import ROWS, STAGED, Column
from dashboard.formats import lists
from dashboard.formats.base import Format, Fragment, Layout, Lines, Opener, Out, Place
from dashboard.formats.nested import exploded, owners, regrouped
from dashboard.formats.parquet_footer import Assembly, pack
from dashboard.formats.values import PLAIN_DECIMAL, odd_texts

_DIGITS = 38


class Parquet(Format):
    key = "parquet"
    label = "Parquet"
    description = "For data tools: typed columns, compressed"
    extension = "parquet"
    media_type = "application/vnd.apache.parquet"

    def fragment(self, frame: pl.DataFrame, layout: Layout, place: Place) -> Fragment:
        if not frame.height:
            return Fragment(b"", 0, {})
        misfits = _Misfits()
        columns = _stored_columns(frame, layout.columns, lists.keys(frame), misfits)
        warnings = {key: n for key, n in misfits.warnings.items() if n}
        return Fragment(pack(pl.DataFrame(columns)), frame.height, warnings, lists=misfits.lists())

    def write(
        self,
        fragments: Sequence[Opener],
        layout: Layout,
        places: Sequence[Place],
        rows: Sequence[int],
        out: Out,
    ) -> None:
        schema = {column.member: _stored_type(column) for column in layout.columns}
        assembly = Assembly(pl.DataFrame(schema=schema), out)
        for opener, count in zip(fragments, rows, strict=True):
            if count:
                assembly.add(opener())
        assembly.close()

    def list_header(self, kind: str, layout: Layout) -> bytes:
        return lists.header(kind)


@dataclass
class _Misfits:
    """The values of one part that its columns cannot hold."""

    warnings: Counter[str] = field(default_factory=Counter)
    errors: list[Lines] = field(default_factory=list)

    def list(self, keys: pl.Series, column: Column, reason: str, values: pl.Series) -> None:
        """Take note of the values that are not null."""
        some = values.is_not_null()
        self.warnings["odd_values"] += int(some.sum())
        if some.any():
            self.errors.append(lists.errors(keys.filter(some), column, reason, values.filter(some)))

    def lists(self) -> dict[str, Lines]:
        return {"errors": lists.joined(self.errors)} if self.errors else {}


def _stored_type(column: Column) -> pl.DataType:
    if column.type == ROWS:
        return pl.List(pl.Struct({one.member: _stored_type(one) for one in column.columns}))
    if column.type == "decimal" and column.scale is not None and 0 <= column.scale <= _DIGITS:
        return pl.Decimal(_DIGITS, column.scale)
    return STAGED[column.type]


def _stored_columns(
    frame: pl.DataFrame, columns: Iterable[Column], keys: pl.Series, misfits: _Misfits, path: str = ""
) -> list[pl.Series]:
    """The series of a frame as they are stored, `path` in front of their names in the list of errors."""
    found = []
    for column in columns:
        listed = replace(column, name=path + column.name)
        if column.type == ROWS:
            values = _related(frame[column.name], listed, keys, misfits)
        else:
            values = _fitting(frame[column.name], listed, keys, misfits)
            values = _with_strays(values, odd_texts(frame, column), listed, keys, misfits)
        found.append(values.cast(_stored_type(column)).alias(column.member))
    return found


def _related(values: pl.Series, column: Column, keys: pl.Series, misfits: _Misfits) -> pl.Series:
    children, lengths = exploded(values)
    parents = keys.gather(owners(lengths))
    items = _stored_columns(children, column.columns, parents, misfits, f"{column.name}.")
    return regrouped(pl.DataFrame(items).to_struct(), lengths)


def _fitting(values: pl.Series, column: Column, keys: pl.Series, misfits: _Misfits) -> pl.Series:
    """The values, null where a decimal has more digits than its column."""
    if not isinstance(_stored_type(column), pl.Decimal):
        return values
    scale = column.scale or 0
    digits = rf"\A-?0*[0-9]{{0,{_DIGITS - scale}}}(?:\.([0-9]{{0,{scale}}})0*)?\z"
    fits = pl.lit(values).str.contains(digits) & pl.lit(values).str.contains(PLAIN_DECIMAL)
    found = pl.select(fitting=pl.when(fits).then(pl.lit(values)), others=pl.when(~fits).then(pl.lit(values)))
    reason = f"More than {_DIGITS} digits, or more than {scale} of them behind the point"
    misfits.list(keys, column, reason, found["others"])
    return found["fitting"]


def _with_strays(
    values: pl.Series, strays: pl.Series | None, column: Column, keys: pl.Series, misfits: _Misfits
) -> pl.Series:
    if strays is None:
        return values
    if _stored_type(column) == pl.String:
        misfits.warnings["odd_values"] += strays.len() - strays.null_count()
        return pl.select(pl.coalesce(pl.lit(strays), pl.lit(values))).to_series()
    misfits.list(keys, column, f"Not of the type {column.type}", strays)
    return values
