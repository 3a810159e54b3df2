"""XML: one `<rows>` document, a `<row>` a line, and in it one element for every column.

With `root=resource` the document is called after the resource: `<orders>`.

Elements are called after `Column.member`. A name that no element can have is made to fit, and then the element
carries the real one as its attribute `name`. NULL is `xsi:nil="true"`, empty text an empty element. CR is
written as `&#13;`, since readers turn a bare one into LF. Related rows are `<row>` elements, too, inside of their
column's. Of dry data, elements that are NULL or empty are left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

import polars as pl

from dashboard.columns import Column
from dashboard.formats.base import Fragment, Joined, Layout, Opener, Option, Out, Place
from dashboard.formats.nested import exploded, gathered
from dashboard.formats.values import PLAIN_DECIMAL, odd_texts, texts
from dashboard.formats.xml_text import escaped, possible, without_impossible

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
_NIL = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_TOUCHED = r"[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\u{fffe}\u{ffff}]"
# Elements whose name begins with xml, and colons, belong to the standard.
_FIRST = r"(?!(?i:xml))[A-Za-z_]"


class Xml(Joined):
    key = "xml"
    label = "XML"
    description = "For programs: one element a row"
    extension = "xml"
    media_type = "application/xml"
    is_text = True
    options = (Option("root", "Root element", {"rows": "rows", "resource": "Named after the resource"}),)

    def fragment(self, frame: pl.DataFrame, layout: Layout, place: Place) -> Fragment:
        warnings: Counter[str] = Counter()
        rows = _rows(frame, layout.columns, layout, warnings, "</row>\n")
        data: bytes = rows.str.join("").cast(pl.Binary).item()
        return Fragment(data, frame.height, {key: n for key, n in warnings.items() if n})

    def start(self, layout: Layout, rows: int) -> bytes:
        return f"{_DECLARATION}\n<{self._root(layout)} {_NIL}>\n".encode()

    def write(
        self,
        fragments: Sequence[Opener],
        layout: Layout,
        places: Sequence[Place],
        rows: Sequence[int],
        out: Out,
    ) -> None:
        super().write(fragments, layout, places, rows, out)
        out.write(f"</{self._root(layout)}>\n".encode())

    def _root(self, layout: Layout) -> str:
        after_resource = self.settle(layout.options)["root"] == "resource"
        return _fitting(layout.resource) if after_resource and layout.resource else "rows"


def element_names(names: Sequence[str]) -> list[str]:
    """For every column a name that an element can have, all different; a name that fits stays as it is."""
    fitting = [_fitting(name) for name in names]
    taken = {name for name in names if name in fitting}
    found = []
    for name, proposed in zip(names, fitting, strict=True):
        free, number = proposed, 2
        while free != name and free in taken:
            free, number = f"{proposed}_{number}", number + 1
        taken.add(free)
        found.append(free)
    return found


def _fitting(name: str) -> str:
    # Letters beyond ASCII are allowed, but which of them differs between readers.
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
    return plain if re.match(_FIRST, plain) else f"_{plain}"


def _rows(
    frame: pl.DataFrame, columns: Sequence[Column], layout: Layout, warnings: Counter[str], end: str
) -> pl.Series:
    """One `<row>` for each row."""
    if not frame.height:
        return pl.Series(dtype=pl.String)
    pieces = [pl.lit("<row>")]
    for column, name in zip(columns, element_names([one.member for one in columns]), strict=True):
        pieces += _element(_texts(frame, column, layout, warnings), name, column.member, layout.dry)
    return pl.select(pl.concat_str(*pieces, pl.lit(end))).to_series()


def _element(texts: pl.Series, name: str, real: str, dry: bool) -> list[pl.Expr]:
    tag = name if name == real else f"{name} name={_attribute(real)}"
    start, end = pl.lit(f"<{tag}>"), pl.lit(f"</{name}>")
    if dry:
        text = pl.lit(texts)
        # Where the text is null, so is the comparison.
        return [pl.when(text != "").then(pl.concat_str(start, text, end)).otherwise(pl.lit(""))]
    if not texts.null_count():
        return [start, pl.lit(texts), end]
    # The whole is null where the text is.
    return [pl.concat_str(start, pl.lit(texts), end).fill_null(f'<{tag} xsi:nil="true"/>')]


def _attribute(text: str) -> str:
    return quoteattr(without_impossible(text))


def _texts(frame: pl.DataFrame, column: Column, layout: Layout, warnings: Counter[str]) -> pl.Series:
    """The column as it stands between its tags, null where it is."""
    values = _by_type(frame[column.name], column, layout, warnings)
    strays = odd_texts(frame, column)
    if strays is None:
        return values
    warnings["odd_values"] += strays.len() - strays.null_count()
    return pl.select(pl.coalesce(pl.lit(_safe(strays, warnings)), pl.lit(values))).to_series()


def _by_type(values: pl.Series, column: Column, layout: Layout, warnings: Counter[str]) -> pl.Series:
    match column.type:
        case "rows":
            children, lengths = exploded(values)
            items = _rows(children, column.columns, layout, warnings, "</row>")
            return gathered(items, lengths, "").fill_null("")
        case "integer" | "boolean" | "date" | "float" | "datetime" | "binary":
            return texts(values, column.type, layout.timezone)
        case "decimal":
            warnings["odd_values"] += int((~values.str.contains(PLAIN_DECIMAL)).sum())
    return _safe(values, warnings)


def _safe(texts: pl.Series, warnings: Counter[str]) -> pl.Series:
    touched = texts.str.contains(_TOUCHED).fill_null(False)
    if not touched.any():
        return texts
    after = escaped(possible(texts.filter(touched), warnings)).str.replace_all("\r", "&#13;", literal=True)
    # scatter writes into the series itself.
    return texts.clone().scatter(touched.arg_true(), after)
