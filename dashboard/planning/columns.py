"""The columns of a file: which fields were asked for, and under which headings. `plans` and `recorded` call these.

What is wrong is written into `errors`, field by field, so that a form hears of everything at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dashboard import languages
from dashboard.columns import Column
from dashboard.extensions import catalog
from dashboard.sources import Resource, UnknownField
from dashboard.sources.dry import dry_columns

LONGEST_HEADING = 200


def columns_asked(
    resource: Resource, fields: Sequence[str], language: str, dry: bool, errors: dict[str, str]
) -> tuple[Column, ...]:
    try:
        columns = catalog.columns(
            resource, tuple(fields), language if language in languages.LANGUAGES else "en"
        )
    except UnknownField as error:
        errors["fields"] = f"{resource.label} has no field “{str(error)[:100]}”."
        return ()
    except ValueError as error:
        errors["fields"] = str(error)
        return ()
    if dry:
        columns = dry_columns(resource, columns, catalog.resources)
    if not columns:
        errors["fields"] = "Choose at least one field" + (" that is no id and no timestamp." if dry else ".")
    return columns


def headed(columns: tuple[Column, ...], headings: str) -> tuple[Column, ...]:
    if headings == "labels":
        return columns
    return tuple(replace(one, label=one.name, columns=headed(one.columns, headings)) for one in columns)


def renamed(
    columns: tuple[Column, ...], renames: Mapping[str, str], errors: dict[str, str]
) -> tuple[tuple[Column, ...], dict[str, str]]:
    """The columns under their new headings, and the new headings that count."""
    kept = {path: heading.strip() for path, heading in renames.items() if heading.strip()}
    paths = set(_paths(columns))
    for path, heading in kept.items():
        if path not in paths:
            errors[f"renames.{path}"] = f"“{path[:100]}” is not one of the chosen fields."
        elif len(heading) > LONGEST_HEADING or not heading.isprintable():
            errors[f"renames.{path}"] = (
                f"Enter a heading of up to {LONGEST_HEADING} characters, without line breaks."
            )
    return _under_new_headings(columns, kept, "", errors), kept


def _paths(columns: Sequence[Column], prefix: str = "") -> Iterator[str]:
    """The columns and those of their related rows."""
    for column in columns:
        yield prefix + column.name
        yield from _paths(column.columns, f"{prefix}{column.name}.")


def _under_new_headings(
    columns: Sequence[Column], kept: Mapping[str, str], prefix: str, errors: dict[str, str]
) -> tuple[Column, ...]:
    done = []
    for column in columns:
        path = prefix + column.name
        inner = _under_new_headings(column.columns, kept, f"{path}.", errors)
        heading = kept.get(path, "")
        done.append(replace(column, columns=inner, label=heading or column.label, alias=heading))
    taken = Counter(column.member for column in done)
    for column in done:
        if taken[column.member] > 1 and prefix + column.name in kept:
            errors[f"renames.{prefix}{column.name}"] = f"Two columns are called “{column.member}”."
    return tuple(done)
