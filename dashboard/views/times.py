"""How moments look to people, in the zone of the person who looks. `presenting` gives these to the templates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_login import current_user

RECENT = timedelta(days=30)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def zone() -> ZoneInfo:
    # Nobody, or who has not signed in, has none.
    return ZoneInfo(getattr(current_user, "timezone", "UTC"))


def local(at: datetime) -> datetime:
    return at.astimezone(zone())


def iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def full_time(at: datetime) -> str:
    """ "Mon 30 Nov 2026, 12:05 UTC" """
    here = local(at)
    return f"{full_day(here.date())}, {here:%H:%M} {here.tzname()}"


def full_day(day: date) -> str:
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def clock_time(at: datetime) -> str:
    return f"{local(at):%H:%M:%S}"


def day(at: datetime, now: datetime | None = None) -> str:
    """ "31 Oct", and with the year when it is another one."""
    here, today = local(at), local(now or datetime.now(UTC))
    short = f"{here.day} {MONTHS[here.month - 1]}"
    return short if here.year == today.year else f"{short} {here.year}"


def is_recent(at: datetime, now: datetime | None = None) -> bool:
    return abs((now or datetime.now(UTC)) - at) < RECENT


def ago(at: datetime, now: datetime | None = None) -> str:
    """ "3 min ago", "yesterday", "31 Oct". `app.js` keeps the same words up to date."""
    now = now or datetime.now(UTC)
    if not is_recent(at, now):
        return day(at, now)
    seconds = max((now - at).total_seconds(), 0)
    days = (local(now).date() - local(at).date()).days
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{int(seconds // 60)} min ago"
    if days < 1:
        hours = int(seconds // 3600)
        return f"{hours} hour{'s' if hours > 1 else ''} ago"
    return "yesterday" if days == 1 else f"{days} days ago"
