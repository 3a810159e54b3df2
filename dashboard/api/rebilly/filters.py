"""Rebilly's filters: `status:active,draft;total:10..;email:!null`, read by the names of `types`.

    filter := term (";" term)*                       all of them
    term   := field ":" ["!"] value ("," value)*     any of the values, or with ! none
    value  := text | from ".." to | from ".." | ".." to | null

Text is compared whole and ignores the case. Ranges include both ends; a day without a time is that whole day in
`zone`. In double quotes a value is only text: for , ; .. ! @ or blanks in it; a backslash there precedes a quote or a
backslash. None of the values includes the records without one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard import criteria
from dashboard.api import simpler
from dashboard.api.rebilly import printed_filters
from dashboard.api.rebilly.filter_text import Term, Value, terms
from dashboard.criteria import Comparison, Invalid, Node, Not

# Each is a condition of its own, tried on every record.
MOST_TERMS = 100
MOST_ALTERNATIVES = 500
_RANGED = ("integer", "decimal", "float", "date", "datetime", "time")


def parse(text: str, types: Mapping[str, str], zone: str = "UTC") -> Node | None:
    """The checked tree; Invalid has the field, or "", and a sentence that does not repeat it."""
    found = terms(text)
    if len(found) > MOST_TERMS:
        raise Invalid("", f"Give at most {MOST_TERMS} conditions")
    nodes = [_term(term, types, zone) for term in found]
    return simpler.joined(nodes)


def printed(node: Node, types: Mapping[str, str] | None = None, zone: str = "UTC") -> str:
    """A tree said in this grammar, or CannotSay. Give `types` and the export's zone when it is not yet checked."""
    if types is None:
        return printed_filters.printed(node)
    said = printed_filters.printed(simpler.checked(node, types, zone))
    simpler.must_read_back(said, node, parse, types)
    return said


def _term(term: Term, types: Mapping[str, str], zone: str) -> Node:
    if term.field not in types:
        raise Invalid(term.field, f"There is no field “{term.field[:100]}”")
    try:
        return criteria.check(_condition(term, types[term.field]), types, zone)
    except Invalid:
        raise
    except ValueError as error:
        raise Invalid(term.field, str(error)) from None


def _condition(term: Term, kind: str) -> Node:
    node = _any_of(term.field, kind, term.values)
    if not term.negated:
        return node
    match node:
        case Comparison(field, "eq", value):
            return Comparison(field, "ne", value)
        case Comparison(field, "in", value):
            return Comparison(field, "not_in", value)
        case Comparison(field, "is_null", value):
            return Comparison(field, "is_null", not value)
    return Not(node)


def _any_of(field: str, kind: str, values: tuple[Value, ...]) -> Node:
    nodes = [_one(field, kind, value) for value in values]
    equal = [node for node in nodes if node.operator == "eq"]
    if len(equal) > 1:
        several = Comparison(field, "in", tuple(node.value for node in equal))
        nodes = [several, *(node for node in nodes if node.operator != "eq")]
    if len(nodes) > MOST_ALTERNATIVES:
        raise ValueError(f"Give at most {MOST_ALTERNATIVES} values")
    return nodes[0] if len(nodes) == 1 else criteria.Any(tuple(nodes))


def _one(field: str, kind: str, value: Value) -> Comparison:
    if value.is_null:
        return Comparison(field, "is_null", True)
    if value.is_range:
        if kind not in _RANGED:
            raise ValueError(
                "Ranges are for numbers, dates and times; put double quotes around text with “..” in it"
            )
        return Comparison(field, *_range(value))
    if "eq" not in criteria.allowed_for(kind):
        raise ValueError("This field can only be compared with null")
    if kind == "boolean" and value.start not in ("true", "false"):
        raise ValueError("Give true or false")
    return Comparison(field, "ieq" if kind == "text" else "eq", value.start)


def _range(value: Value) -> tuple[str, Any]:
    if value.start is None:
        return "lte", value.end
    return ("gte", value.start) if value.end is None else ("between", (value.start, value.end))
