"""From the plain values of a request to a checked plan: which rows, which columns, in which form.

Every door calls `plan`; jobs read a recorded export back with `query_of` and its neighbours. Nothing here writes.
"""

from dashboard.languages import LANGUAGES
from dashboard.planning.errors import Invalid, Outdated
from dashboard.planning.outputs import Output
from dashboard.planning.plans import Plan, count, plan, preview
from dashboard.planning.recorded import (
    check_output,
    columns_of,
    columns_of_output,
    filter_ids_of,
    named_rows,
    query_of,
    resource_of,
)
from dashboard.planning.rights import forbidden, resources

__all__ = [
    "LANGUAGES",
    "Invalid",
    "Outdated",
    "Output",
    "Plan",
    "check_output",
    "columns_of",
    "columns_of_output",
    "count",
    "filter_ids_of",
    "forbidden",
    "named_rows",
    "plan",
    "preview",
    "query_of",
    "resource_of",
    "resources",
]
