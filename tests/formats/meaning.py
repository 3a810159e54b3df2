"""What a reader must find for a value, in each format: section 12 of the reliability page once more."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from dashboard.columns import ROWS


def plain_text(type, value):
    """The documented text of a value of any type but text and json."""
    match type:
        case "boolean":
            return str(value).lower()
        case "float":
            return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(str(value), value)
        case "date" | "datetime":
            return value.isoformat()
        case "binary":
            return base64.b64encode(value).decode()
    return str(value)


def expected_csv(type, value):
    if value is None:
        return None
    return plain_text(type, value) if type != "text" else value.replace("\0", "\ufffd")


def expected_json(type, value):
    if value is None or (type == "float" and value - value != 0):
        return None
    if type == "json":
        return json.loads(value)
    return value if type in ("text", "integer", "boolean", "float") else plain_text(type, value)


def expected_xlsx(type, value):
    match type:
        case _ if value is None:
            return None
        case "boolean":
            return value
        case "integer" if abs(value) < 10**15:
            return value
        case "float" if value - value == 0:
            return value
        case "decimal" if len(value.strip("-").replace(".", "").lstrip("0")) <= 15:
            return float(value)
        case "date" if value >= date(1900, 3, 1):
            return datetime(value.year, value.month, value.day)
        case "datetime" if value >= datetime(1900, 3, 1, tzinfo=UTC):
            return value.replace(tzinfo=None)
        case "text" | "json":
            lines = value.replace("\r\n", "\n").replace("\r", "\n")
            return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", lines)
    return plain_text(type, value)


def expected_xml(type, value):
    if value is None:
        return None
    if type in ("text", "json"):
        return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", value)
    return plain_text(type, value)


def expected_parquet(type, value):
    match type:
        case "datetime" if value is not None:
            return value.replace(tzinfo=None)
        case "date" | "binary" | "float":
            return value
    return value if type != "decimal" or value is None else str(value)


EXPECTED = {
    "csv": expected_csv,
    "xlsx": expected_xlsx,
    "json": expected_json,
    "jsonl": expected_json,
    "jsonapi": expected_json,
    "xml": expected_xml,
    "parquet": expected_parquet,
}


def expected(key, column, value):
    if column.type == ROWS:
        if key in ("csv", "xlsx"):
            return EXPECTED[key]("text", merged(column, value))
        rows = [{one.name: expected(key, one, row[one.name]) for one in column.columns} for row in value]
        return "" if key == "xml" and not rows else rows
    if key == "parquet" and column.scale is not None and value is not None:
        return Decimal(value)
    return EXPECTED[key](column.type, value)


def merged(column, rows):
    """What a cell says of related rows."""
    if not rows:
        return None
    texts = [[merged_text(one, row[one.name]) for one in column.columns] for row in rows]
    if len(column.columns) == 1:
        said = [text for (text,) in texts if text is not None]
        return ", ".join(said) if said else None
    labels = [one.label for one in column.columns]
    pairs = [
        ", ".join(f"{label}: {text}" for label, text in zip(labels, row, strict=True) if text is not None)
        for row in texts
    ]
    return "; ".join(filter(None, pairs)) or None


def merged_text(column, value):
    if column.type == ROWS:
        text = merged(column, value)
        return None if text is None else f"({text})"
    if value is None or column.type in ("text", "json"):
        return value
    return str(plain_text(column.type, value))


def same(found, expected):
    if isinstance(expected, list) and isinstance(found, list):
        return len(found) == len(expected) and all(map(same, found, expected))
    if isinstance(expected, dict) and isinstance(found, dict):
        return list(found) == list(expected) and all(map(same, found.values(), expected.values()))
    if isinstance(expected, datetime) and isinstance(found, datetime):
        return abs(found - expected) < timedelta(milliseconds=1)
    if isinstance(expected, float):
        return float(found) == expected or (expected != expected and float(found) != float(found))
    return found == expected and isinstance(found, bool) == isinstance(expected, bool)
