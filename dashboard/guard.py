"""The formula guard: keeps a text value from starting a calculation when a spreadsheet opens the file.

The CSV format calls `guard` on its columns and on its headings; XLSX asks `head` which cells to
mark as text. The rule is section 11 of the reliability page. It puts an apostrophe in front of

- the head: a value that begins, perhaps after blanks and invisible characters, with one of `TRIGGERS`;
  plain numbers and plain phone numbers stay as they are
- the inside: a field that a program would see on splitting the value at a line end or at a separator that
  is not the file's own. The blank, which LibreOffice offers as a separator, counts before an equals form that
  goes on without one: signs after blanks are ordinary text ("Hi @ann!"), and `a = b` has but the bare sign

Everything is a polars expression over whole columns. The expressions are costly next to `suspects`, which is
one pass and finds the few rows that they could change: ask it first.
"""

from __future__ import annotations

import re

import polars as pl

REPLACEMENT = "\ufffd"
_EQUALS = "=\uff1d\ufe66"
_SIGNS = "+@\uff0b\uff0d\uff20\ufe62\ufe63\ufe6b\u2212"
TRIGGERS = _EQUALS + _SIGNS + "-"

# Classes for Rust's regex, the one polars has: no look-around, but set difference.
SKIPPED = r"\p{Zs}\p{Zl}\p{Zp}\p{Cc}\p{Cf}"
_TRIGGER = rf"[{_EQUALS}{_SIGNS}\-]"
_HEAD = rf"\A[\t\r\n]|\A[{SKIPPED}]*{_TRIGGER}"
_PLAIN = r"\A(?:[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|\+[0-9](?: ?[0-9]){5,18})\z"
_LINE = r"\A[^\r\n]+|[\r\n][^\r\n]*"
_UP_TO_LAST_CALL = r"(?s)\A(.*[(|!])"
_AFTER_LAST_CALL = r"([^(|!]*)\z"


def guard(text: pl.Expr, separator: str) -> pl.Expr:
    """The guarded text; guarding it again changes nothing more."""
    clean = text.str.replace_all("\0", REPLACEMENT, literal=True)
    inside = _guard_inside(clean, separator)
    return pl.when(head(clean)).then(pl.concat_str(pl.lit("'"), inside)).otherwise(inside)


def head(text: pl.Expr) -> pl.Expr:
    """Whether the value as a whole would be read as a formula."""
    return text.str.contains(_HEAD) & ~text.str.contains(_PLAIN)


def rule(text: pl.Expr, guarded: pl.Expr) -> pl.Expr:
    """Of a value that `guard` has changed to `guarded`, what was found: "head", "inside" or "both"."""
    clean = text.str.replace_all("\0", REPLACEMENT, literal=True)
    found = (
        pl.when(guarded == pl.concat_str(pl.lit("'"), clean)).then(pl.lit("head")).otherwise(pl.lit("both"))
    )
    return pl.when(head(clean)).then(found).otherwise(pl.lit("inside"))


def suspects(text: pl.Expr, separator: str, *, quotes: bool = False) -> pl.Expr:
    """Whether `guard` could change the value, or it has quote marks: never false for one that does change."""
    blank = rf"{_blank_start(separator)}[{_EQUALS}]"
    mark = '|"' if quotes else ""
    return text.str.contains(rf"{_HEAD}|{_field_start(separator)}{_TRIGGER}|{blank}|\x00{mark}")


def well_formed(text: str) -> str:
    """The text with lone surrogates replaced: Python may hold them, a frame or a file cannot."""
    return re.sub("[\ud800-\udfff]", REPLACEMENT, text)


def _foreign(separator: str) -> str:
    return re.escape("".join(mark for mark in "\r\n\t,;|" if mark != separator))


def _field_start(separator: str) -> str:
    foreign = _foreign(separator)
    return rf'[{foreign}][{SKIPPED}"--[{foreign}]]*'


def _blank_start(separator: str) -> str:
    # No quote marks: doubled in the file, they begin a field that is text.
    return rf"\x20[{SKIPPED}--[\x20{_foreign(separator)}]]*"


def _guard_inside(text: pl.Expr, separator: str) -> pl.Expr:
    return _guard_calls(_guard_equals(text, separator), separator)


def _guard_equals(text: pl.Expr, separator: str) -> pl.Expr:
    after_marks = text.str.replace_all(rf"({_field_start(separator)})([{_EQUALS}])", "${1}'${2}")
    return after_marks.str.replace_all(
        rf"({_blank_start(separator)})([{_EQUALS}])([^\x20]|\z)", "${1}'${2}${3}"
    )


def _guard_calls(text: pl.Expr, separator: str) -> pl.Expr:
    """A sign counts only when its line goes on to a bracket, a bar or an exclamation mark.

    Without look-ahead this takes two steps: cut each line after its last such character, then every sign
    in the first piece counts and none in the second.
    """
    line = pl.element()
    live = line.str.extract(_UP_TO_LAST_CALL).fill_null("")
    rest = line.str.extract(_AFTER_LAST_CALL).fill_null("")
    signs = rf"({_field_start(separator)})([{_SIGNS}\-])"
    guarded = pl.concat_str(live.str.replace_all(signs, "${1}'${2}"), rest)
    return text.str.extract_all(_LINE).list.eval(guarded).list.join("")
