"""The dialect's names for our statuses, formats, events, fields and errors."""

from __future__ import annotations

TYPE = "exports"
EVENTS, EVENT_STORES, VERSIONS = "events", "event_stores", "versions"
RELATIONS = (EVENTS, EVENT_STORES, VERSIONS)

# Canonical status -> the dialect's (contracts/README.md, "States").
STATUS = {
    "scheduled": "pending",
    "pending": "pending",
    "queued": "pending",
    "running": "in_progress",
    "waiting_next_page": "in_progress",
    "finalizing": "in_progress",
    "completed": "completed",
    "failed": "failed",
    "timed_out": "failed",
    "cancelled": "interrupted",
}
# Formats that are not here have no name in this dialect.
FORMAT = {"csv": "csv", "json": "json"}
# Kind of a line in our timeline -> the event; lines of other kinds are none.
EVENT = {
    "scheduled": "exports.create",
    "pending": "exports.create",
    "running": "exports.start",
    "completed": "exports.complete",
    "failed": "exports.fail",
    "timed_out": "exports.fail",
    "cancelled": "exports.interrupt",
    "deleted": "exports.destroy",
}
CREATED = "exports.create"

# Attribute -> what `search` calls it.
SORT_KEYS = {
    "id": "letters",
    "resource_type": "resource",
    "format": "format",
    "status": "status",
    "started_at": "started_at",
    "completed_at": "completed_at",
    "interrupted_at": "interrupted_at",
    "records_count": "total_count",
    "processed_count": "collected_count",
    "attachment_url": "has_file",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "reference": "reference",
    "reference_origin": "reference_origin",
}
# What the record calls the attributes that can be changed.
NOTES = {"reference": "reference", "reference_origin": "reference_origin", "metadata": "client_metadata"}


def error_class(code: str) -> str:
    """The key in `errors_log`: source_away -> SourceAwayError."""
    if code == "deadline":
        return "TimeoutError"
    return "".join(word.capitalize() for word in code.split("_")) + "Error"
