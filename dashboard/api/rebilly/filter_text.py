"""The text of a filter taken apart into terms and values, whatever their fields are. `filters` calls this."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dashboard.criteria import Invalid

_FIELD = re.compile(r'\s*([^:;,"]*?)\s*:')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\s*', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PLAIN = re.compile(r"(?:(?!\.\.)[^,;])*")
_BLANKS = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Value:
    """A text, or a range whose missing end is None."""

    start: str | None = None
    end: str | None = None
    is_range: bool = False
    is_null: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    field: str
    negated: bool
    values: tuple[Value, ...]


def terms(text: str) -> list[Term]:
    """The terms of a filter, none of an empty one; raises Invalid beside the field that cannot be read."""
    return _Reader(text).terms() if text.strip() else []


class _Reader:
    def __init__(self, text: str) -> None:
        self._text, self._at, self._field = text, 0, ""

    def terms(self) -> list[Term]:
        found = [self._term()]
        while self._takes(";"):
            found.append(self._term())
        return found

    def _term(self) -> Term:
        found = _FIELD.match(self._text, self._at)
        if not found or not found[1]:
            raise Invalid("", "A condition is a field, a colon and values, for example status:active")
        self._at, self._field = found.end(), found[1]
        negated, values = self._takes("!"), [self._value()]
        while self._takes(","):
            if self._takes("!") and not negated:
                raise self._wrong(
                    "An exclamation mark on one value belongs on the first one, and is for all of them"
                )
            values.append(self._value())
        if self._at < len(self._text) and self._text[self._at] != ";":
            raise self._wrong("After a closing quote comes a comma, a semicolon or “..”")
        return Term(self._field, negated, tuple(values))

    def _value(self) -> Value:
        self._skip()
        if self._text.startswith("@", self._at):
            raise self._wrong(
                "Stored lists are not supported; put double quotes around text that begins with @"
            )
        start, quoted = self._piece()
        if not self._takes(".."):
            if start is None:
                raise self._wrong('Give a value; for an empty text, ""')
            return Value(is_null=True) if start == "null" and not quoted else Value(start)
        end, _ = self._piece()
        if start is None and end is None:
            raise self._wrong("A range has a start, an end or both, for example 10..20")
        if self._takes(".."):
            raise self._wrong("A range has one start and one end, for example 10..20")
        return Value(start, end, is_range=True)

    def _piece(self) -> tuple[str | None, bool]:
        """The text up to what ends it, and whether it was in quotes; None when there is none."""
        self._skip()
        if not self._text.startswith('"', self._at):
            plain = _PLAIN.match(self._text, self._at)
            self._at += len(plain[0]) if plain else 0
            return (plain[0].strip() if plain else "") or None, False
        quoted = _QUOTED.match(self._text, self._at)
        if not quoted:
            raise self._wrong("A closing quote is missing")
        self._at = quoted.end()
        return _ESCAPED.sub(r"\1", quoted[1]), True

    def _takes(self, sign: str) -> bool:
        self._skip()
        if not self._text.startswith(sign, self._at):
            return False
        self._at += len(sign)
        return True

    def _skip(self) -> None:
        found = _BLANKS.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _wrong(self, sentence: str) -> Invalid:
        return Invalid(self._field[:100], sentence)
