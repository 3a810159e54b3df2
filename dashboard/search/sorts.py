"""What lists can be sorted by: `ordering` sorts, doors look up which words there are."""

from __future__ import annotations

from sqlalchemy import case

from dashboard.models import Export, status_order
from dashboard.models.indexes import lower_name, scheduled_time, size, total_count
from dashboard.models.lookups import AskedFormat
from dashboard.search.fields import Expression, action_name, has_file, percent

# Sort key -> its index, and what it sorts by.
INDEXED: dict[str, tuple[str, Expression]] = {
    "id": ("number", Export.id),
    "created_at": ("created", Export.created_at),
    "created": ("created", Export.created_at),
    "updated_at": ("updated", Export.updated_at),
    "started_at": ("started", Export.started_at),
    "scheduled_time": ("scheduled", scheduled_time),
    "name": ("name", lower_name),
    "rows": ("collected", Export.collected_count),
    "collected_count": ("collected", Export.collected_count),
    "total_count": ("total", total_count),
    "size": ("size", size),
    "part_count": ("page", Export.page),
    "letters": ("letters", Export.letters),
    "public_id": ("public_id", Export.public_id),
    "reference": ("reference", Export.reference),
    "reference_origin": ("origin", Export.reference_origin),
    "ended_at": ("ended", Export.ended_at),  # of exports of one status
}
FEW: dict[str, Expression] = {
    "status": status_order,
    "resource": Export.resource,
    "format": Export.format,
    "action_name": action_name,
    "has_file": case((has_file, 1), else_=0),
    "completed_at": case((Export.status == "completed", Export.ended_at)),
    "interrupted_at": case((Export.status == "cancelled", Export.ended_at)),
    "requester": Export.requested_by_id,
}
PLAIN: dict[str, Expression] = {
    "uuid": Export.uuid,
    "asked_format": AskedFormat(),
    "dialect": Export.dialect,
    "requester_id": Export.requested_by_id,
    "fail_count": Export.fail_count,
    "percent": percent,
    "error_code": Export.error_code,
    "scheduled_at": Export.scheduled_at,
    "expires_at": Export.expires_at,
    "expired_at": Export.expired_at,
}
SORTS: dict[str, Expression] = {**{name: key for name, (_, key) in INDEXED.items()}, **FEW, **PLAIN}
NEVER_MISSING = {
    *INDEXED.keys() - {"started_at", "ended_at", "reference", "reference_origin"}, "status", "resource", "format",
    "action_name", "has_file", "requester", "uuid", "requester_id", "fail_count",
}  # fmt: skip
