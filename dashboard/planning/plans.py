"""From the plain values of a request to a checked plan, and what can be asked of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboard import criteria, filter_files
from dashboard.extensions import catalog
from dashboard.languages import LANGUAGES
from dashboard.models import User
from dashboard.planning.columns import columns_asked, headed, renamed
from dashboard.planning.errors import Invalid
from dashboard.planning.outputs import Output, outputs_asked
from dashboard.planning.rights import forbidden
from dashboard.planning.rows import check_sort, named_rows_asked, range_asked, where_asked, zone_asked
from dashboard.sources import Query, Resource


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
    outputs: tuple[Output, ...]
    language: str
    timezone: str
    headings: str
    renames: dict[str, str]
    dry: bool
    filter_ids: filter_files.Ids | None = None  # in the query too
    row_limit: int | None = None  # in the query too

    @property
    def format(self) -> str:
        return self.outputs[0].format

    @property
    def options(self) -> Mapping[str, Any]:
        return self.outputs[0].options


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
    packaging: str = "none",
    outputs: Sequence[Output] = (),
    language: str = "en",
    timezone: str = "UTC",
    headings: str = "labels",
    renames: Mapping[str, str] | None = None,
    dry: bool = False,
    filter_ids: filter_files.Ids | None = None,
    row_limit: int | None = None,
) -> Plan:
    """Check a request whole; raises Invalid with every field that is wrong.

    `headings` is what stands above the columns: labels in `language`, or the fields' own names; `renames` gives
    single paths another. `row_limit` takes the first rows only. One output may be asked for by `format`, `options`
    and `packaging`, several by `outputs`.
    """
    known = catalog.resources.get(resource)
    if known is None or not user.may_request(known.roles):
        raise Invalid({"resource": "Pick one of the resources in the list."})
    errors: dict[str, str] = {}
    timezone = zone_asked(timezone, errors)
    if language not in LANGUAGES:
        errors["language"] = "Pick one of the languages in the list."
    columns = headed(columns_asked(known, fields, language, dry, errors), headings)
    columns, kept_names = renamed(columns, renames or {}, errors)
    checked_where = where_asked(known, where, timezone, errors)
    span, range_kept = range_asked(known, date_range, timezone, errors)
    named = named_rows_asked(known, filter_ids, errors)
    check_sort(known, sort, errors)
    checked = outputs_asked(outputs or (Output(format, options or {}, packaging),), columns, errors)
    if errors:
        raise Invalid(errors)
    rows = criteria.both(criteria.both(checked_where, span), named)
    query = Query(known, columns, rows, tuple(sort), row_limit)
    if kept := forbidden(user, query):
        raise Invalid({"fields": f"You cannot export fields of {kept.label}, nor filter or sort by them."})
    return Plan(
        known,
        query,
        tuple(fields),
        where,
        range_kept,
        tuple(sort),
        checked,
        language,
        timezone,
        headings,
        kept_names,
        dry,
        filter_ids,
        row_limit,
    )


def count(plan: Plan, seconds: float = 5) -> int:
    """How many rows the plan takes now. Raises SourceSlow, SourceAway."""
    return catalog.source(plan.resource).count(plan.query, seconds)


def preview(plan: Plan, rows: int = 5, seconds: float = 5) -> pl.DataFrame:
    """The first rows of the plan, as they would be staged. Raises SourceSlow, SourceAway."""
    return catalog.source(plan.resource).preview(plan.query, rows, seconds)
