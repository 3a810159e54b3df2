"""From staged columns to frames and parts: companions, counters, and the rows that fail in a strict resource.

Every way of reading calls `framed` for related rows and `part_of` for the rows of the query itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from dashboard.columns import ROWS, Column, key, odd
from dashboard.sources.base import FAILED, Part, Query
from dashboard.sources.staging import Staged

_ROW = "\0row"
_REASONS = {
    "text": "not a text",
    "integer": "not an integer",
    "decimal": "not a decimal number",
    "float": "not a number",
    "boolean": "neither true nor false",
    "date": "not a date of the years 1 to 9999",
    "datetime": "not a date and time of the years 1 to 9999",
    "time": "not a time of day",
    "interval": "not an interval",
    "uuid": "not a UUID",
    "binary": "not binary data",
    "json": "not valid JSON",
}


def framed(columns: Sequence[Column], staged: Sequence[Staged]) -> pl.DataFrame:
    """A frame of staged columns, each with its companion where it has odd values."""
    # Not as a list: polars would name a series without a name itself.
    series: dict[str, pl.Series] = {}
    for column, one in zip(columns, staged, strict=True):
        series[column.name] = one.values
        if one.odd is not None:
            series[odd(column.name)] = one.odd
    return pl.DataFrame(series)


def part_of(query: Query, staged: Sequence[Staged], keys: Sequence[Staged]) -> Part:
    """A part from its staged columns, in the order of the query's, and those of the key."""
    frame = framed(query.columns, staged)
    frame = frame.hstack([_companion(one).alias(key(place)) for place, one in enumerate(keys)])
    names = [key(place) for place in range(len(keys))]
    ends = [list(frame.select(names).row(place)) if len(frame) else [] for place in (0, -1)]
    failed, failed_rows = pl.DataFrame(schema=FAILED), 0
    if query.resource.strict and odd_values(frame):
        frame, failed = _without_failed(frame, query.columns, names)
        failed_rows = len(keys[0].values) - len(frame)
    replaced = sum(one.replaced for one in staged)
    widths = dict(_widths(frame, query.columns, ""))
    return Part(frame, ends[0], ends[1], odd_values(frame), replaced, failed, failed_rows, widths)


def odd_values(frame: pl.DataFrame) -> int:
    """How many values do not fit their column's type, those of related rows among them."""
    counted = 0
    for name, dtype in frame.schema.items():
        if name.endswith(odd("")):
            counted += frame[name].count()
        elif _may_be_odd(dtype):
            counted += odd_values(_unnested(frame.select(name), name))
    return counted


def _companion(one: Staged) -> pl.Series:
    """A key's column as an integer or as text; a value that does not fit an integer key is null."""
    values = one.values
    if values.dtype == pl.Int64:
        return values
    text = values.bin.encode("base64") if values.dtype == pl.Binary else values.cast(pl.String)
    return text if one.odd is None else text.zip_with(one.odd.is_null(), one.odd)


def _widths(frame: pl.DataFrame, columns: Sequence[Column], before: str) -> Iterator[tuple[str, int]]:
    """How many related rows one row has at most, by the path of their column: "line_items.discounts"."""
    for column in columns:
        if column.type == ROWS:
            path = before + column.name
            widest: Any = frame[column.name].list.len().max()
            yield path, int(widest or 0)
            if any(one.type == ROWS for one in column.columns):
                inner = _unnested(frame.select(column.name), column.name)
                yield from _widths(inner, column.columns, f"{path}.")


def _without_failed(
    frame: pl.DataFrame, columns: Sequence[Column], keys: list[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows in which every value fits, without odd companions, and a line for each value that does not."""
    frame = frame.with_row_index(_ROW)
    lines = pl.concat(_misfits(frame, columns, "")).sort(_ROW, maintain_order=True)
    named = frame.select(_ROW, pl.concat_str(pl.col(keys).fill_null(""), separator=", ").alias("key"))
    failed = lines.join(named, on=_ROW, how="left", maintain_order="left").select(*FAILED)
    kept = frame.filter(~pl.col(_ROW).is_in(lines[_ROW].implode()))
    return kept.select(*(_without_odd(pl.col(one.name), one) for one in columns), *keys), failed


def _without_odd(values: pl.Expr, column: Column) -> pl.Expr:
    if column.type != ROWS:
        return values
    fields = (
        _without_odd(pl.element().struct.field(one.name), one).alias(one.name) for one in column.columns
    )
    return values.list.eval(pl.struct(*fields))


def _misfits(frame: pl.DataFrame, columns: Sequence[Column], before: str) -> Iterator[pl.DataFrame]:
    for column in columns:
        path = before + column.name
        if column.type == ROWS and _may_be_odd(frame.schema[column.name]):
            yield from _misfits(
                _unnested(frame.select(_ROW, column.name), column.name), column.columns, f"{path}."
            )
        elif odd(column.name) in frame.columns:
            yield frame.filter(pl.col(odd(column.name)).is_not_null()).select(
                _ROW,
                column=pl.lit(path),
                reason=pl.lit(_REASONS[column.type]),
                value=pl.col(odd(column.name)),
            )


def _unnested(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    return frame.explode(name).unnest(name)


def _may_be_odd(dtype: Any) -> bool:
    """Whether there are companions of odd values anywhere in a column of related rows."""
    if not isinstance(dtype, pl.List) or not isinstance(dtype.inner, pl.Struct):
        return False
    return any(one.name.endswith(odd("")) or _may_be_odd(one.dtype) for one in dtype.inner.fields)
