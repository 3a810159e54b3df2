"""The filter lines of the new-export form: from what was typed to a condition, and back.

A line is a field, an operator and up to two texts. A condition that no line can show (alternatives that a
program asked for) is kept whole, said in words, and can only be removed.
"""

import csv
import io
import json
from dataclasses import dataclass, replace

from dashboard import criteria
from dashboard.criteria import All, Comparison, Invalid

# "Is empty" is one operator with a value; people choose between two without.
_EMPTY = {"is_null": True, "not_null": False}
_LISTS = ("in", "not_in")
_INPUTS = {"date": "date", "datetime": "date", "time": "time"}
_LIKE_NUMBERS = ("integer", "decimal", "float")
_DAY = len("2026-11-21")


@dataclass(frozen=True)
class Line:
    field: str = ""
    operator: str = ""
    value: str = ""
    upper: str = ""
    kept: str = ""  # JSON of a condition that no line can show

    @property
    def needs_value(self):
        return not self.kept and self.operator not in _EMPTY

    @property
    def needs_upper(self):
        return self.operator == "between"

    @property
    def is_complete(self):
        return not self.needs_value or bool(self.value and (self.upper or not self.needs_upper))


def operators(type):
    """What a form offers for a column of this type: [(key, words)]."""
    offered = [(key, criteria.operator_words(key, type)) for key in criteria.operators_for(type)]
    return [*offered, ("not_null", "is not empty")]


def fitting(line, types):
    """The line with an operator that its field allows; the value stays, it may fit as well."""
    if line.kept or line.field not in types:
        return line
    allowed = [key for key, _ in operators(types[line.field])]
    return line if line.operator in allowed else replace(line, operator=allowed[0])


def input_of(line, type):
    """Attributes of the input of a line's value; a list, or a moment that is not a whole day, is typed as text."""
    if type in _LIKE_NUMBERS:
        return {"type": "text", "inputmode": "text" if line.operator in _LISTS else "decimal"}
    plain = line.operator in _LISTS or any(len(text) > _DAY for text in (line.value, line.upper))
    return {"type": "text" if plain else _INPUTS.get(type, "text")}


def to_condition(line):
    """The condition that a line asks for, its values still text; raises Invalid when a kept one was tampered with."""
    if line.kept:
        return _load(line.kept)
    if line.operator in _EMPTY:
        return Comparison(line.field, "is_null", _EMPTY[line.operator])
    if line.operator in _LISTS:
        return Comparison(line.field, line.operator, _split(line.value))
    if line.needs_upper:
        return Comparison(line.field, "between", (line.value, line.upper))
    return Comparison(line.field, line.operator, line.value)


def _load(text):
    try:
        return criteria.load(json.loads(text))
    except (json.JSONDecodeError, RecursionError):
        raise Invalid("", "This filter cannot be read. Remove it and add it again.") from None


def from_criteria(node, types):
    """The lines that show this tree, one for each condition at its top."""
    items = node.items if isinstance(node, All) else () if node is None else (node,)
    return [_line(item, types) for item in items]


def _line(node, types):
    if isinstance(node, Comparison) and node.operator in criteria.operators_for(types.get(node.field, "")):
        if node.operator == "is_null":
            return Line(node.field, "is_null" if node.value else "not_null")
        if node.operator in _LISTS:
            return Line(node.field, node.operator, _join([_text(one) for one in node.value]))
        if node.operator == "between":
            return Line(node.field, "between", _text(node.value[0]), _text(node.value[1]))
        return Line(node.field, node.operator, _text(node.value))
    return Line(kept=json.dumps(criteria.dump(node)))


def _text(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _split(text):
    """Values with commas between them; one that holds a comma stands in double quotes."""
    try:
        rows = list(csv.reader(io.StringIO(text), skipinitialspace=True))
    except csv.Error:
        raise Invalid("", "Enter values with commas between them") from None
    return tuple(value.strip() for row in rows for value in row if value.strip())


def _join(values):
    return ", ".join(_quoted(value) if set(',"') & set(value) else value for value in values)


def _quoted(value):
    return '"' + value.replace('"', '""') + '"'


def in_words(line, labels):
    """A kept condition, as people read it."""
    try:
        return "; ".join(criteria.in_words(_load(line.kept), labels))
    except Invalid as error:
        return error.message
