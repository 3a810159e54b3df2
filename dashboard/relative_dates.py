"""Moments as PHP writes them: "yesterday", "7 days ago midnight", "first day of last month", or plain ISO 8601.

Date ranges keep such texts, so that the range of a scheduled export moves; `planning` works them out when a job
runs. What a text means is what PHP 8 makes of it (tests/test_relative_dates.py has PHP's own answers), also where
that surprises: a month is added without a look at its length, so a month before 31 March is 3 March; "first day
of next year" is the first day of the present month, a year later; "next week" is the Monday of next week.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

LONGEST = 100
EXAMPLES = "2026-11-21T00:00:00Z, yesterday, 7 days ago midnight, monday this week or first day of last month midnight"
_DAY_NAMES = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_WEEKDAYS = {name: number for number, full in enumerate(_DAY_NAMES) for name in (full, full[:3])}
_MONTHS = {name: number for number, full in enumerate(_MONTH_NAMES, 1) for name in (full, full[:3])}
_STEPS = {"last": -1, "previous": -1, "this": 0, "next": 1}
# What one of a unit is: in days, months or seconds.
_UNITS = {
    "sec": ("seconds", 1), "second": ("seconds", 1), "min": ("seconds", 60), "minute": ("seconds", 60),
    "hour": ("seconds", 3600), "day": ("days", 1), "week": ("days", 7), "fortnight": ("days", 14),
    "month": ("months", 1), "year": ("months", 12),
}  # fmt: skip
_MIDNIGHT = timedelta()


@dataclass(slots=True)
class _Reading:
    """What the words so far have said; None where they have said nothing and the present counts."""

    day: date | None = None
    month: tuple[int | None, int] | None = None  # year and month, when a month's name stands alone
    clock: timedelta | None = None  # since midnight
    zone: tzinfo = UTC
    amounts: dict[str, int] = field(default_factory=lambda: {"days": 0, "months": 0, "seconds": 0})
    weekday: int | None = None  # 0 is Sunday; below 0: counted backwards
    today_counts: bool = True  # may the weekday be today
    this_week: bool = False  # the weekday is one of the week that begins on Monday
    end_of_month: str = ""  # "first" or "last" day of


def resolve(text: str, now: datetime) -> datetime:
    """The moment that a text means at the moment `now`, in UTC. Raises ValueError with a sentence."""
    words = " ".join(text.lower().split())
    try:
        if not words or len(words) > LONGEST:
            raise ValueError
        return _moment(_read(words), now)
    except (ValueError, OverflowError):
        raise ValueError(
            f"“{text[:LONGEST]}” is not a date or time that we understand. Write for example {EXAMPLES}."
        ) from None


def _read(words: str) -> _Reading:
    reading, place = _Reading(), 0
    while place < len(words):
        place = _read_one(words, place, reading)
        if place < len(words):
            if words[place] != " ":
                raise ValueError
            place += 1
    return reading


def _read_one(words: str, place: int, reading: _Reading) -> int:
    """Take in the longest thing that is known at this place; where it ends."""
    found = [(match, take) for pattern, take in _GRAMMAR if (match := pattern.match(words, place))]
    if not found:
        raise ValueError
    match, take = max(found, key=lambda pair: pair[0].end())
    take(reading, match)
    return match.end()


def _iso(reading: _Reading, match: re.Match[str]) -> None:
    if reading.day or reading.month:
        raise ValueError
    moment = datetime.fromisoformat(match[0].upper().replace(" ", "T", 1).replace(" ", ""))
    reading.day = moment.date()
    if match["clock"]:
        _set_clock(reading, moment.replace(tzinfo=None) - datetime.combine(moment.date(), time()))
    if moment.tzinfo:
        reading.zone = moment.tzinfo


def _clock(reading: _Reading, match: re.Match[str]) -> None:
    minutes, seconds = int(match["minute"] or 0), int(match["second"] or 0)
    _set_clock(reading, timedelta(hours=_hour(match), minutes=minutes, seconds=seconds))


def _set_clock(reading: _Reading, clock: timedelta) -> None:
    if reading.clock:
        raise ValueError
    reading.clock = clock


def _hour(match: re.Match[str]) -> int:
    hour, half = int(match["hour"]), (match["half"] or "").strip()
    if hour > 23 or (half and not 1 <= hour <= 12):
        raise ValueError
    return hour % 12 + (12 if half[0] == "p" else 0) if half else hour


def _word(reading: _Reading, match: re.Match[str]) -> None:
    """Each of these but "now" begins the day anew, whatever time was said before."""
    word = match[0]
    if word == "now":
        return
    reading.clock = timedelta(hours=12) if word == "noon" else _MIDNIGHT
    if word in ("yesterday", "tomorrow"):
        reading.amounts["days"] = 1 if word == "tomorrow" else -1


def _quarter(reading: _Reading, match: re.Match[str]) -> None:
    """The back of an hour is a quarter past it, its front a quarter to it."""
    reading.clock = timedelta(hours=_hour(match), minutes=15 if match["side"] == "back" else -15)


def _amount(reading: _Reading, match: re.Match[str]) -> None:
    kind, size = _UNITS[match["unit"]]
    reading.amounts[kind] += int(match["amount"].replace(" ", "")) * size


def _ago(reading: _Reading, match: re.Match[str]) -> None:
    """It turns round all that was said before it."""
    reading.amounts = {kind: -amount for kind, amount in reading.amounts.items()}
    if reading.weekday is not None:
        reading.weekday = -reading.weekday or -7


def _step(reading: _Reading, match: re.Match[str]) -> None:
    kind, size = _UNITS[match["unit"]]
    reading.amounts[kind] += _STEPS[match["step"]] * size
    if match["unit"] == "week":
        reading.this_week = True
        reading.weekday = 1 if reading.weekday is None else reading.weekday


def _weekday(reading: _Reading, match: re.Match[str]) -> None:
    step = match["step"]
    reading.clock = _MIDNIGHT
    reading.weekday = _WEEKDAYS[match["weekday"]]
    if step:
        reading.today_counts = step == "this"
        reading.this_week = False
        reading.amounts["days"] += 7 * min(_STEPS[step], 0)


def _month(reading: _Reading, match: re.Match[str]) -> None:
    if reading.day or reading.month:
        raise ValueError
    year = match["year"]
    reading.month = (int(year) if year else None, _MONTHS[match["month"]])


def _end_of_month(reading: _Reading, match: re.Match[str]) -> None:
    reading.end_of_month = match["end"]


def _one_of(names: object) -> str:
    return "|".join(sorted(names, key=len, reverse=True))  # type: ignore[call-overload]


_HOUR = r"(?P<hour>[0-2]?\d)"
_HALF = r"(?P<half> ?[ap]\.?m\.?)"
_UNIT = rf"(?P<unit>{_one_of(_UNITS)})"
_STEP = rf"(?P<step>{_one_of(_STEPS)})"
_GRAMMAR: list[tuple[re.Pattern[str], Callable[[_Reading, re.Match[str]], None]]] = [
    (re.compile(pattern + r"(?![\w:.,+-])", re.ASCII), take)
    for pattern, take in (
        (
            r"\d{4}-\d\d-\d\d(?P<clock>[t ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?( ?z| ?[+-]\d\d:\d\d|[+-]\d\d(\d\d)?)?)?",
            _iso,
        ),
        (r"\d{8}(?P<clock>t\d{4}(\d\d)?(z|[+-]\d\d(:?\d\d)?)?)?", _iso),
        (rf"t?{_HOUR}:(?P<minute>[0-5]\d)(:(?P<second>[0-5]\d))?{_HALF}?", _clock),
        (rf"{_HOUR}(?P<minute>)(?P<second>){_HALF}", _clock),
        (r"now|today|midnight|noon|yesterday|tomorrow", _word),
        (rf"(?P<side>back|front) of {_HOUR}{_HALF}?", _quarter),
        (rf"(?P<amount>[+-]? ?\d{{1,6}}) ?{_UNIT}s?", _amount),
        (r"ago", _ago),
        (rf"{_STEP} {_UNIT}s?", _step),
        (rf"({_STEP} )?(?P<weekday>{_one_of(_WEEKDAYS)})", _weekday),
        (rf"(?P<month>{_one_of(_MONTHS)})( (?P<year>\d{{4}}))?", _month),
        (r"(?P<end>first|last) day of", _end_of_month),
    )
]


def _moment(reading: _Reading, now: datetime) -> datetime:
    here = now.astimezone(reading.zone)
    day = _counted(*_at_end(reading, *_start(reading, here.date())))
    day += timedelta(days=_to_weekday(reading, day))
    months, days = day.month + reading.amounts["months"], day.day + reading.amounts["days"]
    day = _counted(*_at_end(reading, day.year, months, days))
    clock = reading.clock
    if clock is None:
        dated = reading.day or reading.month
        clock = _MIDNIGHT if dated else here - here.replace(hour=0, minute=0, second=0, microsecond=0)
    midnight = datetime.combine(day, time(), reading.zone)
    return (midnight + clock + timedelta(seconds=reading.amounts["seconds"])).astimezone(UTC)


def _at_end(reading: _Reading, year: int, month: int, day: int) -> tuple[int, int, int]:
    if not reading.end_of_month:
        return year, month, day
    return (year, month, 1) if reading.end_of_month == "first" else (year, month + 1, 0)


def _start(reading: _Reading, today: date) -> tuple[int, int, int]:
    """Year, month and day to count from; the day may lie beyond the end of the month."""
    if reading.day:
        today = reading.day
    if not reading.month:
        return today.year, today.month, today.day
    year, month = reading.month
    return (year, month, 1) if year else (today.year, month, today.day)


def _counted(year: int, month: int, day: int) -> date:
    """31 April is 1 May, and the month after December is January."""
    months = year * 12 + month - 1
    return date(months // 12, months % 12 + 1, 1) + timedelta(days=day - 1)


def _to_weekday(reading: _Reading, day: date) -> int:
    """Days from this day to the weekday that was asked for."""
    if reading.weekday is None:
        return 0
    wanted, present = reading.weekday, day.isoweekday() % 7
    if reading.this_week:
        return (wanted or 7) - (present or 7)
    if wanted < 0:
        return -wanted - present - 7
    ahead = wanted - present
    back = reading.amounts["days"] < 0
    if (back and ahead < 0) or (not back and ahead <= -reading.today_counts):
        ahead += 7
    return ahead
