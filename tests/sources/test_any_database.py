"""Databases without a file of their own: what their drivers give as Python values is staged by the same rules."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import polars as pl
import pytest

from dashboard.columns import STAGED
from dashboard.sources import Field
from dashboard.sources.any_database import AnyShape


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("text", "a", "a"),
        ("text", 5, "5"),
        ("integer", 2**63 - 1, 2**63 - 1),
        ("integer", 2**64, ("odd", "18446744073709551616")),
        ("decimal", Decimal("1E+2"), "100.00"),
        ("decimal", Decimal("0.125"), "0.125"),
        ("decimal", Decimal("NaN"), ("odd", "NaN")),
        ("float", 0.1, 0.1),
        ("boolean", True, True),
        ("date", date(2026, 11, 21), date(2026, 11, 21)),
        ("datetime", datetime(2026, 11, 21, 13, 5), datetime(2026, 11, 21, 13, 5, tzinfo=UTC)),
        (
            "datetime",
            datetime.fromisoformat("2026-11-21T13:05:00.5+01:00"),
            datetime(2026, 11, 21, 12, 5, 0, 500_000, UTC),
        ),
        ("time", time(13, 5), "13:05:00"),
        ("interval", timedelta(days=1, hours=2), "P1DT2H"),
        ("interval", timedelta(seconds=90, microseconds=500_000), "PT1M30.5S"),
        ("interval", timedelta(hours=-2), "PT-2H"),
        ("interval", timedelta(days=10), "P10D"),
        ("interval", timedelta(0), "PT0S"),
        ("uuid", UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        ("binary", memoryview(b"\0\xff"), b"\0\xff"),
        ("json", {"a": [1, None], "b": "é"}, '{"a":[1,null],"b":"é"}'),
        ("json", [1, 2], "[1,2]"),
    ],
)
def test_a_drivers_value_is_staged(kind, given, expected):
    field = Field("v", kind, "V", scale=2 if kind == "decimal" else None)
    series = pl.Series([None, given], dtype=pl.Object)
    staged = AnyShape().staged([series], field)
    assert staged.values.dtype == STAGED[kind]
    found = staged.values.to_list()
    if isinstance(expected, tuple):
        assert staged.odd is not None
        assert (found, staged.odd.to_list()) == ([None, None], [None, expected[1]])
    else:
        assert found == [None, expected]
        assert staged.odd is None
