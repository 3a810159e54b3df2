"""A query as SQLAlchemy Core: which tables are joined, what is selected, compared and ordered.

Every database's file calls this with its own `Shape`. Names come from the catalog alone and are always
quoted; values are always bound.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    TableClause,
    Text,
    and_,
    column,
    false,
    func,
    not_,
    select,
    table,
    type_coerce,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.types import TypeDecorator

from dashboard import criteria
from dashboard.columns import ROWS
from dashboard.sources.base import Query
from dashboard.sources.paths import resolve
from dashboard.sources.resources import Field, Relation, Resource
from dashboard.sources.staging import Staged


class Shape(Protocol):
    """How one database's values are compared, ordered and selected so that all databases agree."""

    def compared(self, stored: ColumnElement[Any], field: Field) -> ColumnElement[Any]:
        """An expression whose type takes the values of `criteria.check`."""

    def ordered(self, stored: ColumnElement[Any], field: Field, descending: bool) -> list[ColumnElement[Any]]:
        """ORDER BY terms: no value comes last ascending, first descending."""

    def selected(self, stored: ColumnElement[Any], field: Field) -> list[ColumnElement[Any]]:
        """What to select of a column so that no driver bends its values."""

    def drawn(self, field: Field) -> Sequence[Any]:
        """The dtypes of what `selected` selects."""

    def staged(self, series: Sequence[Any], field: Field) -> Staged:
        """The staged column of what was selected."""


class Compared(TypeDecorator[Any]):
    """The type of an expression whose comparisons a database's file writes itself.

    `write(column, operator, value)` for = < <= > >=, `among(column, values)` for IN; both may give NULL for
    what does not match, as the negatives made of them here are two-valued.
    """

    impl = Text
    cache_ok = False

    def __init__(self, write: Callable[..., Any], among: Callable[[Any, Sequence[Any]], Any]) -> None:
        super().__init__()
        self.write, self.among = write, among

    class Comparator(TypeDecorator.Comparator[Any]):
        def operate(self, op: Any, *other: Any, **options: Any) -> Any:
            type: Any = self.type
            stored = type_coerce(self.expr, Text)
            match getattr(op, "__name__", ""):
                case "in_op":
                    return type.among(stored, other[0])
                case "not_in_op":
                    return not_(func.coalesce(type.among(stored, other[0]), false()))
                case "ne":
                    return not_(func.coalesce(type.write(stored, operator.eq, other[0]), false()))
                case "eq" | "lt" | "le" | "gt" | "ge":
                    return type.write(stored, op, other[0])
            return super().operate(op, *other, **options)

    comparator_factory = Comparator


class Statement:
    """One query's tables and clauses; its columns of related rows are not in it, they are read by themselves."""

    def __init__(self, query: Query, resources: Mapping[str, Resource], shape: Shape) -> None:
        self._query, self._resources, self._shape = query, resources, shape
        self.root = table_of(query.resource).alias("t")
        self._joined: dict[tuple[str, ...], FromClause] = {(): self.root}
        self._joins: list[tuple[FromClause, ColumnElement[bool]]] = []
        self.columns: list[tuple[ColumnElement[Any], Field]] = [
            self.stored(one.name) for one in query.columns if one.type != ROWS
        ]
        self.key: list[ColumnElement[Any]] = [self.root.c[name] for name in query.resource.key]
        self.where = self._where()
        self.order = self._order()

    def stored(self, path: str) -> tuple[ColumnElement[Any], Field]:
        """The column a path ends at; the tables on the way are joined from then on."""
        relations, field = resolve(self._query.resource, path, self._resources)
        return self.joined(relations).c[field.name], field

    def joined(self, relations: Sequence[Relation]) -> FromClause:
        """The table that to-one relations lead to."""
        names: tuple[str, ...] = ()
        for relation in relations:
            left, names = self._joined[names], (*names, relation.name)
            if names not in self._joined:
                right = table_of(self._resources[relation.resource]).alias(f"j{len(self._joined)}")
                # Their column stands left: SQLite compares with the left one's collation, and theirs is unique.
                on = and_(*(right.c[their] == left.c[own] for own, their in relation.on))
                self._joined[names] = right
                self._joins.append((right, on))
        return self._joined[names]

    def with_key(self) -> list[int]:
        """Where the key's columns stand among `columns`; those that were not asked for come at their end."""
        asked = [one.name for one in self._query.columns if one.type != ROWS]
        for name in self._query.resource.key:
            if name not in asked:
                asked.append(name)
                self.columns.append((self.root.c[name], self._query.resource.column(name)))
        return [asked.index(name) for name in self._query.resource.key]

    def count(self) -> Select[Any]:
        return self._filtered(select(func.count()))

    def select(self, *expressions: ColumnElement[Any], start: FromClause | None = None) -> Select[Any]:
        """Rows of the query, not yet ordered; `start` is what to join the tables to, in place of the root."""
        return self._filtered(select(*expressions), start)

    def unfiltered(self, *expressions: ColumnElement[Any], start: FromClause) -> Select[Any]:
        return select(*expressions).select_from(self._tables(start))

    def _filtered(self, statement: Select[Any], start: FromClause | None = None) -> Select[Any]:
        statement = statement.select_from(self._tables(self.root if start is None else start))
        return statement if self.where is None else statement.where(self.where)

    def _tables(self, clause: FromClause) -> FromClause:
        for right, on in self._joins:
            clause = clause.outerjoin(right, on)
        return clause

    def _where(self) -> ColumnElement[bool] | None:
        if self._query.where is None:
            return None
        paths = criteria.fields(self._query.where)
        compared = {path: self._shape.compared(*self.stored(path)) for path in sorted(paths)}
        return criteria.to_sql(self._query.where, compared)

    def _order(self) -> list[ColumnElement[Any]]:
        terms: list[ColumnElement[Any]] = []
        for path in self._query.sort:
            stored, field = self.stored(path.removeprefix("-"))
            terms += self._shape.ordered(stored, field, path.startswith("-"))
        return [*terms, *self.key]


def table_of(resource: Resource) -> TableClause:
    """The table with all its columns, every name quoted."""
    names = dict.fromkeys(one.name for one in (*resource.fields, *resource.hidden))
    columns: list[Any] = [column(quoted_name(name, quote=True)) for name in names]
    schema = quoted_name(resource.schema, quote=True) if resource.schema else None
    return table(quoted_name(resource.table, quote=True), *columns, schema=schema)


def compiled(statement: ClauseElement, dialect: Dialect) -> tuple[str, list[Any]]:
    """The text of a statement for a driver that knows nothing of SQLAlchemy, and its values in order."""
    done: Any = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    values = done.params  # made anew at each access
    return str(done), [values[name] for name in done.positiontup or ()]
