"""Our own words in another language, from the gettext catalogues in `po/`. English is written in the code."""

from __future__ import annotations

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

CATALOGUES = Path(__file__).parent / "po"
LANGUAGES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "tr": "Turkish",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ja": "Japanese",
}


def word(language: str, text: str, **values: object) -> str:
    """The English text in this language, with the values in its braces."""
    return _catalogue(language).gettext(text).format(**values)


def plural(language: str, one: str, many: str, n: int, **values: object) -> str:
    """The form that goes with the number, which stands for `{n}` in it; `one` is for 1 in English."""
    return _catalogue(language).ngettext(one, many, n).format(n=grouped(language, n), **values)


def grouped(language: str, number: int) -> str:
    """An integer as people of this language write it: "1,490"."""
    return format_decimal(number, locale=language).replace("\u202f", "\u00a0")


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    # The text form is what stands in the repository; gettext reads the other.
    compiled = BytesIO()
    with (CATALOGUES / f"{language}.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
