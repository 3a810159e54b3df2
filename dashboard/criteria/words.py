"""The tree in words: "Country is any of DE, FR, NL", on pages in English, in files in the language of the file.

What is translated are whole sentences, `{label} is any of {value}`, since languages order words in their own way;
`sentences` lists them for the test of the catalogues. Values stay as they are, but for the decimal sign.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import reduce

from dashboard import languages
from dashboard.criteria.tree import All, Any, Comparison, Node, Not

MOST_SHOWN = 10
_WORDS = {
    "eq": "is",
    "ne": "is not",
    "gt": "is more than",
    "gte": "is at least",
    "lt": "is less than",
    "lte": "is at most",
    "in": "is any of",
    "not_in": "is none of",
    "contains": "contains",
    "icontains": "contains (any case)",
    "starts_with": "starts with",
    "ieq": "is (any case)",
    "istarts_with": "starts with (any case)",
    "ends_with": "ends with",
    "iends_with": "ends with (any case)",
    "ilike": "is like",
    "json_contains": "contains",
    "is_null": "is empty",
    "between": "is between",
}
_AMOUNT_WORDS = {"eq": "equals", "ne": "does not equal"}
_MOMENT_WORDS = {
    "gt": "is after",
    "gte": "is on or after",
    "lt": "is before",
    "lte": "is on or before",
    "eq": "is on",
    "ne": "is not on",
}
_WORDS_OF_TYPE = {
    "integer": _AMOUNT_WORDS,
    "decimal": _AMOUNT_WORDS,
    "float": _AMOUNT_WORDS,
    "date": _MOMENT_WORDS,
    "datetime": _MOMENT_WORDS,
    "time": {key: words.replace(" on", " at") for key, words in _MOMENT_WORDS.items()},
}


def operator_words(operator: str, type: str) -> str:
    """How a form names an operator for a column type; "is_null" is "is empty"."""
    return _WORDS_OF_TYPE.get(type, {}).get(operator) or _WORDS[operator]


def sentences() -> Iterator[str]:
    """Each comparison as a sentence of the catalogues."""
    for table in (_WORDS, *_WORDS_OF_TYPE.values()):
        yield from (_sentence(operator, words) for operator, words in table.items())
    yield "{label} is not empty"


def in_words(node: Node | None, labels: Mapping[str, str], language: str = "en") -> list[str]:
    """One line for each condition at the top, all of which must hold."""
    if node is None:
        return []
    items = node.items if isinstance(node, All) else (node,)
    return [_words(item, labels, language) for item in items]


def _sentence(operator: str, words: str) -> str:
    match operator:
        case "is_null":
            return f"{{label}} {words}"
        case "between":
            return f"{{label}} {words} {{low}} and {{high}}"
    return f"{{label}} {words} {{value}}"


def _words(node: Node, labels: Mapping[str, str], language: str) -> str:
    match node:
        case Comparison():
            return _comparison(node, labels, language)
        case Not():
            return languages.word(
                language, "not ({condition})", condition=_words(node.item, labels, language)
            )
        case All():
            return _joined("{first} and {second}", "always", node, labels, language)
        case Any():
            return _joined("{first} or {second}", "never", node, labels, language)


def _joined(sentence: str, none: str, node: All | Any, labels: Mapping[str, str], language: str) -> str:
    if not node.items:
        return languages.word(language, none)
    return reduce(
        lambda first, second: languages.word(language, sentence, first=first, second=second),
        (_inner(item, labels, language) for item in node.items),
    )


def _inner(node: Node, labels: Mapping[str, str], language: str) -> str:
    words = _words(node, labels, language)
    return f"({words})" if isinstance(node, All | Any) and len(node.items) > 1 else words


def _comparison(node: Comparison, labels: Mapping[str, str], language: str) -> str:
    label = labels.get(node.field, node.field)
    if node.operator == "is_null":
        return languages.word(language, f"{{label}} is {'empty' if node.value else 'not empty'}", label=label)
    values = node.value if isinstance(node.value, tuple | list) else (node.value,)
    words = operator_words(node.operator, _type(values[0]) if values else "text")
    sentence = _sentence(node.operator, words)
    if node.operator == "between":
        low, high = (_plain(value, language) for value in values)
        return languages.word(language, sentence, label=label, low=low, high=high)
    return languages.word(language, sentence, label=label, value=_list(values, language))


def _list(values: typing.Sequence[object], language: str) -> str:
    # A comma would not do between numbers that have one.
    between = "; " if language != "en" and any(_has_fraction(value) for value in values) else ", "
    shown = between.join(_plain(value, language) for value in values[:MOST_SHOWN])
    more = len(values) - MOST_SHOWN
    if more <= 0:
        return shown
    return languages.plural(language, "{values} and {n} more", "{values} and {n} more", more, values=shown)


def _has_fraction(value: object) -> bool:
    return isinstance(value, float | Decimal) and "." in _digits(value)


def _digits(value: float | Decimal) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _type(value: object) -> str:
    match value:
        case bool():
            return "boolean"
        case int() | float() | Decimal():
            return "decimal"
        case date():
            return "datetime"
        case time():
            return "time"
    return "text"


def _plain(value: object, language: str) -> str:
    match value:
        case bool():
            return languages.word(language, "yes" if value else "no")
        case "":
            return '""'
        case datetime():
            moment = value.astimezone(UTC) if value.tzinfo else value
            return f"{moment.isoformat(' ', 'minutes')[:16]} UTC"
        case float() | Decimal():
            return languages.decimal(language, _digits(value))
        case dict():
            return json.dumps(value, ensure_ascii=False)
    return str(value)
