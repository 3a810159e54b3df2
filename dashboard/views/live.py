"""Keeping the rows of the list up to date without a reload (ux.md, section 7).

The list carries a poller: an element that asks `/exports/live` what has changed, and is replaced by the next one.
Everything the server must know is in its URL: the rows that are still live, their marks (`sig`), the newest export,
when the counts were sent, since when the page is open. So the server keeps nothing.
"""

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from flask_login import current_user

from dashboard import search
from dashboard.views.export_query import SIZES
from dashboard.views.presenting import is_live, ui_state

COUNTS_SECONDS = 30
# What is said of one and of several exports that came into a state.
SENTENCES = {
    "waiting": ("is waiting", "are waiting"),
    "running": ("is running", "are running"),
    "preparing": ("is nearly ready, its file is being prepared", "are nearly ready"),
    "completed": ("is completed", "are completed"),
    "failed": ("has failed", "have failed"),
    "cancelled": ("is cancelled", "are cancelled"),
    "expired": ("has lost its file", "have lost their files"),
}
_INITIALS = {"cancelled": "x"}


@dataclass(frozen=True)
class Watch:
    """What a poller knew when it was made."""

    marks: dict  # export id -> mark
    newest: int
    counted: int
    opened: int

    @property
    def ids(self):
        return list(self.marks)

    @property
    def is_due(self):
        """Whether the counts and the line about new exports are to be sent again."""
        return time.time() - self.counted >= COUNTS_SECONDS


@dataclass(frozen=True)
class Change:
    export: object
    place: int | None
    is_new_state: bool


@dataclass(frozen=True)
class Poll:
    url: str
    seconds: int


def mark(export, place=None):
    """What of a row is shown by its status cell, in a few characters: state and how far."""
    state = ui_state(export)
    far = {"waiting": place, "running": export.percent, "preparing": export.parts_rendered}.get(state)
    if state == "running" and far is None:
        far = f"n{export.collected_count}"
    return f"{_INITIALS.get(state, state[0])}{'' if far is None else far}"


def places(exports):
    waiting = [export.id for export in exports if ui_state(export) == "waiting"]
    return search.queue_places(waiting) if waiting else {}


# Asking


def first(exports, query, place):
    """The poller of a page that is sent now; `place` are the places in the queue of its exports."""
    now = int(time.time())
    return _poll(exports, query, search.newest(current_user), now, now, place)


def following(watch, exports, query):
    """The poller that replaces the one that asked."""
    counted = int(time.time()) if watch.is_due else watch.counted
    return _poll(exports, query, watch.newest, counted, watch.opened, places(exports))


def _poll(exports, query, newest, counted, opened, place):
    still = [export for export in exports if is_live(export)]
    pairs = [
        ("ids", ",".join(str(export.id) for export in still)),
        ("sig", ".".join(mark(export, place.get(export.id)) for export in still)),
        ("newest", newest),
        ("counted", counted),
        ("opened", opened),
        *query.pairs(),
    ]
    soon = [export for export in still if export.status != "scheduled"]
    return Poll(f"/exports/live?{urlencode(pairs, safe=',')}", interval(soon, time.time() - opened))


def interval(exports, age):
    """Seconds until the next question: often after one's own start, seldom when nothing moves or nobody looks."""
    if not exports or age > 8 * 3600:
        return 30
    if any(_just_started(export) for export in exports):
        return 2
    return 8 if age > 600 else 4


def _just_started(export):
    mine = export.requested_by_id == current_user.id
    return mine and (datetime.now(UTC) - export.created_at).total_seconds() < 60


# Answering


def read(args):
    """The watch that a URL describes; what makes no sense in it counts as not known."""
    ids = [int(text) for text in args.get("ids", "").split(",") if re.fullmatch(r"[0-9]{1,18}", text)]
    marks = args.get("sig", "").split(".")
    known = dict(zip(ids, marks, strict=False)) if len(marks) == len(ids) else dict.fromkeys(ids, "")
    known = dict(list(known.items())[: max(SIZES)])
    return Watch(known, *(_whole(args.get(name, "")) for name in ("newest", "counted", "opened")))


def _whole(text):
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else 0


def changes(watch, exports):
    """The rows that look other than the watch says."""
    place = places(exports)
    changed = []
    for export in sorted(exports, key=lambda export: watch.ids.index(export.id)):
        before, after = watch.marks[export.id], mark(export, place.get(export.id))
        if before != after:
            changed.append(Change(export, place.get(export.id), bool(before) and before[0] != after[0]))
    return changed


def has_new_state(changes):
    return any(change.is_new_state for change in changes)


def announcement(changes):
    """One sentence for those who listen, when a state changed."""
    exports = [change.export for change in changes if change.is_new_state]
    states = {ui_state(export) for export in exports}
    if not exports:
        return ""
    if len(states) > 1:
        return f"{len(exports)} exports have changed."
    one, several = SENTENCES[states.pop()]
    return f"{exports[0].name} {one}." if len(exports) == 1 else f"{len(exports)} exports {several}."
