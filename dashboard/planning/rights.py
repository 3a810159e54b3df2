"""Who may export which rows: also those that are reached through a relation, shown, filtered or sorted by.

`plans` asks when somebody requests, `jobs.collect` again when the export is made.
"""

from __future__ import annotations

from contextlib import suppress

from dashboard import criteria
from dashboard.extensions import catalog
from dashboard.models import User
from dashboard.sources import Query, Resource, UnknownField


def resources(user: User) -> list[Resource]:
    """The resources that this person may export, in the order of the catalog."""
    return [resource for resource in catalog.resources.values() if user.may_request(resource.roles)]


def forbidden(user: User, query: Query) -> Resource | None:
    """The first resource that the query needs and this person may not export."""
    paths = [sort.removeprefix("-") for sort in query.sort]
    paths += sorted(criteria.fields(query.where)) if query.where else []
    columns = list(query.columns)
    for path in paths:
        # One that is unknown is told of elsewhere.
        with suppress(UnknownField, ValueError):
            columns += catalog.columns(query.resource, (path,))
    needed = [query.resource, *catalog.reached(query.resource, columns)]
    return next((resource for resource in needed if not user.may_request(resource.roles)), None)
