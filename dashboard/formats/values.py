"""How staged values read as text, in the words that all formats share (reliability page, section 12)."""

from __future__ import annotations

import polars as pl

from dashboard.columns import Column, odd

PLAIN_DECIMAL = r"\A-?[0-9]+(?:\.[0-9]+)?\z"

_ISO = "%Y-%m-%dT%H:%M:%S%.f%:z"
# In 1972 Liberia was the last to give up an offset that has seconds in it.
_EVEN_OFFSETS_SINCE = 1973


def moment(values: pl.Series, zone: str) -> pl.Series:
    """ISO 8601 with the zone's offset; a fraction only when there is one.

    ISO has offsets in whole minutes and years of four digits. The few old moments whose local offset has
    seconds, and those that are in year 10000 there, are written in UTC.
    """
    local = values.dt.convert_time_zone(zone)
    text = local.dt.to_string(_ISO)
    if zone == "UTC" or not _needs_care(local):
        return text
    clock, utc = pl.lit(local), pl.lit(values)
    offset = clock.dt.base_utc_offset() + clock.dt.dst_offset()
    in_utc = (offset.dt.total_seconds() % 60 != 0) | ~clock.dt.year().is_between(1, 9999)
    return pl.select(pl.when(in_utc).then(utc.dt.to_string(_ISO)).otherwise(pl.lit(text))).to_series()


def float_texts(values: pl.Series) -> pl.Series:
    """The shortest text that reads back as the same number."""
    return values.cast(pl.String).str.replace("inf", "Infinity", literal=True)


def base64(values: pl.Series) -> pl.Series:
    return values.bin.encode("base64")


def odd_texts(frame: pl.DataFrame, column: Column) -> pl.Series | None:
    """The values of the column that do not fit its type, or None when the part has none."""
    texts = frame.get_column(odd(column.name), default=None)
    return None if texts is None or texts.null_count() == frame.height else texts


def _needs_care(local: pl.Series) -> bool:
    year = local.dt.year()
    return bool(((year < _EVEN_OFFSETS_SINCE) | (year > 9998)).any())
