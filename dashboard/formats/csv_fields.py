"""One column as it stands in a CSV file: written, made harmless, quoted. `formats.csv` calls `field` and `headings`.

A field is the pieces that each row's is put together from; a row in which they are null has no value there. What had
to be done to the values is told in `Notes`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from dashboard.columns import Column
from dashboard.formats.local import local_texts
from dashboard.formats.pieces import Piece
from dashboard.formats.values import (
    PLAIN_DECIMAL,
    base64,
    enclosed,
    float_texts,
    moment_pieces,
    odd_texts,
)
from dashboard.guard import REPLACEMENT, guard, suspects, well_formed

# A negative interval begins with a minus, like a formula, and is none.
_INTERVAL = r"\A-?P[0-9YMWDTHS.,-]+\z"
_TEXT = {"text", "time", "interval", "uuid", "json"}
_SAMPLE = 500

Field = list[Piece]


@dataclass(frozen=True, slots=True)
class Style:
    """What options and language say about each field."""

    separator: str
    decimal: str
    guarded: bool
    language: str | None  # None: as programs read values
    timezone: str
    moments: Callable[[pl.Series], pl.Series] | None = None  # texts of date-times by a pattern


@dataclass(frozen=True, slots=True)
class Change:
    """What the guard did to a column: the numbers of the rows, and their values."""

    column: Column
    rows: pl.Series
    before: pl.Series
    after: pl.Series


class Notes:
    """What is to be told of one part: the counters of its warnings, and the changes of the guard."""

    def __init__(self) -> None:
        self.warnings: Counter[str] = Counter()
        self.changes: list[Change] = []


def headings(columns: Sequence[Column], style: Style) -> list[str]:
    """The labels as fields; over clock times without an offset they name the zone."""
    local = style.language is not None
    texts = [
        f"{column.label} ({style.timezone})" if local and column.type == "datetime" else column.label
        for column in columns
    ]
    labels = pl.Series([well_formed(text) for text in texts], dtype=pl.String)
    fields: list[str] = whole(_text(labels, Column("", "text", ""), style, Notes())).to_list()
    return fields


def field(frame: pl.DataFrame, column: Column, style: Style, notes: Notes) -> Field:
    """The column with its quotes."""
    values = frame[column.name]
    strays = odd_texts(frame, column)
    if column.type == "decimal":
        values, strays = _split_decimals(values, strays)
    if column.type == "binary":
        fields = _in_quotes(base64(values))
    elif column.type in _TEXT:
        fields = _text(values, column, style, notes)
    else:
        fields = _typed(values, column.type, style)
    if strays is None:
        return fields
    notes.warnings["odd_values"] += strays.len() - strays.null_count()
    text = whole(_text(strays, Column(column.name, "text", ""), style, notes))
    return [pl.select(pl.coalesce(pl.lit(text), pl.lit(whole(fields)))).to_series()]


def whole(field: Field) -> pl.Series:
    """The field in one piece."""
    if len(field) == 1 and isinstance(field[0], pl.Series):
        return field[0]
    return pl.select(pl.concat_str(*(pl.lit(piece) for piece in field))).to_series()


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


def _typed(values: pl.Series, type: str, style: Style) -> Field:
    """Bare, but for what is written in words, and for numbers with the sign that separates fields."""
    if type == "datetime" and style.moments:
        return _in_quotes(style.moments(values).str.replace_all('"', '""', literal=True))
    if style.language:
        texts = local_texts(values, type, style.language, style.timezone)
        if texts is not None:
            return _in_quotes(texts)
    if type == "datetime":
        return [*moment_pieces(values, style.timezone)]
    digits = float_texts(values) if type == "float" else values.cast(pl.String)
    if style.decimal == "." or type not in ("decimal", "float"):
        return [digits]
    signed = digits.str.replace(".", style.decimal, literal=True)
    return _in_quotes(signed) if style.decimal == style.separator else [signed]


def _in_quotes(texts: pl.Series) -> Field:
    return [enclosed(texts)] if texts.null_count() else ['"', texts, '"']


def _text(texts: pl.Series, column: Column, style: Style, notes: Notes) -> Field:
    """Text in its quotes, NUL replaced and formulas guarded: one search where there is nothing to do."""
    rows = _with_work(texts, style)
    if rows.is_empty():
        return _in_quotes(texts)
    before = texts.gather(rows)
    after = _harmless(before, rows, column, style, notes).str.replace_all('"', '""', literal=True)
    # scatter writes into the series itself.
    return _in_quotes(texts.clone().scatter(rows, after))


def _with_work(texts: pl.Series, style: Style) -> pl.Series:
    """The numbers of the rows in which something may have to be guarded, replaced or doubled."""
    # polars takes longer to search a null than a text.
    present = texts.drop_nulls() if texts.null_count() else texts
    if _repeats(present) and not _work(present.unique(), style).any():
        return pl.Series(dtype=pl.UInt32)
    found = _work(present, style).arg_true()
    return found if present is texts else texts.is_not_null().arg_true().gather(found)


def _repeats(texts: pl.Series) -> bool:
    """Whether it is a few texts over and over, as of a status: those are found sooner than all are searched."""
    return texts.len() > 10 * _SAMPLE and texts.head(_SAMPLE).n_unique() <= _SAMPLE // 10


def _work(texts: pl.Series, style: Style) -> pl.Series:
    text = pl.lit(texts)
    work = suspects(text, style.separator, quotes=True) if style.guarded else text.str.contains(r'["\x00]')
    return pl.select(work).to_series()


def _harmless(before: pl.Series, rows: pl.Series, column: Column, style: Style, notes: Notes) -> pl.Series:
    text = pl.lit(before)
    clean = before.str.replace_all("\0", REPLACEMENT, literal=True)
    notes.warnings["replaced_characters"] += int(before.str.count_matches("\0", literal=True).sum())
    if not style.guarded:
        return clean
    risky = suspects(text, style.separator)
    if column.type == "interval":
        risky = risky & ~text.str.contains(_INTERVAL)
    places = pl.select(risky).to_series().arg_true()
    guarded = pl.select(guard(pl.lit(clean.gather(places)), style.separator)).to_series()
    _note(
        notes,
        Change(column, rows.gather(places), before.gather(places), guarded),
        clean.gather(places) != guarded,
    )
    return clean.clone().scatter(places, guarded)


def _note(notes: Notes, change: Change, guarded: pl.Series) -> None:
    if not guarded.any():
        return
    notes.warnings["guarded_cells"] += int(guarded.sum())
    found = (series.filter(guarded) for series in (change.rows, change.before, change.after))
    notes.changes.append(Change(change.column, *found))
