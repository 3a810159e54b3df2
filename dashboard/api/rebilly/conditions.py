"""Conditions on data exports in the dialect's names, turned into those of our records; `listing` calls `ours`.

Here also are the keys that the list is sorted by.
"""

from __future__ import annotations

from collections.abc import Callable

from dashboard.api import ids
from dashboard.api.rebilly import words
from dashboard.criteria import All, Any, Comparison, Invalid, Node, Not
from dashboard.extensions import catalog

TYPES = {
    "id": "text",
    "name": "text",
    "resource": "text",
    "format": "text",
    "status": "text",
    "recordCount": "integer",
    "scheduledTime": "datetime",
    "createdTime": "datetime",
    "updatedTime": "datetime",
    "userId": "text",
    "fileId": "text",
}
_SAME = {
    "id": "public_id",
    "name": "name",
    "recordCount": "collected_count",
    "scheduledTime": "scheduled_time",
    "createdTime": "created_at",
    "updatedTime": "updated_at",
}
SORTS = {**_SAME, "resource": "resource", "format": "format", "status": "status"}
NOTHING: Node = Any(())
USER = "usr_"
_NEGATIVE = {"ne": "eq", "not_in": "in"}


def ours(node: Node) -> Node:
    """Raises Invalid for a word that the dialect does not have."""
    match node:
        case Comparison():
            return _comparison(node)
        case Not():
            return Not(ours(node.item))
    return type(node)(tuple(ours(item) for item in node.items))


def containing(text: str) -> Node:
    """`q`: part of the name, the id or the resource, as the dialect calls it."""
    found = [Comparison(field, "icontains", text) for field in ("name", "public_id", "resource")]
    called = [name for name in catalog.resources if text.lower() in words.resource_word(name).lower()]
    return Any((*found, Comparison("resource", "in", tuple(called)))) if called else Any(tuple(found))


def _comparison(node: Comparison) -> Node:
    if node.field in _SAME:
        return Comparison(_SAME[node.field], node.operator, node.value)
    if node.operator == "is_null":
        # Only a file can be missing.
        missing = Comparison("has_file", "eq", False) if node.field == "fileId" else NOTHING
        return missing if node.value else Not(missing)
    if node.operator in _NEGATIVE:
        return Not(_comparison(Comparison(node.field, _NEGATIVE[node.operator], node.value)))
    values = node.value if isinstance(node.value, tuple) else (node.value,)
    return Any(tuple(_MEANINGS[node.field](str(value)) for value in values))


def _status(word: str) -> Node:
    statuses = words.statuses_of(word.lower())
    if not statuses:
        raise Invalid("status", f"Use one of {', '.join(dict.fromkeys(words.STATUS.values()))}")
    return Comparison("status", "in", statuses)


def _resource(word: str) -> Node:
    known = {words.resource_word(name).lower(): name for name in catalog.resources}
    alias = words.resource_of(word)
    return Comparison("resource", "ieq", alias or known.get(word.lower(), word))


def _format(word: str) -> Node:
    word = word.lower()
    detailed = Comparison("asked_format", "eq", words.DETAILED)
    if word == words.DETAILED:
        return detailed
    same = Comparison("format", "eq", words.format_of(word))
    return All((same, Not(detailed))) if word == "csv" else same


def _user(id: str) -> Node:
    number = id.removeprefix(USER)
    fits = id.startswith(USER) and number.isascii() and number.isdigit() and len(number) < 10
    return Comparison("requester_id", "eq", int(number)) if fits else NOTHING


def _file(id: str) -> Node:
    uuid = ids.uuid_of_rebilly_file(id)
    if uuid is None:
        return NOTHING
    return All((Comparison("uuid", "eq", uuid), Comparison("has_file", "eq", True)))


_MEANINGS: dict[str, Callable[[str], Node]] = {
    "status": _status,
    "resource": _resource,
    "format": _format,
    "userId": _user,
    "fileId": _file,
}
