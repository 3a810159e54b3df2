"""Which of our column types a database's own type is; `reflection` asks."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, types

# Base names of declared types in SQLite, which takes any; what is not here goes by affinity.
_SQLITE = {
    "BOOLEAN": "boolean", "BOOL": "boolean",
    "DATE": "date", "TIME": "time",
    "DATETIME": "datetime", "DATETIME2": "datetime", "SMALLDATETIME": "datetime", "DATETIMEOFFSET": "datetime",
    "TIMESTAMP": "datetime", "TIMESTAMPTZ": "datetime",
    "NUMERIC": "decimal", "DECIMAL": "decimal", "DEC": "decimal", "NUMBER": "decimal", "MONEY": "decimal",
    "CURRENCY": "decimal", "SMALLMONEY": "decimal",
    "REAL": "float", "FLOAT": "float", "DOUBLE": "float",
    "JSON": "json", "JSONB": "json",
    "BINARY": "binary", "VARBINARY": "binary", "IMAGE": "binary", "BYTEA": "binary",
}  # fmt: skip


def sqlite_type(declared: str) -> tuple[str, int | None]:
    """Type and scale of a declared type; without one anything may be stored, and everything can be text."""
    declared = declared.upper()
    found = re.match(r"[A-Z0-9_]+", declared)
    known = _SQLITE.get(found[0]) if found else None
    if known:
        scale = re.search(r"\(\s*\d+\s*,\s*(\d+)\s*\)", declared)
        return known, int(scale[1]) if scale and known == "decimal" else None
    if "INT" in declared:
        return "integer", None
    if re.search("CHAR|CLOB|TEXT", declared):
        return "text", None
    if "BLOB" in declared:
        return "binary", None
    return ("float", None) if re.search("REAL|FLOA|DOUB", declared) else ("text", None)


def declared_types(connection: Connection) -> dict[str, dict[str, str]]:
    """Table to column to declared type, of ordinary tables only: a virtual table's shadows are not for people."""
    rows = connection.exec_driver_sql(
        "SELECT l.name, c.name, c.type FROM pragma_table_list AS l, pragma_table_xinfo(l.name) AS c "
        "WHERE l.schema = 'main' AND l.type = 'table' AND c.hidden <> 1"
    )
    tables: dict[str, dict[str, str]] = {}
    for table, column, declared in rows:
        tables.setdefault(table, {})[column] = declared or ""
    return tables


def column_type(type: types.TypeEngine[Any]) -> tuple[str, str, int | None]:
    """The type in the database's words, ours, and the scale."""
    stored = str(type).upper() if not isinstance(type, types.NullType) else ""
    domain = getattr(type, "data_type", None)
    if domain is not None:  # a PostgreSQL domain is read as text or cast, so its own name does not matter
        _, ours, scale = column_type(domain)
        return f"DOMAIN {stored}", ours, scale
    ours = next((ours for base, ours in _TYPES if isinstance(type, base)), "text")
    if ours == "datetime" and getattr(type, "timezone", False):
        stored += " WITH TIME ZONE"  # which its text leaves out
    if type.__class__.__name__ == "INTERVAL":
        ours = "interval"
    scale = getattr(type, "scale", None) if ours == "decimal" else None
    return stored, ours, scale


_TYPES: tuple[tuple[Any, str], ...] = (
    (types.Boolean, "boolean"),
    (types.Integer, "integer"),
    (types.Float, "float"),
    (types.Numeric, "decimal"),
    (types.DateTime, "datetime"),
    (types.Date, "date"),
    (types.Time, "time"),
    (types.Interval, "interval"),
    (types.Uuid, "uuid"),
    (types.LargeBinary, "binary"),
    (types.JSON, "json"),
    (types.ARRAY, "json"),
)
