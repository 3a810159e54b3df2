"""The tree as a WHERE clause of SQLAlchemy Core; sources and the exports list call it.

Values are always bound, typed by the column they are compared with: a source whose database stores dates or
amounts in a shape of its own gives columns whose type turns the value into that shape.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    String,
    Text,
    and_,
    cast,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType

from dashboard.criteria.check import SHORT_LIST
from dashboard.criteria.json_values import JsonContains
from dashboard.criteria.texts import EndsWith, Position, bound, like, lower
from dashboard.criteria.tree import All, Comparison, Invalid, Node, Not

# SQLite takes expressions 1,000 levels deep.
WIDEST = 16


class _Among(FunctionElement[bool]):
    """A column, and a long list of values as one JSON array; `as_type` is what the array's items become."""

    type = Boolean()
    inherit_cache = False

    def __init__(
        self, column: ColumnElement[typing.Any], values: Sequence[int | str], as_type: typing.Any
    ) -> None:
        self.values, self.as_type = values, as_type
        super().__init__(column, literal(json.dumps(list(values)), Text))


@compiles(_Among)
def _one_by_one(element: _Among, compiler: SQLCompiler, **options: typing.Any) -> str:
    column, _ = element.clauses
    return compiler.process(column.in_(element.values), **options)


@compiles(_Among, "sqlite")
def _json_each(element: _Among, compiler: SQLCompiler, **options: typing.Any) -> str:
    column, listed = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({listed}))"  # noqa: S608 - clauses are compiled, values bound


@compiles(_Among, "postgresql")
def _json_elements(element: _Among, compiler: SQLCompiler, **options: typing.Any) -> str:
    column, listed = (compiler.process(clause, **options) for clause in element.clauses)
    item = compiler.process(cast(literal_column("item"), element.as_type), **options)
    items = f"json_array_elements_text(CAST({listed} AS JSON)) AS listed(item)"
    return f"{column} IN (SELECT {item} FROM {items})"  # noqa: S608 - clauses are compiled, values bound


def among(
    column: ColumnElement[typing.Any], values: Sequence[typing.Any], as_type: typing.Any = None
) -> ColumnElement[bool] | None:
    """`column IN (values)` as one bound value, or None when the list is short or does not go through JSON."""
    kinds = {type(value) for value in values}
    if len(values) <= SHORT_LIST or kinds not in ({int}, {str}):
        return None
    return _Among(column, values, as_type or (BigInteger() if kinds == {int} else Text()))


def _in(column: ColumnElement[typing.Any], values: Sequence[typing.Any]) -> ColumnElement[bool]:
    long = _among_plainly(column, values)
    return column.in_(values) if long is None else long


def _not_in(column: ColumnElement[typing.Any], values: Sequence[typing.Any]) -> ColumnElement[bool]:
    long = _among_plainly(column, values)
    return or_(column.is_(None), column.not_in(values) if long is None else not_(long))


def _among_plainly(
    column: ColumnElement[typing.Any], values: Sequence[typing.Any]
) -> ColumnElement[bool] | None:
    # A type with comparisons of its own turns the values into its own shape first, and asks `among` then.
    return among(column, values) if isinstance(column.type, Text | String | Integer | NullType) else None


class _Parentheses(FunctionElement[bool]):
    """SQLAlchemy leaves out those that mean nothing; to SQLite, each joined condition is one level deeper."""

    type = Boolean()
    inherit_cache = True


@compiles(_Parentheses)
def _parentheses(element: _Parentheses, compiler: SQLCompiler, **options: typing.Any) -> str:
    return f"({compiler.process(element.clauses.clauses[0], **options)})"


def _joined(
    join: Callable[..., ColumnElement[bool]], none: ColumnElement[bool], items: Sequence[ColumnElement[bool]]
) -> ColumnElement[bool]:
    """All joined by AND or OR, so many at a time that the whole is not deep."""
    while len(items) > WIDEST:
        groups = (items[start : start + WIDEST] for start in range(0, len(items), WIDEST))
        items = [_Parentheses(join(none, *group)) for group in groups]
    return join(none, *items)


def to_sql(node: Node, columns: Mapping[str, ColumnElement[typing.Any]]) -> ColumnElement[bool]:
    match node:
        case Comparison():
            return _comparison(node, columns)
        case All():
            return _joined(and_, true(), [to_sql(item, columns) for item in node.items])
        case Not():
            # Without coalesce the negative of a comparison with NULL would be NULL, and its row would go.
            return not_(func.coalesce(to_sql(node.item, columns), false(), type_=Boolean))
    return _joined(or_, false(), [to_sql(item, columns) for item in node.items])


def _comparison(node: Comparison, columns: Mapping[str, ColumnElement[typing.Any]]) -> ColumnElement[bool]:
    """True, false or NULL; NULL only where the positive does not match."""
    if node.field not in columns:
        raise Invalid(node.field, f"There is no field “{node.field[:100]}”")
    compare = _COMPARE.get(node.operator)
    if compare is None:
        raise Invalid(node.field, f"“{node.operator[:40]}” is not a way to compare")
    return compare(columns[node.field], node.value)


def _is_null(column: ColumnElement[typing.Any], value: bool) -> ColumnElement[bool]:
    return column.is_(None) if value else column.is_not(None)


_COMPARE: dict[str, Callable[[ColumnElement[typing.Any], typing.Any], ColumnElement[bool]]] = {
    "eq": lambda column, value: column == value,
    "ne": lambda column, value: or_(column.is_(None), column != value),
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
    "in": _in,
    "not_in": _not_in,
    "between": lambda column, value: and_(column >= value[0], column <= value[1]),
    "is_null": _is_null,
    "contains": lambda column, value: Position(column, bound(value)) > 0,
    "icontains": lambda column, value: Position(lower(column), lower(bound(value))) > 0,
    "starts_with": lambda column, value: Position(column, bound(value)) == 1,
    "istarts_with": lambda column, value: Position(lower(column), lower(bound(value))) == 1,
    "ends_with": lambda column, value: EndsWith(column, bound(value)),
    "iends_with": lambda column, value: EndsWith(lower(column), lower(bound(value))),
    "ieq": lambda column, value: lower(column) == lower(bound(value)),
    "ilike": like,
    "json_contains": JsonContains,
}
