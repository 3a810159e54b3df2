"""Related rows where a file has only cells: merged into one text, or spread over numbered columns.

CSV, XLSX and PDF call `flat` on every frame and `flat_columns` for their headings and limits; the choice between
the two is their option `NESTED`. JSON and XML, which can nest, take `exploded` and `gathered` from here.

- merge: "Group A, Group B" of one column; of several "Sku: A, Quantity: 2; Sku: B, Quantity: 1", with related rows
  of related rows in brackets. Values read as in CSV; what is null is left out.
- flatten: `line_items.0.sku`, `line_items.0.quantity`, `line_items.1.sku` ..., as many items as `Layout.widths`
  says for `line_items`, and for related rows of related rows as many as for `line_items.discounts`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

import polars as pl

from dashboard.columns import ROWS, Column, odd
from dashboard.formats.base import Layout, Option
from dashboard.formats.date_patterns import moments
from dashboard.formats.values import odd_texts, texts

NESTED = Option("nested", "Related rows", {"merge": "In one cell", "flatten": "Numbered columns"})
# In these languages the second word of a heading keeps its capital.
_KEEPS_CAPITALS = ("de", "tr")


def has_rows(layout: Layout) -> bool:
    return any(column.type == ROWS for column in layout.columns)


def flattens(layout: Layout) -> bool:
    """Whether the columns depend on `Layout.widths`: what `Format.waits_for_all` answers."""
    return layout.options.get(NESTED.key) == "flatten" and has_rows(layout)


def flat_columns(layout: Layout) -> tuple[Column, ...]:
    """The columns of a file of cells: those of the layout, with others in place of the rows columns."""
    found: list[Column] = []
    for column in layout.columns:
        if column.type == ROWS and flattens(layout):
            found += _numbered(column, column.name, layout)
        else:
            found.append(replace(column, type="text", columns=()) if column.type == ROWS else column)
    return tuple(found)


def flat(frame: pl.DataFrame, layout: Layout, warnings: Counter[str]) -> pl.DataFrame:
    """The frame of `flat_columns`, with all its companions."""
    if not has_rows(layout):
        return frame
    found = {series.name: series for series in frame if not isinstance(series.dtype, pl.List)}
    for column in layout.columns:
        if column.type == ROWS and flattens(layout):
            spread = _spread(frame[column.name], column, column.name, layout.widths, warnings)
            found |= {series.name: series for series in spread}
        elif column.type == ROWS:
            found[column.name] = _merged(frame[column.name], column, layout, warnings)
    names = [column.name for column in flat_columns(layout)]
    companions = [name for name in found if name not in set(names)]
    return pl.DataFrame([found[name].alias(name) for name in [*names, *companions]])


def exploded(values: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    """All related rows of a rows column as one frame, and how many of them each row has."""
    children = values.explode(empty_as_null=False, keep_nulls=False)
    return children.struct.unnest(), values.list.len().fill_null(0)


def gathered(items: pl.Series, lengths: pl.Series, between: str) -> pl.Series:
    """The texts of related rows joined again to one for each row, null where there are none; nulls are skipped."""
    found = pl.DataFrame({"owner": owners(lengths), "item": items}).drop_nulls()
    joined = found.group_by("owner", maintain_order=True).agg(pl.col("item").str.join(between))
    return pl.Series([None], dtype=pl.String).new_from_index(0, lengths.len()).scatter(*joined)


def regrouped(items: pl.Series, lengths: pl.Series) -> pl.Series:
    """The related rows as one list for each row again: `exploded`, the other way round."""
    found = pl.DataFrame({"owner": owners(lengths), "item": items})
    lists = found.group_by("owner", maintain_order=True).agg("item")
    rows = pl.DataFrame({"owner": pl.int_range(lengths.len(), dtype=pl.UInt32, eager=True)})
    return rows.join(lists, on="owner", how="left", maintain_order="left")["item"].fill_null([])


def owners(lengths: pl.Series) -> pl.Series:
    """For each related row the number of the row it belongs to."""
    rows = pl.int_range(lengths.len(), dtype=pl.UInt32, eager=True)
    # A zero would leave a null.
    some = lengths > 0
    return rows.filter(some).repeat_by(lengths.filter(some)).explode().set_sorted()


def _merged(values: pl.Series, column: Column, layout: Layout, warnings: Counter[str]) -> pl.Series:
    """Each row's related rows as one text, null when there is nothing to say of them."""
    children, lengths = exploded(values)
    cells = [_cell(children, one, layout, warnings) for one in column.columns]
    if len(cells) == 1:
        return gathered(cells[0], lengths, ", ").alias(column.name)
    named = _by_name(column)
    pairs = [
        pl.lit(f"{one.member if named else one.label}: ") + pl.lit(cell)
        for one, cell in zip(column.columns, cells, strict=True)
    ]
    items = pl.select(item=pl.concat_str(pairs, separator=", ", ignore_nulls=True))
    said = items.select(pl.when(pl.col("item") != "").then("item")).to_series()
    return gathered(said, lengths, "; ").alias(column.name)


def _cell(children: pl.DataFrame, column: Column, layout: Layout, warnings: Counter[str]) -> pl.Series:
    """One value of each related row as text, null where it has none."""
    if column.type == ROWS:
        inner = pl.lit(_merged(children[column.name], column, layout, warnings))
        return pl.select(pl.lit("(") + inner + pl.lit(")")).to_series()
    values = children[column.name]
    fitting = (
        moments(values, layout) if column.type == "datetime" else texts(values, column.type, layout.timezone)
    )
    strays = odd_texts(children, column)
    if strays is None:
        return fitting
    warnings["odd_values"] += strays.len() - strays.null_count()
    return pl.select(pl.coalesce(pl.lit(strays), pl.lit(fitting))).to_series()


def _numbered(column: Column, path: str, layout: Layout) -> Iterator[Column]:
    """The columns of a rows column, whose name and label have the numbers of rows further out already."""
    named = _by_name(column)
    for number in range(layout.widths.get(path, 0)):
        for one in column.columns:
            name = f"{column.name}.{number}.{one.name}"
            inner = replace(
                one,
                name=name,
                label=f"{column.member}.{number}.{one.member}"
                if named
                else f"{column.label} {number + 1} {_within(one.label, layout.language)}",
                personal=column.personal or one.personal,
                alias=f"{column.member}.{number}.{one.member}" if column.alias or one.alias else "",
            )
            yield from _numbered(inner, f"{path}.{one.name}", layout) if one.type == ROWS else [inner]


def _by_name(column: Column) -> bool:
    """Whether headings are names, their own or given ones: then those of related rows are, too."""
    given = column.label == column.alias and all(one.label in (one.name, one.alias) for one in column.columns)
    return given or column.label == column.name


def _within(label: str, language: str) -> str:
    """A label behind another: without its capital, unless the word is written in capitals."""
    return (
        label[:1].lower() + label[1:] if label[1:2].islower() and language not in _KEEPS_CAPITALS else label
    )


def _spread(
    values: pl.Series, column: Column, path: str, widths: Mapping[str, int], warnings: Counter[str]
) -> Iterator[pl.Series]:
    """The series of `_numbered`, and their odd companions."""
    width = widths.get(path, 0)
    warnings["cut_rows"] += int((values.list.len().cast(pl.Int64) - width).clip(0).sum())
    for number in range(width):
        item = values.list.get(number, null_on_oob=True).struct.unnest()
        for one in column.columns:
            name = f"{column.name}.{number}.{one.name}"
            if one.type == ROWS:
                inner = replace(one, name=name)
                yield from _spread(item[one.name], inner, f"{path}.{one.name}", widths, warnings)
                continue
            yield item[one.name].alias(name)
            if odd(one.name) in item.columns:
                yield item[odd(one.name)].alias(odd(name))
