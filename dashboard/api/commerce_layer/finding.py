"""`filter[q]` of the list, in our words: attributes become fields of `search`, and words of theirs statuses of ours.

Some attributes are made of words (status, format, names of events): each condition on these is tried on every word
there is, and becomes a list of our values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dashboard import criteria, search
from dashboard.api.commerce_layer import filter_names, filters
from dashboard.api.commerce_layer.errors import bad_parameter
from dashboard.api.commerce_layer.words import EVENT, FORMAT, SORT_KEYS, STATUS
from dashboard.criteria import All, Comparison, Node, Not
from dashboard.formats import FORMATS

# Attribute -> field of `search`.
OURS = {
    **{name: field for name, field in SORT_KEYS.items() if name != "processed_count"},
    "errors_log": "error_message",
    "metadata": "client_metadata",
    "events.name": "events.name",
    "events.created_at": "events.created_at",
    "events.updated_at": "events.updated_at",
}
TYPES = {name: search.TYPES[field] for name, field in OURS.items()} | {"attachment_url": "binary"}
# Attribute -> our values and the dialect's word for each; None where it has none.
WORDS: Mapping[str, Mapping[str, str | None]] = {
    "status": STATUS,
    "format": {name: FORMAT.get(name) for name in FORMATS},
    "events.name": EVENT,
}
NOTHING = criteria.Any(())


def where(given: Mapping[str, str]) -> Node | None:
    """Raises a 400."""
    names = filter_names.attributes(TYPES)
    for name in given:
        try:
            filter_names.read(name, names)
        except criteria.Invalid as error:
            raise bad_parameter(_parameter(name), "FILTER_NOT_ALLOWED", f"{error.message}.") from None
    try:
        node = filters.parse(given, TYPES)
    except criteria.Invalid as error:
        name = _parameter(error.field)
        raise bad_parameter(name, "INVALID_FILTER_VALUE", f"{name}: {error.message}.") from None
    return criteria.replaced(node, _ours) if node else None


def _parameter(name: str) -> str:
    return f"filter[q][{name[:100]}]" if name else "filter[q]"


def _ours(comparison: Comparison) -> Node:
    field, operator, value = comparison.field, comparison.operator, comparison.value
    if field in WORDS:
        matching = tuple(ours for ours, word in WORDS[field].items() if _holds(word, operator, value))
        return Comparison(OURS[field], "in", matching) if matching else NOTHING
    if field == "attachment_url":
        return Comparison(OURS[field], "eq", not value)
    if field == "errors_log" and operator == "is_null":
        clean = All((Comparison("error_message", "is_null", True), Comparison("fail_count", "eq", 0)))
        return clean if value else Not(clean)
    return Comparison(OURS[field], operator, value)


def _holds(word: str | None, operator: str, value: Any) -> bool:
    """What the database would say of a text."""
    if operator == "is_null":
        return (word is None) is bool(value)
    if word is None:
        return operator in ("ne", "not_in")
    if operator in ("in", "not_in"):
        return (word in value) is (operator == "in")
    # All words are in small letters.
    wanted = value.lower() if operator.startswith("i") else value
    match operator.removeprefix("i"):
        case "eq":
            return bool(word == wanted)
        case "ne":
            return bool(word != wanted)
        case "contains":
            return wanted in word
        case "starts_with":
            return word.startswith(wanted)
        case "ends_with":
            return word.endswith(wanted)
        case "like":
            return bool(_regular(wanted).fullmatch(word))
    raise ValueError(operator)


def _regular(pattern: str) -> re.Pattern[str]:
    """The pattern of `ilike` as a regular expression."""
    pieces = re.findall(r"\\.|.", pattern, re.DOTALL)
    meant = {"%": ".*", "_": "."}
    return re.compile("".join(meant.get(one) or re.escape(one[-1]) for one in pieces), re.DOTALL)
