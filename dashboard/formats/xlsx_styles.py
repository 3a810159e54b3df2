"""The cell styles of our workbooks by number: `xlsx_cells` writes the numbers, `xlsx_shell` the styles.

A fragment is made long before its workbook and maybe on another machine, so the numbers must not depend on
either: they are the positions in `STYLES`.
"""

from __future__ import annotations

from dataclasses import dataclass

# What a number format can show; a decimal of a larger scale is written as text.
LARGEST_SCALE = 30


@dataclass(frozen=True, slots=True)
class Style:
    number_format: str = "General"
    bold: bool = False
    quoted: bool = False


PLAIN, QUOTED, HEADER, QUOTED_HEADER, DATE, DATETIME, DATETIME_FRACTION, SCALES = range(8)

STYLES = (
    Style(),
    Style(quoted=True),
    Style(bold=True),
    Style(bold=True, quoted=True),
    Style("yyyy-mm-dd"),
    Style("yyyy-mm-dd hh:mm:ss"),
    Style("yyyy-mm-dd hh:mm:ss.000"),
    Style("0"),
    *(Style("0." + "0" * scale) for scale in range(1, LARGEST_SCALE + 1)),
)
