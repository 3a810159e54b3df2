"""One small predicate language: which rows an export takes.

Forms, API dialects and date ranges build this tree, `check` types it against a resource's columns, sources
and searches turn it into SQL with bound values, the export record keeps it as JSON, pages say it in words.

What every database must agree on, whatever its own rules are:

- NULL never matches a positive comparison, and always matches its negative: `ne "x"`, `not_in` and `Not`
  include the rows without a value, as people expect; a tree is true or false, never unknown.
- `eq`, `contains`, `starts_with` and `ends_with` heed the case; `ieq`, `icontains`, `istarts_with`, `iends_with`
  and `ilike` do not, at least for ASCII letters (SQLite knows no others, PostgreSQL does). `%`, `_` and `*` mean
  themselves, but in `ilike`.
- `json_contains` is true when each member of the given object is in the stored one; lists hold in any order.
- `between` includes both ends. A day without a time on a datetime field means that whole day in `zone`.
"""

from __future__ import annotations

from dashboard.criteria.check import check, day_start, refuse_too_many
from dashboard.criteria.sql import among, to_sql
from dashboard.criteria.tree import (
    OPERATORS,
    All,
    Any,
    CannotSay,
    Comparison,
    Invalid,
    Node,
    Not,
    allowed_for,
    both,
    dump,
    fields,
    load,
    operators_for,
    plain,
    replaced,
)
from dashboard.criteria.words import in_words, operator_words

__all__ = [
    "OPERATORS",
    "All",
    "Any",
    "CannotSay",
    "Comparison",
    "Invalid",
    "Node",
    "Not",
    "allowed_for",
    "among",
    "both",
    "check",
    "day_start",
    "dump",
    "fields",
    "in_words",
    "load",
    "operator_words",
    "operators_for",
    "plain",
    "refuse_too_many",
    "replaced",
    "to_sql",
]
