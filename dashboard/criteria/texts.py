"""Texts within texts, without LIKE where case is heeded: SQLite's and MySQL's heed none. `sql` calls these."""

from __future__ import annotations

import re
import typing

from sqlalchemy import Boolean, ColumnElement, Integer, Text, func, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

# Not the backslash: databases disagree about one in a literal.
_ESCAPE = "!"
_PIECE = re.compile(r"\\(.)|(!)", re.DOTALL)


class Position(FunctionElement[int]):
    """Where a text begins within another, from 1, or 0: no LIKE, so nothing to escape and case is heeded."""

    type = Integer()
    inherit_cache = True


@compiles(Position)
def _position(element: Position, compiler: SQLCompiler, **options: typing.Any) -> str:
    text, wanted = element.clauses
    return f"position({compiler.process(wanted, **options)} IN {compiler.process(text, **options)})"


@compiles(Position, "sqlite")
def _instr(element: Position, compiler: SQLCompiler, **options: typing.Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)})"


class EndsWith(FunctionElement[bool]):
    """Whether the last characters of a text are those of another, which is not empty."""

    type = Boolean()
    inherit_cache = True


@compiles(EndsWith)
def _right(element: EndsWith, compiler: SQLCompiler, **options: typing.Any) -> str:
    text, wanted = (compiler.process(clause, **options) for clause in element.clauses)
    return f"right({text}, char_length({wanted})) = {wanted}"


@compiles(EndsWith, "sqlite")
def _substr(element: EndsWith, compiler: SQLCompiler, **options: typing.Any) -> str:
    text, wanted = (compiler.process(clause, **options) for clause in element.clauses)
    return f"substr({text}, -length({wanted})) = {wanted}"


def lower(column: ColumnElement[typing.Any]) -> ColumnElement[str]:
    return func.lower(column, type_=Text)


def bound(value: str) -> ColumnElement[str]:
    return literal(value, Text)


def like(column: ColumnElement[typing.Any], pattern: str) -> ColumnElement[bool]:
    """`pattern` as in ilike of the tree, backslashes and all."""
    return lower(column).like(lower(bound(_PIECE.sub(_escaped, pattern))), escape=_ESCAPE)


def _escaped(piece: re.Match[str]) -> str:
    character = piece[1] or piece[2]
    return _ESCAPE + character if character in (_ESCAPE, "%", "_") else character
