"""The date ranges of the new-export form: presets, the days they mean today, and those days as criteria.

The preset is what a schedule keeps, so its range moves with the run date; both ends are included. Relative ranges,
which only programs ask for (`spans`), are moments, and their end is not included.
"Last 7 days" are today and the six days before; weeks begin on Monday.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from dashboard import languages
from dashboard.criteria import All, Comparison, Invalid, Node, day_start

PRESETS = {
    "all": "All time",
    "today": "Today",
    "yesterday": "Yesterday",
    "last_7_days": "Last 7 days",
    "last_30_days": "Last 30 days",
    "last_90_days": "Last 90 days",
    "this_week": "This week",
    "last_week": "Last week",
    "this_month": "This month",
    "last_month": "Last month",
    "this_quarter": "This quarter",
    "last_quarter": "Last quarter",
    "this_year": "This year",
    "last_year": "Last year",
    "custom": "Custom",
}
_DAY = timedelta(days=1)
_DAYS_BACK = {"last_7_days": 6, "last_30_days": 29, "last_90_days": 89, "today": 0}


def resolve(
    preset: str, today: date, start: date | None = None, end: date | None = None
) -> tuple[date | None, date | None]:
    """First and last day, both included; None is open. `start` and `end` count for "custom" only."""
    if preset not in PRESETS:
        raise Invalid("preset", "Choose a date range from the list")
    if preset == "all":
        return None, None
    if preset == "custom":
        return _custom(start, end)
    if preset == "yesterday":
        return today - _DAY, today - _DAY
    if preset in _DAYS_BACK:
        return today - _DAYS_BACK[preset] * _DAY, today
    which, period = preset.split("_")
    return _period(period, today if which == "this" else _period(period, today)[0] - _DAY)


def _custom(start: date | None, end: date | None) -> tuple[date | None, date | None]:
    if start and end and start > end:
        raise Invalid("end", "Enter an end that is not before the start")
    return start, end


def _period(period: str, day: date) -> tuple[date, date]:
    """First and last day of the week, month, quarter or year that holds this day."""
    if period == "week":
        monday = day - day.weekday() * _DAY
        return monday, monday + 6 * _DAY
    months = {"month": 1, "quarter": 3, "year": 12}[period]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    last_month = first.month + months - 1
    next_first = date(first.year + last_month // 12, last_month % 12 + 1, 1)
    return first, next_first - _DAY


def to_criteria(field: str, type: str, start: date | None, end: date | None, zone: str) -> Node | None:
    """Rows whose field lies within these days, as the zone counts days; None when both ends are open."""
    days = type == "date"
    conditions: list[Node] = []
    if start:
        conditions.append(Comparison(field, "gte", start if days else day_start(start, zone)))
    if end and days:
        conditions.append(Comparison(field, "lte", end))
    elif end and end < date.max:
        conditions.append(Comparison(field, "lt", day_start(end + _DAY, zone)))
    if len(conditions) < 2:
        return conditions[0] if conditions else None
    return All(tuple(conditions))


def between(field: str, type: str, start: datetime | None, end: datetime | None) -> Node | None:
    """Rows whose field lies at or after the start and before the end; a date counts as its midnight in UTC."""
    conditions: list[Node] = []
    for operator, moment in (("gte", start), ("lt", end)):
        if moment:
            value = _first_day(moment) if type == "date" else moment
            conditions.append(Comparison(field, operator, value))
    if len(conditions) < 2:
        return conditions[0] if conditions else None
    return All(tuple(conditions))


def _first_day(moment: datetime) -> date:
    """The first day whose midnight is not before this moment."""
    moment = moment.astimezone(UTC)
    return moment.date() + (_DAY if moment.time() > time() else timedelta())


def span_in_words(start: datetime | None, end: datetime | None, language: str = "en") -> str:
    """A relative range, worked out: "21 Nov 2026, 00:00 to before 22 Nov 2026, 00:00 (UTC)"."""
    first, last = (_moment(moment.astimezone(UTC), language) if moment else "" for moment in (start, end))
    return texts_in_words(first, last, language)


def _moment(moment: datetime, language: str) -> str:
    clock = f"{moment:%H:%M:%S}" if moment.second or moment.microsecond else f"{moment:%H:%M}"
    return f"{_day(moment.date(), language)}, {clock}"


def texts_in_words(start: str, end: str, language: str = "en") -> str:
    if start and end:
        return languages.word(language, "{start} to before {end} ({zone})", start=start, end=end, zone="UTC")
    if start:
        return languages.word(language, "From {start} ({zone})", start=start, zone="UTC")
    if end:
        return languages.word(language, "Before {end} ({zone})", end=end, zone="UTC")
    return preset_in_words("all", language)


def in_words(start: date | None, end: date | None, zone: str, language: str = "en") -> str:
    """As the form says it: "1 Oct 2026, 00:00 to 31 Oct 2026, 23:59 (Europe/Berlin)"."""
    if start and end:
        sentence = "{start}, 00:00 to {end}, 23:59 ({zone})"
    elif start:
        sentence = "From {start}, 00:00 ({zone})"
    elif end:
        sentence = "Until {end}, 23:59 ({zone})"
    else:
        return preset_in_words("all", language)
    first, last = (_day(day, language) if day else "" for day in (start, end))
    return languages.word(language, sentence, start=first, end=last, zone=zone)


def preset_in_words(preset: str, language: str = "en") -> str:
    return languages.word(language, PRESETS[preset])


def _day(day: date, language: str) -> str:
    if language != "en":
        return languages.day(language, day)
    # The pages put the day first in English, and CLDR does not.
    return f"{day.day} {languages.months('en', 'abbreviated')[day.month - 1]} {day.year}"
