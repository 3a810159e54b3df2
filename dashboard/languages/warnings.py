"""The counters of a file as sentences: what had to be done to values that the format cannot hold as they are."""

from __future__ import annotations

from dashboard.languages.words import plural

# By the counters of `formats.base`, in the order they are told: for one, for many.
WARNINGS = {
    "guarded_cells": (
        "{n} text that a spreadsheet could run as a formula is made harmless",
        "{n} texts that a spreadsheet could run as a formula are made harmless",
    ),
    "replaced_characters": (
        "{n} character that the format cannot hold is replaced",
        "{n} characters that the format cannot hold are replaced",
    ),
    "cut_texts": (
        "{n} text is longer than a cell can hold and is cut",
        "{n} texts are longer than a cell can hold and are cut",
    ),
    "cut_rows": (
        "{n} related row is more than its row can hold and is left out",
        "{n} related rows are more than their row can hold and are left out",
    ),
    "odd_values": (
        "{n} value does not fit the type of its column and is written as text",
        "{n} values do not fit the type of their column and are written as text",
    ),
    "numbers_as_text": (
        "{n} number has more digits than a cell can hold and is written as text",
        "{n} numbers have more digits than a cell can hold and are written as text",
    ),
    "dates_as_text": (
        "{n} date is outside of what a cell can hold and is written as text",
        "{n} dates are outside of what a cell can hold and are written as text",
    ),
    "not_finite": (
        "{n} number is infinite or not a number and is left empty",
        "{n} numbers are infinite or not a number and are left empty",
    ),
    "undrawn_characters": (
        "{n} character that the font does not have is not drawn",
        "{n} characters that the font does not have are not drawn",
    ),
}


def warning(language: str, counter: str, n: int) -> str:
    """The sentence of a counter, without a full stop; a counter that has none is named itself."""
    if counter not in WARNINGS:
        return f"{counter}: {n}"
    one, many = WARNINGS[counter]
    return plural(language, one, many, n)
