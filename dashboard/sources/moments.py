"""Dates, times and moments from the text in which SQLite databases keep them, a whole column at once."""

from __future__ import annotations

import polars as pl

_SECONDS = 19  # characters of "2026-11-21 13:05:00"
_SQL = "%Y-%m-%d %H:%M:%S"
_UTC = pl.Datetime("us", "UTC")
_ANY = (
    r"^\s*(?<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ](?<clock>[0-9]{2}:[0-9]{2})(?::(?<seconds>[0-9]{2})"
    r"(?:[.,](?<fraction>[0-9]{1,9}))?)?\s?(?<zone>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?\s*$"
)
_MIDNIGHT = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]00:00(?::00(?:\.0+)?)?[Zz]?$"
_TIME = r"^(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?$"


def to_date(text: pl.Series) -> pl.Series:
    """Days; a moment at midnight is its day, any other is no date and so null."""
    days = text if (text.str.len_bytes() == 10).all() else text.str.replace(_MIDNIGHT, "${1}")
    plain = days.str.len_bytes() == 10
    read = _or_null(days, plain).str.to_date("%Y-%m-%d", strict=False)
    return _or_null(read, read.dt.year() >= 1)


def to_time(text: pl.Series) -> pl.Series:
    """Times of day as "13:05:00", with the fraction if there is one."""
    times = _or_null(text, text.str.contains(_TIME))
    short = times.str.len_bytes() == 5
    return times.zip_with(~short.fill_null(False), times + ":00") if short.any() else times


def to_moment(text: pl.Series) -> pl.Series:
    """Moments in UTC; text without a zone is UTC already, a day is its midnight."""
    moments = _fixed(text)
    left = moments.is_null() & text.is_not_null()
    if left.any():
        rows = left.arg_true()
        moments = moments.scatter(rows, _of_any_shape(text.gather(rows)))
    return _or_null(moments, moments.dt.year() >= 1)


def _fixed(text: pl.Series) -> pl.Series:
    """The two shapes nearly every database has, "…:05" and "…:05.123456", without a regular expression."""
    lengths = text.str.len_bytes()
    if (lengths == _SECONDS).all():
        return _whole_seconds(text).dt.replace_time_zone("UTC")
    head = text.str.slice(0, _SECONDS)
    read = _whole_seconds(head)
    whole = _or_null(read, (head.str.len_bytes() == _SECONDS) & (lengths == _SECONDS))
    longer = (lengths == 26) & (text.str.slice(_SECONDS, 1) == ".")
    if not longer.any():
        return whole.dt.replace_time_zone("UTC")
    micros = text.str.slice(_SECONDS + 1).cast(pl.UInt32, strict=False).cast(pl.Int64)
    fine = read + _or_null(micros, longer).cast(pl.Duration("us"))
    return whole.zip_with(~longer.fill_null(False), fine).dt.replace_time_zone("UTC")


def _whole_seconds(text: pl.Series) -> pl.Series:
    # Moments seldom repeat, so polars' memory of what it has read before costs as much as the reading.
    read = text.str.to_datetime(_SQL, time_unit="us", strict=False, cache=False)
    if read.null_count() == text.null_count() or not (text.str.slice(10, 1) == "T").any():
        return read
    spaced = text.str.slice(0, 10) + " " + text.str.slice(11)
    with_t = spaced.str.to_datetime(_SQL, time_unit="us", strict=False, cache=False)
    return read.zip_with(read.is_not_null(), _or_null(with_t, text.str.slice(10, 1) == "T"))


def _of_any_shape(text: pl.Series) -> pl.Series:
    found = pl.DataFrame({"text": text}).select(pl.col("text").str.extract_groups(_ANY)).unnest("text")
    second = pl.col("seconds").fill_null("00")
    written = pl.concat_str("day", pl.lit(" "), pl.col("clock").fill_null("00:00"), pl.lit(":"), second)
    micros = pl.col("fraction").fill_null("").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64)
    digits = pl.col("zone").str.replace_all(r"[^0-9]", "").str.pad_end(4, "0")
    minutes = (
        digits.str.slice(0, 2).cast(pl.Int64, strict=False) * 60
        + digits.str.slice(2, 2).cast(pl.Int64, strict=False)
    ).fill_null(0)
    east = pl.when(pl.col("zone").str.starts_with("-")).then(-minutes).otherwise(minutes)
    moment = written.str.to_datetime(_SQL, time_unit="us", strict=False)
    moment = moment + micros.cast(pl.Duration("us")) - pl.duration(minutes=east)
    return found.select(moment.dt.replace_time_zone("UTC").cast(_UTC)).to_series()


def _or_null(series: pl.Series, where: pl.Series) -> pl.Series:
    return series.zip_with(where.fill_null(False), pl.Series([None], dtype=series.dtype))
