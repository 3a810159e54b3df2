"""From values as a database stored them to the staged columns of `dashboard.columns`.

Two ways. `quick` takes a column as the driver gave it and either stages it whole or gives None: something in
it does not fit, and the driver may have bent the other values to make one type of them. Then the part is read
again with that column in four (`Stored`), in which nothing is bent, and `exact` sorts the values out.
All whole-column expressions; Python touches only values that are broken.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import polars as pl

from dashboard.columns import STAGED
from dashboard.sources.moments import to_date, to_moment, to_time

_EXACT_FLOAT = 2**53
_YES, _NO = ["true", "t", "1"], ["false", "f", "0"]
_PLAIN = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$"
_FLOAT = r"^\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*$"
_UUID = r"^\{?[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\}?$"
_SPACE_IN_JSON = r'("(?:[^"\\]|\\.)*")|\s+'


class Stored(NamedTuple):
    """One column as SQLite holds it: the storage class of each value, and the value in the matching column."""

    kind: pl.Series
    whole: pl.Series
    real: pl.Series
    raw: pl.Series


STORED = (pl.String(), pl.Int64(), pl.Float64(), pl.Binary())


class Staged(NamedTuple):
    """A staged column, its odd values as text where it has any, and how many characters were replaced."""

    values: pl.Series
    odd: pl.Series | None = None
    replaced: int = 0


def quick(series: pl.Series, type: str, scale: int | None, textual: bool) -> pl.Series | None:
    """The staged column when every value fits; `textual`: the database keeps nothing but text in it."""
    if series.null_count() == len(series):
        return pl.Series(series.name, [None] * len(series), dtype=STAGED[type])
    if series.dtype == pl.String and not _is_utf8(series):
        return None
    staged = _QUICK[type](series, scale, textual) if type in _QUICK else None
    if staged is None or staged.null_count() != series.null_count():
        return None
    return staged


def _is_utf8(series: pl.Series) -> bool:
    # polars takes a driver's text unseen, and would panic or worse on invalid UTF-8; this way round it looks.
    try:
        series.cast(pl.Binary).cast(pl.String)
    except pl.exceptions.ComputeError:
        return False
    return True


def _quick_text(series: pl.Series, scale: int | None, textual: bool) -> pl.Series | None:
    return series if textual and series.dtype == pl.String else None


def _quick_integer(series: pl.Series, scale: int | None, textual: bool) -> pl.Series | None:
    return series if series.dtype == pl.Int64 else None


def _quick_float(series: pl.Series, scale: int | None, textual: bool) -> pl.Series | None:
    # Integers beyond 2**53 may have been bent into floats by the driver.
    if series.dtype not in (pl.Int64, pl.Float64) or (series.abs() >= _EXACT_FLOAT).any():
        return None
    return series.cast(pl.Float64)


def _quick_decimal(series: pl.Series, scale: int | None, textual: bool) -> pl.Series | None:
    if series.dtype == pl.Int64:
        return whole_decimals(series, scale)
    if series.dtype == pl.Float64 and not (series.abs() >= _EXACT_FLOAT).any():
        return real_decimals(series, scale)
    if series.dtype == pl.String and textual:
        return text_decimals(series, scale)
    return None


def _quick_boolean(series: pl.Series, scale: int | None, textual: bool) -> pl.Series | None:
    if series.dtype != pl.Int64 or not series.is_between(0, 1).all():
        return None
    return series.cast(pl.Boolean)


def _of_text(read: Callable[[pl.Series], pl.Series]) -> Callable[..., pl.Series | None]:
    # A number the driver turned into text on the way never reads as one of these types.
    return lambda series, scale, textual: read(series) if series.dtype == pl.String else None


def exact(stored: Stored, type: str, scale: int | None) -> Staged:
    """The staged column whatever is in it: what does not fit its type is null there and text among the odd."""
    is_text, is_blob = stored.kind == "text", stored.kind == "blob"
    text, replaced = decoded(_only(stored.raw, is_text))
    values = _EXACT[type](stored, text, scale)
    odd = values.is_null() & (stored.kind != "null")
    if not odd.any():
        return Staged(values, None, replaced)
    shown = pl.DataFrame({"text": text, "whole": stored.whole, "real": stored.real}).select(
        pl.coalesce(
            "text",
            pl.col("whole").cast(pl.String),
            pl.col("real").cast(pl.String).str.replace("inf", "Infinity", literal=True),
        )
    )
    blobs = _mapped(_only(stored.raw, is_blob & odd), lambda raw: base64.b64encode(raw).decode(), pl.String())
    return Staged(values, _only(shown.to_series().zip_with(~is_blob, blobs), odd), replaced)


def decoded(raw: pl.Series) -> tuple[pl.Series, int]:
    """Bytes as text, invalid UTF-8 as U+FFFD, and how many of those that made."""
    try:
        return raw.cast(pl.String), 0
    except pl.exceptions.ComputeError:  # even with strict=False polars refuses the column for one such value
        text = _mapped(raw, lambda value: value.decode(errors="replace"), pl.String())
    marks = int(text.str.count_matches("\ufffd", literal=True).sum())
    return text, marks - sum(value.count("\ufffd".encode()) for value in raw if value is not None)


def whole_decimals(whole: pl.Series, scale: int | None) -> pl.Series:
    zeros = "." + "0" * scale if scale else ""
    return whole.cast(pl.String) + zeros


def real_decimals(real: pl.Series, scale: int | None) -> pl.Series:
    """The shortest digits that mean this float, at least `scale` of them after the point; null if infinite."""
    if scale is not None:
        fixed = real.cast(pl.Decimal(38, scale), strict=False)
        if (fixed.cast(pl.Float64) == real).all() and fixed.null_count() == real.null_count():
            return fixed.cast(pl.String)
    digits = _only(real, real.is_finite()).cast(pl.String)
    powers = digits.str.contains("e", literal=True).fill_null(False)
    if powers.any():
        written = _mapped(_only(digits, powers), lambda value: format(Decimal(value), "f"), pl.String())
        digits = digits.zip_with(~powers, written)
    return _padded(digits.str.strip_suffix(".0"), scale)


def text_decimals(text: pl.Series, scale: int | None) -> pl.Series:
    """Digits as they are, only with the declared scale filled up; null where it is no plain number."""
    digits = _only(text, text.str.contains(_PLAIN).fill_null(False))
    if digits.str.contains(r"^\+|\.$|^-?\.").any():
        digits = digits.str.strip_prefix("+").str.strip_suffix(".").str.replace(r"^(-?)\.", "${1}0.")
    return _padded(digits, scale)


def _padded(digits: pl.Series, scale: int | None) -> pl.Series:
    if not scale:
        return digits
    frame = pl.DataFrame({"d": digits})
    after = pl.col("d").str.len_bytes() - pl.col("d").str.find(".", literal=True) - 1
    missing = (scale - after.cast(pl.Int64)).fill_null(scale).clip(0)
    point = pl.when(pl.col("d").str.contains(".", literal=True)).then(pl.lit("")).otherwise(pl.lit("."))
    zeros = pl.lit("0" * scale).str.slice(0, missing.cast(pl.UInt64))
    return frame.select((pl.col("d") + point + zeros).alias(digits.name)).to_series()


def json_text(text: pl.Series) -> pl.Series:
    """JSON without the white space between its tokens; every digit stays as it was."""
    return text.str.replace_all(_SPACE_IN_JSON, "${1}")


def _valid_json(text: pl.Series) -> pl.Series:
    return json_text(_mapped(text, lambda value: value if _is_json(value) else None, pl.String()))


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError):
        return False
    return True


def _refused(constant: str) -> None:
    raise ValueError(constant)


def _uuids(text: pl.Series) -> pl.Series:
    digits = _only(text, text.str.contains(_UUID).fill_null(False)).str.replace_all(r"[{}-]", "")
    return digits.str.to_lowercase().str.replace(
        r"^(.{8})(.{4})(.{4})(.{4})(.{12})$", "${1}-${2}-${3}-${4}-${5}"
    )


def _exact_text(stored: Stored, text: pl.Series, scale: int | None) -> pl.Series:
    # A number in a text column is its digits: nothing is lost, so nothing is odd about it.
    return text.zip_with(stored.kind == "text", _digits(stored))


def _digits(stored: Stored) -> pl.Series:
    return stored.whole.cast(pl.String).zip_with(stored.kind == "integer", real_decimals(stored.real, None))


def _exact_json(stored: Stored, text: pl.Series, scale: int | None) -> pl.Series:
    # SQLite stores the document 17 as a number when the column is declared JSON.
    return _valid_json(text).zip_with(stored.kind == "text", _digits(stored))


def _exact_integer(stored: Stored, text: pl.Series, scale: int | None) -> pl.Series:
    return stored.whole.zip_with(stored.kind == "integer", _whole_text(text))


def _whole_text(text: pl.Series) -> pl.Series:
    plain = text.str.contains(r"^[+-]?[0-9]+$").fill_null(False)
    return _only(text, plain).str.strip_prefix("+").cast(pl.Int64, strict=False)


def _exact_float(stored: Stored, text: pl.Series, scale: int | None) -> pl.Series:
    whole = _only(stored.whole, stored.whole.is_between(-_EXACT_FLOAT, _EXACT_FLOAT)).cast(pl.Float64)
    read = _only(text, text.str.contains(_FLOAT).fill_null(False)).str.strip_chars()
    number = read.str.strip_prefix("+").cast(pl.Float64, strict=False)
    number = _only(number, number.is_finite().fill_null(False))
    return stored.real.zip_with(stored.kind == "real", whole.zip_with(stored.kind == "integer", number))


def _exact_decimal(stored: Stored, text: pl.Series, scale: int | None) -> pl.Series:
    numbers = real_decimals(stored.real, scale).zip_with(stored.kind == "real", text_decimals(text, scale))
    return whole_decimals(stored.whole, scale).zip_with(stored.kind == "integer", numbers)


def _exact_boolean(stored: Stored, text: pl.Series, scale: int | None) -> pl.Series:
    words = text.str.to_lowercase()
    number = _only(stored.whole, stored.whole.is_between(0, 1)).cast(pl.Boolean)
    word = _only(words.is_in(_YES), words.is_in(_YES + _NO))
    return number.zip_with(stored.kind == "integer", word)


def _exact_binary(stored: Stored, text: pl.Series, scale: int | None) -> pl.Series:
    return _only(stored.raw, stored.kind == "blob")


def _from_text(read: Callable[[pl.Series], pl.Series]) -> Callable[..., pl.Series]:
    return lambda stored, text, scale: read(text)


def _only(series: pl.Series, where: pl.Series) -> pl.Series:
    """The series with null outside `where`."""
    return series.zip_with(where.fill_null(False), pl.Series([None], dtype=series.dtype))


def _mapped(series: pl.Series, change: Callable[[Any], Any], dtype: pl.DataType) -> pl.Series:
    values = [None if value is None else change(value) for value in series]
    return pl.Series(series.name, values, dtype=dtype)


_TEXT_TYPES: dict[str, Callable[[pl.Series], pl.Series]] = {
    "date": to_date,
    "datetime": to_moment,
    "time": to_time,
    "uuid": _uuids,
    "json": _valid_json,
    "interval": lambda text: text,
}
_QUICK: dict[str, Callable[[pl.Series, int | None, bool], pl.Series | None]] = {
    "text": _quick_text,
    "integer": _quick_integer,
    "decimal": _quick_decimal,
    "float": _quick_float,
    "boolean": _quick_boolean,
    **{type: _of_text(_TEXT_TYPES[type]) for type in ("date", "datetime", "time", "uuid")},
}
_EXACT: dict[str, Callable[[Stored, pl.Series, int | None], pl.Series]] = {
    "text": _exact_text,
    "integer": _exact_integer,
    "decimal": _exact_decimal,
    "float": _exact_float,
    "boolean": _exact_boolean,
    "binary": _exact_binary,
    **{type: _from_text(read) for type, read in _TEXT_TYPES.items()},
    "json": _exact_json,
}
