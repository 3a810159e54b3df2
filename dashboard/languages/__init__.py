"""The languages of files: our own words in each, and how it writes dates, numbers and truth.

Formats, criteria and date ranges call this, `planning` offers `LANGUAGES`. Words come from `po/<code>.po` (`words`),
dates and numbers from Babel's CLDR data (`patterns`). The words are listed in `po/words.pot`; a new one goes there
and into every catalogue, and a test tells which are missing.
"""

from __future__ import annotations

from dashboard.languages.patterns import (
    boolean,
    date_pattern,
    datetime_pattern,
    day,
    decimal,
    decimal_sign,
    excel_date,
    excel_datetime,
    moment,
    months,
    pieces,
    weekdays,
)
from dashboard.languages.warnings import WARNINGS, warning
from dashboard.languages.words import LANGUAGES, grouped, plural, word

__all__ = [
    "LANGUAGES",
    "WARNINGS",
    "boolean",
    "date_pattern",
    "datetime_pattern",
    "day",
    "decimal",
    "decimal_sign",
    "excel_date",
    "excel_datetime",
    "grouped",
    "moment",
    "months",
    "pieces",
    "plural",
    "warning",
    "weekdays",
    "word",
]
