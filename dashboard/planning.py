"""From the plain values of a request to a checked plan: which rows, which columns, in which form.

Every door calls `plan`; jobs call `query_of` to read a recorded export back. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import polars as pl

from dashboard import criteria, dateranges
from dashboard.columns import Column
from dashboard.extensions import catalog
from dashboard.formats import FORMATS
from dashboard.models import Export, User
from dashboard.sources import Query, Resource, UnknownField

LANGUAGES: dict[str, str] = {"en": "English", "de": "German", "fr": "French"}


class Invalid(Exception):
    """A request that cannot be carried out: a sentence for each wrong field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {sentence}" for field, sentence in errors.items()))
        self.errors = errors


class Outdated(Exception):
    """The catalog does not offer any more what was asked for."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A request in which everything has been checked.

    `query` has typed values and the date range in it; `where` is as it was asked, so that a form can show it again.
    """

    resource: Resource
    query: Query
    fields: tuple[str, ...]  # as asked; none for all own fields
    where: criteria.Node | None
    date_range: dict[str, Any] | None
    sort: tuple[str, ...]
    format: str
    options: dict[str, Any]
    language: str
    timezone: str
    headings: str


def resources(user: User) -> list[Resource]:
    """The resources that this person may export, in the order of the catalog."""
    return [resource for resource in catalog.resources.values() if user.may_request(resource.roles)]


def plan(
    user: User,
    resource: str,
    *,
    fields: Sequence[str] = (),
    where: criteria.Node | None = None,
    date_range: Mapping[str, Any] | None = None,
    sort: Sequence[str] = (),
    format: str = "csv",
    options: Mapping[str, Any] | None = None,
    language: str = "en",
    timezone: str = "UTC",
    headings: str = "labels",
) -> Plan:
    """Check a request whole; raises Invalid with every field that is wrong.

    `headings` is what stands above the columns: labels in `language`, or the fields' own names.
    """
    known = catalog.resources.get(resource)
    if known is None or not user.may_request(known.roles):
        raise Invalid({"resource": "Pick one of the resources in the list."})
    errors: dict[str, str] = {}
    timezone = _zone(timezone, errors)
    if language not in LANGUAGES:
        errors["language"] = "Pick one of the languages in the list."
    columns = _headed(_columns(known, fields, language, errors), headings)
    checked_where = _where(known, where, timezone, errors)
    span, range_kept = _range(known, date_range, timezone, errors)
    _check_sort(known, sort, errors)
    checked = _options(format, options or {}, columns, errors)
    if errors:
        raise Invalid(errors)
    query = Query(known, columns, criteria.both(checked_where, span), tuple(sort), None)
    return Plan(
        known,
        query,
        tuple(fields),
        where,
        range_kept,
        tuple(sort),
        format,
        checked,
        language,
        timezone,
        headings,
    )


def _zone(timezone: str, errors: dict[str, str]) -> str:
    """The zone, or UTC to go on checking with."""
    if timezone in _zones():
        return timezone
    errors["timezone"] = "Enter a time zone such as Europe/Berlin or UTC."
    return "UTC"


@cache
def _zones() -> set[str]:
    return available_timezones()  # it walks the disk


def _columns(
    resource: Resource, fields: Sequence[str], language: str, errors: dict[str, str]
) -> tuple[Column, ...]:
    try:
        columns = catalog.columns(resource, tuple(fields), language if language in LANGUAGES else "en")
    except UnknownField as error:
        errors["fields"] = str(error)
        return ()
    except ValueError as error:
        errors["fields"] = str(error)
        return ()
    if not columns:
        errors["fields"] = "Choose at least one field."
    return columns


def _headed(columns: tuple[Column, ...], headings: str) -> tuple[Column, ...]:
    return columns if headings == "labels" else tuple(replace(one, label=one.name) for one in columns)


def _where(
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


def _range(
    resource: Resource, asked: Mapping[str, Any] | None, timezone: str, errors: dict[str, str]
) -> tuple[criteria.Node | None, dict[str, Any] | None]:
    if not asked or asked.get("preset", "all") == "all":
        return None, None
    kind = catalog.types(resource).get(str(asked.get("field", "")))
    if kind not in ("date", "datetime"):
        errors["date_range"] = f"{resource.label} has no date field of this name."
        return None, None
    if asked["preset"] not in dateranges.PRESETS:
        errors["date_range"] = "Pick one of the ranges in the list."
        return None, None
    try:
        start, end = _day(asked.get("start")), _day(asked.get("end"))
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


def _day(value: Any) -> date | None:
    if value in (None, ""):
        return None
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("Enter a date, for example 2026-11-21.") from None


def _check_sort(resource: Resource, sort: Sequence[str], errors: dict[str, str]) -> None:
    types = catalog.types(resource)
    names = [name.removeprefix("-") for name in sort]
    for name in names:
        if name not in types:
            errors["sort"] = f"{resource.label} cannot be sorted by {name[:100]}."
    if len(set(names)) < len(names):
        errors["sort"] = "Name each field to sort by once."


def _options(format: str, options: Mapping[str, Any], columns: Any, errors: dict[str, str]) -> dict[str, Any]:
    known = FORMATS.get(format)
    if known is None:
        errors["format"] = f"Pick one of the formats {', '.join(FORMATS)}."
        return {}
    try:
        known.check(len(columns))
    except ValueError as error:
        errors["format"] = str(error)
    try:
        return dict(known.settle(options))
    except ValueError as error:
        errors["options"] = str(error)
        return {}


def count(plan: Plan, seconds: float = 5) -> int:
    """How many rows the plan takes now. Raises SourceSlow, SourceAway."""
    return catalog.source(plan.resource).count(plan.query, seconds)


def preview(plan: Plan, rows: int = 5, seconds: float = 5) -> pl.DataFrame:
    """The first rows of the plan, as they would be staged. Raises SourceSlow, SourceAway."""
    return catalog.source(plan.resource).preview(plan.query, rows, seconds)


def query_of(export: Export) -> Query:
    """What a recorded export asks for, against the catalog of today. Raises Outdated."""
    try:
        resource = catalog.resources[export.resource]
        columns = _headed(catalog.columns(resource, tuple(export.fields), export.language), export.headings)
        where = criteria.load(export.where) if export.where else None
        if where:
            where = criteria.check(where, catalog.types(resource), export.timezone)
        where = criteria.both(where, _recorded_range(export))
    except (KeyError, criteria.Invalid) as error:
        raise Outdated(str(error)) from error
    return Query(resource, columns, where, tuple(export.sort), None)


def _recorded_range(export: Export) -> criteria.Node | None:
    kept = export.date_range
    if not kept:
        return None
    kind = catalog.types(catalog.resources[export.resource])[kept["field"]]
    first, last = _day(kept["start"]), _day(kept["end"])
    return dateranges.to_criteria(kept["field"], kind, first, last, export.timezone)
