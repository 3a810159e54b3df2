"""Whether a stored JSON object has all members of another, as `@>` of PostgreSQL's jsonb means it. `sql` calls this.

Lists hold when each of their values is found, in any order. Stored text that is no JSON holds nothing.
"""

from __future__ import annotations

import json
import typing
from itertools import count

from sqlalchemy import Boolean, ColumnElement, Text, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class JsonContains(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = False

    def __init__(self, column: ColumnElement[typing.Any], value: dict[str, typing.Any]) -> None:
        self.value = value
        super().__init__(column, literal(json.dumps(value, ensure_ascii=False), Text))


@compiles(JsonContains)
def _standard(element: JsonContains, compiler: SQLCompiler, **options: typing.Any) -> str:
    stored, wanted = (compiler.process(clause, **options) for clause in element.clauses)
    return f"json_contains({stored}, {wanted}) = 1"  # MySQL and MariaDB; nobody else has a function for it


@compiles(JsonContains, "postgresql")
def _jsonb(element: JsonContains, compiler: SQLCompiler, **options: typing.Any) -> str:
    stored, wanted = (compiler.process(clause, **options) for clause in element.clauses)
    # A json column may hold NUL, on which the cast to jsonb fails.
    whole = rf"position('\u0000' IN CAST({stored} AS TEXT)) = 0"
    return f"CASE WHEN {whole} THEN CAST({stored} AS JSONB) @> CAST({wanted} AS JSONB) ELSE FALSE END"


@compiles(JsonContains, "sqlite")
def _each(element: JsonContains, compiler: SQLCompiler, **options: typing.Any) -> str:
    stored = compiler.process(element.clauses.clauses[0], **options)
    condition = _Sqlite(compiler, options).members(stored, element.value)
    is_object = f"json_type({stored}) = 'object'"
    return f"CASE WHEN json_valid({stored}) THEN {is_object} AND {condition} ELSE 0 END"


class _Sqlite:
    """SQLite has no such operator: each member is looked for in the rows of json_each."""

    def __init__(self, compiler: SQLCompiler, options: dict[str, typing.Any]) -> None:
        self._compiler, self._options, self._numbers = compiler, options, count(1)

    def members(self, stored: str, wanted: dict[str, typing.Any]) -> str:
        return " AND ".join(("1", *(self._exists(stored, one, name) for name, one in wanted.items())))

    def _items(self, stored: str, wanted: list[typing.Any]) -> str:
        return " AND ".join(("1", *(self._exists(stored, one) for one in wanted)))

    def _exists(self, stored: str, wanted: typing.Any, name: str | None = None) -> str:
        row = f"json{next(self._numbers)}"
        condition = self._equal(row, wanted)
        if name is not None:
            condition = f"{row}.key = {self._bound(name)} AND {condition}"
        # Values are bound, and so is each name.
        return f"EXISTS (SELECT 1 FROM json_each({stored}) AS {row} WHERE {condition})"  # noqa: S608

    def _equal(self, row: str, wanted: typing.Any) -> str:
        match wanted:
            case None | bool():
                return f"{row}.type = '{json.dumps(wanted)}'"
            case dict():
                return f"{row}.type = 'object' AND {self.members(f'{row}.value', wanted)}"
            case list():
                return f"{row}.type = 'array' AND {self._items(f'{row}.value', wanted)}"
            case str():
                return f"{row}.type = 'text' AND {row}.value = {self._bound(wanted)}"
        return f"{row}.type IN ('integer', 'real') AND {row}.value = {self._bound(wanted)}"

    def _bound(self, value: typing.Any) -> str:
        return self._compiler.process(literal(value), **self._options)
