"""How records look to people: states and their notes, times, sizes, counts. Filters and globals of the templates.

Pages call these through `views.render`; nothing here asks the database for more than the record in hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Any

from dashboard.models import ACTIVE, WAITING, Event, Export
from dashboard.views.times import ago, clock_time, day, full_day, full_time, is_recent, iso, local

# The states that people see, in the order in which they think of them.
STATES = {
    "waiting": "Waiting",
    "running": "Running",
    "preparing": "Preparing file",
    "completed": "Completed",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "expired": "File expired",
}
# A new state starts here: which statuses of the record it stands for. `expired` is `completed` without its file.
STATUSES_OF = {
    "waiting": WAITING,
    "running": ("running", "waiting_next_page"),
    "preparing": ("finalizing",),
    "completed": ("completed",),
    "failed": ("failed", "timed_out"),
    "cancelled": ("cancelled",),
    "expired": ("completed",),
}
_STATE_OF = {status: state for state, statuses in reversed(STATUSES_OF.items()) for status in statuses}


@dataclass(frozen=True)
class Bar:
    """A progress bar: `value` is None while nobody knows how far it is."""

    value: int | None
    max: int
    label: str
    kind: str = ""


# States


def ui_state(export: Export) -> str:
    if export.status == "completed" and not export.has_file:
        return "expired"
    return _STATE_OF[export.status]


def state_word(state: str) -> str:
    return STATES[state]


def state_note(export: Export, place: int | None = None) -> str:
    """The few words beside the badge. `place` is the export's place in the queue, from 1."""
    return _NOTES[ui_state(export)](export, place)


def _waiting_note(export: Export, place: int | None) -> str:
    if export.status == "scheduled":
        return starts(export)
    return f"{ordinal(place)} in queue" if place else ""


def starts(export: Export, now: datetime | None = None) -> str:
    """When a scheduled export begins: "starts 07:00", "starts 23 Nov, 07:00"."""
    at, now = export.scheduled_at, now or datetime.now(UTC)
    if at is None or at <= now:
        return "starts in a moment"
    today = local(at).date() == local(now).date()
    return f"starts {'' if today else day(at, now) + ', '}{local(at):%H:%M}"


def _running_note(export: Export, place: int | None) -> str:
    if export.percent is None:
        return f"{rows(export.collected_count)} so far" if export.collected_count else ""
    left = time_left(export)
    return f"{export.percent}%, {left} left" if left else f"{export.percent}%"


def _preparing_note(export: Export, place: int | None) -> str:
    if export.part_count < 2:
        return ""
    return f"part {min(export.parts_rendered + 1, export.part_count)} of {export.part_count}"


def _completed_note(export: Export, place: int | None) -> str:
    if export.fail_count:
        return f"{rows(export.fail_count)} skipped"
    if export.started_at and export.ended_at:
        return f"in {duration((export.ended_at - export.started_at).total_seconds())}"
    return ""


def _failed_note(export: Export, place: int | None) -> str:
    return shorten((export.error_message or "").partition(". ")[0].rstrip("."), 44)


def _cancelled_note(export: Export, place: int | None) -> str:
    return f"by {export.cancelled_by.name}" if export.cancelled_by else ""


def _expired_note(export: Export, place: int | None) -> str:
    gone = export.expired_at or export.expires_at
    return f"File deleted {day(gone)}" if gone else ""


_NOTES = {
    "waiting": _waiting_note,
    "running": _running_note,
    "preparing": _preparing_note,
    "completed": _completed_note,
    "failed": _failed_note,
    "cancelled": _cancelled_note,
    "expired": _expired_note,
}


def state_bar(export: Export) -> Bar | None:
    """The bar of an export that is being made; preparing is a bar of its own, not the rest of the first."""
    state = ui_state(export)
    if state == "running":
        if export.total_count is None:
            return Bar(None, 1, "Collecting rows")
        return Bar(
            min(export.collected_count, export.total_count), max(export.total_count, 1), "Collecting rows"
        )
    if state == "preparing":
        return Bar(export.parts_rendered, max(export.part_count, 1), "Preparing file", "prep")
    return None


def time_left(export: Export, now: datetime | None = None) -> str:
    """ "about 40 s", or nothing while it is too early to tell."""
    if not export.rows_per_second or not export.total_count or not export.started_at:
        return ""
    elapsed = ((now or datetime.now(UTC)) - export.started_at).total_seconds()
    if elapsed < 5 or (export.percent or 0) < 2:
        return ""
    return roughly((export.total_count - export.collected_count) / export.rows_per_second)


def roughly(seconds: float) -> str:
    """A duration rounded up, for what is not known better."""
    if seconds <= 0:
        return ""
    if seconds < 10:
        return "a few seconds"
    if seconds < 55:
        return f"about {ceil(seconds / 5) * 5} s"
    if seconds < 3300:
        return f"about {ceil(seconds / 60)} min"
    hours = ceil(seconds / 3600)
    return f"about {hours} hour{'s' if hours > 1 else ''}"


def speed(rows_per_second: float | None) -> str:
    """Rows a second with three significant digits."""
    if not rows_per_second:
        return ""
    digits = max(0, len(str(int(rows_per_second))) - 3)
    shown = round(rows_per_second, -digits) if rows_per_second >= 100 else float(f"{rows_per_second:.3g}")
    return f"{shown:,.0f} rows/s" if shown >= 100 or shown == int(shown) else f"{shown:g} rows/s"


def event_state(event: Event) -> str:
    """The state that gives an event of the timeline its colour."""
    if event.kind in _STATE_OF:
        return _STATE_OF[event.kind]
    return {"counted": "running", "part": "running", "taken_over": "expired"}.get(event.kind, "")


# Numbers


def number(value: int, cap: int | None = None) -> str:
    return f"{cap:,}+" if cap and value > cap else f"{value:,}"


def rows(value: int) -> str:
    return f"{value:,} row{'' if value == 1 else 's'}"


def in_bytes(value: int) -> str:
    if value < 1000:
        return f"{value} B"
    if value < 999_500:
        return f"{value / 1000:.0f} kB"
    amount, unit = (value / 1e6, "MB") if value < 999_950_000 else (value / 1e9, "GB")
    return f"{amount:,.1f} {unit}"


def ordinal(value: int) -> str:
    ending = "th" if 10 <= value % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{ending}"


def page_range(page: Any) -> str:
    """ "1 to 25 of 1,284"; counting stops at a cap."""
    if not page.total:
        return "No exports"
    first = (page.page - 1) * page.per + 1
    total = f"{page.total:,}{'+' if page.capped else ''}"
    return f"{first:,} to {first + len(page.items) - 1:,} of {total}"


def duration(seconds: float, exact: bool = False) -> str:
    """ "12 s", "1 min 08 s", "2 h 05 min". `exact` keeps a tenth of a second below ten."""
    if exact and seconds < 10:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    if whole < 1:
        return "under 1 s"
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def shorten(text: str, length: int) -> str:
    """The first words of a text."""
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def is_live(export: Export) -> bool:
    return export.status in ACTIVE


# What the templates may call. Names of macros are in views.render.
GLOBALS = {
    function.__name__: function
    for function in (
        ui_state, state_word, state_note, state_bar, time_left, speed, event_state, number, rows, in_bytes, ordinal,
        page_range, duration, shorten, local, iso, full_time, full_day, clock_time, day, is_recent, ago, is_live,
            )
}  # fmt: skip
