"""The predicate tree: what is refused and how, its JSON, its words."""

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

import pytest

from dashboard import criteria
from dashboard.columns import TYPES
from dashboard.criteria import OPERATORS, All, Any, Comparison, Invalid, Not

KINDS = {
    "name": "text",
    "count": "integer",
    "total": "decimal",
    "weight": "float",
    "paid": "boolean",
    "born": "date",
    "at": "datetime",
    "opens": "time",
    "token": "uuid",
    "photo": "binary",
    "extra": "json",
}


def checked(field, operator, value, zone="UTC"):
    return criteria.check(Comparison(field, operator, value), KINDS, zone)


@pytest.mark.parametrize(
    ("field", "given", "typed"),
    [
        ("name", " as typed ", " as typed "),
        ("count", " 20 ", 20),
        ("count", "-9223372036854775808", -(2**63)),
        ("total", "20.50", Decimal("20.50")),
        ("total", 0.1, Decimal("0.1")),
        ("total", "-.5", Decimal("-0.5")),
        ("weight", "1e3", 1000.0),
        ("paid", "no", False),
        ("born", "2026-11-21", date(2026, 11, 21)),
        ("at", "2026-11-21T13:05:00+01:00", datetime(2026, 11, 21, 12, 5, tzinfo=UTC)),
        ("at", "2026-11-21 13:05", datetime(2026, 11, 21, 13, 5, tzinfo=UTC)),
        ("opens", "13:05", time(13, 5)),
        ("token", "0B9F6C1E8F0D4A549D3E2F6A1C7B5E90", UUID("0b9f6c1e-8f0d-4a54-9d3e-2f6a1c7b5e90")),
    ],
)
def test_text_becomes_a_typed_value(field, given, typed):
    found = checked(field, "eq", given)
    assert found == Comparison(field, "eq", typed)
    assert type(found.value) is type(typed)
    assert criteria.check(found, KINDS) == found


@pytest.mark.parametrize(
    ("field", "given", "sentence"),
    [
        ("total", "twenty", "Enter an amount, for example 20 or 20.50"),
        ("total", "20,50", "Enter an amount, for example 20 or 20.50"),
        ("total", "NaN", "Enter an amount, for example 20 or 20.50"),
        ("total", Decimal("NaN"), "Enter an amount, for example 20 or 20.50"),
        ("total", float("inf"), "Enter an amount, for example 20 or 20.50"),
        ("total", "1" * 5000, "Enter an amount of at most 38 digits"),
        ("total", "0" * 5000 + "1", "Enter an amount of at most 38 digits"),
        ("total", 10**4000, "Enter an amount of at most 38 digits"),
        ("total", "1e5", "Enter an amount, for example 20 or 20.50"),
        ("count", "20.5", "Enter a whole number, for example 20"),
        ("count", True, "Enter a whole number, for example 20"),
        ("count", "٣", "Enter a whole number, for example 20"),
        ("count", "9223372036854775808", "Enter a whole number between"),
        ("count", "1" * 5000, "Enter a whole number between"),
        ("weight", "nan", "Enter a number, for example 20 or 20.5"),
        ("weight", "1e999", "Enter a number that is not so large"),
        ("weight", 10**400, "Enter a number that is not so large"),
        ("paid", "perhaps", "Choose yes or no"),
        ("born", "21.11.2026", "Enter a date, for example 2026-11-21"),
        ("born", "2026-02-30", "Enter a date that exists, for example 2026-11-21"),
        ("born", "20261121", "Enter a date, for example 2026-11-21"),
        ("born", datetime(2026, 1, 1), "Enter a date, for example 2026-11-21"),
        ("at", "yesterday", "Enter a date and time, for example 2026-11-21 13:05"),
        ("at", "0001-01-01T00:00+05:00", "Enter a date and time that exist"),
        ("opens", "25:00", "Enter a time, for example 13:05"),
        ("token", "x", "Enter an identifier such as"),
        ("name", 5, "Enter text"),
        ("name", "a\0b", "Enter text without invisible control characters"),
        ("name", "a\ud800", "Enter text without invisible control characters"),
        ("name", "x" * 10_001, "Enter at most 10,000 characters"),
    ],
)
def test_a_wrong_value_is_refused_in_a_sentence(field, given, sentence):
    with pytest.raises(Invalid) as refusal:
        checked(field, "eq", given)
    assert refusal.value.field == field
    assert refusal.value.message.startswith(sentence)
    assert str(refusal.value) == refusal.value.message


@pytest.mark.parametrize(
    ("operator", "given", "sentence"),
    [
        ("in", (), "Choose at least one value"),
        ("in", tuple(range(100_001)), "Enter at most 100,000 values"),
        ("between", (5, 1), "Enter two values, the smaller first"),
        ("between", (5,), "Enter two values, the smaller first"),
        ("is_null", "maybe", "Choose yes or no"),
        ("contains", "5", "“contains” does not go with this field"),
        ("like", 5, "“like” does not go with this field"),
        ("ieq", "5", "“ieq” does not go with this field"),
        ("json_contains", {}, "“json_contains” does not go with this field"),
    ],
)
def test_an_operator_gets_the_values_it_needs(operator, given, sentence):
    with pytest.raises(Invalid, match=sentence):
        checked("count", operator, given)


def test_looking_for_no_text_is_refused_but_equal_to_no_text_is_not():
    with pytest.raises(Invalid, match="Enter the text to look for"):
        checked("name", "contains", "")
    assert checked("name", "eq", "").value == ""


@pytest.mark.parametrize("operator", ["contains", "istarts_with", "ends_with", "iends_with"])
def test_parts_of_a_text_are_not_empty(operator):
    with pytest.raises(Invalid, match="Enter the text to look for"):
        checked("name", operator, "")


def test_a_pattern_does_not_end_in_a_backslash():
    assert checked("name", "ilike", "a%\\\\").value == "a%\\\\"
    with pytest.raises(Invalid, match="Enter a pattern that does not end in a backslash"):
        checked("name", "ilike", "a%\\")


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("x", "Enter a JSON object"),
        ([], "Enter a JSON object"),
        ({"a": {1, 2}}, "Enter a JSON object of texts"),
        ({"a": 2**70}, "Enter a whole number between"),
        ({"a": float("inf")}, "Enter a number that is not so large"),
        ({"a": "\0"}, "Enter text without invisible"),
        ({"\0": 1}, "Enter text without invisible"),
        ({"a": list(range(50))}, "Enter a JSON object of at most 50 values"),
        ({"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}, "Enter a JSON object nested at most 5 deep"),
    ],
)
def test_a_json_object_to_look_for_is_small_and_plain(value, sentence):
    with pytest.raises(Invalid) as refusal:
        checked("extra", "json_contains", value)
    assert refusal.value.message.startswith(sentence)


def test_what_programs_alone_may_ask_is_not_offered_to_people():
    assert "ilike" not in criteria.operators_for("text")
    assert criteria.operators_for("json") == ("is_null",)
    assert set(criteria.allowed_for("text")) > set(criteria.operators_for("text"))
    assert criteria.allowed_for("json") == ("is_null", "json_contains")
    assert {one for kind in TYPES for one in criteria.allowed_for(kind)} == set(OPERATORS)


def test_a_tree_with_other_names_has_the_same_shape():
    a, b = Comparison("a", "eq", 1), Comparison("b", "in", (2,))
    tree = All((Not(a), Any((a, b))))
    found = criteria.replaced(tree, lambda one: Comparison(f"x.{one.field}", one.operator, one.value))
    x, y = Comparison("x.a", "eq", 1), Comparison("x.b", "in", (2,))
    assert found == All((Not(x), Any((x, y))))


def test_unknown_fields_and_fields_that_only_can_be_empty_are_refused():
    with pytest.raises(Invalid, match="There is no field “nope”"):
        checked("nope", "eq", 1)
    with pytest.raises(Invalid, match="does not go with this field"):
        checked("photo", "eq", b"x")
    assert checked("photo", "is_null", "yes").value is True


def test_every_type_offers_known_operators_and_is_empty():
    for kind in TYPES:
        offered = criteria.operators_for(kind)
        assert set(offered) <= set(OPERATORS)
        assert "is_null" in offered
        assert all(criteria.operator_words(one, kind) for one in offered)


def test_a_day_on_a_datetime_is_the_whole_day_in_the_zone():
    start, end = datetime(2026, 11, 20, 23, tzinfo=UTC), datetime(2026, 11, 21, 23, tzinfo=UTC)
    day = All((Comparison("at", "gte", start), Comparison("at", "lt", end)))
    zone = "Europe/Berlin"
    assert checked("at", "eq", "2026-11-21", zone) == day
    assert checked("at", "between", ("2026-11-21", "2026-11-21"), zone) == day
    assert checked("at", "ne", "2026-11-21", zone) == Not(day)
    assert checked("at", "lte", date(2026, 11, 21), zone) == Comparison("at", "lt", end)
    assert checked("at", "gt", "2026-11-21", zone) == Comparison("at", "gte", end)
    assert checked("at", "in", ("2026-11-21", "2026-11-21"), zone) == Any((day, day))
    with pytest.raises(Invalid, match="the smaller first"):
        checked("at", "between", ("2026-11-22", "2026-11-21"), zone)


def test_an_unknown_zone_is_refused():
    with pytest.raises(Invalid, match="Choose a time zone"):
        checked("at", "eq", "2026-11-21", "../../etc/passwd")


def test_a_tree_survives_json():
    tree = All(
        (
            Comparison("total", "between", (Decimal("0.10"), Decimal("1E+2"))),
            Any(
                (
                    Comparison("at", "gte", datetime(2026, 1, 1, tzinfo=UTC)),
                    Not(Comparison("paid", "eq", True)),
                )
            ),
            Comparison("born", "in", (date(2026, 1, 1), date(2026, 1, 2))),
            Comparison("token", "eq", UUID(int=5)),
            Comparison("opens", "lt", time(13, 5)),
            Comparison("extra", "json_contains", {"a": [1, {"b": None}]}),
        )
    )
    again = criteria.load(json.loads(json.dumps(criteria.dump(tree))))
    assert criteria.check(again, KINDS) == tree


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "x",
        {},
        {"field": "a", "operator": "eq"},
        {"field": 1, "operator": "eq", "value": 1},
        {"field": "a", "operator": "eq", "value": 1, "sql": "1=1"},
        {"all": [{"any": {}}]},
        {"all": [], "any": []},
        {"not": []},
    ],
)
def test_json_that_is_no_tree_is_refused(data):
    with pytest.raises(Invalid, match="A condition has a field, an operator and a value"):
        criteria.load(data)


def test_a_tree_too_deep_is_refused_and_not_climbed():
    data = {"field": "count", "operator": "eq", "value": 1}
    tree = Comparison("count", "eq", 1)
    for _ in range(900):
        data, tree = {"not": data}, Not(tree)
    with pytest.raises(Invalid, match="nested"):
        criteria.load(data)
    with pytest.raises(Invalid, match="nested"):
        criteria.check(tree, KINDS)


def test_both_joins_conditions_into_one_list():
    a, b = Comparison("count", "eq", 1), Comparison("count", "eq", 2)
    assert criteria.both(a, None) == criteria.both(None, a) == a
    assert criteria.both(None, None) is None
    assert criteria.both(All((a,)), b) == All((a, b))
    assert criteria.fields(All((a, Not(Comparison("x.y", "eq", 1))))) == {"count", "x.y"}


def test_conditions_are_said_in_words():
    tree = All(
        (
            Comparison("country", "in", ("DE", "FR", "NL")),
            Comparison("total", "gte", Decimal("20.00")),
            Comparison("at", "lt", datetime(2026, 11, 21, 13, 5, tzinfo=UTC)),
            Comparison("note", "is_null", False),
            Not(Any((Comparison("paid", "eq", True), Comparison("name", "ne", "")))),
            Comparison("count", "in", tuple(range(1500))),
            Comparison("born", "between", (date(2026, 1, 1), date(2026, 1, 2))),
            Comparison("name", "istarts_with", "a"),
            Comparison("extra", "json_contains", {"a": ["é"]}),
        )
    )
    labels = {"country": "Country", "total": "Total", "at": "Placed at", "note": "Note"}
    assert criteria.in_words(tree, labels) == [
        "Country is any of DE, FR, NL",
        "Total is at least 20.00",
        "Placed at is before 2026-11-21 13:05 UTC",
        "Note is not empty",
        'not (paid is yes or name is not "")',
        "count is any of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 1,490 more",
        "born is between 2026-01-01 and 2026-01-02",
        "name starts with (any case) a",
        'extra contains {"a": ["é"]}',
    ]
    assert criteria.in_words(None, {}) == []
