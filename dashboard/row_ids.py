"""The rows that a filter file names: from ids to a condition on the resource's key, and back from a recorded export.

`planning` joins the condition to the others of an export; a worker also counts the ids that have no row.
"""

from __future__ import annotations

from typing import cast

from dashboard import criteria, filter_files
from dashboard.criteria import Comparison
from dashboard.database import db
from dashboard.filter_files import Ids, Refused
from dashboard.models import Export, FilterFile
from dashboard.sources import Field, Resource


def key_of(resource: Resource) -> Field:
    """The one field whose values a filter file holds. Raises Refused."""
    if len(resource.key) != 1:
        raise Refused(
            f"{resource.label} has a key of several columns, so a filter file cannot name its rows."
        )
    key = resource.own(resource.key[0])
    if key is None or key.type not in filter_files.KEY_TYPES:
        raise Refused(f"The key of {resource.label} cannot be given in a filter file.")
    return key


def condition(resource: Resource, ids: Ids) -> Comparison:
    """Bound as one array, however many there are. Raises Refused."""
    key = key_of(resource)
    try:
        checked = criteria.check(Comparison(key.name, "in", ids.values), {key.name: key.type})
    except criteria.Invalid as error:
        raise Refused(error.message) from None
    return cast(Comparison, checked)


def count_of(export: Export) -> int | None:
    """How many ids the filter file of a recorded export holds, without a look at them; None without a file."""
    kept = db.session.get(FilterFile, export.id) if export.filter_file else None
    return kept.count if kept else None


def ids_of(export: Export, resource: Resource) -> Ids | None:
    """The ids that a recorded export was limited to, and the name of their file. Raises Refused."""
    kept = db.session.get(FilterFile, export.id) if export.filter_file else None
    if kept is None:
        return None
    if key_of(resource).name != kept.field:
        raise Refused(f"The key of {resource.label} is another one now.")
    return Ids(tuple(kept.ids), export.filter_file or "")
