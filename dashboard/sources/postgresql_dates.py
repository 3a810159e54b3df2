"""Dates and moments of PostgreSQL outside of the years 1 to 9999, of which a frame has no more than the bits.

`postgresql_reading` brings columns as the driver took them off the wire: the server counts days or microseconds from
the year 2000, the driver moves that to 1970, and what is too far off (the infinities among it) goes round the end of
the integer. All of that ends outside of those years and can be undone, so the server need not look at each value.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import polars as pl

from dashboard.sources.staging import Staged

_DAY = 86_400_000_000  # microseconds
_CYCLE = 146_097  # days in 400 years, after which the calendar repeats
_EPOCH = date(2000, 1, 1)
_EPOCH_DAYS = 10_957  # from 1970
_FIRST, _AFTER = -719_162, 2_932_897  # days from 1970: 0001-01-01, 10000-01-01


def staged_dates(values: pl.Series) -> Staged:
    """The dates; null is what no file can hold, with the text that the server has for it."""
    return _staged(values, 1, 32, lambda days: _written(days, ""))


def staged_moments(values: pl.Series, zoned: bool) -> Staged:
    """The same of moments in UTC; `zoned`: the server writes them with their offset."""
    moments = values if zoned else values.dt.replace_time_zone("UTC")
    offset = "+00" if zoned else ""
    return _staged(moments, _DAY, 64, lambda us: _written(us // _DAY, f" {_clock(us % _DAY)}{offset}"))


def _staged(values: pl.Series, day: int, bits: int, text: Callable[[int], str]) -> Staged:
    counted = values.to_physical()
    least, most = counted.min(), counted.max()
    if least is None or (least >= _FIRST * day and most < _AFTER * day):  # type: ignore[operator]
        return Staged(values)
    fits = counted.is_between(_FIRST * day, _AFTER * day, closed="left")
    rows = (~fits).arg_true()
    nothing: Any = pl.Series([None], dtype=pl.String).new_from_index(0, len(values))
    texts = [_of_server(count, day, bits, text) for count in counted.gather(rows)]
    kept = values.zip_with(fits, pl.Series([None], dtype=values.dtype))
    return Staged(kept, nothing.scatter(rows, texts))


def _of_server(count: int, day: int, bits: int, text: Callable[[int], str]) -> str:
    """The driver's count from 1970 as the server wrote it, which counts from 2000."""
    half = 1 << (bits - 1)
    own = (count - _EPOCH_DAYS * day + half) % (1 << bits) - half
    return {half - 1: "infinity", -half: "-infinity"}.get(own) or text(own)


def _written(days: int, clock: str) -> str:
    """As with `datestyle = ISO`: at least four digits of the year, and BC at the end."""
    cycles, rest = divmod(days, _CYCLE)
    day = _EPOCH + timedelta(days=rest)
    year = day.year + 400 * cycles
    before = " BC" if year <= 0 else ""
    return f"{1 - year if before else year:04}-{day:%m-%d}{clock}{before}"


def _clock(microseconds: int) -> str:
    seconds, fraction = divmod(microseconds, 1_000_000)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{clock}.{fraction:06}".rstrip("0") if fraction else clock
