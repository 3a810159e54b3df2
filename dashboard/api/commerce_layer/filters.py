"""Commerce Layer's filters: an object of `<attribute>[_or_<attribute>…]_<predicate>` and values, all of which hold.

The create form's `filters` and the list's `filter[q]` are both read here, by the names of `types`. Text is compared as
Ransack does on PostgreSQL: cont, start, end and matches ignore the case, eq does not; a negative predicate leaves out
the records without a value. A day without a time is midnight UTC.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from dashboard import criteria
from dashboard.api import simpler
from dashboard.api.commerce_layer import filter_names, printed_filters
from dashboard.api.commerce_layer.predicates import PREDICATES, Predicate
from dashboard.criteria import CannotSay, Invalid, Node

MOST_FILTERS = 100
# Each of them is a condition of its own, tried on every record.
MOST_ALTERNATIVES = 100
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse(filters: Mapping[str, Any], types: Mapping[str, str]) -> Node | None:
    """The checked tree; Invalid has the filter's name as it was sent, and a sentence that does not repeat it."""
    if not isinstance(filters, Mapping):
        raise Invalid("", "Filters are an object of predicates and their values")
    if len(filters) > MOST_FILTERS:
        raise Invalid("", f"Give at most {MOST_FILTERS} filters")
    names = filter_names.attributes(types)
    nodes = [_filter(name, value, names, types) for name, value in filters.items()]
    return simpler.joined(nodes)


def printed(node: Node, types: Mapping[str, str] | None = None, zone: str = "UTC") -> dict[str, Any]:
    """A tree said in this grammar, or CannotSay. Give `types` and the export's zone when it is not yet checked."""
    said = printed_filters.filters(simpler.checked(node, types, zone) if types else node)
    found = {one.name: criteria.plain(one.value) for one in said}
    if types:
        simpler.must_read_back(found, node, parse, types)
        names = filter_names.attributes(types)
        if any(filter_names.read(one.name, names) != (list(one.paths), one.ending) for one in said):
            raise CannotSay("The names of the fields mean others here")
    return found


def _filter(name: str, value: Any, names: Mapping[str, str], types: Mapping[str, str]) -> Node:
    paths, ending = filter_names.read(name, names)
    predicate = PREDICATES[ending]
    nodes = []
    for path in paths:
        if not predicate.fits(types[path]):
            raise Invalid(name, f"“{ending}” does not go with “{path}”, which is of type {types[path]}")
        nodes.append(_condition(name, path, types[path], predicate, value))
    # One of several attributes is enough, for a negative predicate as well.
    return nodes[0] if len(nodes) == 1 else criteria.Any(tuple(nodes))


def _condition(name: str, path: str, kind: str, predicate: Predicate, value: Any) -> Node:
    try:
        node = predicate.node(path, kind, _value(predicate, kind, value))
        return criteria.check(node, {path: kind})
    except ValueError as error:  # Invalid is one, and names the path
        raise Invalid(name, str(error)) from None


def _value(predicate: Predicate, kind: str, value: Any) -> Any:
    match predicate.takes:
        case "flag":
            return _flag(value)
        case "object":
            return _object(value)
        case "list":
            several = _several(value)
            if predicate.join and len(several) > MOST_ALTERNATIVES:
                raise ValueError(f"Give at most {MOST_ALTERNATIVES} values")
            return tuple(_single(kind, one) for one in several)
    return _single(kind, value)


def _several(value: Any) -> Sequence[Any]:
    if isinstance(value, str):
        return value.split(",")
    several = value if isinstance(value, list | tuple) else [value]
    if not several:
        raise ValueError("Give at least one value")
    return several


def _single(kind: str, value: Any) -> Any:
    """A value as `criteria.check` takes it."""
    if value is None:
        raise ValueError("Give a value, or use the predicate null")
    if isinstance(value, list | tuple | dict):
        raise ValueError("This predicate takes one value")
    if kind == "text" and isinstance(value, int | float) and not isinstance(value, bool):
        return json.dumps(value)
    if kind == "datetime" and isinstance(value, str) and _DAY.fullmatch(value.strip()):
        return f"{value.strip()}T00:00:00Z"
    return value


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false", "1", "0"):
        return value.lower() in ("true", "1")
    raise ValueError("Give true or false")


def _object(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        raise ValueError('Give a JSON object, for example {"color":"red"}') from None
