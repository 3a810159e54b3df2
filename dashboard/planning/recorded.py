"""A recorded export read back: what its rows, columns and ids are by the catalog of today. Jobs call these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard import criteria, dateranges, filter_files, row_ids, spans
from dashboard.columns import Column
from dashboard.extensions import catalog
from dashboard.models import Export
from dashboard.planning.columns import columns_asked, headed, renamed
from dashboard.planning.errors import Invalid, Outdated
from dashboard.planning.outputs import Output, WrongOutput, checked_output, chosen_columns
from dashboard.planning.rows import day
from dashboard.sources import Query, Resource


def query_of(export: Export) -> Query:
    """What a recorded export asks for, against the catalog of today. Raises Outdated."""
    try:
        resource = catalog.resources[export.resource]
        where = criteria.load(export.where) if export.where else None
        if where:
            where = criteria.check(where, catalog.types(resource), export.timezone)
        where = criteria.both(where, _recorded_range(export))
        where = criteria.both(where, named_rows(export))
    except (KeyError, ValueError) as error:
        raise Outdated(str(error)) from error
    return Query(resource, columns_of(export), where, tuple(export.sort), export.row_limit)


def resource_of(export: Export) -> Resource:
    """Raises Outdated when the catalog does not have it any more."""
    try:
        return catalog.resources[export.resource]
    except KeyError:
        raise Outdated(export.resource) from None


def check_output(export: Export, output: Output) -> Output:
    """Another output for the rows of a recorded export. Raises Invalid, Outdated."""
    try:
        return checked_output(output, columns_of(export))
    except WrongOutput as wrong:
        raise Invalid({wrong.part: str(wrong)}) from None


def named_rows(export: Export) -> criteria.Comparison | None:
    """The rows that the filter file of a recorded export names, whatever else it asks for. Raises Outdated."""
    resource = resource_of(export)
    try:
        ids = row_ids.ids_of(export, resource)
        return row_ids.condition(resource, ids) if ids else None
    except filter_files.Refused as error:
        raise Outdated(str(error)) from error


def filter_ids_of(export: Export) -> filter_files.Ids | None:
    """The ids of a recorded export, to be asked for again; None also when they name no rows any more."""
    try:
        return row_ids.ids_of(export, resource_of(export))
    except (filter_files.Refused, Outdated):
        return None


def columns_of(export: Export) -> tuple[Column, ...]:
    """The columns of a recorded export. Raises Outdated."""
    errors: dict[str, str] = {}
    columns = columns_asked(resource_of(export), export.fields, export.language, export.dry_data, errors)
    columns, _ = renamed(headed(columns, export.headings), export.renames, errors)
    if errors:
        raise Outdated("; ".join(errors.values()))
    return columns


def columns_of_output(export: Export, output: Mapping[str, Any]) -> tuple[Column, ...]:
    """The columns of one recorded output. Raises Outdated."""
    try:
        return chosen_columns(columns_of(export), output.get("fields", ()))
    except WrongOutput as wrong:
        raise Outdated(str(wrong)) from None


def _recorded_range(export: Export) -> criteria.Node | None:
    kept = export.date_range
    if not kept:
        return None
    kind = catalog.types(catalog.resources[export.resource])[kept["field"]]
    if spans.is_relative(kept):
        return dateranges.between(kept["field"], kind, *spans.span_of(export))
    first, last = day(kept["start"]), day(kept["end"])
    return dateranges.to_criteria(kept["field"], kind, first, last, export.timezone)
