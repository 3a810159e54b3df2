"""What an export that was asked for through another door asks for, in the words of this dialect."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

from dashboard import criteria, dateranges
from dashboard.api.packagex import filters
from dashboard.extensions import catalog
from dashboard.formats.date_patterns import DATETIME_FORMAT, ISO
from dashboard.models import Export


def options(export: Export) -> dict[str, Any]:
    """With the filters, where the dialect has words for all of them, and else without any."""
    said: dict[str, Any] = {"limit": export.row_limit or "all"}
    if export.sort:
        said["order_by"] = export.sort[0].removeprefix("-")
        said["direction"] = "desc" if export.sort[0].startswith("-") else "asc"
    return {**said, **_filters(export)}


def csv_field_options(export: Export) -> dict[str, Any]:
    csv: dict[str, Any] = next((output for output in export.outputs if output["format"] == "csv"), {})
    chosen = csv.get("options") or {}
    said: dict[str, Any] = {"timezone": export.timezone}
    pattern = chosen.get(DATETIME_FORMAT.key, ISO)
    if pattern != ISO:
        said["datetime_format"] = pattern
    columns = csv.get("fields") or export.fields
    if columns:
        said["columns"] = dict.fromkeys(columns, True)
    return {**said, "nested": chosen.get("nested", "merge")}


def _filters(export: Export) -> dict[str, Any]:
    resource = catalog.resources.get(export.resource)
    # The column is read for each export by itself: exports of this dialect do not need it.
    if resource is None or export.filter_file or not (export.date_range or export.where):
        return {}
    types = catalog.types(resource)
    with suppress(criteria.CannotSay, criteria.Invalid, ValueError, KeyError):
        node = criteria.both(_where(export, types), _range(export, types))
        return filters.printed(node, types) if node else {}
    return {}


def _where(export: Export, types: dict[str, str]) -> criteria.Node | None:
    return criteria.check(criteria.load(export.where), types, export.timezone) if export.where else None


def _range(export: Export, types: dict[str, str]) -> criteria.Node | None:
    """Days of a calendar; CannotSay for a range that moves with the clock."""
    kept = export.date_range
    if not kept:
        return None
    if kept["preset"] == "relative":
        raise criteria.CannotSay("The dialect has no relative dates")
    first, last = (date.fromisoformat(kept[end]) if kept.get(end) else None for end in ("start", "end"))
    return dateranges.to_criteria(kept["field"], types[kept["field"]], first, last, export.timezone)
