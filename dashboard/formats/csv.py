"""CSV: UTF-8, RFC 4180 unless an option says otherwise, and the formula guard of section 11.

Quoted, always: headings and what is staged as text (text, time, interval, uuid, json, binary as base64).
Bare: integers, decimals, floats, booleans, dates, date-times. NULL is bare, empty unless it was given a word;
empty text is "". In a file of one column an empty NULL is "" too, since readers skip an empty line and a row
would be lost.

With `values=local` truth, dates and date-times are quoted text in the language of the export, and numbers have its
decimal sign, whatever `decimal` says; a number with a comma is quoted where commas separate fields. Date-times by a
pattern of `datetime_format` are quoted text as well, in that language, with either kind of values.

`guard=inline` writes what it changed to the list `sanitized` (`formats.lists`). `guard=split` writes the rows that
it touched to that list instead of the file: whole, made harmless, below the file's own header.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import polars as pl

from dashboard.formats import lists
from dashboard.formats.base import Fragment, Joined, Layout, Lines, Option, Place
from dashboard.formats.csv_fields import Change, Field, Notes, Style, field, headings, whole
from dashboard.formats.date_patterns import DATETIME_FORMAT, ISO, moments
from dashboard.formats.nested import NESTED, flat, flat_columns, flattens
from dashboard.formats.pieces import Pieces, has_nulls
from dashboard.guard import rule
from dashboard.languages import decimal_sign

_MARK = b"\xef\xbb\xbf"
_SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_LINE_ENDS = {"crlf": "\r\n", "lf": "\n"}
_SIGNS = {"point": ".", "comma": ","}
_ALL = 2**30


class Csv(Joined):
    key = "csv"
    label = "CSV"
    description = "Opens in Excel, Sheets, Numbers and every database"
    extension = "csv"
    media_type = "text/csv; charset=utf-8"
    is_text = True
    options = (
        Option(
            "delimiter",
            "Delimiter",
            {"comma": "Comma", "semicolon": "Semicolon", "tab": "Tab", "bar": "Vertical bar"},
        ),
        Option(
            "values",
            "Values",
            {
                "plain": "For programs: 2026-11-21, 1234.5, true",
                "local": "For people, as written in the chosen language",
            },
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
        DATETIME_FORMAT,
        NESTED,
        Option(
            "guard",
            "Formulas in text",
            {
                "inline": "Make harmless with an apostrophe",
                "split": "Keep their rows out, in a second file",
                "off": "Leave as they are (for programs)",
            },
        ),
    )

    def settle(self, options: Mapping[str, Any]) -> dict[str, str]:
        settled = super().settle(options)
        if settled["decimal"] == settled["delimiter"] == "comma":
            raise ValueError("A decimal comma needs another delimiter than the comma, such as the semicolon.")
        return settled

    def waits_for_all(self, layout: Layout) -> bool:
        return flattens(layout)

    def fragment(self, frame: pl.DataFrame, layout: Layout, place: Place) -> Fragment:
        settled, notes = self.settle(layout.options), Notes()
        style = _style(settled, layout)
        flat_frame = flat(frame, layout, notes.warnings)
        fields = [field(flat_frame, column, style, notes) for column in flat_columns(layout)]
        return _fragment(fields, frame, settled, style, notes)

    def start(self, layout: Layout, rows: int) -> bytes:
        settled = self.settle(layout.options)
        fields = headings(flat_columns(layout), _style(settled, layout))
        mark = _MARK if settled["bom"] == "yes" else b""
        line = _SEPARATORS[settled["delimiter"]].join(fields) + _LINE_ENDS[settled["line_end"]]
        return mark + line.encode()

    def list_header(self, kind: str, layout: Layout) -> bytes:
        if kind == "sanitized" and self.settle(layout.options)["guard"] == "split":
            return self.start(layout, 0)
        return lists.header(kind)


def _style(settled: Mapping[str, str], layout: Layout) -> Style:
    local = settled["values"] == "local"
    return Style(
        separator=_SEPARATORS[settled["delimiter"]],
        decimal=decimal_sign(layout.language) if local else _SIGNS[settled["decimal"]],
        guarded=settled["guard"] != "off",
        language=layout.language if local else None,
        timezone=layout.timezone,
        moments=None if settled["datetime_format"] == ISO else partial(moments, layout=layout),
    )


def _fragment(
    fields: list[Field], frame: pl.DataFrame, settled: Mapping[str, str], style: Style, notes: Notes
) -> Fragment:
    warnings = {key: n for key, n in notes.warnings.items() if n}
    if not notes.changes:
        return Fragment(_lines(fields, settled), frame.height, warnings)
    if settled["guard"] == "inline":
        return Fragment(
            _lines(fields, settled),
            frame.height,
            warnings,
            lists={"sanitized": _changed(frame, notes.changes)},
        )
    touched = pl.concat([change.rows for change in notes.changes]).unique()
    apart = pl.Series([False]).new_from_index(0, frame.height).scatter(touched, True)
    lines = Lines(_lines(_filtered(fields, apart), settled), touched.len())
    kept = _lines(_filtered(fields, ~apart), settled)
    return Fragment(kept, frame.height - touched.len(), warnings, touched.len(), {"sanitized": lines})


def _filtered(fields: list[Field], rows: pl.Series) -> list[Field]:
    return [[one if isinstance(one, str) else one.filter(rows) for one in field] for field in fields]


def _changed(frame: pl.DataFrame, changes: list[Change]) -> Lines:
    return lists.joined(
        lists.sanitized(
            lists.keys(frame, change.rows),
            change.column,
            pl.select(rule(pl.lit(change.before), pl.lit(change.after))).to_series(),
            change.before,
            change.after,
        )
        for change in changes
    )


def _lines(fields: list[Field], settled: Mapping[str, str]) -> bytes:
    null = "" if settled["null"] == "empty" else settled["null"]
    if len(fields) == 1:
        null = null or '""'
    pieces = Pieces()
    for position, one in enumerate(fields):
        pieces.add(*([_SEPARATORS[settled["delimiter"]]] if position else []), *_filled(one, null))
    pieces.add(_LINE_ENDS[settled["line_end"]])
    return b"".join(pieces.joined(_ALL))


def _filled(field: Field, null: str) -> Field:
    """Pieces that are null are nothing in the line; another word for that needs the field as a whole."""
    return [whole(field).fill_null(null)] if null and has_nulls(field) else field
