"""What exports can be filtered by, and conditions of the dialects as SQL: over exports, or over their kept counts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Integer,
    Select,
    UnaryExpression,
    and_,
    case,
    cast,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.operators import custom_op

from dashboard import criteria
from dashboard.criteria import All, Comparison, Node, Not
from dashboard.database import db
from dashboard.models import Event, Export, MonthTally, Tally, User
from dashboard.models.indexes import scheduled_time, total_count
from dashboard.models.lookups import AskedFormat
from dashboard.search.metadata import contains

Expression = ColumnElement[Any] | InstrumentedAttribute[Any]

has_file = and_(Export.status == literal_column("'completed'"), Export.expired_at.is_(None))
action_name = func.coalesce(Export.action_name, literal_column("''"))
percent = case(
    (Export.total_count.is_(None), None),
    (Export.status.in_(("finalizing", "completed")), 100),
    (Export.total_count == 0, 0),
    (Export.collected_count * 100 > Export.total_count * 99, 99),
    else_=Export.collected_count * 100 // func.nullif(Export.total_count, 0),
)

# Name -> type of its values, and what it is compared with.
FIELDS: dict[str, tuple[str, Expression]] = {
    "id": ("integer", Export.id),
    "uuid": ("text", Export.uuid),
    "public_id": ("text", Export.public_id),
    "letters": ("text", Export.letters),
    "name": ("text", Export.name),
    "resource": ("text", Export.resource),
    "format": ("text", Export.format),
    "asked_format": ("text", AskedFormat()),  # in the words of its dialect
    "dialect": ("text", Export.dialect),
    "status": ("text", Export.status),
    "language": ("text", Export.language),
    "action_name": ("text", Export.action_name),
    "requester_id": ("integer", Export.requested_by_id),
    "total_count": ("integer", total_count),
    "collected_count": ("integer", Export.collected_count),
    "fail_count": ("integer", Export.fail_count),
    "part_count": ("integer", Export.page - 1),
    "percent": ("integer", percent),
    "reference": ("text", Export.reference),
    "reference_origin": ("text", Export.reference_origin),
    "error_code": ("text", Export.error_code),
    "error_message": ("text", Export.error_message),
    "client_metadata": ("json", Export.client_metadata),
    "has_file": ("boolean", has_file),
    "created_at": ("datetime", Export.created_at),
    "updated_at": ("datetime", Export.updated_at),
    "started_at": ("datetime", Export.started_at),
    "ended_at": ("datetime", Export.ended_at),
    "completed_at": ("datetime", Export.ended_at),
    "interrupted_at": ("datetime", Export.ended_at),
    "scheduled_at": ("datetime", Export.scheduled_at),
    "scheduled_time": ("datetime", scheduled_time),
    "expires_at": ("datetime", Export.expires_at),
    "expired_at": ("datetime", Export.expired_at),
}
# What every index of lists tells of (models/indexes.py).
BESIDE = {"id", "status", "resource", "format", "requester_id", "requested_by"}
# The end of an export is one of these, or neither.
END_OF = {"completed_at": "completed", "interrupted_at": "cancelled"}
# Of events: a condition holds when any event of the export meets it.
EVENTS: dict[str, tuple[str, Expression]] = {
    "events.name": ("text", Event.kind),
    "events.created_at": ("datetime", Event.at),
    "events.updated_at": ("datetime", Event.at),
}
TYPES = {
    **{name: kind for name, (kind, _) in (FIELDS | EVENTS).items()},
    "requested_by": "text",  # the person's uuid
}


@dataclass(frozen=True, slots=True)
class Records:
    """What conditions are about: the exports themselves, or the counts that are kept of them."""

    columns: dict[str, Any]
    requester: Any


EXPORTS = Records({name: column for name, (_, column) in FIELDS.items()}, Export.requested_by_id)

# The same, which SQLite reads of what it has found otherwise: a plus keeps it from finding by these.
PLUS: custom_op[Any] = custom_op("+")
BY_THE_WAY = Records(
    {
        **EXPORTS.columns,
        **{
            name: UnaryExpression(EXPORTS.columns[name], operator=PLUS)
            for name in ("status", "resource", "format")
        },
    },
    Export.requested_by_id,
)


def _kept(kept: Any) -> dict[str, Any]:
    return {
        "status": kept.status,
        "resource": kept.resource,
        "format": kept.format,
        "action_name": kept.action_name,
        "has_file": and_(kept.status == "completed", kept.expired.is_(False)),
        "expired_at": case((kept.expired, 1)),  # whether it is, and no more
    }


TALLIES = Records({**_kept(Tally), "requester_id": Tally.requested_by_id}, Tally.requested_by_id)
MONTHS = Records(_kept(MonthTally), None)


def parts(node: Node | None) -> list[Node]:
    """The conditions that all have to be met."""
    if isinstance(node, All):
        return [part for item in node.items for part in parts(item)]
    return [] if node is None else [node]


def is_tallied(node: Node) -> bool:
    """Whether the kept counts know enough to answer."""
    match node:
        case Comparison(field="expired_at", operator=operator):
            return operator == "is_null"
        case Comparison(field=field):
            return field in TALLIES.columns or field == "requested_by"
        case Not():
            return is_tallied(node.item)
    return all(is_tallied(item) for item in node.items)


def condition(node: Node, of: Records = EXPORTS) -> ColumnElement[bool]:
    """The tree as SQL; raises criteria.Invalid for what cannot be asked."""
    match node:
        case Comparison():
            return _comparison(node, of)
        case All():
            return and_(true(), *(condition(item, of) for item in node.items))
        case Not():
            # What is neither true nor false is no match, and its negative is one.
            return not_(func.coalesce(condition(node.item, of), false(), type_=Boolean))
    return or_(false(), *(condition(item, of) for item in node.items))


def _comparison(node: Comparison, of: Records) -> ColumnElement[bool]:
    if node.field in EVENTS:
        return Export.id.in_(of_events(node))
    if node.field == "requested_by":
        requester: ColumnElement[int] = of.requester
        return requester.in_(_meeting(select(User.id), User.uuid, node))
    if node.field == "has_file" and node.operator in ("eq", "ne"):
        there: ColumnElement[bool] = of.columns["has_file"]
        return there if node.value == (node.operator == "eq") else not_(there)
    if node.field in END_OF:
        return _end(node, END_OF[node.field])
    if (node.field, node.operator) == ("id", "in"):
        return among(node.value)
    if node.field == "asked_format" and node.operator in ("eq", "in"):
        # Few were asked for in such words, and the index has no others.
        return and_(Export.as_asked.is_not(None), criteria.to_sql(node, of.columns))
    if (node.field, node.operator, node.value) == ("fail_count", "gt", 0):
        # In the very words of the index of these.
        return Export.fail_count > literal_column("0")
    if node.operator == "json_contains" and node.value:
        return contains(node.value)
    met = criteria.to_sql(node, of.columns)
    # Few exports have one, and the index keeps these together.
    return and_(of.columns[node.field].is_not(None), met) if _is_text_of_some(node) else met


def _is_text_of_some(node: Comparison) -> bool:
    some = node.field in ("reference", "reference_origin")
    return some and node.operator not in ("is_null", "ne", "not_in")


def of_events(node: Comparison) -> Select[Any]:
    """The numbers of the exports of which an event meets it."""
    return _meeting(select(Event.export_id), EVENTS[node.field][1], node)


def _meeting(ids: Select[Any], column: Expression, node: Comparison) -> Select[Any]:
    columns: dict[str, Any] = {node.field: column}
    return ids.where(criteria.to_sql(node, columns))


def _end(node: Comparison, status: str) -> ColumnElement[bool]:
    """The moment of an end of this kind, which exports that did not end so do not have."""
    ended = Export.status == status
    met = criteria.to_sql(node, EXPORTS.columns)
    if node.operator in ("ne", "not_in") or (node.operator == "is_null" and node.value):
        return or_(not_(ended), met)
    return and_(ended, met)


def among(ids: Sequence[int]) -> ColumnElement[bool]:
    """Exports with these numbers, as one bound value, however many."""
    if db.engine.dialect.name != "sqlite":
        return Export.id == func.any(cast(list(ids), ARRAY(Integer)))
    listed = func.json_each(json.dumps(list(ids))).table_valued("value")
    return Export.id.in_(select(listed.c.value))
