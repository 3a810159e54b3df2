"""The life of an export: every change of status, and of what fences it, happens in this package.

Doors (pages, API dialects, jobs) call these verbs; nobody else writes a status. Each change is one conditional
update (reliability.md, section 3): no row hit means that somebody else was first.

- requests: what people do (request, also_as, cancel, restart); changes: what they change about one, and that it is
  gone; uploads: what they send along
- runs: what a worker does with an export (claim, commit a part, publish); rendering: with one part
- rescue: what the clock does (dispatch, take over, give up, expire); schedules: what it begins when its time comes
- outbox: the mail that an end is told by
"""

from dashboard.lifecycle.changes import annotate, change, delete
from dashboard.lifecycle.moves import ERRORS, AlreadyEnded, AlreadyStarted, Refused, StillGoing, Taken
from dashboard.lifecycle.outbox import claim_letter, forget_letters, hold_letters, letter_failed, letter_sent
from dashboard.lifecycle.rendering import (
    all_rendered,
    claim_part,
    commit_fragments,
    is_collecting,
    release_part,
    renew_part,
    rerender,
)
from dashboard.lifecycle.requests import also_as, can_be_also, cancel, downloaded, request, restart
from dashboard.lifecycle.rescue import (
    dispatch,
    dispatch_due,
    expire,
    forget_parts,
    give_back,
    give_up,
    take_over,
)
from dashboard.lifecycle.runs import (
    claim,
    claim_assembly,
    commit_part,
    complete,
    count,
    fail,
    finish_collecting,
    recollect,
    release,
    renew,
    wait,
)
from dashboard.lifecycle.schedules import start_due
from dashboard.lifecycle.uploads import TooManyUploads, take_filter_file

__all__ = [
    "ERRORS",
    "AlreadyEnded",
    "AlreadyStarted",
    "Refused",
    "StillGoing",
    "Taken",
    "TooManyUploads",
    "all_rendered",
    "also_as",
    "annotate",
    "can_be_also",
    "cancel",
    "change",
    "claim",
    "claim_assembly",
    "claim_letter",
    "claim_part",
    "commit_fragments",
    "commit_part",
    "complete",
    "count",
    "delete",
    "dispatch",
    "dispatch_due",
    "downloaded",
    "expire",
    "fail",
    "finish_collecting",
    "forget_letters",
    "forget_parts",
    "give_back",
    "give_up",
    "hold_letters",
    "is_collecting",
    "letter_failed",
    "letter_sent",
    "recollect",
    "release",
    "release_part",
    "renew",
    "renew_part",
    "request",
    "rerender",
    "restart",
    "start_due",
    "take_filter_file",
    "take_over",
    "wait",
]
