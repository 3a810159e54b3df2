"""Rebilly's filters: what each form means, and every kind of text that is none."""

from datetime import UTC, datetime

import pytest

from dashboard.api.rebilly.filters import parse
from dashboard.criteria import All, Comparison, Invalid
from tests.api.grammars import TYPES, rows
from tests.meaning import holds

ROWS = rows()


def name(test):
    return lambda row: row["name"] is not None and test(row["name"].lower())


def count(test):
    return lambda row: row["count"] is not None and test(row["count"])


def moment(test):
    return lambda row: row["at"] is not None and test(row["at"])


def day(number, hour=0):
    return datetime(2026, 1, number, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("name:A", name(lambda name: name == "a")),
        (" name : A ", name(lambda name: name == "a")),
        ("name:A,5", name(lambda name: name in ("a", "5"))),
        ("name: a , 5 ", name(lambda name: name in ("a", "5"))),
        ("name:!A", lambda row: (row["name"] or "").lower() != "a"),
        ("name:!A,!5", lambda row: (row["name"] or "").lower() not in ("a", "5")),
        ("name:!A,5", lambda row: (row["name"] or "").lower() not in ("a", "5")),
        ("name:a:b", lambda row: row["name"] == "a:b"),
        ("name:a.", lambda row: row["name"] == "a."),
        ("name:null", lambda row: row["name"] is None),
        ("name:!null", lambda row: row["name"] is not None),
        ("name:null,a", lambda row: (row["name"] or "a").lower() == "a" and row["name"] != ""),
        ("name:!null,a", name(lambda name: name != "a")),
        ('name:"null"', lambda row: row["name"] == "null"),
        ('name:""', lambda row: row["name"] == ""),
        ('name:"a,b"', lambda row: row["name"] == "a,b"),
        ('name:"a;b","1..2"', lambda row: row["name"] in ("a;b", "1..2")),
        ('name:"1..2" , "!a"', lambda row: row["name"] in ("1..2", "!a")),
        ('name:!"!a"', lambda row: row["name"] != "!a"),
        ('name:"@a"', lambda row: row["name"] == "@a"),
        (r'name:" \"a\" "', lambda row: row["name"] == ' "a" '),
        (r'name:"a\\"', lambda row: row["name"] == "a\\"),
        ("name:a\\", lambda row: row["name"] == "a\\"),
        ("friend.email:ANN@example.com", lambda row: (row["friend.email"] or "").lower() == "ann@example.com"),
        ("count:2", lambda row: row["count"] == 2),
        ("count:2,3", lambda row: row["count"] in (2, 3)),
        ("count:!2,3", lambda row: row["count"] not in (2, 3)),
        ("count:0..2", count(lambda count: 0 <= count <= 2)),
        ("count:0 .. 2", count(lambda count: 0 <= count <= 2)),
        ("count:2..", count(lambda count: count >= 2)),
        ("count:..0", count(lambda count: count <= 0)),
        ('count:"0".."2"', count(lambda count: 0 <= count <= 2)),
        ("count:..-1,2..", count(lambda count: count <= -1 or count >= 2)),
        ("count:0..1,3,null", lambda row: row["count"] in (0, 1, 3, None)),
        ("count:!0..2", lambda row: not (row["count"] is not None and 0 <= row["count"] <= 2)),
        ("total:0.1..20.50", lambda row: row["total"] is not None and 0.09 < row["total"] < 20.51),
        ("paid:true", lambda row: row["paid"] is True),
        ("paid:!true", lambda row: row["paid"] is not True),
        ("at:2026-01-05T09:00:00Z", moment(lambda at: at == day(5, 9))),
        ("at:2026-01-05", moment(lambda at: day(5) <= at < day(6))),
        ("at:2026-01-05..2026-01-05", moment(lambda at: day(5) <= at < day(6))),
        ("at:2026-01-05T09:00:00Z..", moment(lambda at: at >= day(5, 9))),
        ("opens:08:00..08:30", lambda row: row["opens"] is not None and str(row["opens"]) <= "08:30:00"),
        ("extra:null", lambda row: row["extra"] is None),
        ("count:2;name:!null", lambda row: row["count"] == 2 and row["name"] is not None),
        ("count:0..;count:..2", count(lambda count: 0 <= count <= 2)),
    ],
)  # fmt: skip
def test_a_filter_means(text, meant):
    tree = parse(text, TYPES)
    assert [row["id"] for row in ROWS if holds(tree, row)] == [row["id"] for row in ROWS if meant(row)]


@pytest.mark.parametrize("text", ["", "  "])
def test_no_filter_means_every_record(text):
    assert parse(text, TYPES) is None


NO_TERM = "A condition is a field, a colon and values, for example status:active"


@pytest.mark.parametrize(
    ("text", "field", "sentence"),
    [
        ("name", "", NO_TERM),
        (":a", "", NO_TERM),
        (";", "", NO_TERM),
        ("name:a;", "", NO_TERM),
        ("name:a;;count:1", "", NO_TERM),
        ('"name":a', "", NO_TERM),
        ("a,b:c", "", NO_TERM),
        ("nope:a", "nope", "There is no field “nope”"),
        ("friend:a", "friend", "There is no field “friend”"),
        ("name:", "name", 'Give a value; for an empty text, ""'),
        ("name:!", "name", 'Give a value; for an empty text, ""'),
        ("name:a,", "name", 'Give a value; for an empty text, ""'),
        ("name:a,,b", "name", 'Give a value; for an empty text, ""'),
        ('name:"a', "name", "A closing quote is missing"),
        ('name:"a\\"', "name", "A closing quote is missing"),
        ('name:"a"b', "name", "After a closing quote comes a comma, a semicolon or “..”"),
        ("name:a,!b", "name", "An exclamation mark on one value belongs on the first one, and is for all of them"),
        ("name:@vip", "name", "Stored lists are not supported; put double quotes around text that begins with @"),
        ("name:!@vip", "name", "Stored lists are not supported; put double quotes around text that begins with @"),
        ("name:a,@vip", "name", "Stored lists are not supported; put double quotes around text that begins with @"),
        ("name:a..b", "name",
         "Ranges are for numbers, dates and times; put double quotes around text with “..” in it"),
        ("paid:..true", "paid",
         "Ranges are for numbers, dates and times; put double quotes around text with “..” in it"),
        ("count:..", "count", "A range has a start, an end or both, for example 10..20"),
        ("count:1..2..3", "count", "A range has one start and one end, for example 10..20"),
        ("count:2..1", "count", "Enter two values, the smaller first"),
        ("count:x", "count", "Enter a whole number, for example 20"),
        ("count:1..x", "count", "Enter a whole number, for example 20"),
        ("count:1..null", "count", "Enter a whole number, for example 20"),
        ("total:1,x", "total", "Enter an amount, for example 20 or 20.50"),
        ("paid:yes", "paid", "Give true or false"),
        ("at:soon", "at", "Enter a date and time, for example 2026-11-21 13:05"),
        ("extra:a", "extra", "This field can only be compared with null"),
        ("name:" + ",".join("abcde" * 101), "name", "Give at most 500 values"),
        (";".join(["count:1"] * 101), "", "Give at most 100 conditions"),
        (";".join([f"name:{','.join('a' * 500)}"] * 11), "", "Give at most 5,000 values in all"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_a_sentence(text, field, sentence):
    with pytest.raises(Invalid) as refusal:
        parse(text, TYPES)
    assert (refusal.value.field, refusal.value.message) == (field, sentence)


def test_a_day_is_that_of_the_zone():
    start, end = day(4, 15), day(5, 15)
    tree = All((Comparison("at", "gte", start), Comparison("at", "lt", end)))
    assert parse("at:2026-01-05", TYPES, "Asia/Tokyo") == tree


def test_a_long_filter_is_read_at_once():
    numbers = ",".join(str(number) for number in range(50_000))
    assert len(parse(f"count:{numbers}", TYPES).value) == 50_000
    with pytest.raises(Invalid, match="A closing quote is missing"):
        parse('name:"' + '\\"' * 200_000, TYPES)
