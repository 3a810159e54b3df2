"""The life of an export: every change of status, and of what fences it, happens in this package.

Doors (pages, API dialects, jobs) call these verbs; nobody else writes a status. Each change is one conditional
update (reliability.md, section 3): no row hit means that somebody else was first.

- requests: what people do (request, also_as, cancel, restart); uploads: what they send along
- runs: what a worker does with an export (claim, commit a part, publish); rendering: with one part
- rescue: what the clock does (dispatch, take over, give up, expire)
"""

from dashboard.lifecycle.moves import ERRORS, AlreadyEnded, Refused
from dashboard.lifecycle.rendering import (
    all_rendered,
    claim_part,
    commit_fragments,
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
from dashboard.lifecycle.uploads import TooManyUploads, take_filter_file

__all__ = [
    "ERRORS",
    "AlreadyEnded",
    "Refused",
    "TooManyUploads",
    "all_rendered",
    "also_as",
    "can_be_also",
    "cancel",
    "claim",
    "claim_assembly",
    "claim_part",
    "commit_fragments",
    "commit_part",
    "complete",
    "count",
    "dispatch",
    "dispatch_due",
    "downloaded",
    "expire",
    "fail",
    "finish_collecting",
    "forget_parts",
    "give_back",
    "give_up",
    "recollect",
    "release",
    "release_part",
    "renew",
    "renew_part",
    "request",
    "rerender",
    "restart",
    "take_filter_file",
    "take_over",
    "wait",
]
