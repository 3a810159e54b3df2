"""From what a client asks for to a checked plan: the dialect's words become ours here, and its refusals theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dashboard import criteria, planning
from dashboard.api.packagex import filters
from dashboard.api.packagex.bodies import CsvFieldOptions, NewExport, Options
from dashboard.api.packagex.errors import not_valid
from dashboard.api.packagex.words import ALIASES, RESOURCE, resource_of
from dashboard.extensions import catalog
from dashboard.models import User
from dashboard.sources import Resource, UnknownField

# What the plan calls a field of the request, and what this dialect does.
THEIR_NAMES = {
    "resource": "resource",
    "fields": "csv_field_options.columns",
    "where": "options",
    "sort": "options.order_by",
    "timezone": "csv_field_options.timezone",
    "options": "csv_field_options.datetime_format",
    "format": "csv_field_options.columns",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A new export, checked, with what the record keeps of the words it was asked in."""

    plan: planning.Plan
    name: str
    as_asked: dict[str, Any]


def read(user: User, wanted: NewExport, sent: Mapping[str, Any]) -> Asked:
    """Raises Refusal with everything that is wrong."""
    resource = _resource(user, wanted.resource)
    errors: list[str] = []
    where = _where(resource, wanted.options, errors)
    sort = _sort(resource, wanted.options, errors)
    columns = _columns(resource, wanted.csv_field_options, errors)
    try:
        plan = planning.plan(
            user,
            resource.name,
            fields=_fields(resource, columns),
            where=where,
            sort=sort,
            outputs=_outputs(resource, wanted.csv_field_options, columns),
            timezone=wanted.csv_field_options.timezone,
            headings="names",
            row_limit=None if wanted.options.limit == "all" else wanted.options.limit,
        )
    except planning.Invalid as error:
        raise not_valid([*errors, *_translated(error)]) from None
    if errors:
        raise not_valid(errors)
    return Asked(plan, (wanted.name or _name(wanted.resource)).strip(), _echo(sent))


def _resource(user: User, word: str) -> Resource:
    mine = {resource.name: resource for resource in planning.resources(user)}
    if resource_of(word) not in mine:
        known = ", ".join(theirs for ours, theirs in RESOURCE.items() if ours in mine) or "none"
        raise not_valid([f"resource has no data for you; these have: {known}"])
    return mine[resource_of(word)]


def _name(word: str) -> str:
    return f"{ALIASES.get(word, word)} export {datetime.now(UTC).date().isoformat()}"


def _where(resource: Resource, options: Options, errors: list[str]) -> criteria.Node | None:
    types = catalog.types(resource)
    try:
        filtered = filters.parse(options.model_extra or {}, types)
    except criteria.Invalid as error:
        errors.append(f"{'.'.join(filter(None, ('options', error.field)))}: {error.message}.")
        return None
    return criteria.both(filtered, _search(resource, options.search, errors))


def _search(resource: Resource, text: str, errors: list[str]) -> criteria.Node | None:
    """Records with the text in any of their own texts."""
    own = [field.name for field in resource.fields if field.type == "text"]
    if text and not own:
        errors.append("options.search: records of this resource have no texts")
    if not text or not own:
        return None
    return criteria.Any(tuple(criteria.Comparison(name, "icontains", text) for name in own))


def _sort(resource: Resource, options: Options, errors: list[str]) -> tuple[str, ...]:
    """By creation when only a direction is asked for, as lists of the platform are; else by key."""
    sign = "-" if options.direction == "desc" else ""
    types = catalog.types(resource)
    if options.order_by is None:
        first = "created_at" if "created_at" in types else resource.key[0]
        return (f"-{first}",) if sign else ()
    if options.order_by not in types:
        errors.append(f"options.order_by: {options.order_by[:100]} is not a field to order by")
        return ()
    return (f"{sign}{options.order_by}",)


def _columns(resource: Resource, options: CsvFieldOptions, errors: list[str]) -> tuple[str, ...]:
    """The columns of the CSV, none for every own field."""
    chosen = tuple(path for path, wanted in (options.columns or {}).items() if wanted)
    if options.columns and not chosen:
        errors.append("csv_field_options.columns must have a field that is true")
    unknown = [path for path in options.columns or {} if not _is_field(resource, path)]
    errors += [f"csv_field_options.columns.{path[:100]} is not a field of this resource" for path in unknown]
    return () if unknown else chosen


def _is_field(resource: Resource, path: str) -> bool:
    if resource.own(path):
        return True
    try:
        return "*" not in path and bool(catalog.columns(resource, (path,)))
    except (UnknownField, ValueError):
        return False


def _fields(resource: Resource, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The JSON file has every own field, and what of related records the CSV is to have."""
    own = tuple(field.name for field in resource.fields)
    others = tuple(path for path in columns if path not in own)
    return (*own, *others) if others else ()


def _outputs(
    resource: Resource, options: CsvFieldOptions, columns: tuple[str, ...]
) -> tuple[planning.Output, ...]:
    csv = {"nested": options.nested, "guard": "split"}
    if options.datetime_format is not None:
        csv["datetime_format"] = options.datetime_format
    # Related rows are one column, however many of their fields are asked for.
    names = tuple(column.name for column in catalog.columns(resource, columns)) if columns else ()
    return (
        planning.Output("csv", csv, fields=names),
        planning.Output("json", {"relations": "nested"}),
    )


def _translated(error: planning.Invalid) -> Iterator[str]:
    for field, sentence in error.errors.items():
        yield f"{THEIR_NAMES.get(field.partition('.')[0], 'csv_field_options')}: {sentence}"


def _echo(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Columns as pairs: PostgreSQL does not keep the order of an object's members."""
    csv = dict(sent["csv_field_options"])
    if isinstance(csv.get("columns"), dict):
        csv["columns"] = [[path, wanted] for path, wanted in csv["columns"].items()]
    return {"options": sent["options"], "csv_field_options": csv}
