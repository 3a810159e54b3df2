r"""The lists beside the data, as CSV: `sanitized`, what the formula guard changed; `errors`, what a format cannot hold.

Formats put these lines into `Fragment.lists`; the file of a list is its header and the lines of all parts:

    sanitized   key, column, rule, before, after     rule: head, inside or both (see `dashboard.guard`)
    errors      key, column, reason, value

`key` is the row's key, its parts joined by ", "; `column` the column's path. UTF-8, CR LF, every field quoted,
separated by commas. Values stand in JSON notation, with its quote marks inside the cell: `"=1+1"`. So they are
exact, whatever is in them, and none begins like a formula. A semicolon, bar or blank from which a program with
another separator would read a formula on is written as its escape (`\u003b`, `\u007c`, `\u0020`).
Key and column are guarded as text of the data is.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import polars as pl

from dashboard.columns import Column, key
from dashboard.formats.base import Lines
from dashboard.guard import SKIPPED, TRIGGERS, guard, suspects, well_formed

_HEADERS = {
    "sanitized": ("key", "column", "rule", "before", "after"),
    "errors": ("key", "column", "reason", "value"),
}
_ESCAPES = {";": r"\u003b", "|": r"\u007c", " ": r"\u0020"}
_SILENT = rf'[{SKIPPED}"--[;| ]]*[{TRIGGERS.replace("-", "")}\-]'


def header(kind: str) -> bytes:
    """The first line of the list."""
    return (",".join(f'"{name}"' for name in _HEADERS[kind]) + "\r\n").encode()


def keys(frame: pl.DataFrame, rows: pl.Series | None = None) -> pl.Series:
    """The key of each row of a staged frame, or of these rows, as these lists name it; empty where it has none."""
    names = [key(number) for number in range(frame.width) if key(number) in frame.columns]
    if not names:
        height = frame.height if rows is None else rows.len()
        return pl.Series([""], dtype=pl.String).new_from_index(0, height)
    named = frame.select(names)
    if rows is not None:
        named = named[rows]
    parts = (pl.col(name).cast(pl.String) for name in names)
    return named.select(pl.concat_str(*parts, separator=", ", ignore_nulls=True)).to_series()


def sanitized(
    keys: pl.Series, column: Column, rules: pl.Series, before: pl.Series, after: pl.Series
) -> Lines:
    """A line for each value that the guard changed; the series have one element for each."""
    fields = [
        _guarded(keys),
        pl.lit(_name(column)),
        _in_quotes(pl.lit(rules)),
        _notation(before),
        _notation(after),
    ]
    return _lines(fields)


def errors(keys: pl.Series, column: Column, reason: str, values: pl.Series) -> Lines:
    """A line for each value that could not be written, with the one reason in words."""
    reasons = pl.Series([well_formed(reason)], dtype=pl.String).new_from_index(0, keys.len())
    return _lines([_guarded(keys), pl.lit(_name(column)), _in_quotes(pl.lit(reasons)), _notation(values)])


def failed(rows: pl.DataFrame) -> Lines:
    """The lines of rows that a source could not read: its text columns key, column, reason and value."""
    return _lines([*(_guarded(rows[name]) for name in ("key", "column", "reason")), _notation(rows["value"])])


def joined(lists: Iterable[Lines]) -> Lines:
    """The lists of several columns as one."""
    found = [lines for lines in lists if lines.rows]
    return Lines(b"".join(lines.data for lines in found), sum(lines.rows for lines in found))


def _lines(fields: list[pl.Expr]) -> Lines:
    line = pl.concat_str(*fields, separator=",")
    lines = pl.select(pl.concat_str(line, pl.lit("\r\n"))).to_series()
    return Lines(lines.str.join("").item().encode(), lines.len())


@lru_cache(maxsize=1_000)
def _name(column: Column) -> str:
    name: str = pl.select(_guarded(pl.Series([well_formed(column.name)], dtype=pl.String))).item()
    return name


def _guarded(texts: pl.Series) -> pl.Expr:
    # Keys are many, and seldom anything but numbers.
    risky = pl.select(suspects(pl.lit(texts), ",").any()).item()
    return _in_quotes(guard(pl.lit(texts), ",") if risky else pl.lit(texts))


def _notation(values: pl.Series) -> pl.Expr:
    """Each value as a JSON string, from which no separator leads to a formula; quoted as a field."""
    encoded = pl.struct(pl.lit(values.cast(pl.String)).alias("v")).struct.json_encode()
    text = encoded.str.strip_prefix('{"v":').str.strip_suffix("}")
    for mark, escape in _ESCAPES.items():
        text = text.str.replace_all(rf"[{mark}]({_SILENT})", f"{escape}${{1}}")
    return _in_quotes(text)


def _in_quotes(text: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.lit('"'), text.str.replace_all('"', '""', literal=True), pl.lit('"'))
