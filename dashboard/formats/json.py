"""JSON: one array, one object a line, keys (`Column.name`) in the order asked for. `formats.jsonl` builds on it.

Decimals are strings so that no reader rounds them, integers have all their digits, json columns are nested
just as they are. A json value that does not parse is written as a string and counted with the odd values.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby

import polars as pl

from dashboard.columns import Column
from dashboard.formats.base import Fragment, Joined, Layout, Option, Place
from dashboard.formats.values import base64, moment, odd_texts

_EXACT_IN_A_DOUBLE = 2**53 - 1


class Json(Joined):
    key = "json"
    label = "JSON"
    description = "For programs: one array of objects"
    extension = "json"
    media_type = "application/json"
    options = (
        Option(
            "big_numbers",
            "Integers beyond 2\u2075\u00b3",
            {"number": "As numbers, all digits", "string": "As text (for JavaScript)"},
        ),
    )

    between = b",\n"

    def fragment(self, frame: pl.DataFrame, layout: Layout, place: Place) -> Fragment:
        warnings: Counter[str] = Counter()
        big_as_text = self.settle(layout.options)["big_numbers"] == "string"
        members = [_member(frame, c, layout.timezone, big_as_text, warnings) for c in layout.columns]
        data = _escape_noncharacters(_objects(members, self.between)) if frame.height else b""
        return Fragment(data, frame.height, {key: n for key, n in warnings.items() if n})

    def start(self, layout: Layout, rows: int) -> bytes:
        return b"[\n" if rows else b"["

    def end(self, rows: int) -> bytes:
        return b"\n]\n" if rows else b"]\n"


@dataclass(frozen=True, slots=True)
class _Member:
    """One key of every object. `raw` values are JSON already; polars encodes the others."""

    name: str
    values: pl.Series
    raw: bool = False


def _member(
    frame: pl.DataFrame, column: Column, zone: str, big_as_text: bool, warnings: Counter[str]
) -> _Member:
    strays = odd_texts(frame, column)
    member = _by_type(frame[column.name], column, zone, big_as_text, warnings)
    if strays is None:
        return member
    warnings["odd_values"] += strays.len() - strays.null_count()
    either = pl.coalesce(pl.lit(_encoded(strays)), pl.lit(_encode(member)))
    return _Member(column.name, pl.select(either).to_series(), raw=True)


def _by_type(
    values: pl.Series, column: Column, zone: str, big_as_text: bool, warnings: Counter[str]
) -> _Member:
    match column.type:
        case "json":
            return _Member(column.name, _nested(values, warnings), raw=True)
        case "datetime":
            values = moment(values, zone)
        case "binary":
            values = base64(values)
        case "float":
            # polars writes them as null.
            warnings["not_finite"] += int((~values.is_finite()).sum())
        case "integer" if big_as_text and (values.abs() > _EXACT_IN_A_DOUBLE).any():
            return _Member(column.name, _big_as_text(values), raw=True)
    return _Member(column.name, values)


def _nested(values: pl.Series, warnings: Counter[str]) -> pl.Series:
    """The texts as they are where they parse, else as JSON strings: one bad value must not spoil the file."""
    # The parser answers null both to what it refuses and to the JSON word null.
    broken = values.str.json_path_match("$").is_null() & (values.str.strip_chars() != "null")
    on_one_line = _on_one_line(values)
    if not broken.any():
        return on_one_line
    warnings["odd_values"] += int(broken.sum())
    chosen = pl.when(pl.lit(broken)).then(pl.lit(_encoded(values))).otherwise(pl.lit(on_one_line))
    return pl.select(chosen).to_series()


def _on_one_line(values: pl.Series) -> pl.Series:
    # JSON that parses has bare line ends only where it could have blanks.
    return values.str.replace_all(r"[\r\n]", " ") if values.str.contains(r"[\r\n]").any() else values


def _big_as_text(values: pl.Series) -> pl.Series:
    digits = pl.lit(values.cast(pl.String))
    quoted = pl.concat_str(pl.lit('"'), digits, pl.lit('"'))
    exact = pl.lit(values).is_between(-_EXACT_IN_A_DOUBLE, _EXACT_IN_A_DOUBLE)
    return pl.select(pl.when(exact).then(digits).otherwise(quoted)).to_series()


def _objects(members: Sequence[_Member], between: bytes) -> bytes:
    """All rows as objects, joined by what stands between them, which ends with a line end."""
    if not any(member.raw for member in members):
        buffer = BytesIO()
        # Not as a list: polars would name a series without a name itself.
        pl.DataFrame({m.name: m.values for m in members}).write_ndjson(buffer)
        # Line ends inside of values are escaped by now.
        lines = buffer.getvalue().removesuffix(b"\n")
        return lines if between == b"\n" else lines.replace(b"\n", between)
    pieces = [pl.lit("{")]
    for raw, run in groupby(members, key=lambda member: member.raw):
        for piece in _raw_pieces(run) if raw else [_plain_piece(run)]:
            pieces += [piece, pl.lit(",")]
    objects = pl.select(pl.concat_str(*pieces[:-1], pl.lit("}"))).to_series()
    joined: bytes = objects.str.join(between.decode()).cast(pl.Binary).item()
    return joined


def _raw_pieces(members: Iterable[_Member]) -> list[pl.Expr]:
    return [pl.format("{}:{}", pl.lit(_key(m.name)), pl.lit(m.values).fill_null("null")) for m in members]


def _plain_piece(members: Iterable[_Member]) -> pl.Expr:
    """`"a":1,"b":"x"`: what polars makes of several columns, without its braces."""
    encoded = pl.struct(pl.lit(m.values).alias(m.name) for m in members).struct.json_encode()
    return encoded.str.strip_prefix("{").str.strip_suffix("}")


def _encode(member: _Member) -> pl.Series:
    return member.values if member.raw else _encoded(member.values)


def _encoded(values: pl.Series) -> pl.Series:
    """Each value as JSON by itself; null stays null."""
    value = pl.lit(values)
    text = pl.struct(value.alias("v")).struct.json_encode().str.strip_prefix('{"v":').str.strip_suffix("}")
    return pl.select(pl.when(value.is_not_null()).then(text)).to_series()


def _key(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _escape_noncharacters(data: bytes) -> bytes:
    # Their first byte is rare, and one byte is found many times faster than three.
    if b"\xef" not in data:
        return data
    return data.replace("\ufffe".encode(), b"\\ufffe").replace("\uffff".encode(), b"\\uffff")
