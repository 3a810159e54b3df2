"""CSV: UTF-8, RFC 4180 unless an option says otherwise, and the formula guard of section 11.

Quoted, always: headings and what is staged as text (text, time, interval, uuid, json, binary as base64).
Bare: integers, decimals, floats, booleans, dates, date-times. NULL is bare, empty unless it was given a word;
empty text is "". In a file of one column an empty NULL is "" too, since readers skip an empty line and a row
would be lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import polars as pl

from dashboard.columns import Column
from dashboard.formats.base import Fragment, Joined, Layout, Option, Place
from dashboard.formats.values import PLAIN_DECIMAL, base64, float_texts, moment, odd_texts
from dashboard.guard import REPLACEMENT, guard, suspects, well_formed

_MARK = b"\xef\xbb\xbf"
_SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_LINE_ENDS = {"crlf": "\r\n", "lf": "\n"}
# A negative interval begins with a minus, like a formula, and is none.
_INTERVAL = r"\A-?P[0-9YMWDTHS.,-]+\z"
_QUOTED = {"text", "time", "interval", "uuid", "json", "binary"}


class Csv(Joined):
    key = "csv"
    label = "CSV"
    description = "Opens in Excel, Sheets, Numbers and every database"
    extension = "csv"
    media_type = "text/csv; charset=utf-8"
    options = (
        Option(
            "delimiter",
            "Delimiter",
            {"comma": "Comma", "semicolon": "Semicolon", "tab": "Tab", "bar": "Vertical bar"},
        ),
        Option(
            "decimal",
            "Decimal sign",
            {"point": "Point", "comma": "Comma (with another delimiter)"},
        ),
        Option("bom", "Byte order mark", {"no": "No", "yes": "Yes, for older Excel"}),
        Option("line_end", "Line ends", {"crlf": "Windows (CR LF)", "lf": "Unix (LF)"}),
        Option(
            "null",
            "Missing values",
            {"empty": "Empty", "NULL": "The word NULL", "\\N": "Backslash and N, to load a database"},
        ),
        Option(
            "guard",
            "Formulas in text",
            {"inline": "Make harmless with an apostrophe", "off": "Leave as they are (for programs)"},
        ),
    )

    def settle(self, options: Mapping[str, Any]) -> dict[str, str]:
        settled = super().settle(options)
        if settled["decimal"] == settled["delimiter"] == "comma":
            raise ValueError("A decimal comma needs another delimiter than the comma, such as the semicolon.")
        return settled

    def fragment(self, frame: pl.DataFrame, layout: Layout, place: Place) -> Fragment:
        warnings: Counter[str] = Counter()
        style = _style(self.settle(layout.options))
        fields = [
            _field(frame, column, layout.timezone, style, warnings).alias(str(position))
            for position, column in enumerate(layout.columns)
        ]
        if len(fields) == 1:
            fields = [fields[0].cast(pl.String).fill_null(style.null or '""')]
        return Fragment(_lines(fields, style), frame.height, {key: n for key, n in warnings.items() if n})

    def start(self, layout: Layout, rows: int) -> bytes:
        settled = self.settle(layout.options)
        mark = _MARK if settled["bom"] == "yes" else b""
        return mark + _header(layout, _style(settled))


@dataclass(frozen=True, slots=True)
class _Style:
    """What the options say about each line."""

    separator: str
    line_end: str
    null: str
    decimal_comma: bool
    guarded: bool


def _style(settled: Mapping[str, str]) -> _Style:
    return _Style(
        _SEPARATORS[settled["delimiter"]],
        _LINE_ENDS[settled["line_end"]],
        "" if settled["null"] == "empty" else settled["null"],
        settled["decimal"] == "comma",
        settled["guard"] == "inline",
    )


def _header(layout: Layout, style: _Style) -> bytes:
    labels = pl.Series([well_formed(column.label) for column in layout.columns], dtype=pl.String)
    fields = _quote(_safe(labels, "text", style, Counter()))
    return (style.separator.join(fields) + style.line_end).encode()


def _lines(fields: list[pl.Series], style: _Style) -> bytes:
    buffer = BytesIO()
    # Text is quoted already: polars quotes all columns or none.
    pl.DataFrame(fields).write_csv(
        buffer,
        include_header=False,
        separator=style.separator,
        line_terminator=style.line_end,
        null_value=style.null,
        quote_style="never",
    )
    return buffer.getvalue()


def _field(
    frame: pl.DataFrame, column: Column, zone: str, style: _Style, warnings: Counter[str]
) -> pl.Series:
    """The column as it stands in the file, quotes included."""
    values = frame[column.name]
    strays = odd_texts(frame, column)
    if column.type == "decimal":
        values, strays = _split_decimals(values, strays)
    if column.type in _QUOTED:
        texts = base64(values) if column.type == "binary" else values
        field = _quote(_safe(texts, column.type, style, warnings))
    else:
        field = _bare(values, column.type, zone, style)
    if strays is None:
        return field
    warnings["odd_values"] += strays.len() - strays.null_count()
    text = _quote(_safe(strays, "text", style, warnings))
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


def _bare(values: pl.Series, type: str, zone: str, style: _Style) -> pl.Series:
    if type == "datetime":
        return moment(values, zone)
    if style.decimal_comma and type in ("decimal", "float"):
        digits = float_texts(values) if type == "float" else values
        return digits.str.replace(".", ",", literal=True)
    if type == "float" and values.is_infinite().any():
        return float_texts(values)
    return values


def _safe(texts: pl.Series, type: str, style: _Style, warnings: Counter[str]) -> pl.Series:
    """NUL replaced and formulas guarded, at the price of one pass where there are none."""
    if type == "binary":
        return texts
    text = pl.lit(texts)
    changed = suspects(text, style.separator) if style.guarded else text.str.contains("\0", literal=True)
    if type == "interval":
        changed = changed & ~text.str.contains(_INTERVAL)
    touched = pl.select(changed.fill_null(False)).to_series()
    if not touched.any():
        return texts
    before = texts.filter(touched)
    after = before.str.replace_all("\0", REPLACEMENT, literal=True)
    warnings["replaced_characters"] += int(before.str.count_matches("\0", literal=True).sum())
    if style.guarded:
        clean, after = after, pl.select(guard(pl.lit(after), style.separator)).to_series()
        warnings["guarded_cells"] += int((clean != after).sum())
    # scatter writes into the series itself.
    return texts.clone().scatter(touched.arg_true(), after)


def _quote(texts: pl.Series) -> pl.Series:
    text = pl.lit(texts)
    if texts.str.contains('"', literal=True).any():
        text = text.str.replace_all('"', '""', literal=True)
    return pl.select(pl.concat_str(pl.lit('"'), text, pl.lit('"'))).to_series()
