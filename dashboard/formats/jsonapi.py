"""JSON:API: one array of resource objects, as JSON:API 1.1 describes them, one a line. No document is around them.

    {"type":"orders","id":"7","attributes":{...},"relationships":{"customer":{"data":{"type":"customers","id":"3"}}}}

- `type` is the resource, `id` the text of its key; the values of a key of several columns are joined by "-".
- `attributes` are the columns. The one column that is the whole key is not repeated among them.
- A relation whose key is among the columns (`customer.id`) is a relationship with its identifier, or one for each
  related row; what else was asked for of it is `meta` of the identifier, the only place that the standard has for
  it outside of `included`. Without its key it is an attribute: an object, or an array of objects.
- Further relations are objects in these.
- Keys follow the standard: letters, digits, and "-", "_" and blanks inside. Other characters become "_", and fall away
  at both ends. The standard has no attribute `id`, `type`, `links` or `relationships`: such a column is called
  `attribute_id`, and so on. A key that is taken gets a number. What is inside of json columns stays as it is.
- Dry data has no `id`, like a resource that is yet to be created, and no blanks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import polars as pl

from dashboard.columns import ROWS, Column, key
from dashboard.formats.base import Fragment, Layout, Place, Related
from dashboard.formats.json import BIG_NUMBERS, Json
from dashboard.formats.json_text import (
    Member,
    Style,
    arrays,
    encoded,
    escape_noncharacters,
    key_of,
    members,
    objects,
)
from dashboard.formats.nested import exploded
from dashboard.formats.values import odd_texts, texts

_IMPOSSIBLE = r"[\x00-\x1f!-,./:-@[-^`{-\x7f]"
_NO_FIELDS = ("id", "type")
_RESERVED = ("links", "relationships")


class JsonApi(Json):
    key = "jsonapi"
    label = "JSON:API"
    description = "For programs: an array of resource objects"
    extension = "json"
    media_type = "application/vnd.api+json"
    options = (BIG_NUMBERS,)

    def fragment(self, frame: pl.DataFrame, layout: Layout, place: Place) -> Fragment:
        if not frame.height:
            return Fragment(b"", 0, {})
        warnings: Counter[str] = Counter()
        big_as_text = self.settle(layout.options)["big_numbers"] == "string"
        style = Style(layout.timezone, big_as_text, layout.dry, nested=True, names=member_names)
        joined = _resources(frame, layout, style, warnings).str.join(self.between.decode())
        data = escape_noncharacters(joined.cast(pl.Binary).item())
        return Fragment(data, frame.height, {name: n for name, n in warnings.items() if n})


def member_names(names: Sequence[str], taken: Collection[str] = ()) -> list[str]:
    """Keys that the standard allows, all different; one that it allows as it is stays so."""
    fitting = [_fitting(name) for name in names]
    taken = {*taken, *_RESERVED}
    used = taken | {name for name in names if name in fitting}
    found = []
    for name, proposed in zip(names, fitting, strict=True):
        if proposed in taken:
            proposed = f"attribute_{proposed}"
        free, number = proposed, 2
        while free != name and free in used:
            free, number = f"{proposed}_{number}", number + 1
        used.add(free)
        found.append(free)
    return found


def _fitting(name: str) -> str:
    return re.sub(_IMPOSSIBLE, "_", name).strip("-_ ") or "member"


@dataclass(frozen=True, slots=True)
class _Link:
    """A relation whose key is among the columns. To-one: they are the row's own, with `prefix` before their names."""

    name: str
    to: Related
    columns: tuple[Column, ...]
    prefix: str

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self.prefix + name for name in self.to.key)


def _links(layout: Layout) -> list[_Link]:
    """In the order in which they appear."""
    rows = {column.name: column for column in layout.columns if column.type == ROWS}
    found = []
    for name in dict.fromkeys(column.name.partition(".")[0] for column in layout.columns):
        if name not in layout.related:
            continue
        prefix = "" if name in rows else f"{name}."
        columns = rows[name].columns if name in rows else layout.columns
        link = _Link(
            name, layout.related[name], tuple(c for c in columns if c.name.startswith(prefix)), prefix
        )
        if {column.name for column in link.columns}.issuperset(link.keys):
            found.append(link)
    return found


def _resources(frame: pl.DataFrame, layout: Layout, style: Style, warnings: Counter[str]) -> pl.Series:
    """One resource object for each row."""
    links = _links(layout)
    names = member_names([link.name for link in links], _NO_FIELDS)
    parts = [Member("type", _constant(key_of(_fitting(layout.resource)), frame.height), raw=True)]
    if not style.dry:
        parts.append(Member("id", encoded(_own_keys(frame)), raw=True))
    if attributes := members(frame, _attributes(layout, links), style, warnings):
        free = member_names([one.name for one in attributes], (*_NO_FIELDS, *names))
        named = [replace(one, name=name) for one, name in zip(attributes, free, strict=True)]
        parts.append(Member("attributes", objects(named, style.dry), raw=True))
    if links:
        linkage = [_linkage(frame, link, style, warnings) for link in links]
        named = [Member(name, link, raw=True) for name, link in zip(names, linkage, strict=True)]
        parts.append(Member("relationships", objects(named), raw=True))
    return objects(parts)


def _attributes(layout: Layout, links: Sequence[_Link]) -> list[Column]:
    """The columns that stand in no relationship; those that were renamed are attributes all the same."""
    linked = {link.name for link in links if not link.prefix}
    linked |= {column.name for link in links if link.prefix for column in link.columns if not column.alias}
    return [c for c in layout.columns if c.name not in linked and not _is_whole_key(c, layout.key)]


def _is_whole_key(column: Column, keys: tuple[str, ...]) -> bool:
    return keys == (column.name,) and not column.alias


def _own_keys(frame: pl.DataFrame) -> pl.Series:
    names = [key(number) for number in range(frame.width) if key(number) in frame.columns]
    if not names:
        raise ValueError("A frame without the keys of its rows cannot be written as JSON:API.")
    return frame.select(pl.concat_str(*names, separator="-", ignore_nulls=True)).to_series()


def _linkage(frame: pl.DataFrame, link: _Link, style: Style, warnings: Counter[str]) -> pl.Series:
    """The relationship object of each row."""
    if link.prefix:
        data = _identifiers(frame, link, style, warnings)
    else:
        children, lengths = exploded(frame[link.name])
        data = arrays(_identifiers(children, link, style, warnings), lengths)
    return objects([Member("data", data, raw=True)])


def _identifiers(frame: pl.DataFrame, link: _Link, style: Style, warnings: Counter[str]) -> pl.Series:
    """The resource identifier of each related record, null where there is none."""
    columns = {column.name: column for column in link.columns}
    values = [pl.lit(_key_texts(frame, columns[name], style.zone)) for name in link.keys]
    ids = pl.select(pl.concat_str(*values, separator="-")).to_series()
    parts = [
        Member("type", _constant(key_of(_fitting(link.to.resource)), frame.height), raw=True),
        Member("id", encoded(ids), raw=True),
    ]
    rest = [c for c in link.columns if not _is_whole_key(c, link.keys) and not (link.prefix and c.alias)]
    if rest:
        found = members(frame, rest, style, warnings)
        # All paths of a to-one relation begin with its name, so they are one object already.
        meta = found[0].values if link.prefix else objects(found, style.dry)
        parts.append(Member("meta", meta, raw=True))
    some = pl.lit(ids).is_not_null()
    return pl.select(pl.when(some).then(pl.lit(objects(parts)))).to_series()


def _key_texts(frame: pl.DataFrame, column: Column, zone: str) -> pl.Series:
    fitting, strays = texts(frame[column.name], column.type, zone), odd_texts(frame, column)
    return fitting if strays is None else pl.select(pl.coalesce(pl.lit(strays), pl.lit(fitting))).to_series()


def _constant(text: str, rows: int) -> pl.Series:
    return pl.Series([text], dtype=pl.String).new_from_index(0, rows)
