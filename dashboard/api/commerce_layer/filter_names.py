"""What the name of a filter means: attributes joined by `_or_`, and a predicate. `filters` and `printed_filters` ask.

The predicate is the longest ending that leaves attributes which exist; `customer_email` is that attribute, or else
relation `customer`, attribute `email`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from dashboard.api.commerce_layer.predicates import PREDICATES
from dashboard.criteria import Invalid

LONGEST_NAME = 500
_BY_LENGTH = sorted(PREDICATES, key=len, reverse=True)
_OR = re.compile("(?=_or_)")


def attributes(types: Mapping[str, str]) -> dict[str, str]:
    """What each path is called in a filter; the shorter way wins."""
    names: dict[str, str] = {}
    for path in sorted(types, key=lambda path: path.count(".")):
        names.setdefault(path.replace(".", "_"), path)
    return names


def read(name: str, names: Mapping[str, str]) -> tuple[list[str], str]:
    """The paths and the predicate."""
    shown = name[:100]
    endings = [ending for ending in _BY_LENGTH if name.endswith(f"_{ending}")]
    if not endings or len(name) > LONGEST_NAME:
        raise Invalid(shown, "A filter is an attribute and a predicate, for example status_eq")
    for ending in endings:
        paths = _paths(name.removesuffix(f"_{ending}"), names)
        if paths:
            return paths, ending
    raise Invalid(shown, f"There is no attribute “{name.removesuffix(f'_{endings[0]}')[:100]}”")


def _paths(text: str, names: Mapping[str, str]) -> list[str]:
    """All attributes of the text, or none; the name of one may hold an `_or_` of its own."""
    if text in names:
        return [names[text]]
    for found in _OR.finditer(text):
        first = names.get(text[: found.start()])
        rest = _paths(text[found.start() + len("_or_") :], names) if first else []
        if first and rest:
            return [first, *rest]
    return []
