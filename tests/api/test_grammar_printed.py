"""How trees from elsewhere are said in each dialect, and which it has no words for."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from dashboard.api.commerce_layer import filters as commerce_layer
from dashboard.api.omnitron import request_path as omnitron
from dashboard.api.packagex import filters as packagex
from dashboard.api.rebilly import filters as rebilly
from dashboard.criteria import All, Any, CannotSay, Comparison, Not
from tests.api.grammars import TYPES

NO = None  # it has no words for this
AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
SHOWN, ESCAPED = "2026-01-05T09:00:00+00:00", "2026-01-05T09%3A00%3A00%2B00%3A00"
BEFORE = "2026-01-05T08:59:59.999999+00:00"
TOKEN = "00000000-0000-0000-0000-000000000001"


def one(field, operator, value):
    return Comparison(field, operator, value)


EMPTY, FILLED = one("name", "is_null", True), one("name", "is_null", False)


@pytest.mark.parametrize(
    ("tree", "in_omnitron", "in_packagex", "in_commerce_layer", "in_rebilly"),
    [
        (All(()), "", {}, {}, ""),
        (Any(()), NO, NO, NO, NO),
        (one("name", "eq", "a"), "name=a", {"name": "a"}, {"name_eq": "a"}, NO),
        (one("name", "eq", "5"), "name=5", {"name": "5"}, {"name_eq": "5"}, "name:5"),
        (one("name", "eq", ""), NO, {"name": [""]}, {"name_eq": ""}, 'name:""'),
        (one("name", "ieq", "50%_\\"), NO, NO, {"name_matches": "50\\%\\_\\\\"}, "name:50%_\\"),
        (one("name", "ieq", "null"), NO, NO, {"name_matches": "null"}, 'name:"null"'),
        (one("name", "ieq", '"a;'), NO, NO, {"name_matches": '"a;'}, r'name:"\"a;"'),
        (one("name", "in", ("a", "b")), "name__in=a%2Cb", {"name": "a,b"}, {"name_in": ["a", "b"]}, NO),
        (one("name", "in", ("a,b", "c")), NO, {"name": ["a,b", "c"]}, {"name_in": ["a,b", "c"]}, NO),
        (one("name", "in", ("gte:1",)), "name=gte%3A1", {"name": ["gte:1"]}, {"name_eq": "gte:1"}, NO),
        (Any((one("count", "eq", 1), one("count", "in", (2, 3)))),
         "count__in=1%2C2%2C3", {"count": "1,2,3"}, {"count_in": [1, 2, 3]}, "count:1,2,3"),
        (one("count", "ne", 1), NO, NO, {"count_not_eq_or_null": 1}, "count:!1"),
        (one("count", "not_in", (1, 2)), NO, NO, {"count_not_in_or_null": [1, 2]}, "count:!1,2"),
        (Not(Any((one("count", "eq", 1), one("count", "eq", 2)))),
         NO, NO, {"count_not_in_or_null": [1, 2]}, "count:!1,2"),
        (All((one("count", "ne", 1), one("count", "is_null", False))),
         NO, NO, {"count_not_eq": 1}, "count:!1;count:!null"),
        (one("count", "gt", 1), "count__gt=1", {"count": "gt:1"}, {"count_gt": 1}, "count:2.."),
        (one("total", "gt", Decimal("1.50")),
         "total__gt=1.50", {"total": "gt:1.50"}, {"total_gt": "1.50"}, "total:!..1.50;total:!null"),
        (one("count", "between", (1, 5)),
         "count__gte=1&count__lte=5", {"count": "gte:1,lte:5"}, {"count_gteq": 1, "count_lteq": 5}, "count:1..5"),
        (All((one("at", "gte", AT), one("at", "lt", AT.replace(day=6)))),
         f"at__gte={ESCAPED}&at__lt={ESCAPED.replace('05T', '06T')}",
         {"at": f"gte:{SHOWN},lt:{SHOWN.replace('05T', '06T')}"},
         {"at_gteq": SHOWN, "at_lt": SHOWN.replace("05T", "06T")},
         f"at:{SHOWN}..{BEFORE.replace('05T', '06T')}"),
        (one("born", "lt", date(2026, 1, 5)),
         "born__lt=2026-01-05", {"born": "lt:2026-01-05"}, {"born_lt": "2026-01-05"}, "born:..2026-01-04"),
        (one("paid", "eq", True), "paid=true", {"paid": "true"}, {"paid_eq": True}, "paid:true"),
        (one("token", "eq", UUID(int=1)), f"token={TOKEN}", {"token": TOKEN}, {"token_eq": TOKEN}, f"token:{TOKEN}"),
        (EMPTY, "name__isnull=true", NO, {"name_null": True}, "name:null"),
        (Not(EMPTY), "name__isnull=false", NO, {"name_not_null": True}, "name:!null"),
        (Any((EMPTY, one("name", "eq", ""))), NO, NO, {"name_eq_or_null": ""}, 'name:null,""'),
        (one("name", "contains", "a"), "name__contains=a", NO, NO, NO),
        (one("name", "icontains", "a"), "name__icontains=a", NO, {"name_cont": "a"}, NO),
        (one("name", "istarts_with", "a"), NO, NO, {"name_start": "a"}, NO),
        (one("name", "starts_with", "a"), NO, NO, NO, NO),
        (one("name", "ilike", "a_%"), NO, NO, {"name_matches": "a_%"}, NO),
        (one("extra", "json_contains", {"a": 1}), NO, NO, {"extra_jcont": {"a": 1}}, NO),
        (Not(one("name", "icontains", "a")), NO, NO, NO, NO),
        (All((FILLED, Not(one("name", "icontains", "a")))), NO, NO, {"name_not_cont": "a"}, NO),
        (Not(one("name", "ieq", "a")), NO, NO, NO, "name:!a"),
        (Not(one("count", "between", (1, 5))), NO, NO, NO, "count:!1..5"),
        (Any((one("count", "gte", 9), one("count", "lt", 0))), NO, NO, NO, "count:9..,..-1"),
        (Any((one("count", "gt", 9), one("friend_id", "gt", 9))), NO, NO, {"count_or_friend_id_gt": 9}, NO),
        (Any((one("name", "icontains", "a"), one("name", "icontains", "b"))),
         NO, NO, {"name_cont_any": ["a", "b"]}, NO),
        (All((one("name", "icontains", "a"), one("name", "icontains", "b"))),
         NO, NO, {"name_cont_all": ["a", "b"]}, NO),
        (All((one("count", "eq", 1), one("count", "eq", 2))), NO, {"count": "eq:1,eq:2"}, NO, "count:1;count:2"),
        (All((one("count", "in", (1, 2)), one("count", "gt", 1))),
         "count__in=1%2C2&count__gt=1", NO, {"count_in": [1, 2], "count_gt": 1}, "count:1,2;count:2.."),
        (one("friend.email", "eq", "5"),
         "friend.email=5", {"friend.email": "5"}, {"friend_email_eq": "5"}, "friend.email:5"),
    ],
)  # fmt: skip
def test_a_tree_is_said_as(tree, in_omnitron, in_packagex, in_commerce_layer, in_rebilly):
    assert said(omnitron.printed, tree) == in_omnitron
    assert said(packagex.printed, tree, TYPES) == in_packagex
    assert said(commerce_layer.printed, tree, TYPES) == in_commerce_layer
    assert said(rebilly.printed, tree, TYPES) == in_rebilly


def said(printed, *asked):
    try:
        return printed(*asked)
    except CannotSay:
        return NO


def test_what_an_export_has_recorded_is_typed_first():
    day = one("at", "eq", "2026-01-05")
    assert packagex.printed(day, TYPES, "Asia/Tokyo") == {
        "at": "gte:2026-01-04T15:00:00+00:00,lt:2026-01-05T15:00:00+00:00"
    }
    assert rebilly.printed(day, TYPES) == "at:2026-01-05T00:00:00+00:00..2026-01-05T23:59:59.999999+00:00"
    assert commerce_layer.printed(one("count", "eq", "5"), TYPES) == {"count_eq": 5}
    for grammar in (packagex, commerce_layer, rebilly):
        with pytest.raises(CannotSay, match="There is no field “gone”"):
            grammar.printed(one("gone", "eq", "5"), TYPES)


@pytest.mark.parametrize("field", ["limit", "page", "order_by", "direction", "search"])
def test_packagex_has_options_of_its_own(field):
    with pytest.raises(CannotSay):
        packagex.printed(one(field, "eq", 1))


def test_omnitron_sorts_by_a_parameter_of_its_own():
    with pytest.raises(CannotSay):
        omnitron.printed(one("sort", "eq", 1))


@pytest.mark.parametrize("field", ["a:b", "a;b", "a,b", " a", '"a"', ""])
def test_rebilly_has_names_of_its_own(field):
    with pytest.raises(CannotSay):
        rebilly.printed(one(field, "eq", 1))


def test_commerce_layer_names_one_field_once():
    types = {"customer_email": "text", "customer.email": "text"}
    own, theirs = one("customer_email", "eq", "a"), one("customer.email", "eq", "b")
    assert commerce_layer.printed(own, types) == {"customer_email_eq": "a"}
    for tree in (theirs, All((own, theirs))):
        with pytest.raises(CannotSay):
            commerce_layer.printed(tree, types)


def test_what_is_too_much_to_read_is_not_said():
    many = Any(tuple(one("name", "icontains", str(number)) for number in range(101)))
    with pytest.raises(CannotSay, match="Give at most 100 values"):
        commerce_layer.printed(many, TYPES)
    with pytest.raises(CannotSay, match="at most 200 filters"):
        omnitron.printed(All(tuple(one(f"x{number}", "eq", 1) for number in range(201))))
