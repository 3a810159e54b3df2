"""When a scheduled export comes again: rules of RFC 5545 ("FREQ=WEEKLY;BYDAY=MO;BYHOUR=6"), read with care.

API dialects check what a client sends with `parse`; `lifecycle.schedules` asks for the next occurrence. A rule is
counted in the time zone of its start. Refused is what comes more often than every quarter of an hour, what never
comes, and what would take long to work out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import cast

from dateutil.rrule import rrule, rrulestr

LONGEST = 500
SHORTEST_GAP = timedelta(minutes=15)
LOOKED_AT = 1000
MOST_COUNTED = 10_000
FIRST_YEAR, LAST_YEAR = 2000, 2199

_NUMBERS = re.compile(r"[+-]?\d{1,3}(,[+-]?\d{1,3})*")
_DAYS = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)(,([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU))*")
_PARTS = {
    "FREQ": re.compile("MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY"),
    "INTERVAL": re.compile(r"0*[1-9]\d{0,4}"),
    "COUNT": re.compile(r"0*[1-9]\d{0,8}"),
    "UNTIL": re.compile(r"(\d{8})(T\d{6}Z?)?"),
    "WKST": re.compile("MO|TU|WE|TH|FR|SA|SU"),
    "BYDAY": _DAYS,
    **{
        f"BY{name}": _NUMBERS
        for name in ("SECOND", "MINUTE", "HOUR", "MONTHDAY", "YEARDAY", "WEEKNO", "MONTH", "SETPOS")
    },
}
# Steps of one length: such a rule may be counted from any of its steps.
_STEPS = {
    "MINUTELY": timedelta(minutes=1),
    "HOURLY": timedelta(hours=1),
    "DAILY": timedelta(days=1),
    "WEEKLY": timedelta(weeks=1),
}
# dateutil looks for the next occurrence of a rule that has none until the year 9999. The calendar repeats itself,
# weekdays too, every 400 years of 146,097 days: so it is asked for the same days 7600 years later.
_LATER = timedelta(days=146_097 * 19)


@dataclass(frozen=True, slots=True)
class Rule:
    """Moments that come again; all answers are in UTC."""

    parts: dict[str, str]
    start: datetime
    until: datetime | None

    def first(self) -> datetime | None:
        """The first occurrence, which is the start itself when the rule names no days or hours."""
        return next(self._from(self.start), None)

    def next_after(self, moment: datetime) -> datetime | None:
        """The first occurrence after this moment; None when the series is over."""
        return next((one for one in self._from(moment) if one > moment), None)

    def occurrences(self) -> Iterator[datetime]:
        return self._from(self.start)

    def _from(self, moment: datetime) -> Iterator[datetime]:
        """The occurrences from some step before this moment on."""
        for found in _rrule(self.parts, self._near(moment) + _LATER):
            one = (found - _LATER).replace(tzinfo=self.start.tzinfo).astimezone(UTC)
            if self.until and one > self.until:
                return
            yield one

    def _near(self, moment: datetime) -> datetime:
        """A moment from which the rule counts as it does from its start; local time of the start, without a zone."""
        begin = self.start.replace(tzinfo=None)
        step = _STEPS.get(self.parts["FREQ"])
        if step is None or "COUNT" in self.parts:
            return begin
        step *= int(self.parts.get("INTERVAL", "1"))
        # Two days less: zones, and steps that have some of their occurrences before them.
        passed = moment.astimezone(self.start.tzinfo).replace(tzinfo=None) - begin - timedelta(days=2)
        return begin + max(0, passed // step - 1) * step


def parse(instruction: str, start: datetime) -> Rule:
    """The rule of an instruction, which may begin with "RRULE:". Raises ValueError with a sentence.

    A start without a zone is one in UTC.
    """
    if not FIRST_YEAR <= start.year <= LAST_YEAR:
        raise ValueError(f"The start must lie in the years {FIRST_YEAR} to {LAST_YEAR}.")
    parts = _parts(instruction)
    start = start.replace(microsecond=0, tzinfo=start.tzinfo or UTC)
    rule = Rule(parts, start, _until(parts.pop("UNTIL", None), start))
    try:
        found = list(islice(rule.occurrences(), LOOKED_AT))
    except ValueError:
        raise ValueError("This rule never comes, or names a day or an hour that there is not.") from None
    if not found:
        raise ValueError("This rule never comes.")
    if any(later - earlier < SHORTEST_GAP for earlier, later in pairwise(found)):
        raise ValueError("This rule comes more often than every 15 minutes.")
    return rule


def _parts(instruction: str) -> dict[str, str]:
    text = instruction.strip().upper().removeprefix("RRULE:").removesuffix(";")
    if len(text) > LONGEST:
        raise ValueError(f"This rule has more than {LONGEST} characters.")
    parts: dict[str, str] = {}
    for part in text.split(";"):
        name, _, value = part.strip().partition("=")
        if name not in _PARTS:
            raise ValueError(
                f"“{part[:40]}” is not a part of a rule. Write for example FREQ=WEEKLY;BYDAY=MO."
            )
        if name in parts:
            raise ValueError(f"{name} is named twice.")
        if not _PARTS[name].fullmatch(value):
            raise ValueError(_wrong(name, value))
        parts[name] = value
    if "FREQ" not in parts:
        raise ValueError("A rule needs FREQ, for example FREQ=DAILY.")
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValueError("A rule ends with COUNT or with UNTIL, not with both.")
    if int(parts.get("COUNT", "1")) > MOST_COUNTED:
        raise ValueError(f"COUNT may be {MOST_COUNTED:,} at most; leave it out for a rule without end.")
    return parts


def _wrong(name: str, value: str) -> str:
    if name == "FREQ" and value == "SECONDLY":
        return "This rule comes more often than every 15 minutes."
    return f"“{name}={value[:40]}” cannot be read."


def _until(text: str | None, start: datetime) -> datetime | None:
    """A day alone is included whole; a time without Z is one of the start's zone."""
    if text is None:
        return None
    try:
        moment = datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d")
        if "T" not in text:
            moment = moment.replace(hour=23, minute=59, second=59)
        return moment.replace(tzinfo=UTC if text.endswith("Z") else start.tzinfo).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"“UNTIL={text}” cannot be read.") from None


def _rrule(parts: dict[str, str], begin: datetime) -> rrule:
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    return cast(rrule, rrulestr(text, dtstart=begin))
