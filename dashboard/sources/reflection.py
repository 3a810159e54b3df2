"""Resources from a database's own description: every table with a primary key, foreign keys as relations.

`sources.load` calls it once for each database; the connection is closed before it returns.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import URL, Inspector, inspect
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SAWarning

from dashboard.sources.base import SourceAway
from dashboard.sources.resources import CatalogError, Field, Relation, Resource, identifier, title
from dashboard.sources.rows import engine_for
from dashboard.sources.stored_types import column_type, declared_types, sqlite_type


class Unreachable(CatalogError, SourceAway):
    """The database did not answer when it was asked for its tables: worth another start."""


def reflect(url: URL, source: str, schemas: Iterable[str | None] = (None,)) -> list[Resource]:
    """The resources of a database; names are unique, relations lead to tables of the same database only."""
    try:
        engine = engine_for(url)
    except (NoSuchModuleError, ImportError):
        raise CatalogError(f"there is no driver for {url.drivername}:// databases") from None
    try:
        with engine.connect() as connection, warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # of types it does not know: they are text to us
            inspector = inspect(connection)
            declared = declared_types(connection) if engine.dialect.name == "sqlite" else None
            tables = [one for schema in schemas for one in _tables(inspector, schema, source, declared)]
            return _related(_named(tables), inspector)
    except DBAPIError as error:
        where = f"{url.get_backend_name()}://{url.host or ''}/{url.database or ''}"
        raise Unreachable(f"the database {where} of source “{source}” does not answer") from error
    finally:
        engine.dispose()


def _tables(
    inspector: Inspector, schema: str | None, source: str, declared: Mapping[str, dict[str, str]] | None
) -> list[Resource]:
    columns = inspector.get_multi_columns(schema=schema)
    keys = inspector.get_multi_pk_constraint(schema=schema)
    made = []
    for (_, table), constraint in sorted(keys.items()):
        if not constraint["constrained_columns"] or (declared is not None and table not in declared):
            continue
        types = declared[table] if declared is not None else None
        fields = tuple(_field(one, types) for one in columns[schema, table])
        key = tuple(constraint["constrained_columns"])
        made.append(Resource(identifier(table), title(table), {}, source, table, schema, key, fields))
    return made


def _field(reflected: Any, declared: Mapping[str, str] | None) -> Field:
    name = reflected["name"]
    if declared is not None:
        stored = declared.get(name, "")
        type, scale = sqlite_type(stored)
    else:
        stored, type, scale = column_type(reflected["type"])
    return Field(name, type, title(name), {}, scale, False, bool(reflected["nullable"]), stored)


def _named(resources: list[Resource]) -> list[Resource]:
    """The same with names of their own, where two tables come to the same."""
    taken: set[str] = set()
    named = []
    for one in resources:
        name = _free(one.name, taken)
        taken.add(name)
        named.append(replace(one, name=name))
    return named


def _free(name: str, taken: Iterable[str]) -> str:
    taken = set(taken)
    return next(one for one in (name, *(f"{name}_{number}" for number in range(2, 1000))) if one not in taken)


def _related(resources: list[Resource], inspector: Inspector) -> list[Resource]:
    by_table = {(one.schema, one.table.lower()): one for one in resources}
    relations: dict[str, list[Relation]] = {one.name: [] for one in resources}
    for one in resources:
        for foreign in inspector.get_foreign_keys(one.table, schema=one.schema):
            schema = foreign["referred_schema"] or one.schema
            other = by_table.get((schema, foreign["referred_table"].lower()))
            if other:
                _relate(one, other, foreign, relations, inspector)
    return [replace(one, relations=tuple(relations[one.name])) for one in resources]


def _relate(
    one: Resource, other: Resource, foreign: Any, relations: dict[str, list[Relation]], inspector: Inspector
) -> None:
    own, theirs = foreign["constrained_columns"], foreign["referred_columns"] or other.key
    pairs = tuple(zip(own, (_spelt(other, name) for name in theirs), strict=False))
    if len(own) != len(theirs) or not _joinable(one, other, pairs, inspector):
        return
    to_one = [relation.name for relation in relations[one.name]]
    name = _free(_to_one_name(own, other), to_one)
    relations[one.name].append(Relation(name, other.name, pairs, False))
    # A field of this name would stand in its way: paths try fields first.
    taken = [*(relation.name for relation in relations[other.name]), *(field.name for field in other.fields)]
    many = _free(one.name, taken)
    relations[other.name].append(Relation(many, one.name, tuple((b, a) for a, b in pairs), True))


def _spelt(resource: Resource, name: str) -> str:
    """The column as the table spells it: SQLite's foreign keys heed no case."""
    return next((one.name for one in resource.fields if one.name.lower() == name.lower()), name)


def _to_one_name(own: list[str], other: Resource) -> str:
    if len(own) > 1:
        return other.name
    name = identifier(own[0])
    short = name.removesuffix("_id") if name.endswith("_id") else name.removesuffix("id")
    return short if short and (own[0].endswith(("_id", "Id", "ID")) or name.endswith("_id")) else name


def _joinable(
    one: Resource, other: Resource, pairs: tuple[tuple[str, str], ...], inspector: Inspector
) -> bool:
    """Whether a join finds one row at most: their columns are unique, and nothing is converted on the way.

    SQLite lets a foreign key refer to anything, and would find both "1" and "01" for an integer 1.
    """
    types = [(one.own(a), other.own(b)) for a, b in pairs]
    if any(a is None or b is None or a.type != b.type for a, b in types):
        return False
    theirs = {b for _, b in pairs}
    return theirs == set(other.key) or any(theirs == names for names in _unique(inspector, other))


def _unique(inspector: Inspector, other: Resource) -> list[set[str]]:
    constraints = inspector.get_unique_constraints(other.table, schema=other.schema)
    unique = [set(one["column_names"]) for one in constraints]
    for index in inspector.get_indexes(other.table, schema=other.schema):
        options = index.get("dialect_options", {})
        if index["unique"] and not any(name.endswith("_where") for name in options):
            unique.append({name for name in index["column_names"] if name is not None})
    return unique
