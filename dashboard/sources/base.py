"""What a source promises: typed rows of one moment, a part at a time.

Pages ask for `count` and `preview` (short, with a time limit), workers for a `reading` (long, one transaction).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import polars as pl

from dashboard.columns import Column
from dashboard.criteria import Node
from dashboard.sources.resources import Resource

# The columns of `Part.failed`: a line for each value that did not fit.
FAILED = {"key": pl.String(), "column": pl.String(), "reason": pl.String(), "value": pl.String()}


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
    """Consecutive rows; keys are JSON-able, and for people: a page is never found again by them.

    Rows of a strict resource that have a value which does not fit its type are not in the frame but in `failed`,
    with one line for each such value. `widths` tells of each `rows` column, by its path ("line_items.discounts"), how
    many related rows one row has at most.
    """

    frame: pl.DataFrame
    first_key: list[Any]
    last_key: list[Any]
    odd_values: int
    replaced: int
    failed: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FAILED))
    failed_rows: int = 0
    widths: Mapping[str, int] = field(default_factory=dict)


class Reading(Protocol):
    """All rows of a query as they were at one moment; `total` was counted in the same transaction.

    The rows of all parts and those that failed come to `total` together.
    """

    total: int

    def parts(self) -> Iterator[Part]: ...

    def count(self, where: Node) -> int:
        """How many rows of the resource match this alone, at that same moment."""


class Source(Protocol):
    kind: str

    def check(self) -> None:
        """Raise SourceAway when the source does not answer."""

    def count(self, query: Query, seconds: float | None = None) -> int: ...

    def preview(self, query: Query, rows: int, seconds: float | None = None) -> pl.DataFrame: ...

    def reading(self, query: Query, part_rows: int) -> AbstractContextManager[Reading]: ...
