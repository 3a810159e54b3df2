"""PackageX's field filters: what each form means, and what is refused."""

from datetime import UTC, date, datetime

import pytest

from dashboard.api.packagex.filters import parse
from dashboard.criteria import All, Comparison, Invalid
from tests.api.grammars import TYPES

MOMENT = datetime(2026, 1, 5, 9, tzinfo=UTC)
SECONDS = 1767603600


def one(field, operator, value):
    return Comparison(field, operator, value)


@pytest.mark.parametrize(
    ("options", "tree"),
    [
        ({"name": "a"}, one("name", "eq", "a")),
        ({"name": "a, b"}, one("name", "in", ("a", "b"))),
        ({"name": "a:b"}, one("name", "eq", "a:b")),
        ({"name": "eq:a:b"}, one("name", "eq", "a:b")),
        ({"name": "eq:"}, one("name", "eq", "")),
        ({"name": ["a,b", " c ", "gte:1"]}, one("name", "in", ("a,b", " c ", "gte:1"))),
        ({"name": ["gte:1"]}, one("name", "eq", "gte:1")),
        ({"name": 5}, one("name", "eq", "5")),
        ({"count": 5}, one("count", "eq", 5)),
        ({"count": "1,2"}, one("count", "in", (1, 2))),
        ({"count": [1, "2"]}, one("count", "in", (1, 2))),
        ({"count": "gt:1"}, one("count", "gt", 1)),
        ({"count": "gte:1, lt:5"}, All((one("count", "gte", 1), one("count", "lt", 5)))),
        ({"count": "lte:1", "paid": True}, All((one("count", "lte", 1), one("paid", "eq", True)))),
        ({"paid": "false"}, one("paid", "eq", False)),
        ({"friend.email": "ann@example.com"}, one("friend.email", "eq", "ann@example.com")),
        ({"at": "gte:2026-01-05T09:00:00Z"}, one("at", "gte", MOMENT)),
        ({"at": f"gte:{SECONDS}"}, one("at", "gte", MOMENT)),
        ({"at": SECONDS}, one("at", "eq", MOMENT)),
        ({"at": f"{SECONDS}.5"}, one("at", "eq", MOMENT.replace(microsecond=500_000))),
        ({"at": "gt:0"}, one("at", "gt", datetime(1970, 1, 1, tzinfo=UTC))),
        ({"at": "lt:-315619200"}, one("at", "lt", datetime(1960, 1, 1, tzinfo=UTC))),
        ({"born": SECONDS}, one("born", "eq", date(2026, 1, 5))),
        ({"born": "2026-01-05"}, one("born", "eq", date(2026, 1, 5))),
    ],
)
def test_options_mean(options, tree):
    assert parse(options, TYPES) == tree


def test_a_day_is_that_whole_day_in_the_zone():
    found = parse({"at": "gte:2026-01-05,lte:2026-01-05"}, TYPES, "Europe/Rome")
    start, end = datetime(2026, 1, 4, 23, tzinfo=UTC), datetime(2026, 1, 5, 23, tzinfo=UTC)
    assert found == All((one("at", "gte", start), one("at", "lt", end)))
    assert parse({"at": "2026-01-05"}, TYPES, "Europe/Rome") == found


def test_no_options_mean_every_record():
    assert parse({}, TYPES) is None


LIKE_THIS = "Give a date such as 2024-01-31, or the seconds since 1970, of 9 to 11 digits"
ANY_VALUE = "Give a text, a number, true or false, or a list of these"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("nope", "a", "There is no option or field “nope”"),
        ("friend", "a", "There is no option or field “friend”"),
        ("extra", "a", "This field cannot be filtered by"),
        ("photo", "a", "This field cannot be filtered by"),
        ("name", "", "Give a value"),
        ("name", " ", "Give a value"),
        ("name", "a,", "Give a value before and after each comma"),
        ("name", [], "Give at least one value"),
        ("name", None, ANY_VALUE),
        ("name", {"gte": 1}, ANY_VALUE),
        ("name", ["a", None], ANY_VALUE),
        ("name", True, "Enter text"),
        ("name", "gt:a", "“gt:” does not go with this field, which is of type text"),
        ("paid", "lt:true", "“lt:” does not go with this field, which is of type boolean"),
        ("paid", "perhaps", "Choose yes or no"),
        ("count", "gte:1,5", "Give either values alone or an operator with each, for example gte:1,lt:5"),
        ("count", "ne:1", "Enter a whole number, for example 20"),
        ("count", "gte:", "Enter a whole number, for example 20"),
        ("count", "1.5", "Enter a whole number, for example 20"),
        ("total", "lt:x", "Enter an amount, for example 20 or 20.50"),
        ("at", "gte:soon", "Enter a date and time, for example 2026-11-21 13:05"),
        ("at", "2026", LIKE_THIS),
        ("at", 20260105, LIKE_THIS),
        ("at", 1767603600000, LIKE_THIS),
        ("at", 1e20, LIKE_THIS),
        ("at", -99999999999, "Give a moment that exists"),
        ("at", True, "Enter a date and time, for example 2026-11-21 13:05"),
        ("born", "5.1.2026", "Enter a date, for example 2026-11-21"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(field, value, sentence):
    with pytest.raises(Invalid) as refusal:
        parse({field: value}, TYPES)
    assert (refusal.value.field, refusal.value.message) == (field, sentence)


def test_there_are_not_too_many_filters():
    with pytest.raises(Invalid, match="Give at most 100 filters"):
        parse({f"x{number}": 1 for number in range(101)}, TYPES)
