"""Related rows: the to-many relations of a query, read level by level and nested into its rows.

Each way of reading makes a `Level` of its query and reads it with a `read` of its own; `part` then asks
that same `read` for the levels below. Rows are grouped by whole columns, never one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Select, and_

from dashboard.columns import ROWS, Column
from dashboard.sources.base import Part, Query
from dashboard.sources.links import Links
from dashboard.sources.parts import framed, part_of
from dashboard.sources.paths import way_to
from dashboard.sources.resources import Resource
from dashboard.sources.staging import Staged
from dashboard.sources.statements import Shape, Statement

_PLACE, _ROWS = "\0place", "\0rows"

Page = Callable[[list[ColumnElement[Any]]], Select[Any]]
# What a page of a level gave: a frame with its links and what a `Below` added, by label, and its columns in the order
# of the statement's.
Read = Callable[["Level", Page], tuple[pl.DataFrame, list[Staged]]]


class Level:
    """The statement of one query, and below it those of its related rows."""

    def __init__(self, query: Query, resources: Mapping[str, Resource], shape: Shape, links: Links) -> None:
        self.query, self.shape = query, shape
        self.statement = Statement(query, resources, shape)
        related = [one for one in query.columns if one.type == ROWS]
        self.below = [
            Below(self, column, f"l{number}", resources, links) for number, column in enumerate(related)
        ]
        self.links = [one for below in self.below for one in below.link]
        # By label the dtypes of what is selected after the columns.
        self.named = {label: dtype for below in self.below for label, dtype in below.named.items()}

    def selected(self) -> list[ColumnElement[Any]]:
        """What to select for `Shape.staged`, and the links."""
        columns = [
            one.label(f"c{number}_{place}")
            for number, (stored, field) in enumerate(self.statement.columns)
            for place, one in enumerate(self.shape.selected(stored, field))
        ]
        return [*columns, *self.links]


class Below:
    """One `rows` column: the link to select of each row above, and the level of its related rows."""

    def __init__(
        self, above: Level, column: Column, label: str, resources: Mapping[str, Resource], links: Links
    ) -> None:
        self.column, self.most, self._links = column, links.most, links
        ones, self.parent, self.relation = way_to(above.query.resource, column.name, resources)
        selected = links.selected(above.statement.joined(ones), self.parent, self.relation)
        self.link = [one.label(f"{label}_{place}") for place, one in enumerate(selected)]
        drawn = links.drawn(self.parent, self.relation)
        self.named = {f"{label}_{place}": dtype for place, dtype in enumerate(drawn)}
        self.level = Level(
            Query(resources[self.relation.resource], column.columns), resources, above.shape, links
        )
        self.back = {f"b_{place}": dtype for place, dtype in enumerate(drawn)}
        self.level.named |= self.back

    def page(self, links: pl.DataFrame) -> Page:
        """Of the rows related to these in the order of their key, with the link beside each."""
        statement = self.level.statement
        listed = self._links.listed(links, self.parent, self.relation)
        # The column of the row above stands left: SQLite compares with the left one's collation.
        pairs = ((listed.table.c[own], statement.root.c[their]) for own, their in self.relation.on)
        start = listed.rows.join(statement.root, and_(*(own == their for own, their in pairs)))
        back = self._links.selected(listed.table, self.parent, self.relation)

        def select(selected: list[ColumnElement[Any]]) -> Select[Any]:
            named = [one.label(label) for one, label in zip(back, self.back, strict=True)]
            rows = statement.unfiltered(*selected, *named, start=start)
            rows = rows if listed.where is None else rows.where(listed.where)
            # Not by the link first: SQLite would then go through a table without an index once for each link.
            return rows.order_by(*statement.key)

        return select


def part(level: Level, key: Sequence[int], links: pl.DataFrame, staged: Sequence[Staged], read: Read) -> Part:
    """The rows of a page with all that is related to them; `key` tells which of its columns are the key."""
    columns = staged_columns(level, links, staged, read)
    return part_of(level.query, columns, [staged[place] for place in key])


def staged_columns(level: Level, links: pl.DataFrame, staged: Sequence[Staged], read: Read) -> list[Staged]:
    """The columns of a level's query in their order, the related rows among them."""
    plain, below = iter(staged), iter(level.below)
    return [
        _nested(next(below), links, read) if one.type == ROWS else next(plain) for one in level.query.columns
    ]


def _nested(below: Below, links: pl.DataFrame, read: Read) -> Staged:
    links = _selected(links, below.named)
    distinct = _distinct(links)
    found, replaced = [], 0
    for first in range(0, len(distinct), below.most):
        linked, staged = read(below.level, below.page(distinct.slice(first, below.most)))
        columns = staged_columns(below.level, linked, staged, read)
        replaced += sum(one.replaced for one in columns)
        places = _places(_renamed(_selected(linked, below.back), links.columns), distinct)
        found.append(_lists(places, framed(below.level.query.columns, columns)))
    return Staged(_placed(found, _places(links, distinct), below), None, replaced)


def _selected(frame: pl.DataFrame, dtypes: Mapping[str, Any]) -> pl.DataFrame:
    # Where there are no values the driver has nothing to guess the type of the links from.
    return frame.select(
        pl.col(name) if dtype == pl.Object else pl.col(name).cast(dtype) for name, dtype in dtypes.items()
    )


def _renamed(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    return frame.rename(dict(zip(frame.columns, names, strict=True)))


def _distinct(links: pl.DataFrame) -> pl.DataFrame:
    """The links that may lead somewhere: one with a null in it leads nowhere."""
    if pl.Object not in links.dtypes:
        return links.drop_nulls().unique(maintain_order=True)
    rows = list(dict.fromkeys(row for row in links.rows() if None not in row))
    columns = zip(*rows, strict=True) if rows else [()] * links.width
    pairs = zip(links.columns, columns, strict=True)
    return pl.DataFrame({name: pl.Series(list(values), dtype=pl.Object) for name, values in pairs})


def _places(links: pl.DataFrame, distinct: pl.DataFrame) -> pl.Series:
    """The place of each link among the distinct ones, null for one that is not there."""
    if pl.Object in links.dtypes:
        numbers = {row: number for number, row in enumerate(distinct.rows())}
        return pl.Series(_PLACE, [numbers.get(row) for row in links.rows()], dtype=pl.UInt32)
    numbered = distinct.with_row_index(_PLACE)
    return links.join(numbered, on=links.columns, how="left", maintain_order="left")[_PLACE]


def _lists(places: pl.Series, rows: pl.DataFrame) -> pl.DataFrame:
    """One list of structs for each place that has rows, which stay in their order."""
    frame = pl.DataFrame({_PLACE: places, _ROWS: rows.to_struct(_ROWS)})
    return frame.group_by(_PLACE, maintain_order=True).agg(_ROWS)


def _placed(found: list[pl.DataFrame], places: pl.Series, below: Below) -> pl.Series:
    """Each row's list, an empty one where there is nothing."""
    if not found:
        return pl.Series([[]] * len(places), dtype=below.column.dtype)
    # Relaxed: lists of one statement may have odd values where those of another have none.
    lists = pl.concat(found, how="vertical_relaxed")
    placed = places.to_frame(_PLACE).join(lists, on=_PLACE, how="left", maintain_order="left")
    return placed.select(pl.col(_ROWS).fill_null(pl.lit([], dtype=lists.schema[_ROWS]))).to_series()
