"""Which rows a file has, and in which order: conditions, date range, filter file, sort. `plans` calls these.

What is wrong is written into `errors`, field by field, so that a form hears of everything at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from dashboard import criteria, dateranges, filter_files, row_ids, spans
from dashboard.extensions import catalog
from dashboard.sources import Resource


def zone_asked(timezone: str, errors: dict[str, str]) -> str:
    """The zone, or UTC to go on checking with."""
    if timezone in _zones():
        return timezone
    errors["timezone"] = "Enter a time zone such as Europe/Berlin or UTC."
    return "UTC"


@cache
def _zones() -> set[str]:
    return available_timezones()  # it walks the disk


def where_asked(
    resource: Resource, where: criteria.Node | None, timezone: str, errors: dict[str, str]
) -> criteria.Node | None:
    """Check condition by condition, so that a form can show each error at its line."""
    if where is None:
        return None
    types = catalog.types(resource)
    lines = where.items if isinstance(where, criteria.All) else (where,)
    checked = []
    for number, line in enumerate(lines):
        try:
            checked.append(criteria.check(line, types, timezone))
        except criteria.Invalid as error:
            key = f"where.{number}" if isinstance(where, criteria.All) else "where"
            errors[key] = error.message
    if not checked:
        return None
    return criteria.All(tuple(checked)) if isinstance(where, criteria.All) else checked[0]


def range_asked(
    resource: Resource, asked: Mapping[str, Any] | None, timezone: str, errors: dict[str, str]
) -> tuple[criteria.Node | None, dict[str, Any] | None]:
    if not asked or asked.get("preset", "all") == "all":
        return None, None
    kind = catalog.types(resource).get(str(asked.get("field", "")))
    if kind not in ("date", "datetime"):
        errors["date_range"] = f"{resource.label} has no date field of this name."
        return None, None
    if spans.is_relative(asked):
        return _relative_asked(asked, kind, errors)
    if asked["preset"] not in dateranges.PRESETS:
        errors["date_range"] = "Pick one of the ranges in the list."
        return None, None
    try:
        start, end = day(asked.get("start")), day(asked.get("end"))
        today = datetime.now(ZoneInfo(timezone)).date()
        first, last = dateranges.resolve(asked["preset"], today, start, end)
        if first and last and first > last:
            raise ValueError("The range ends before it begins.")
    except ValueError as error:
        errors["date_range"] = str(error)
        return None, None
    kept = {
        "field": asked["field"],
        "preset": asked["preset"],
        "start": first.isoformat() if first else None,
        "end": last.isoformat() if last else None,
    }
    return dateranges.to_criteria(str(asked["field"]), kind, first, last, timezone), kept


def _relative_asked(
    asked: Mapping[str, Any], kind: str, errors: dict[str, str]
) -> tuple[criteria.Node | None, dict[str, Any] | None]:
    """The texts are kept; what they mean today says how many rows there are today."""
    kept = {name: str(asked.get(name) or "") for name in ("field", "preset", "start", "end")}
    moment = datetime.now(UTC)
    for name in ("start", "end"):
        try:
            spans.span_at({name: kept[name]}, moment)
        except ValueError as error:
            errors[f"date_range.{name}"] = str(error)
    if errors.keys() & {"date_range.start", "date_range.end"}:
        return None, None
    start, end = spans.span_at(kept, moment)
    if start and end and start > end:
        errors["date_range.end"] = "The range ends before it begins."
        return None, None
    return dateranges.between(kept["field"], kind, start, end), kept


def day(value: Any) -> date | None:
    if value in (None, ""):
        return None
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("Enter a date, for example 2026-11-21.") from None


def named_rows_asked(
    resource: Resource, ids: filter_files.Ids | None, errors: dict[str, str]
) -> criteria.Node | None:
    try:
        return row_ids.condition(resource, ids) if ids else None
    except filter_files.Refused as error:
        errors["filter_file"] = str(error)
        return None


def check_sort(resource: Resource, sort: Sequence[str], errors: dict[str, str]) -> None:
    types = catalog.types(resource)
    names = [name.removeprefix("-") for name in sort]
    for name in names:
        if name not in types:
            errors["sort"] = f"{resource.label} cannot be sorted by {name[:100]}."
    if len(set(names)) < len(names):
        errors["sort"] = "Name each field to sort by once."
