"""Our words in ten languages: none missing, none with other values in it, and the CLDR's dates and numbers."""

import ast
import string
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po
from openpyxl.styles.numbers import is_date_format

from dashboard import criteria, dateranges, languages
from dashboard.criteria import words as criteria_words
from dashboard.criteria.tree import All, Any, Comparison, Not
from dashboard.languages.words import CATALOGUES

ROOT = Path(__file__).resolve().parent.parent
OTHERS = [code for code in languages.LANGUAGES if code != "en"]
# Word for word the same in that language.
SAME = {
    ("nl", "{label} is {value}"),
    ("nl", "Filters"),
    ("es", "no"),
    ("es", "No"),
    ("it", "no"),
    ("it", "No"),
}
in_each = pytest.mark.parametrize("language", OTHERS)


def catalogue(name):
    with (CATALOGUES / name).open("rb") as source:
        return {message.id: message for message in read_po(source) if message.id}


def fields(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


def forms(message):
    return [message.string] if isinstance(message.string, str) else list(message.string)


def test_the_languages_are_those_we_promise():
    assert list(languages.LANGUAGES) == ["en", "de", "fr", "es", "it", "tr", "nl", "pl", "pt", "ja"]
    for code, name in languages.LANGUAGES.items():
        assert Locale.parse(code).english_name == name


@in_each
def test_every_word_is_in_every_language(language):
    wanted, found = catalogue("words.pot"), catalogue(f"{language}.po")
    assert list(found) == list(wanted)
    assert not [id for id, message in found.items() if message.fuzzy or not all(forms(message))]


@in_each
def test_every_word_is_translated(language):
    for id, message in catalogue(f"{language}.po").items():
        if isinstance(id, str) and (language, id) not in SAME:
            assert message.string != id


@in_each
def test_a_translation_has_the_values_of_the_english_text(language):
    for id, message in catalogue(f"{language}.po").items():
        for form in forms(message):
            assert fields(form) == fields(id if isinstance(id, str) else id[1])
            assert form == form.strip()
            assert form[-1] not in ".!" or id[-1] in ".!"


@in_each
def test_there_are_as_many_plural_forms_as_the_language_has(language):
    rule = get_plural(language)
    assert f'"Plural-Forms: {rule}\\n"' in (CATALOGUES / f"{language}.po").read_text()
    for id, message in catalogue(f"{language}.po").items():
        if not isinstance(id, str):
            assert len(forms(message)) == rule.num_plurals


def said_in_the_code():
    """Every text given to `word` and `plural` as it stands in the source."""
    for path in sorted((*ROOT.glob("dashboard/**/*.py"), *ROOT.glob("jobs/**/*.py"))):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="languages"), attr="word" | "plural")
                    | ast.Name(id="word" | "plural"),
                    args=[_, *texts],
                ):
                    yield from (one.value for one in texts if isinstance(one, ast.Constant))


def test_every_text_that_the_code_says_is_among_the_words():
    listed = {text for id in catalogue("words.pot") for text in ([id] if isinstance(id, str) else id)}
    said = {*said_in_the_code(), *criteria_words.sentences(), *dateranges.PRESETS.values()}
    assert said - listed == set()
    assert set(languages.WARNINGS.values()) <= set(catalogue("words.pot"))


def test_every_warning_of_the_formats_has_a_sentence():
    told = (ROOT / "dashboard/formats/base.py").read_text().partition("Counters in")[2].partition('"""')[0]
    counters = {
        name.strip()
        for line in told.splitlines()
        if line.startswith("- ")
        for name in line[2:].split(":")[0].split(",")
    }
    assert counters == set(languages.WARNINGS)


@pytest.mark.parametrize(
    ("language", "n", "words"),
    [
        ("en", 1, "1 row"),
        ("en", 1490, "1,490 rows"),
        ("de", 1490, "1.490 Zeilen"),
        ("fr", 0, "0 ligne"),
        ("fr", 12345, "12\u00a0345 lignes"),
        ("pl", 1, "1 wiersz"),
        ("pl", 3, "3 wiersze"),
        ("pl", 12, "12 wierszy"),
        ("pl", 22, "22 wiersze"),
        ("tr", 5, "5 satır"),
        ("ja", 1, "1 行"),
    ],
)
def test_numbers_take_the_form_of_the_language(language, n, words):
    assert languages.plural(language, "{n} row", "{n} rows", n) == words


def test_a_word_with_values():
    assert languages.word("ja", "Page {n} of {m}", n=2, m=9) == "2 / 9 ページ"
    assert languages.word("en", "Page {n} of {m}", n=2, m=9) == "Page 2 of 9"


def test_values_in_braces_are_left_as_they_are():
    assert languages.word("de", "{label} is {value}", label="{x}", value="{0}%s") == "{x} ist {0}%s"


def test_warnings_are_sentences():
    assert languages.warning("de", "odd_values", 1).startswith("1 Wert passt nicht")
    assert languages.warning("en", "cut_texts", 1234).startswith("1,234 texts are longer")


DAY = date(2026, 3, 5)
MOMENT = datetime(2026, 3, 5, 23, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "day", "moment", "number", "truth"),
    [
        ("en", "Mar 5, 2026", "Mar 6, 2026, 12:05:06 AM", "-1234.50", "Yes"),
        ("de", "05.03.2026", "06.03.2026, 00:05:06", "-1234,50", "Ja"),
        ("es", "5 mar 2026", "6 mar 2026, 0:05:06", "-1234,50", "Sí"),
        ("pt", "5 de mar. de 2026", "6 de mar. de 2026 00:05:06", "-1234,50", "Sim"),
        ("ja", "2026/03/05", "2026/03/06 0:05:06", "-1234.50", "はい"),
    ],
)
def test_one_value_is_written_as_the_language_does(language, day, moment, number, truth):
    assert languages.day(language, DAY) == day
    assert languages.moment(language, MOMENT, "Europe/Berlin") == moment
    assert languages.decimal(language, "-1234.50") == number
    assert languages.boolean(language, True) == truth


def test_a_fraction_of_a_second_is_not_lost():
    found = languages.moment("en", MOMENT.replace(microsecond=70), "UTC")
    assert found == "Mar 5, 2026, 11:05:06.000070 PM"


@pytest.mark.parametrize(
    ("language", "day", "moment"),
    [
        ("en", r"[$-409]mmm d\, yyyy", r"[$-409]mmm d\, yyyy\, h:mm:ss AM/PM"),
        ("de", r"[$-407]dd\.mm\.yyyy", r"[$-407]dd\.mm\.yyyy\, hh:mm:ss"),
        ("pt", '[$-416]d "de" mmm "de" yyyy', '[$-416]d "de" mmm "de" yyyy hh:mm:ss'),
    ],
)
def test_cells_have_number_formats_of_the_language(language, day, moment):
    assert (languages.excel_date(language), languages.excel_datetime(language)) == (day, moment)


@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_every_language_has_formats_that_excel_takes_for_dates(language):
    assert is_date_format(languages.excel_date(language))
    assert is_date_format(languages.excel_datetime(language))


TREE = All(
    (
        Comparison("country", "in", tuple("ABCDEFGHIJKLM")),
        Not(Any((Comparison("paid", "eq", True), Comparison("note", "is_null", True)))),
        Comparison("total", "between", (1.5, 20)),
    )
)


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "de",
            [
                "Land ist eines von A, B, C, D, E, F, G, H, I, J und 3 weitere",
                "nicht (paid ist ja oder note ist leer)",
                "total liegt zwischen 1,5 und 20",
            ],
        ),
        (
            "ja",
            [
                "Land が A, B, C, D, E, F, G, H, I, J 他 3 件 のいずれか",
                "（paid が はい または note が空）ではない",
                "total が 1.5 から 20 まで",
            ],
        ),
    ],
)
def test_filters_are_said_in_the_language(language, lines):
    assert criteria.in_words(TREE, {"country": "Land"}, language) == lines


def test_numbers_with_a_comma_are_not_listed_with_commas():
    numbers = Comparison("total", "in", (1.5, 2))
    assert criteria.in_words(numbers, {}, "fr") == ["total est l’un de 1,5; 2"]
    assert criteria.in_words(numbers, {}) == ["total is any of 1.5, 2"]


def test_date_ranges_are_said_in_the_language():
    words = dateranges.in_words(date(2026, 10, 1), date(2026, 10, 31), "Europe/Paris", "fr")
    assert words == "du 1 oct. 2026, 00:00 au 31 oct. 2026, 23:59 (Europe/Paris)"
    assert dateranges.in_words(None, DAY, "UTC", "tr") == "5 Mar 2026, 23:59 tarihine kadar (UTC)"
    assert dateranges.in_words(None, None, "UTC", "it") == "Tutto il periodo"
    assert dateranges.preset_in_words("last_week", "pl") == "Zeszły tydzień"
