"""CSV: UTF-8 without a byte order mark, CRLF, RFC 4180, and the formula guard of section 11.

Quoted, always: headings and what is staged as text (text, time, interval, uuid, json, binary as base64).
Bare: integers, decimals, floats, booleans, dates, date-times. NULL is empty and bare, empty text is "".
In a file of one column NULL is "" too, since readers skip an empty line and a row would be lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from io import BytesIO

import polars as pl

from dashboard.columns import Column
from dashboard.formats.base import Format, Fragment, Layout, Opener, Option, Out, Place
from dashboard.formats.values import PLAIN_DECIMAL, base64, float_texts, moment, odd_texts
from dashboard.guard import REPLACEMENT, guard, suspects, well_formed

_SEPARATOR = ","
# A negative interval begins with a minus, like a formula, and is none.
_INTERVAL = r"\A-?P[0-9YMWDTHS.,-]+\z"
_QUOTED = {"text", "time", "interval", "uuid", "json", "binary"}


class Csv(Format):
    key = "csv"
    label = "CSV"
    description = "Opens in Excel, Sheets, Numbers and every database"
    extension = "csv"
    media_type = "text/csv; charset=utf-8"
    options = (
        Option(
            "guard",
            "Formulas in text",
            {"inline": "Make harmless with an apostrophe", "off": "Leave as they are (for programs)"},
        ),
    )

    def fragment(self, frame: pl.DataFrame, layout: Layout, place: Place) -> Fragment:
        warnings: Counter[str] = Counter()
        guarded = self.settle(layout.options)["guard"] == "inline"
        fields = [
            _field(frame, column, layout.timezone, guarded, warnings).alias(str(position))
            for position, column in enumerate(layout.columns)
        ]
        if len(fields) == 1:
            fields = [fields[0].cast(pl.String).fill_null('""')]
        return Fragment(_lines(fields), frame.height, {key: n for key, n in warnings.items() if n})

    def write(
        self,
        fragments: Sequence[Opener],
        layout: Layout,
        places: Sequence[Place],
        rows: Sequence[int],
        out: Out,
    ) -> None:
        out.write(_header(layout, self.settle(layout.options)["guard"] == "inline"))
        for opener in fragments:
            for chunk in opener():
                out.write(chunk)


def _header(layout: Layout, guarded: bool) -> bytes:
    labels = pl.Series([well_formed(column.label) for column in layout.columns], dtype=pl.String)
    fields = _quote(_safe(labels, "text", guarded, Counter()))
    return (_SEPARATOR.join(fields) + "\r\n").encode()


def _lines(fields: list[pl.Series]) -> bytes:
    buffer = BytesIO()
    # Text is quoted already: polars quotes all columns or none.
    pl.DataFrame(fields).write_csv(
        buffer, include_header=False, separator=_SEPARATOR, line_terminator="\r\n", quote_style="never"
    )
    return buffer.getvalue()


def _field(
    frame: pl.DataFrame, column: Column, zone: str, guarded: bool, warnings: Counter[str]
) -> pl.Series:
    """The column as it stands in the file, quotes included."""
    values = frame[column.name]
    strays = odd_texts(frame, column)
    if column.type == "decimal":
        values, strays = _split_decimals(values, strays)
    if column.type in _QUOTED:
        texts = base64(values) if column.type == "binary" else values
        field = _quote(_safe(texts, column.type, guarded, warnings))
    else:
        field = _bare(values, column.type, zone)
    if strays is None:
        return field
    warnings["odd_values"] += strays.len() - strays.null_count()
    text = _quote(_safe(strays, "text", guarded, warnings))
    return pl.select(pl.coalesce(pl.lit(text), pl.lit(field.cast(pl.String)))).to_series()


def _split_decimals(values: pl.Series, strays: pl.Series | None) -> tuple[pl.Series, pl.Series | None]:
    """Bare fields must be digits: anything else that was staged as a decimal goes with the odd values."""
    plain = values.str.contains(PLAIN_DECIMAL)
    if plain.all():
        return values, strays
    value, fits = pl.lit(values), pl.lit(plain)
    others: pl.Expr = pl.when(~fits).then(value)
    if strays is not None:
        others = pl.coalesce(pl.lit(strays), others)
    found = pl.select(digits=pl.when(fits).then(value), others=others)
    return found["digits"], found["others"]


def _bare(values: pl.Series, type: str, zone: str) -> pl.Series:
    if type == "datetime":
        return moment(values, zone)
    if type == "float" and values.is_infinite().any():
        return float_texts(values)
    return values


def _safe(texts: pl.Series, type: str, guarded: bool, warnings: Counter[str]) -> pl.Series:
    """NUL replaced and formulas guarded, at the price of one pass where there are none."""
    if type == "binary":
        return texts
    changed = (
        suspects(pl.lit(texts), _SEPARATOR) if guarded else pl.lit(texts).str.contains("\0", literal=True)
    )
    if type == "interval":
        changed = changed & ~pl.lit(texts).str.contains(_INTERVAL)
    touched = pl.select(changed.fill_null(False)).to_series()
    if not touched.any():
        return texts
    before = texts.filter(touched)
    after = before.str.replace_all("\0", REPLACEMENT, literal=True)
    warnings["replaced_characters"] += int(before.str.count_matches("\0", literal=True).sum())
    if guarded:
        clean, after = after, pl.select(guard(pl.lit(after), _SEPARATOR)).to_series()
        warnings["guarded_cells"] += int((clean != after).sum())
    # scatter writes into the series itself.
    return texts.clone().scatter(touched.arg_true(), after)


def _quote(texts: pl.Series) -> pl.Series:
    text = pl.lit(texts)
    if texts.str.contains('"', literal=True).any():
        text = text.str.replace_all('"', '""', literal=True)
    return pl.select(pl.concat_str(pl.lit('"'), text, pl.lit('"'))).to_series()
