"""Commerce Layer's filters: every predicate, the names that hold one, what is refused, and how a tree is said."""

from datetime import UTC, datetime

import pytest

from dashboard import criteria
from dashboard.api.commerce_layer.filters import parse, printed
from dashboard.api.commerce_layer.predicates import PREDICATES
from dashboard.criteria import All, Any, CannotSay, Comparison, Invalid
from tests.api.grammars import TYPES, rows
from tests.meaning import holds

ROWS = rows()
CONTRACT = """
    eq not_eq eq_or_null not_eq_or_null matches matches_any matches_all does_not_match does_not_match_any
    does_not_match_all lt lt_any lt_all lteq lteq_any lteq_all gt gt_any gt_all gteq gteq_any gteq_all
    in not_in in_or_null not_in_or_null not_eq_all start start_any start_all not_start not_start_any not_start_all
    end end_any end_all not_end not_end_any not_end_all cont cont_any cont_all not_cont not_cont_all
    present blank null not_null true false jcont
"""


def text(test):
    """A condition on the name, as SQL has it: without one it is not met."""
    return lambda row: row["name"] is not None and test(row["name"].lower())


def number(test):
    return lambda row: row["count"] is not None and test(row["count"])


SAID = [
    ({"name_eq": "a"}, lambda row: row["name"] == "a"),
    ({"name_eq": ""}, lambda row: row["name"] == ""),
    ({"name_not_eq": "a"}, lambda row: row["name"] not in ("a", None)),
    ({"name_eq_or_null": "a"}, lambda row: row["name"] in ("a", None)),
    ({"name_not_eq_or_null": "a"}, lambda row: row["name"] != "a"),
    ({"name_not_eq_all": ["a", "Ab"]}, lambda row: row["name"] not in ("a", "Ab", None)),
    ({"name_in": "a,Ab"}, lambda row: row["name"] in ("a", "Ab")),
    ({"name_in": ["a,b"]}, lambda row: row["name"] == "a,b"),
    ({"name_not_in": "a,Ab"}, lambda row: row["name"] not in ("a", "Ab", None)),
    ({"name_in_or_null": "a,Ab"}, lambda row: row["name"] in ("a", "Ab", None)),
    ({"name_not_in_or_null": "a,Ab"}, lambda row: row["name"] not in ("a", "Ab")),
    ({"name_matches": "A%"}, text(lambda name: name.startswith("a"))),
    ({"name_matches_any": "b%,%B"}, text(lambda name: name[:1] == "b" or name[-1:] == "b")),
    ({"name_matches_all": "a%,%b"}, text(lambda name: name[:1] == "a" and name[-1:] == "b")),
    ({"name_does_not_match": "a%"}, text(lambda name: name[:1] != "a")),
    ({"name_does_not_match_any": "a%,%b"}, text(lambda name: name[:1] != "a" or name[-1:] != "b")),
    ({"name_does_not_match_all": "a%,%b"}, text(lambda name: name[:1] != "a" and name[-1:] != "b")),
    ({"name_start": "A"}, text(lambda name: name[:1] == "a")),
    ({"name_start_any": "b,!"}, text(lambda name: name[:1] in ("b", "!"))),
    ({"name_start_all": "a,aB"}, text(lambda name: name[:2] == "ab")),
    ({"name_not_start": "a"}, text(lambda name: name[:1] != "a")),
    ({"name_not_start_any": "a,ab"}, text(lambda name: name[:2] != "ab")),
    ({"name_not_start_all": "a,!"}, text(lambda name: name[:1] not in ("a", "!"))),
    ({"name_end": "B"}, text(lambda name: name[-1:] == "b")),
    ({"name_end_any": "B,2"}, text(lambda name: name[-1:] in ("b", "2"))),
    ({"name_end_all": "b,_b"}, text(lambda name: name[-2:] == "_b")),
    ({"name_not_end": "B"}, text(lambda name: name[-1:] != "b")),
    ({"name_not_end_any": "b,_b"}, text(lambda name: name[-2:] != "_b")),
    ({"name_not_end_all": "B,2"}, text(lambda name: name[-1:] not in ("b", "2"))),
    ({"name_cont": "%"}, text(lambda name: "%" in name)),
    ({"name_cont_any": ["%", ","]}, text(lambda name: "%" in name or "," in name)),
    ({"name_cont_all": "A,_"}, text(lambda name: "a" in name and "_" in name)),
    ({"name_not_cont": "A"}, text(lambda name: "a" not in name)),
    ({"name_not_cont_all": "A,1"}, text(lambda name: "a" not in name and "1" not in name)),
    ({"name_present": True}, lambda row: row["name"] not in ("", None)),
    ({"name_present": "false"}, lambda row: row["name"] in ("", None)),
    ({"name_blank": "true"}, lambda row: row["name"] in ("", None)),
    ({"count_blank": True}, lambda row: row["count"] is None),
    ({"extra_present": True}, lambda row: row["extra"] is not None),
    ({"name_null": True}, lambda row: row["name"] is None),
    ({"name_null": "0"}, lambda row: row["name"] is not None),
    ({"photo_not_null": True}, lambda row: row["photo"] is not None),
    ({"photo_not_null": False}, lambda row: row["photo"] is None),
    ({"paid_true": True}, lambda row: row["paid"] is True),
    ({"paid_true": False}, lambda row: row["paid"] is False),
    ({"paid_false": "1"}, lambda row: row["paid"] is False),
    ({"paid_eq": "true"}, lambda row: row["paid"] is True),
    ({"count_lt": 1}, number(lambda count: count < 1)),
    ({"count_lt_any": "0,2"}, number(lambda count: count < 2)),
    ({"count_lt_all": [0, 2]}, number(lambda count: count < 0)),
    ({"count_lteq": "1"}, number(lambda count: count <= 1)),
    ({"count_lteq_any": [0, 2]}, number(lambda count: count <= 2)),
    ({"count_lteq_all": [0, 2]}, number(lambda count: count <= 0)),
    ({"count_gt": 1}, number(lambda count: count > 1)),
    ({"count_gt_any": [0, 2]}, number(lambda count: count > 0)),
    ({"count_gt_all": 2}, number(lambda count: count > 2)),
    ({"count_gteq": 1}, number(lambda count: count >= 1)),
    ({"count_gteq_any": [0, 2]}, number(lambda count: count >= 0)),
    ({"count_gteq_all": [0, 2]}, number(lambda count: count >= 2)),
    ({"name_eq": 5}, lambda row: row["name"] == "5"),
    ({"extra_jcont": {"a": 1}}, lambda row: isinstance(row["extra"], dict) and row["extra"].get("a") in (1, 1.0)
        and row["extra"]["a"] is not True),
    ({"extra_jcont": '{"b":null}'}, lambda row: isinstance(row["extra"], dict) and row["extra"].get("b", 0) is None),
    ({"friend_email_end": ".COM"}, lambda row: bool(row["friend.email"])),
    ({"name_or_friend_email_eq": ""}, lambda row: "" in (row["name"], row["friend.email"])),
    ({"name_or_friend_email_not_eq": ""}, lambda row: {row["name"], row["friend.email"]} - {"", None}),
    ({"count_or_friend_id_gt_all": [0, 1]}, lambda row: (row["count"] or 0) > 1 or (row["friend_id"] or 0) > 1),
    ({"name_cont": "a", "count_gt": 0}, lambda row: text(lambda name: "a" in name)(row) and (row["count"] or 0) > 0),
]  # fmt: skip


def test_the_predicates_are_those_of_the_contract():
    assert set(PREDICATES) == set(CONTRACT.split())
    tried = {
        ending for said, _ in SAID for name in said for ending in PREDICATES if name.endswith(f"_{ending}")
    }
    assert tried == set(CONTRACT.split())


@pytest.mark.parametrize(
    ("said", "meant"), SAID, ids=lambda value: next(iter(value)) if isinstance(value, dict) else ""
)
def test_a_predicate_means_what_ransack_means(said, meant):
    tree = parse(said, TYPES)
    assert [row["id"] for row in ROWS if holds(tree, row)] == [row["id"] for row in ROWS if meant(row)]
    again = parse(printed(tree, TYPES), TYPES)
    assert [row["id"] for row in ROWS if holds(again, row)] == [row["id"] for row in ROWS if meant(row)]


def test_no_filters_mean_every_record():
    assert parse({}, TYPES) is None
    assert printed(All(())) == {}


def test_a_day_is_its_midnight():
    start = datetime(2026, 1, 5, tzinfo=UTC)
    assert parse({"at_gteq": "2026-01-05"}, TYPES) == Comparison("at", "gte", start)
    assert parse({"at_in": "2026-01-05,2026-01-05T01:00:00+01:00"}, TYPES) == Comparison(
        "at", "in", (start, start)
    )


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("customer_email_eq", ["customer_email"]),
        ("customer_name_eq", ["customer.name"]),
        ("customer_region_name_eq", ["customer.region.name"]),
        ("a_or_b_eq", ["a_or_b"]),
        ("a_or_b_or_code_eq", ["a_or_b", "code"]),
        ("code_or_a_or_b_eq", ["code", "a_or_b"]),
        ("code_not_eq", ["code_not"]),
    ],
)
def test_a_name_is_read_by_the_attributes_there_are(name, paths):
    known = [
        "customer_email",
        "customer.email",
        "customer.name",
        "customer.region.name",
        "a_or_b",
        "code",
        "code_not",
    ]
    types = dict.fromkeys(known, "text")
    if name == "code_not_eq":
        del types["code"]  # else the longest predicate is not_eq
    found = parse({name: "x"}, types)
    assert found == (Any if len(paths) > 1 else lambda nodes: nodes[0])(
        tuple(Comparison(path, "eq", "x") for path in paths)
    )


def test_the_longest_predicate_wins():
    types = {"code": "text", "code_not": "text"}
    assert criteria.fields(parse({"code_not_eq": "x"}, types)) == {"code"}
    assert criteria.fields(parse({"code_not_not_eq": "x"}, types)) == {"code_not"}
    with pytest.raises(CannotSay):
        printed(Comparison("code_not", "eq", "x"), types)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("status_eq", "x", "There is no attribute “status”"),
        ("name_or_status_eq", "x", "There is no attribute “name_or_status”"),
        ("_eq", "x", "There is no attribute “”"),
        ("name", "x", "A filter is an attribute and a predicate, for example status_eq"),
        ("eq", "x", "A filter is an attribute and a predicate, for example status_eq"),
        ("name_like", "x", "A filter is an attribute and a predicate, for example status_eq"),
        ("name_not_cont_any", "x", "There is no attribute “name_not”"),
        ("x" * 600 + "_eq", "x", "A filter is an attribute and a predicate, for example status_eq"),
        ("name_gt", "x", "“gt” does not go with “name”, which is of type text"),
        ("name_true", True, "“true” does not go with “name”, which is of type text"),
        ("extra_eq", "x", "“eq” does not go with “extra”, which is of type json"),
        ("name_jcont", {}, "“jcont” does not go with “name”, which is of type text"),
        ("name_eq", None, "Give a value, or use the predicate null"),
        ("name_eq", ["a"], "This predicate takes one value"),
        ("name_eq", {"a": 1}, "This predicate takes one value"),
        ("name_eq", True, "Enter text"),
        ("name_in", [], "Give at least one value"),
        ("name_in", [["a"]], "This predicate takes one value"),
        ("name_cont", "", "Enter the text to look for"),
        ("name_cont_any", "a,", "Enter the text to look for"),
        ("name_matches", "a\\", "Enter a pattern that does not end in a backslash"),
        ("name_cont_any", ["a"] * 101, "Give at most 100 values"),
        ("name_null", "yes", "Give true or false"),
        ("name_present", 1, "Give true or false"),
        ("extra_jcont", "{", 'Give a JSON object, for example {"color":"red"}'),
        ("extra_jcont", [1], 'Enter a JSON object, for example {"color": "red"}'),
        ("count_eq", "1.5", "Enter a whole number, for example 20"),
        ("total_gt", "x", "Enter an amount, for example 20 or 20.50"),
        ("at_gt", "soon", "Enter a date and time, for example 2026-11-21 13:05"),
        ("token_eq", "x", "Enter an identifier such as 0b9f6c1e-8f0d-4a54-9d3e-2f6a1c7b5e90"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(name, value, sentence):
    with pytest.raises(Invalid) as refusal:
        parse({name: value}, TYPES)
    assert (refusal.value.field, refusal.value.message) == (name[:100], sentence)


def test_filters_are_an_object_of_not_too_many():
    with pytest.raises(Invalid, match="Filters are an object"):
        parse(["name_eq"], TYPES)
    with pytest.raises(Invalid, match="Give at most 100 filters"):
        parse({f"x{number}_eq": 1 for number in range(101)}, TYPES)
