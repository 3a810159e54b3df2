"""The members of JSON objects, a whole column at a time; JSON, JSON Lines and JSON:API are made of them.

`members` turns the columns of a frame into what stands behind their keys, `objects` makes one text a row of them.
Related rows are an array of objects: their frame is encoded like any other and gathered again by its rows. With
`Style.nested` a path such as `customer.email` is a member of the object `customer`, which stands where the first of
its members stood; a column that was renamed, or one beside a column `customer`, stays as it is.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import polars as pl

from dashboard.columns import Column
from dashboard.formats.nested import exploded, gathered
from dashboard.formats.values import base64, moment, odd_texts

_EXACT_IN_A_DOUBLE = 2**53 - 1
_BLANK = ("null", '""', "[]", "{}")


@dataclass(frozen=True, slots=True)
class Style:
    """What the layout and its options say about each value.

    `dry`: no member without a value. `names`: the keys of one object from those it would have.
    """

    zone: str
    big_as_text: bool = False
    dry: bool = False
    nested: bool = False
    names: Callable[[Sequence[str]], Sequence[str]] = list


@dataclass(frozen=True, slots=True)
class Member:
    """One key of every object. `raw` values are JSON already; polars encodes the others."""

    name: str
    values: pl.Series
    raw: bool = False


_Branch = tuple[tuple[str, ...], Member]  # where a member belongs: its relations, then its own name


def members(
    frame: pl.DataFrame, columns: Iterable[Column], style: Style, warnings: Counter[str]
) -> list[Member]:
    """What each row's object is made of."""
    if not style.nested:
        return [_member(frame, column, style, warnings) for column in columns]
    return _nest([(_path(one), _member(frame, one, style, warnings)) for one in columns], style)


def objects(members: Sequence[Member], dry: bool = False) -> pl.Series:
    """One object for each row."""
    if members[0].values.is_empty():
        return pl.Series(dtype=pl.String)
    if dry:
        return _dry_objects(members)
    pieces = [pl.lit("{")]
    for raw, run in groupby(members, key=lambda member: member.raw):
        for piece in _raw_pieces(run) if raw else [_plain_piece(run)]:
            pieces += [piece, pl.lit(",")]
    return pl.select(pl.concat_str(*pieces[:-1], pl.lit("}"))).to_series()


def arrays(items: pl.Series, lengths: pl.Series) -> pl.Series:
    """An array for each row, of as many items as it has related rows."""
    inside = pl.lit(gathered(items, lengths, ",").fill_null(""))
    return pl.select(pl.concat_str(pl.lit("["), inside, pl.lit("]"))).to_series()


def key_of(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def encoded(values: pl.Series) -> pl.Series:
    """Each value as JSON by itself; null stays null."""
    value = pl.lit(values)
    text = pl.struct(value.alias("v")).struct.json_encode().str.strip_prefix('{"v":').str.strip_suffix("}")
    return pl.select(pl.when(value.is_not_null()).then(text)).to_series()


def escape_noncharacters(data: bytes) -> bytes:
    # Their first byte is rare, and one byte is found many times faster than three.
    if b"\xef" not in data:
        return data
    return data.replace("\ufffe".encode(), b"\\ufffe").replace("\uffff".encode(), b"\\uffff")


def _path(column: Column) -> tuple[str, ...]:
    return (column.alias,) if column.alias else tuple(column.name.split("."))


def _nest(branches: Sequence[_Branch], style: Style) -> list[Member]:
    twigs: dict[str, list[_Branch]] = {}
    plain = {path[0] for path, _ in branches if len(path) == 1}
    for path, member in branches:
        if path[0] in plain:
            path = (".".join(path),)
        twigs.setdefault(path[0], []).append((path[1:], member))
    return [
        _twig(name, twig, style) for name, twig in zip(style.names(list(twigs)), twigs.values(), strict=True)
    ]


def _twig(name: str, branches: list[_Branch], style: Style) -> Member:
    path, member = branches[0]
    if not path:
        return replace(member, name=name)
    return Member(name, objects(_nest(branches, style), style.dry), raw=True)


def _member(frame: pl.DataFrame, column: Column, style: Style, warnings: Counter[str]) -> Member:
    strays = odd_texts(frame, column)
    member = _by_type(frame[column.name], column, style, warnings)
    if strays is None:
        return member
    warnings["odd_values"] += strays.len() - strays.null_count()
    either = pl.coalesce(pl.lit(encoded(strays)), pl.lit(_encode(member)))
    return replace(member, values=pl.select(either).to_series(), raw=True)


def _by_type(values: pl.Series, column: Column, style: Style, warnings: Counter[str]) -> Member:
    match column.type:
        case "rows":
            return Member(column.member, _related(values, column, style, warnings), raw=True)
        case "json":
            return Member(column.member, _nested(values, warnings), raw=True)
        case "datetime":
            values = moment(values, style.zone)
        case "binary":
            values = base64(values)
        case "float":
            # polars writes them as null.
            warnings["not_finite"] += int((~values.is_finite()).sum())
        case "integer" if style.big_as_text and (values.abs() > _EXACT_IN_A_DOUBLE).any():
            return Member(column.member, _big_as_text(values), raw=True)
    return Member(column.member, values)


def _related(values: pl.Series, column: Column, style: Style, warnings: Counter[str]) -> pl.Series:
    children, lengths = exploded(values)
    return arrays(objects(members(children, column.columns, style, warnings), style.dry), lengths)


def _nested(values: pl.Series, warnings: Counter[str]) -> pl.Series:
    """The texts as they are where they parse, else as JSON strings: one bad value must not spoil the file."""
    # The parser answers null both to what it refuses and to the JSON word null.
    broken = values.str.json_path_match("$").is_null() & (values.str.strip_chars() != "null")
    on_one_line = _on_one_line(values)
    if not broken.any():
        return on_one_line
    warnings["odd_values"] += int(broken.sum())
    chosen = pl.when(pl.lit(broken)).then(pl.lit(encoded(values))).otherwise(pl.lit(on_one_line))
    return pl.select(chosen).to_series()


def _on_one_line(values: pl.Series) -> pl.Series:
    # JSON that parses has bare line ends only where it could have blanks.
    return values.str.replace_all(r"[\r\n]", " ") if values.str.contains(r"[\r\n]").any() else values


def _big_as_text(values: pl.Series) -> pl.Series:
    digits = pl.lit(values.cast(pl.String))
    quoted = pl.concat_str(pl.lit('"'), digits, pl.lit('"'))
    exact = pl.lit(values).is_between(-_EXACT_IN_A_DOUBLE, _EXACT_IN_A_DOUBLE)
    return pl.select(pl.when(exact).then(digits).otherwise(quoted)).to_series()


def _dry_objects(members: Sequence[Member]) -> pl.Series:
    pieces = []
    for member in members:
        text = pl.lit(_encode(member))
        piece = pl.concat_str(pl.lit(f"{key_of(member.name)}:"), text, pl.lit(","))
        blank = text.is_null() | text.str.strip_chars().is_in(_BLANK)
        pieces.append(pl.when(blank).then(pl.lit("")).otherwise(piece))
    filled = pl.concat_str(*pieces).str.strip_suffix(",")
    return pl.select(pl.concat_str(pl.lit("{"), filled, pl.lit("}"))).to_series()


def _raw_pieces(members: Iterable[Member]) -> list[pl.Expr]:
    return [pl.format("{}:{}", pl.lit(key_of(m.name)), pl.lit(m.values).fill_null("null")) for m in members]


def _plain_piece(members: Iterable[Member]) -> pl.Expr:
    """`"a":1,"b":"x"`: what polars makes of several columns, without its braces."""
    encoded = pl.struct(pl.lit(m.values).alias(m.name) for m in members).struct.json_encode()
    return encoded.str.strip_prefix("{").str.strip_suffix("}")


def _encode(member: Member) -> pl.Series:
    return member.values if member.raw else encoded(member.values)
