"""The cell styles of our workbooks by number: `xlsx_cells` writes the numbers, `xlsx_shell` the styles.

A fragment is made long before its workbook and maybe on another machine, so the numbers must not depend on
either: they are the positions in `styles`, and only what stands there differs by language.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboard import languages

# What a number format can show; a decimal of a larger scale is written as text.
LARGEST_SCALE = 30
# A share of one digit less than this has no digit left behind the point: 0.25 is 25%.
PERCENT_SHIFT = 2
FLOAT_PERCENT_SCALE = 2
TINT = "FFE4EBF3"

HEADERS = {"bold": "Bold", "filled": "Bold on a tint", "plain": "Plain"}


@dataclass(frozen=True, slots=True)
class Style:
    number_format: str = "General"
    bold: bool = False
    filled: bool = False
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """How a language writes days and moments, as Excel's number formats."""

    date: str
    datetime: str

    @classmethod
    def of(cls, language: str) -> Clock:
        # English is what people get who have not chosen: nobody reads these wrong.
        if language == "en":
            return cls("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss")
        return cls(languages.excel_date(language), languages.excel_datetime(language))

    @property
    def fraction(self) -> str:
        return self.datetime.replace("ss", "ss.000")


(PLAIN, QUOTED, BOLD, QUOTED_BOLD, FILLED, QUOTED_FILLED, DATE, DATETIME, DATETIME_FRACTION, SCALES) = range(
    10
)
PERCENTS = SCALES + LARGEST_SCALE + 1
# The header's styles by option: of a heading, and of one shaped like a formula.
HEADER_STYLES = {"bold": (BOLD, QUOTED_BOLD), "filled": (FILLED, QUOTED_FILLED), "plain": (PLAIN, QUOTED)}


def styles(clock: Clock) -> tuple[Style, ...]:
    return (
        Style(),
        Style(quoted=True),
        Style(bold=True),
        Style(bold=True, quoted=True),
        Style(bold=True, filled=True),
        Style(bold=True, filled=True, quoted=True),
        Style(clock.date),
        Style(clock.datetime),
        Style(clock.fraction),
        *(Style(_digits(scale)) for scale in range(LARGEST_SCALE + 1)),
        *(Style(f"{_digits(scale)}%") for scale in range(LARGEST_SCALE - PERCENT_SHIFT + 1)),
    )


def _digits(scale: int) -> str:
    return "0." + "0" * scale if scale else "0"
