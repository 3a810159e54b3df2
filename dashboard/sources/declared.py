"""The catalog as a file, sources.toml; `sources.load` calls `read`.

    [sources.shop]
    url = "${SHOP_URL}"                  # any SQLAlchemy URL; ${NAME} is taken from the environment

    [resources.orders]                   # without any [resources] every table with a primary key is one
    source = "shop"                      # may be left out when there is one source only
    table = "orders"                     # or "schema.table"; the resource's name when left out
    key = ["id"]                         # the table's primary key when left out
    label = "Orders"
    labels = { de = "Bestellungen" }
    roles = ["support"]                  # who may export it; everybody who may export when left out
    only = ["id", "number", "total"]     # these columns, in this order; all when left out
    strict = true                        # rows with a value that does not fit its type fail, instead of being
                                         # written with that value as text

    [resources.orders.fields.total]
    label = "Total"
    labels = { de = "Summe" }
    type = "decimal"                     # one of dashboard.columns.TYPES; the column's own when left out
    scale = 2
    percent = true                       # a share, of which 0.125 is 12.5 %; for numbers
    personal = true

    [resources.orders.relations.customer]    # a new name for one that the foreign keys tell of
    label = "Customer"
    labels = { de = "Kunde" }

    [resources.orders.relations.parcels]     # or a relation, for a database without foreign keys
    resource = "parcels"
    on = { id = "order_id" }             # own column = their column, which must be their key unless there are many
    many = true

What is wrong is said in one line with the number of the line it stands on.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dashboard.columns import TYPES
from dashboard.sources.reflection import Unreachable, reflect
from dashboard.sources.resources import CatalogError, Field, Relation, Resource
from dashboard.sources.sql import parsed
from dashboard.sources.toml_lines import line_of

_SOURCE = {"url": str}
_RESOURCE = {
    "source": str, "table": str, "key": list, "label": str, "labels": dict, "roles": list, "only": list,
    "strict": bool, "fields": dict, "relations": dict,
}  # fmt: skip
_FIELD = {"label": str, "labels": dict, "type": str, "scale": int, "percent": bool, "personal": bool}
_RELATION = {"resource": str, "on": dict, "many": bool, "label": str, "labels": dict}
_NUMBERS = ("integer", "decimal", "float")
_KINDS = {
    str: "text in quotes",
    list: "a list of texts",
    dict: "a table",
    int: "a whole number",
    bool: "true or false",
}


class _Wrong(Exception):
    """Something under these keys is wrong; `read` puts file and line in front."""

    def __init__(self, path: tuple[str, ...], sentence: str) -> None:
        super().__init__(sentence)
        self.path = path


def read(text: str, name: str, environ: Mapping[str, str]) -> tuple[dict[str, Resource], dict[str, Any]]:
    """The resources by name, and the URL of each source; CatalogError in one line."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"\s*\(at line (\d+), column \d+\)", str(error))
        number = line[1] if line else str(text.count("\n") + 1)
        sentence = str(error).replace(line[0], "") if line else "Unexpected end of the file"
        raise CatalogError(f"{name}, line {number}: {sentence}") from None
    try:
        return _Reader(data, environ).read()
    except _Wrong as error:
        raise CatalogError(f"{name}, line {line_of(text, error.path)}: {error}") from error.__cause__
    except Unreachable as error:
        raise Unreachable(f"{name}: {error}") from error


class _Reader:
    def __init__(self, data: dict[str, Any], environ: Mapping[str, str]) -> None:
        self._data, self._environ = data, environ

    def read(self) -> tuple[dict[str, Resource], dict[str, Any]]:
        _check(self._data, {"sources": dict, "resources": dict}, ())
        tables = self._data.get("sources", {})
        if not tables:
            raise _Wrong((), "there is no [sources.NAME] with a url")
        urls = {name: self._url(name, table) for name, table in tables.items()}
        reflected = {name: self._reflected(name, url) for name, url in urls.items()}
        self._targets = {name: {one.name: one for one in found} for name, found in reflected.items()}
        wanted = self._data.get("resources", {})
        if not wanted:
            return _all(reflected), urls
        made = {name: self._resource(name, table, reflected) for name, table in wanted.items()}
        return self._related(made, wanted), urls

    def _url(self, name: str, table: Any) -> Any:
        path = ("sources", name)
        _check(table, _SOURCE, path)
        if "url" not in table:
            raise _Wrong(path, f"source “{name}” has no url")

        def value(found: re.Match[str]) -> str:
            if found[1] not in self._environ:
                raise _Wrong((*path, "url"), f"the environment variable {found[1]} is not set")
            return self._environ[found[1]]

        try:
            return parsed(re.sub(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", value, table["url"]))
        except CatalogError as error:
            raise _Wrong((*path, "url"), str(error)) from None

    def _reflected(self, name: str, url: Any) -> list[Resource]:
        try:
            return reflect(url, name, self._schemas(name))
        except Unreachable:
            raise
        except CatalogError as error:
            raise _Wrong(("sources", name, "url"), str(error)) from None

    def _schemas(self, source: str) -> list[str | None]:
        schemas: dict[str | None, None] = {None: None}
        for table in self._data.get("resources", {}).values():
            if isinstance(table, dict) and table.get("source", source) == source:
                schema, dot, _ = str(table.get("table", "")).rpartition(".")
                if dot:
                    schemas[schema] = None
        return list(schemas)

    def _resource(self, name: str, table: Any, reflected: Mapping[str, list[Resource]]) -> Resource:
        path = ("resources", name)
        _check(table, _RESOURCE, path)
        if not re.fullmatch(r"[a-z0-9_]+", name):
            raise _Wrong(path, f"“{name}” is not a resource's name: use a to z, 0 to 9 and _")
        source: str = table.get("source") or (next(iter(reflected)) if len(reflected) == 1 else "")
        if source not in reflected:
            words = f"there is no source “{source}”" if source else f"resource “{name}” names no source"
            raise _Wrong((*path, "source"), words)
        found = _table(reflected[source], table.get("table", name))
        if found is None:
            what = f"there is no table “{table.get('table', name)}” with a primary key in source “{source}”"
            raise _Wrong((*path, "table"), what)
        return self._described(replace(found, name=name), table, path)

    def _described(self, found: Resource, table: Mapping[str, Any], path: tuple[str, ...]) -> Resource:
        known = {one.name: one for one in found.fields}
        for key in ("only", "key"):
            for column in table.get(key, ()):
                if column not in known:
                    raise _Wrong((*path, key), f"table “{found.table}” has no column “{column}”")
        for column, changes in table.get("fields", {}).items():
            if column not in known:
                where = (*path, "fields", column)
                raise _Wrong(where, f"table “{found.table}” has no column “{column}”")
            known[column] = _field(known[column], changes, (*path, "fields", column))
        only = table.get("only") or list(known)
        return replace(
            found,
            label=table.get("label", found.label),
            labels=table.get("labels", {}),
            roles=tuple(table.get("roles", ())),
            key=tuple(table.get("key", ())) or found.key,
            fields=tuple(known[column] for column in only),
            hidden=tuple(one for column, one in known.items() if column not in only),
            strict=table.get("strict", False),
        )

    def _related(self, made: dict[str, Resource], wanted: Mapping[str, Any]) -> dict[str, Resource]:
        names = {(one.source, one.schema, one.table): name for name, one in made.items()}
        done = {}
        for name, one in made.items():
            relations = self._kept(one, names)
            for key, table in wanted[name].get("relations", {}).items():
                path = ("resources", name, "relations", key)
                relations[key] = _relation(key, table, one, made, relations.get(key), path)
            done[name] = replace(one, relations=tuple(relations.values()))
        return done

    def _kept(self, one: Resource, names: Mapping[Any, str]) -> dict[str, Relation]:
        """The reflected relations to resources that the catalog has, under its names for them."""
        kept: dict[str, Relation] = {}
        for relation in one.relations:
            target = self._targets[one.source][relation.resource]
            resource = names.get((one.source, target.schema, target.table))
            if resource is None:
                continue
            called = relation.name
            if relation.many and called == target.name and one.own(resource) is None:
                called = resource
            called = called if called not in kept else relation.name
            kept[called] = replace(relation, name=called, resource=resource)
        return kept


def _all(reflected: Mapping[str, list[Resource]]) -> dict[str, Resource]:
    resources: dict[str, Resource] = {}
    for source, found in reflected.items():
        for one in found:
            if one.name in resources:
                first = resources[one.name].source
                raise _Wrong(
                    ("sources", source),
                    f"“{one.name}” is a table of source “{first}” too: list the resources",
                )
            resources[one.name] = one
    return resources


def _table(found: list[Resource], name: str) -> Resource | None:
    schema, _, table = name.rpartition(".")
    exact = [one for one in found if one.table == name]
    return next(iter(exact or [one for one in found if (one.schema, one.table) == (schema, table)]), None)


def _field(field: Field, changes: Any, path: tuple[str, ...]) -> Field:
    _check(changes, _FIELD, path)
    if changes.get("type", field.type) not in TYPES:
        known = ", ".join(TYPES)
        raise _Wrong((*path, "type"), f"“{changes['type']}” is not a type, use one of {known}")
    if changes.get("scale", 0) not in range(31):
        raise _Wrong((*path, "scale"), "the scale is a number of digits from 0 to 30")
    if changes.get("percent") and changes.get("type", field.type) not in _NUMBERS:
        raise _Wrong(
            (*path, "percent"), f"“{field.name}” is no number, and only a number can be a percentage"
        )
    if changes.get("type", field.type) != field.type and "scale" not in changes:
        changes = {**changes, "scale": None}
    return replace(field, **changes)


def _relation(
    name: str,
    table: Any,
    one: Resource,
    made: Mapping[str, Resource],
    known: Relation | None,
    path: tuple[str, ...],
) -> Relation:
    _check(table, _RELATION, path)
    called = {"label": table.get("label", ""), "labels": table.get("labels", {})}
    if known is not None and not table.keys() & {"resource", "on", "many"}:
        return replace(known, **called)
    if not re.fullmatch(r"[A-Za-z0-9_]+", name):
        raise _Wrong(path, f"“{name}” is not a relation's name: use letters, 0 to 9 and _")
    if one.own(name) is not None and table.get("many"):
        raise _Wrong(path, f"“{name}” is a column of table “{one.table}”: call the relation something else")
    other = made.get(table.get("resource", ""))
    if other is None or other.source != one.source:
        raise _Wrong((*path, "resource"), f"relation “{name}” needs a resource of the same source")
    pairs = tuple(table.get("on", {}).items())
    _check_pairs(name, pairs, one, other, table.get("many", False), (*path, "on"))
    return Relation(name, other.name, pairs, table.get("many", False), **called)


def _check_pairs(
    name: str,
    pairs: tuple[tuple[str, str], ...],
    one: Resource,
    other: Resource,
    many: bool,
    path: tuple[str, ...],
) -> None:
    for own, their in pairs:
        for resource, column in ((one, own), (other, their)):
            if column not in {field.name for field in (*resource.fields, *resource.hidden)}:
                raise _Wrong(path, f"table “{resource.table}” has no column “{column}”")
    if not pairs:
        raise _Wrong(path, f'relation “{name}” needs the columns that it goes by: on = {{ own = "their" }}')
    if not many and {their for _, their in pairs} != set(other.key):
        raise _Wrong(path, f"relation “{name}” must lead to the whole key of “{other.name}”")


def _check(table: Any, known: Mapping[str, Any], path: tuple[str, ...]) -> None:
    """Only known keys with values of the right kind."""
    if not isinstance(table, dict):
        raise _Wrong(path, f"“{'.'.join(path)}” is a table")
    for key, value in table.items():
        if key not in known:
            raise _Wrong((*path, key), f"“{key}” is not known here, use one of {', '.join(known)}")
        kind = known[key]
        texts = kind is not list or (isinstance(value, list) and all(isinstance(one, str) for one in value))
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)) or not texts:
            raise _Wrong((*path, key), f"“{key}” is {_KINDS[kind]}")
        if key in ("labels", "on") and not all(isinstance(one, str) for one in value.values()):
            raise _Wrong((*path, key), f"“{key}” is a table of texts")
