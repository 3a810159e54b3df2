"""PackageX's field filters, as its List API and so `options` of an export have them, by the names of `types`.

A text of values separated by commas means any of them, `status: "draft,paid"`. Or each has an operator and all must
hold, `created_at: "gte:2024-01-01,lt:2024-02-01"`. A JSON array is a list of values that may hold commas and colons
themselves. A moment is ISO 8601 or a number of seconds since 1970; a day without a time is that whole day in `zone`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from dashboard import criteria
from dashboard.api import simpler
from dashboard.api.packagex import printed_filters
from dashboard.api.packagex.printed_filters import OPERATORS
from dashboard.criteria import Comparison, Invalid, Node

MOST_FILTERS = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_SECONDS = re.compile(r"-?([0-9]{9,11}|0)(\.[0-9]{1,9})?")


def parse(options: Mapping[str, Any], types: Mapping[str, str], zone: str = "UTC") -> Node | None:
    """The checked tree; Invalid has the option's name, and a sentence that does not repeat it."""
    if len(options) > MOST_FILTERS:
        raise Invalid("", f"Give at most {MOST_FILTERS} filters")
    nodes = [node for field, value in options.items() for node in _filter(field, value, types, zone)]
    return simpler.joined(nodes)


def printed(node: Node, types: Mapping[str, str] | None = None, zone: str = "UTC") -> dict[str, Any]:
    """A tree said in this grammar, or CannotSay. Give `types` and the export's zone when it is not yet checked."""
    if types is None:
        return printed_filters.printed(node)
    said = printed_filters.printed(simpler.checked(node, types, zone))
    simpler.must_read_back(said, node, parse, types)
    return said


def _filter(field: str, value: Any, types: Mapping[str, str], zone: str) -> list[Node]:
    if field not in types:
        raise Invalid(field[:100], f"There is no option or field “{field[:100]}”")
    kind = types[field]
    if "eq" not in criteria.allowed_for(kind):
        raise Invalid(field, "This field cannot be filtered by")
    try:
        return [
            criteria.check(Comparison(field, operator, given), types, zone)
            for operator, given in _conditions(kind, value)
        ]
    except Invalid:
        raise
    except ValueError as error:
        raise Invalid(field, str(error)) from None


def _conditions(kind: str, value: Any) -> list[tuple[str, Any]]:
    """Operators and values of one field, all of which hold."""
    if isinstance(value, list | tuple):
        return [_any_of(kind, value)]
    if not isinstance(value, str):
        return [_any_of(kind, [value])]
    parts = [part.strip() for part in value.split(",")]
    if "" in parts:
        raise ValueError("Give a value before and after each comma" if len(parts) > 1 else "Give a value")
    compared = [_compared(kind, part) for part in parts]
    known = [one for one in compared if one]
    if not known:
        return [_any_of(kind, parts)]
    if len(known) < len(parts):
        raise ValueError("Give either values alone or an operator with each, for example gte:1,lt:5")
    return known


def _compared(kind: str, part: str) -> tuple[str, Any] | None:
    operator, colon, value = part.partition(":")
    if not colon or operator not in OPERATORS:
        return None
    if operator not in criteria.allowed_for(kind):
        raise ValueError(f"“{operator}:” does not go with this field, which is of type {kind}")
    return operator, _single(kind, value)


def _any_of(kind: str, values: Sequence[Any]) -> tuple[str, Any]:
    several = tuple(_single(kind, one) for one in values)
    if not several:
        raise ValueError("Give at least one value")
    return ("eq", several[0]) if len(several) == 1 else ("in", several)


def _single(kind: str, value: Any) -> Any:
    """A value as `criteria.check` takes it."""
    if value is None or isinstance(value, dict | list | tuple):
        raise ValueError("Give a text, a number, true or false, or a list of these")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "text" and number:
        return json.dumps(value)
    is_seconds = number or (isinstance(value, str) and _NUMBER.fullmatch(value.strip()))
    if kind in ("date", "datetime") and is_seconds:
        moment = _moment(str(value).strip())
        return moment if kind == "datetime" else moment.date()
    return value


def _moment(seconds: str) -> datetime:
    # 20240101 and 2024 are dates that somebody wrote without their dashes.
    if not _SECONDS.fullmatch(seconds):
        raise ValueError("Give a date such as 2024-01-31, or the seconds since 1970, of 9 to 11 digits")
    try:
        return _EPOCH + timedelta(microseconds=int(Decimal(seconds) * 1_000_000))
    except OverflowError:
        raise ValueError("Give a moment that exists") from None
