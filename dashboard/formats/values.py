"""How staged values read as text, in the words that all formats share (reliability page, section 12)."""

from __future__ import annotations

from functools import cache

import polars as pl

from dashboard.columns import Column, odd

PLAIN_DECIMAL = r"\A-?[0-9]+(?:\.[0-9]+)?\z"

_ISO = "%Y-%m-%dT%H:%M:%S%.f%:z"
# In 1972 Liberia was the last to give up an offset that has seconds in it.
_EVEN_OFFSETS_SINCE = 1973
_DAY = 86_400
_MOST_DAYS = 50_000


def moment(values: pl.Series, zone: str) -> pl.Series:
    """ISO 8601 with the zone's offset; a fraction only when there is one.

    ISO has offsets in whole minutes and years of four digits. The few old moments whose local offset has
    seconds, and those that are in year 10000 there, are written in UTC.
    """
    return pl.select(pl.concat_str(*map(pl.lit, moment_pieces(values, zone)))).to_series()


def moment_pieces(values: pl.Series, zone: str) -> list[str | pl.Series]:
    """The same in pieces, for whoever joins pieces anyway; where one is null, the value is."""
    if zone == "UTC":
        return _utc_pieces(values) or [values.dt.to_string(_ISO)]
    local = values.dt.convert_time_zone(zone)
    text = local.dt.to_string(_ISO)
    if not _needs_care(local):
        return [text]
    clock, utc = pl.lit(local), pl.lit(values)
    offset = clock.dt.base_utc_offset() + clock.dt.dst_offset()
    in_utc = (offset.dt.total_seconds() % 60 != 0) | ~clock.dt.year().is_between(1, 9999)
    return [pl.select(pl.when(in_utc).then(utc.dt.to_string(_ISO)).otherwise(pl.lit(text))).to_series()]


def _utc_pieces(values: pl.Series) -> list[str | pl.Series] | None:
    """Day and time of day looked up in tables, at a fraction of the price of formatting; None where that won't do.

    polars has texts of up to 12 bytes at hand, others it has to go and fetch: hence the pieces.
    """
    seconds = values.to_physical() // 1_000_000
    days = seconds // _DAY
    first, last = days.min(), days.max()
    if not isinstance(first, int) or not isinstance(last, int) or last - first > _MOST_DAYS:
        return None
    if not (seconds * 1_000_000).equals(values.to_physical()):
        return None
    dates = pl.int_range(first, last + 1, dtype=pl.Int32, eager=True).cast(pl.Date).dt.to_string("%Y-%m-%dT")
    offset = pl.Series(["+00:00"]).gather(days * 0) if days.null_count() else "+00:00"
    return [dates.gather(days - first), _clocks().gather(seconds - days * _DAY), offset]


@cache
def _clocks() -> pl.Series:
    """Each second of a day in UTC."""
    seconds = pl.int_range(_DAY, dtype=pl.Int64, eager=True) * 1_000_000_000
    return seconds.cast(pl.Time).dt.to_string("%H:%M:%S")


def float_texts(values: pl.Series) -> pl.Series:
    """The shortest text that reads back as the same number."""
    return values.cast(pl.String).str.replace("inf", "Infinity", literal=True)


def base64(values: pl.Series) -> pl.Series:
    return values.bin.encode("base64")


def texts(values: pl.Series, type: str, zone: str) -> pl.Series:
    """The values as CSV and XML have them, before anything is quoted or escaped."""
    match type:
        case "integer" | "boolean" | "date":
            return values.cast(pl.String)
        case "float":
            return float_texts(values)
        case "datetime":
            return moment(values, zone)
        case "binary":
            return base64(values)
    return values


def odd_texts(frame: pl.DataFrame, column: Column) -> pl.Series | None:
    """The values of the column that do not fit its type, or None when the part has none."""
    texts = frame.get_column(odd(column.name), default=None)
    return None if texts is None or texts.null_count() == frame.height else texts


def _needs_care(local: pl.Series) -> bool:
    year = local.dt.year()
    return bool(((year < _EVEN_OFFSETS_SINCE) | (year > 9998)).any())


def enclosed(texts: pl.Series) -> pl.Series:
    """The texts between quote marks; null stays null."""
    return texts.to_frame("").select(pl.format('"{}"', pl.col(""))).to_series()
