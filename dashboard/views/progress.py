"""How far an export is, as its page shows it: phases with their times, figures, parts, timeline, and when to ask again.

One `Progress` is made for each answer of the export page. It reads the newest parts and events only, so that the
poll of an export of ten thousand parts costs what that of a small one costs.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import bindparam, select

from dashboard import search
from dashboard.database import db
from dashboard.languages import WARNINGS, warning
from dashboard.models import Export, Part
from dashboard.views.history import SHOWN, History
from dashboard.views.presenting import (
    Bar,
    clock_time,
    duration,
    full_time,
    number,
    speed,
    state_bar,
    time_left,
    ui_state,
)

PHASES = ("Waiting", "Counting", "Collecting", "Preparing file", "Ready")
ANNOUNCED = (25, 50, 75)
_PARTS = Part.__table__.c
_NEWEST_PARTS = (
    select(_PARTS.page, _PARTS.rendered_at, _PARTS.rows, _PARTS.size, _PARTS.seconds)
    .where(_PARTS.export_id == bindparam("export_id"))
    .order_by(_PARTS.page.desc())
    .limit(SHOWN)
)


@dataclass(frozen=True)
class Progress:
    export: Export
    state: str
    percent: int | None
    bar: object
    place: int | None
    phases: list
    facts: list
    parts: list
    events: list
    event_count: int
    interval: float | None  # seconds until the page asks again; None when there is nothing more to ask
    seen: str  # what this answer told, for the next one to compare with
    said: str  # what is announced
    is_news: bool  # whether the state is another than the page has shown

    @property
    def warnings(self):
        found = self.export.warnings or {}
        return [warning("en", counter, found[counter]) for counter in WARNINGS if found.get(counter)]

    @property
    def ids_not_found(self):
        return (self.export.warnings or {}).get("ids_not_found", 0)

    @property
    def kept_out(self):
        """(name of the file, rows that the formula guard has kept out of it)"""
        return [(file.name, file.kept_out) for file in self.export.files if file.kept_out]

    @property
    def has_errors_file(self):
        return any(file.kind == "errors" for file in self.export.files)

    @property
    def days_left(self):
        days = (self.export.expires_at - datetime.now(UTC)).days
        return f" ({days} day{'' if days == 1 else 's'} left)" if days >= 0 else ""


def progress(export, seen=""):
    """`seen` is what the page has shown before ("running.62"), or nothing."""
    known_state, _, known = seen.partition(".")
    state, now = ui_state(export), datetime.now(UTC)
    percent = _percent(export, state, int(known) if known.isdecimal() and known_state == state else 0)
    history = History(export)
    asked = history.asked_at
    return Progress(
        export,
        state,
        percent,
        _bar(export, state),
        search.queue_places([export.id]).get(export.id) if state == "waiting" else None,
        _phases(export, history, now),
        _facts(export, state, history, now),
        db.session.execute(_NEWEST_PARTS, {"export_id": export.id}).all()[::-1],
        history.events,
        history.count,
        None
        if export.has_ended
        else interval(state, (now - asked).total_seconds(), seconds_to_wait(export, now)),
        f"{state}.{percent or 0}",
        _said(export, state, percent, known_state, known) if seen else "",
        bool(seen) and known_state != state,
    )


def seconds_to_wait(export, now):
    """Until a scheduled export begins."""
    if export.status != "scheduled" or export.scheduled_at is None:
        return 0
    return max(0, (export.scheduled_at - now).total_seconds())


def interval(state, age, to_wait=0):
    """Often while a small export is made, seldom when it takes long or has time."""
    if to_wait > 60:
        return 30
    if age < 4:
        return 0.5
    if age < 10:
        return 1
    if age > 600:
        return 5
    return 3 if state == "waiting" else 2


def _percent(export, state, shown):
    """Of the phase; a run that was taken over starts again, but the page does not go back."""
    if state == "preparing":
        return min(99, export.parts_rendered * 100 // max(export.part_count, 1))
    if state == "running" and export.percent is not None:
        return min(99, max(export.percent, shown))
    return export.percent


def _bar(export, state):
    if state in ("failed", "cancelled") and export.total_count:
        return Bar(
            export.collected_count, export.total_count, "Collected rows", "bad" if state == "failed" else ""
        )
    return state_bar(export)


def _phases(export, history, now):
    """(name, state, words) of each phase: done, now, stop, or nothing while it is to come."""
    marks = [history.asked_at, export.started_at, history.counted_at, export.collected_at, export.ended_at]
    current = _current(export)
    return [_phase(export, name, place, current, marks, now) for place, name in enumerate(PHASES)]


def _current(export):
    """Which phase it is in, or was in when it ended."""
    if export.status == "completed":
        return len(PHASES)
    if export.started_at is None:
        return 0
    if export.total_count is None:
        return 1
    return 3 if export.status == "finalizing" or export.collected_at else 2


def _phase(export, name, place, current, marks, now):
    if place < current:
        took = clock_time(export.ended_at) if name == "Ready" else _between(*marks[place : place + 2])
        return name, "done", took
    if place > current:
        coming = "to download" if name == "Ready" else "next" if place == current + 1 else ""
        return name, "", "" if export.has_ended else coming
    if export.has_ended:
        return name, "" if export.status == "cancelled" else "stop", "stopped here"
    return name, "now", _part(export, name) or _between(marks[place], now, exact=False)


def _between(start, end, exact=True):
    return duration((end - start).total_seconds(), exact) if start and end else ""


def _part(export, name):
    """Which part it is at, of the phases that go part by part."""
    if name == "Collecting" and export.part_count:
        return f"part {export.page}"
    if name == "Preparing file" and export.part_count:
        return f"part {min(export.parts_rendered + 1, export.part_count)} of {export.part_count}"
    return ""


def _facts(export, state, history, now):
    if export.status == "scheduled":
        return [("Starts", full_time(export.scheduled_at) if export.scheduled_at else "")]
    if state == "waiting":
        return [("Waited", _between(history.asked_at, now, exact=False))]
    figures = _figures if export.has_ended else _figures_so_far
    return figures(export, state, history, now)


def _figures_so_far(export, state, history, now):
    return [
        ("Time left", time_left(export) if state == "running" else ""),
        ("Speed", speed(export.rows_per_second)),
        ("Elapsed", _between(export.started_at, now, exact=False)),
        ("Skipped rows", number(export.fail_count) if export.fail_count else ""),
        ("Worker", history.worker),
    ]


def _figures(export, state, history, now):
    return [
        ("Rows", number(export.collected_count) if export.total_count is not None else ""),
        ("Skipped", number(export.fail_count) if export.fail_count else ""),
        ("Waited", _between(history.asked_at, export.started_at)),
        ("Ran", _between(export.started_at, export.ended_at)),
        ("Average speed", _average(export)),
        ("Downloads", number(history.downloads) if state in ("completed", "expired") else ""),
    ]


def _average(export):
    seconds = (export.ended_at - export.started_at).total_seconds() if export.started_at else 0
    return speed(export.collected_count / seconds) if seconds > 0 else ""


def _said(export, state, percent, known_state, known):
    """A change of state, or a quarter of the rows; nothing else is read out."""
    if known_state != state:
        return {
            "waiting": f"{export.name} is waiting.",
            "running": f"{export.name} is running.",
            "preparing": f"The file of {export.name} is being prepared.",
            "completed": f"{export.name} is completed.",
            "failed": f"{export.name} has failed.",
            "cancelled": f"{export.name} was cancelled.",
            "expired": f"The file of {export.name} was deleted.",
        }[state]
    before = int(known) if known.isdecimal() else 0
    passed = [mark for mark in ANNOUNCED if before < mark <= (percent or 0)] if state == "running" else []
    return f"{passed[-1]}%" if passed else ""
