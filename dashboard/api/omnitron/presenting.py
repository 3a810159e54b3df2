"""An export as this dialect shows it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from dashboard.api.omnitron.words import FORMAT, STATUS
from dashboard.formats import FORMATS
from dashboard.models import Export, File, User

EXPORTS = "/api/v1/exports/"


def present(export: Export) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": export.uuid,
        "pk": export.id,
        "action_name": export.action_name,
        "format_type": FORMAT.get(export.format),
        "status": STATUS[export.status],
        "total_count": export.total_count or 0,
        "collected_count": export.collected_count,
        "fail_count": export.fail_count,
        "page": _page(export),
        "last_instance_id": export.last_instance_id,
        "uploaded_parts": _uploaded_parts(export),
        "request_fields": list(export.fields),
        "request_path": export.request_path,
        "language": export.language,
        "filter_file": export.filter_file,
        "viewset": viewset(export.resource),
        "requested_by": export.requested_by.uuid,
        "result_file": f"{EXPORTS}{export.uuid}/file/" if export.has_file else None,
        "error_message": export.error_message,
        "created_date": _moment(export.created_at),
        "modified_date": _moment(export.updated_at),
    }
    if shown["format_type"] is None:
        del shown["format_type"]  # this dialect has no word for the format
    return shown


def present_file(export: Export, file: File) -> dict[str, Any]:
    return {
        "pk": file.id,
        "kind": file.kind,
        "name": file.name,
        "format": file.format,
        "packaging": file.packaging,
        "rows": file.rows,
        "size": file.size,
        "sha256": file.sha256,
        "file": f"{EXPORTS}{export.uuid}/files/{file.id}/",
    }


def present_user(user: User) -> dict[str, Any]:
    return {"pk": user.id, "username": user.email, "email": user.email, "is_superuser": user.is_superuser}


def viewset(resource: str) -> str:
    """order_lines -> OrderLineExportViewSet"""
    words = [word for word in re.split(r"[^A-Za-z0-9]+", resource) if word]
    if words:
        words[-1] = _singular(words[-1])
    return "".join(word[:1].upper() + word[1:] for word in words)[:242] + "ExportViewSet"


def _singular(word: str) -> str:
    for ending, single in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word.removesuffix(ending) + single
    return word.removesuffix("s") if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _page(export: Export) -> int:
    """The chunk being worked on; once all are there, the last one."""
    collecting = export.status not in ("finalizing", "completed")
    return export.page if collecting else max(1, export.part_count)


def _uploaded_parts(export: Export) -> list[str]:
    """Parts are numbered without a gap, and the record counts them in the transaction that adds one."""
    extension = FORMATS[export.format].extension if export.format in FORMATS else export.format
    return [f"part_{number}.{extension}" for number in range(1, export.part_count + 1)]


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
