"""What a source promises: typed rows of one moment, a part at a time.

Pages ask for `count` and `preview` (short, with a time limit), workers for a `reading` (long, one transaction).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import polars as pl

from dashboard.columns import Column, odd
from dashboard.criteria import Node
from dashboard.sources.catalog import Resource
from dashboard.sources.staging import Staged


class SourceError(Exception):
    """Something is wrong with a source; the text is for people and holds no secret."""


class SourceAway(SourceError):
    """The source does not answer just now: worth another try."""


class SourceChanged(SourceError):
    """A table or column is gone, or may no longer be read: another try will not help."""


class SourceSlow(SourceError):
    """The source needed longer than the time it was given."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which rows and columns; `sort` is field paths, "-created_at" descending, the key always comes last."""

    resource: Resource
    columns: tuple[Column, ...]
    where: Node | None = None
    sort: tuple[str, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive rows; keys are JSON-able, and for people: a page is never found again by them."""

    frame: pl.DataFrame
    first_key: list[Any]
    last_key: list[Any]
    odd_values: int
    replaced: int


class Reading(Protocol):
    """All rows of a query as they were at one moment; `total` was counted in the same transaction."""

    total: int

    def parts(self) -> Iterator[Part]: ...


class Source(Protocol):
    kind: str

    def check(self) -> None:
        """Raise SourceAway when the source does not answer."""

    def count(self, query: Query, seconds: float | None = None) -> int: ...

    def preview(self, query: Query, rows: int, seconds: float | None = None) -> pl.DataFrame: ...

    def reading(self, query: Query, part_rows: int) -> AbstractContextManager[Reading]: ...


def part_of(
    query: Query, staged: Sequence[Staged], first_key: Sequence[Any], last_key: Sequence[Any]
) -> Part:
    """A part from its staged columns, in the order of the query's."""
    # Not as a list: polars would name a series without a name itself.
    series: dict[str, pl.Series] = {}
    for column, one in zip(query.columns, staged, strict=True):
        series[column.name] = one.values
        if one.odd is not None:
            series[odd(column.name)] = one.odd
    odd_values = sum(one.odd.count() for one in staged if one.odd is not None)
    replaced = sum(one.replaced for one in staged)
    keys = [[_plain(value) for value in key] for key in (first_key, last_key)]
    return Part(pl.DataFrame(series), keys[0], keys[1], odd_values, replaced)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
