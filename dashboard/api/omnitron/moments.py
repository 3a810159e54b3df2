"""Dates and times as clients of this dialect write them: ISO 8601, and a bare date is midnight UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# A plus that nobody escaped arrives as a blank: 2026-01-05T09:00:00 02:00.
_MOMENT = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ](?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?)"
    r"(?:(?P<utc>[Zz])|(?P<sign>[+\- ])(?P<offset>[0-9]{2}(?::?[0-9]{2})?))?)?"
)


def moment(text: str) -> datetime:
    """The moment in UTC; ValueError, with a sentence, for anything else."""
    found = _MOMENT.fullmatch(text.strip())
    if not found:
        raise ValueError("Enter a valid date/time.")
    zone = f"{found['sign'].replace(' ', '+')}{found['offset']}" if found["offset"] else "+00:00"
    try:
        return datetime.fromisoformat(f"{found['day']}T{found['time'] or '00:00'}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("Enter a valid date/time.") from None


def day(text: str) -> date:
    try:
        if _DAY.fullmatch(text.strip()):
            return date.fromisoformat(text.strip())
    except ValueError:
        pass
    raise ValueError("Enter a valid date.")


def midnight(of: date) -> datetime:
    return datetime(of.year, of.month, of.day, tzinfo=UTC)


def next_midnight(of: date) -> datetime:
    """When that day is over; the last day of the calendar never is."""
    return midnight(of + timedelta(days=1)) if of < date.max else datetime.max.replace(tzinfo=UTC)
