"""The dialect's names for our statuses and formats, both ways."""

from __future__ import annotations

# Canonical status -> the dialect's (contracts/README.md, "States").
STATUS = {
    "scheduled": "waiting",
    "pending": "waiting",
    "queued": "waiting",
    "running": "processing",
    "waiting_next_page": "waiting_next_page",
    "finalizing": "preparing_file_creation",
    "completed": "completed",
    "failed": "failed",
    "timed_out": "failed",
    "cancelled": "cancelled",
}
# What the documented filter calls it, beside the values that objects have.
STATUS_ALIASES = {"pending": "waiting"}

# Canonical format -> the dialect's. Formats that are not here have no name in this dialect.
FORMAT = {"csv": "csv", "json": "json", "xlsx": "xls"}
# A filter may also ask for what only other doors can make.
FILTER_FORMATS = {**{theirs: ours for ours, theirs in FORMAT.items()}, "xml": "xml"}

SORT_KEYS = {
    "created_date": "created_at",
    "modified_date": "updated_at",
    "status": "status",
    "format_type": "format",
    "action_name": "action_name",
    "total_count": "total_count",
}
ACTION = "export_"


def statuses_of(word: str) -> tuple[str, ...]:
    """Every canonical status that a filter on this word means; none for a word that the dialect does not have."""
    wanted = STATUS_ALIASES.get(word, word)
    return tuple(ours for ours, theirs in STATUS.items() if theirs == wanted)
