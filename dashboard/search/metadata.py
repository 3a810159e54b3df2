"""Exports whose metadata hold some members; written so that the index that each database has for it is used."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, func, text, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from dashboard import criteria
from dashboard.criteria import Comparison
from dashboard.database import db
from dashboard.models import Export
from dashboard.models.lookups import SOME_METADATA

_LARGEST = 10**15


def contains(wanted: dict[str, Any]) -> ColumnElement[bool]:
    """`wanted` is not empty."""
    if db.engine.dialect.name == "postgresql":
        return Export.client_metadata.op("@>", is_comparison=True)(cast(wanted, JSONB))
    columns: dict[str, Any] = {"it": Export.client_metadata}
    found = criteria.to_sql(Comparison("it", "json_contains", wanted), columns)
    # To look for the words in the text is quicker than to read it as JSON.
    stored = type_coerce(Export.client_metadata, Text)
    there = (func.instr(stored, word) > 0 for word in _words(wanted))
    return and_(text(f"exports.{SOME_METADATA}"), *there, found)


def _words(value: Any) -> Iterator[str]:
    """What the stored text has whatever its spaces and its way to write other characters."""
    match value:
        case dict():
            for name, one in value.items():
                yield from _words(name)
                yield from _words(one)
        case list():
            for one in value:
                yield from _words(one)
        case str() if value.isascii() and json.dumps(value) == f'"{value}"':
            yield f'"{value}"'
        case bool() | None:
            yield json.dumps(value)
        case int() if abs(value) < _LARGEST:
            yield str(value)
