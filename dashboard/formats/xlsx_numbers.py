"""Values that Excel holds as numbers: digits, booleans and days. `xlsx_cells` calls `numbers`.

Excel has doubles only: what needs more than 15 digits, or is no day of its calendar, becomes text so that
nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

import polars as pl

from dashboard.columns import Column
from dashboard.formats.values import PLAIN_DECIMAL, float_texts, moment
from dashboard.formats.xlsx_styles import (
    DATE,
    DATETIME,
    DATETIME_FRACTION,
    FLOAT_PERCENT_SCALE,
    LARGEST_SCALE,
    PERCENT_SHIFT,
    PERCENTS,
    SCALES,
)

_DIGITS = 15
# Excel counts from 1899-12-30, as it believes in a 29 February 1900; after that day it agrees with everybody.
_EPOCH = 25_569
_FIRST, _LAST = date(1900, 3, 1), date(9999, 12, 31)
# Nearer to midnight than a millisecond, the last day of all would round up to the next.
_LAST_MOMENT = datetime(9999, 12, 31, 23, 59, 59, 999_000)
_DAY = 86_400_000_000
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Numbers:
    """What stands between `<v>` and `</v>`, and how each cell opens after its reference.

    A value that cannot be a number is null here and stands in `texts`. `fractions`: of seconds are shown.
    """

    values: pl.Series
    openings: pl.Series | str
    texts: pl.Series | None
    counter: str
    fractions: bool = False


def numbers(values: pl.Series, column: Column, zone: str) -> Numbers | None:
    """None for the types that are always text."""
    match column.type:
        case "boolean":
            return Numbers(values.cast(pl.Int8).cast(pl.String), '" t="b"><v>', None, "")
        case "integer":
            limit = 10**_DIGITS - 1
            style = _opening(PERCENTS if column.percent else SCALES)
            return _fitting(values, values.is_between(-limit, limit), style, lambda: values)
        case "float":
            style = _opening(PERCENTS + FLOAT_PERCENT_SCALE) if column.percent else '"><v>'
            return _fitting(values, values.is_finite(), style, lambda: float_texts(values))
        case "decimal":
            openings = _decimal_openings(values, column.percent)
            return _fitting(values, _short_decimals(values), openings, lambda: values)
        case "date":
            days = values.cast(pl.Int32) + _EPOCH
            return _fitting(
                days, values.is_between(_FIRST, _LAST), _opening(DATE), lambda: values, "dates_as_text"
            )
        case "datetime":
            return _moments(values, zone)
    return None


def _fitting(
    values: pl.Series,
    fits: pl.Series,
    openings: pl.Series | str,
    texts: Callable[[], pl.Series],
    counter: str = "numbers_as_text",
) -> Numbers:
    digits = values.cast(pl.String)
    if fits.all():
        return Numbers(digits, openings, None, counter)
    fit = pl.lit(fits)
    found = pl.select(
        digits=pl.when(fit).then(pl.lit(digits)), texts=pl.when(~fit).then(pl.lit(texts().cast(pl.String)))
    )
    return Numbers(found["digits"], openings, found["texts"], counter)


def _moments(values: pl.Series, zone: str) -> Numbers:
    clock = values.dt.convert_time_zone(zone).dt.replace_time_zone(None)
    ticks = clock.dt.epoch("us")
    fits = clock.is_between(datetime(1900, 3, 1), _LAST_MOMENT)
    whole = ticks % _SECOND == 0
    openings: pl.Series | str = _opening(DATETIME)
    if not whole.all():
        fraction = (
            pl.when(pl.lit(whole)).then(pl.lit(openings)).otherwise(pl.lit(_opening(DATETIME_FRACTION)))
        )
        openings = pl.select(fraction).to_series()
    found = _fitting(ticks / _DAY + _EPOCH, fits, openings, lambda: moment(values, zone), "dates_as_text")
    return replace(found, fractions=not isinstance(openings, str))


def _short_decimals(values: pl.Series) -> pl.Series:
    plain = values.str.contains(PLAIN_DECIMAL)
    if (values.str.len_bytes() <= _DIGITS).all():
        return plain
    digits = values.str.replace_all("[-.]", "").str.strip_chars_start("0")
    return plain & (digits.str.len_bytes() <= _DIGITS) & (_scales(values) <= LARGEST_SCALE)


def _decimal_openings(values: pl.Series, percent: bool) -> pl.Series | str:
    scales = _scales(values)
    numbers = (scales - PERCENT_SHIFT).clip(0) + PERCENTS if percent else scales + SCALES
    largest = numbers.max()
    if isinstance(largest, int) and (numbers == largest).all():
        return _opening(largest)
    styles = pl.lit(numbers).cast(pl.String)
    return pl.select(pl.concat_str(pl.lit('" s="'), styles, pl.lit('"><v>'))).to_series()


def _scales(values: pl.Series) -> pl.Series:
    length = values.str.len_bytes().cast(pl.Int64)
    point = values.str.find(".", literal=True).cast(pl.Int64)
    return pl.select(pl.lit(length) - pl.lit(point).fill_null(pl.lit(length) - 1) - 1).to_series()


def _opening(style: int) -> str:
    return f'" s="{style}"><v>'
