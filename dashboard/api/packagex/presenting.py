"""An export as this dialect shows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard import delivery
from dashboard.api import ids
from dashboard.api.packagex import elsewhere
from dashboard.api.packagex.words import DIALECT, KEPT_SECONDS, RESOURCE, STATUS
from dashboard.models import Export, File, User

ORGANIZATION = "export-centre"
OBJECT = "export"


def present(export: Export, changed_by: int | None = None) -> dict[str, Any]:
    """`changed_by` is the number of who changed it last, if anybody did."""
    is_completed = export.status == "completed"
    options, csv_field_options = _asked(export)
    return {
        "id": ids.packagex(export.uuid),
        "object": OBJECT,
        "organization_id": ORGANIZATION,
        "name": export.name,
        "resource": RESOURCE.get(export.resource, export.resource),
        "status": STATUS[export.status],
        "reason": "cancelled" if export.status == "cancelled" else export.error_message,
        "options": options,
        "csv_field_options": csv_field_options,
        "count_total": export.total_count or 0,
        "count_batches": max(export.part_count, int(is_completed)),
        "created_by": str(export.requested_by_id),
        "updated_by": str(changed_by) if changed_by else None,
        "created_at": _seconds(export.created_at),
        "updated_at": _seconds(export.updated_at),
        "completed_at": _seconds(export.ended_at) if is_completed else None,
        "expires_at": _seconds(export.expires_at) if is_completed else None,
    }


def links(export: Export, by: User, csv: bool, json: bool) -> dict[str, str | None]:
    """New links to the files that there are; members that nobody asked for are left out."""
    found = dict(_named(export)) if export.has_file else {}
    wanted = [*(("_csv_url", "_csv_error_url", "_csv_sanitized_url") if csv else ())]
    wanted += ["_json_url"] if json else []
    return {name: delivery.link(found[name], by) if name in found else None for name in wanted}


def deleted(export: Export) -> dict[str, Any]:
    return {"id": ids.packagex(export.uuid), "object": OBJECT, "deleted": True}


def is_over(export: Export) -> bool:
    """Whether the platform would have deleted it by now."""
    now = datetime.now(UTC)
    if export.expired_at or (export.expires_at and export.expires_at <= now):
        return True
    kept_until = export.ended_at and export.ended_at + timedelta(seconds=KEPT_SECONDS)
    return export.dialect == DIALECT and kept_until is not None and kept_until <= now


def _asked(export: Export) -> tuple[dict[str, Any], dict[str, Any]]:
    kept = export.as_asked
    if export.dialect != DIALECT or not kept:
        return elsewhere.options(export), elsewhere.csv_field_options(export)
    csv = dict(kept["csv_field_options"])
    if isinstance(csv.get("columns"), list):
        csv["columns"] = dict(csv["columns"])
    return kept["options"], csv


def _named(export: Export) -> Iterator[tuple[str, File]]:
    """The files by the members that lead to them. Lists of changed values belong to one output, errors to all."""
    outputs = [output["format"] for output in export.outputs]
    for file in export.files:
        of_csv = file.output < len(outputs) and outputs[file.output] == "csv"
        if file.kind == "data" and file.format in ("csv", "json"):
            yield f"_{file.format}_url", file
        elif file.kind == "errors":
            yield "_csv_error_url", file
        elif file.kind == "sanitized" and of_csv:
            yield "_csv_sanitized_url", file


def _seconds(at: datetime | None) -> int | None:
    return int(at.timestamp()) if at else None
