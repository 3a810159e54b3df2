"""How rows are named when their related rows are fetched, in each database's way. `related` calls this.

A link is what is selected of a row for that. Many links travel as one bound value, and each comes back beside the
rows that are related to its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import polars as pl
from sqlalchemy import (
    JSON,
    ColumnElement,
    Float,
    FromClause,
    Integer,
    LargeBinary,
    Select,
    Text,
    and_,
    case,
    cast,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    true,
    tuple_,
    type_coerce,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.elements import quoted_name

from dashboard.sources.resources import Relation, Resource
from dashboard.sources.statements import table_of

Ask = Callable[[Select[Any]], Sequence[Sequence[Any]]]
_QUOTED = postgresql.dialect().identifier_preparer.quote_identifier  # type: ignore[no-untyped-call]
_CLASS = table("pg_class", column("oid"), column("relnamespace"), schema="pg_catalog")
_NAMESPACE = table("pg_namespace", column("oid"), column("nspname"), schema="pg_catalog")


class Listed(NamedTuple):
    """The rows that have one of these links: what to select from, and which of it.

    `table` is where the columns of those rows are, those of the relation at least.
    """

    rows: FromClause
    table: Any
    where: ColumnElement[bool] | None = None


class Links(Protocol):
    most: int  # links in one statement

    def selected(self, rows: Any, resource: Resource, relation: Relation) -> list[ColumnElement[Any]]:
        """The link of a row of the resource, for this relation of it."""

    def drawn(self, resource: Resource, relation: Relation) -> list[Any]:
        """The dtypes of what `selected` selects."""

    def listed(self, links: pl.DataFrame, resource: Resource, relation: Relation) -> Listed:
        """The rows with these links, which are distinct and have no null in them."""


class SqliteLinks:
    """A row's own number, or its encoded key in a table WITHOUT ROWID: the join sees the row's values themselves.

    So collations and affinities are those that a join of the two tables has, whatever is stored.
    """

    most = 50_000

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._rowids: dict[str, str | None] = {}

    def selected(self, rows: Any, resource: Resource, relation: Relation) -> list[ColumnElement[Any]]:
        if rowid := self.rowid(resource):
            return [literal_column(f"{rows.name}.{rowid}", Integer)]
        return [_encoded(rows.c[name]) for name in resource.key]

    def drawn(self, resource: Resource, relation: Relation) -> list[Any]:
        return [pl.Int64()] if self.rowid(resource) else [pl.String()] * len(resource.key)

    def listed(self, links: pl.DataFrame, resource: Resource, relation: Relation) -> Listed:
        parent = table_of(resource).alias("p")
        if self.rowid(resource):
            names = self.selected(parent, resource, relation)
            given = _each(links.to_series().to_list())
            wanted = [given.c.value]
        else:
            names = [parent.c[name] for name in resource.key]
            keys = [[_spelt(one) for one in link] for link in links.rows()]
            hexed = any(one[0] in "xb" for link in keys for one in link)
            given = _each(keys)
            items = [func.json_extract(given.c.value, f"$[{place}]") for place in range(len(names))]
            wanted = [_decoded(item, hexed) for item in items]
        # IN rather than a join: SQLite makes a tree of the list, and needs no index of ours to find what is in it.
        return Listed(parent, parent, _tuple(names).in_(select(*wanted).select_from(given)))

    def rowid(self, resource: Resource) -> str | None:
        """What the table's own row number is called; None where it has none, or its columns hide it."""
        if resource.table not in self._rowids:
            self._rowids[resource.table] = self._found_rowid(literal(resource.table))
        return self._rowids[resource.table]

    def _found_rowid(self, name: ColumnElement[Any]) -> str | None:
        tables = pragma("table_list", "wr").where(column("name") == name, column("schema") == "main")
        if any(without for (without,) in self._ask(tables)):
            return None
        taken = {str(name).lower() for (name,) in self._ask(pragma("table_xinfo", "name", name))}
        return next((one for one in ("rowid", "_rowid_", "oid") if one not in taken), None)


def pragma(name: str, wanted: str, *arguments: ColumnElement[Any]) -> Select[Any]:
    return select(column(wanted)).select_from(
        getattr(func, f"pragma_{name}")(*arguments).table_valued(wanted)
    )


def _each(values: Sequence[Any]) -> Any:
    return func.json_each(literal(json.dumps(values), Text)).table_valued("value", name="w")


def _tuple(columns: Sequence[ColumnElement[Any]]) -> Any:
    return columns[0] if len(columns) == 1 else tuple_(*columns)


def _encoded(stored: ColumnElement[Any]) -> ColumnElement[Any]:
    """A value and its storage class as plain text, exactly: drivers would bend one or the other."""
    kind, text, raw = func.typeof(stored), type_coerce(stored, Text), func.hex(cast(stored, LargeBinary))
    plain = ~text.op("GLOB", is_comparison=True)(literal("*[^ -~]*", Text))
    return case(
        (kind == "integer", literal("i", Text) + cast(stored, Text)),
        (kind == "real", literal("r", Text) + func.printf("%!.17g", stored, type_=Text)),
        (and_(kind == "text", plain), literal("t", Text) + text),
        (kind == "text", literal("x", Text) + raw),
        (kind == "blob", literal("b", Text) + raw),
    )


def _spelt(link: str) -> str:
    """Text in hexadecimal digits as itself, where JSON can carry it: old versions of SQLite cannot read the digits."""
    raw = bytes.fromhex(link[1:]) if link[0] == "x" else b"\0"
    try:
        return link if b"\0" in raw else f"t{raw.decode()}"
    except UnicodeDecodeError:
        return link


def _decoded(item: ColumnElement[Any], hexed: bool) -> ColumnElement[Any]:
    kind, rest = func.substr(item, 1, 1, type_=Text), func.substr(item, 2, type_=Text)
    cases: list[Any] = [(kind == "i", cast(rest, Integer)), (kind == "r", cast(rest, Float))]
    if hexed:  # unhex() came with SQLite 3.41
        cases += [(kind == "x", cast(func.unhex(rest), Text)), (kind == "b", func.unhex(rest))]
    return case(*((where, type_coerce(value, Text)) for where, value in cases), else_=rest)


class PostgresqlLinks:
    """The values of the own columns of the relation as text, which the server reads back by the table's own types."""

    most = 50_000

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def selected(self, rows: Any, resource: Resource, relation: Relation) -> list[ColumnElement[Any]]:
        return [cast(rows.c[own], Text) for own, _ in relation.on]

    def drawn(self, resource: Resource, relation: Relation) -> list[Any]:
        return [pl.String()] * len(relation.on)

    def listed(self, links: pl.DataFrame, resource: Resource, relation: Relation) -> Listed:
        own = [name for name, _ in relation.on]
        written = links.rename(dict(zip(links.columns, own, strict=True))).write_json()
        items = func.json_array_elements(cast(literal(written, Text), JSON))
        listed = items.table_valued("item", name="w").render_derived()
        columns: list[Any] = [column(quoted_name(name, quote=True)) for name in own]
        none: ColumnElement[Any] = literal_column(f"NULL::{self._row_type(resource)}")
        row = func.json_populate_record(none, listed.c.item).table_valued(*columns, name="p")
        return Listed(listed.join(row, true()), row)

    def _row_type(self, resource: Resource) -> str:
        """With its schema: a table called “line” or “date” shares its name with a type of the server."""
        table = _QUOTED(resource.table)
        if resource.schema is not None:
            return f"{_QUOTED(resource.schema)}.{table}"
        named = _CLASS.join(_NAMESPACE, _NAMESPACE.c.oid == _CLASS.c.relnamespace)
        found = select(cast(_NAMESPACE.c.nspname, Text)).select_from(named)
        ((schema,),) = self._ask(found.where(_CLASS.c.oid == func.to_regclass(literal(table, Text))))
        return f"{_QUOTED(schema)}.{table}"


class AnyLinks:
    """The key, as the driver gave it, in plain SQL that every database knows."""

    most = 200

    def __init__(self, ask: Ask) -> None:
        pass

    def selected(self, rows: Any, resource: Resource, relation: Relation) -> list[ColumnElement[Any]]:
        return [rows.c[name] for name in resource.key]

    def drawn(self, resource: Resource, relation: Relation) -> list[Any]:
        return [pl.Object()] * len(resource.key)

    def listed(self, links: pl.DataFrame, resource: Resource, relation: Relation) -> Listed:
        parent = table_of(resource).alias("p")
        names = self.selected(parent, resource, relation)
        if len(names) == 1:
            return Listed(parent, parent, names[0].in_(links.to_series().to_list()))
        # Not a row of columns IN a list of rows, which SQL Server does not know.
        same = (and_(*(a == b for a, b in zip(names, link, strict=True))) for link in links.rows())
        return Listed(parent, parent, or_(*same))
