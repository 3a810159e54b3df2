"""CSV as its own reader sees it, and to the byte where readers differ."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from io import StringIO

import pytest

from dashboard.columns import Column
from dashboard.formats import FORMATS


def fields(file):
    """The raw text of the first column, below the heading."""
    lines = file.data.decode().split("\r\n")
    return [line.rpartition(",")[0] for line in lines[1:-1]]


def parsed(file):
    return [row[0] for row in csv.reader(StringIO(file.data.decode(), newline=""))][1:]


FIDELITY = [
    ("text", None, ""),
    ("text", "", '""'),
    ("text", "007", '"007"'),
    ("text", "1E5", '"1E5"'),
    ("text", "MARCH1", '"MARCH1"'),
    ("text", "12345678901234567890", '"12345678901234567890"'),
    ("text", 'a "b" c', '"a ""b"" c"'),
    ("text", "a,b", '"a,b"'),
    ("text", "NUL \0", '"NUL \ufffd"'),
    ("text", "\x01\x1f\x7f\ufffe\uffff", '"\x01\x1f\x7f\ufffe\uffff"'),
    ("text", "é ü 漢 😀", '"é ü 漢 😀"'),
    ("boolean", True, "true"),
    ("boolean", False, "false"),
    ("integer", -(2**63), "-9223372036854775808"),
    ("integer", 2**63 - 1, "9223372036854775807"),
    ("decimal", "12.50", "12.50"),
    ("decimal", "-0.003", "-0.003"),
    ("decimal", "12345678901234567890.1234567890", "12345678901234567890.1234567890"),
    ("float", 0.1, "0.1"),
    ("float", float("nan"), "NaN"),
    ("float", float("inf"), "Infinity"),
    ("float", float("-inf"), "-Infinity"),
    ("date", date(2026, 1, 5), "2026-01-05"),
    ("date", date(1, 1, 1), "0001-01-01"),
    ("datetime", datetime(2026, 1, 5, 9, tzinfo=UTC), "2026-01-05T09:00:00+00:00"),
    ("datetime", datetime(2026, 1, 5, 9, 0, 0, 1, tzinfo=UTC), "2026-01-05T09:00:00.000001+00:00"),
    ("time", "13:05:00", '"13:05:00"'),
    ("interval", "-P1DT2H", '"-P1DT2H"'),
    ("uuid", "2f1b0c3e-8f5a-4c55-9d0e-0d8f6f9f4c11", '"2f1b0c3e-8f5a-4c55-9d0e-0d8f6f9f4c11"'),
    ("binary", b"\xfb\xff\x00", '"+/8A"'),
    ("json", '{"a":[1,null]}', '"{""a"":[1,null]}"'),
]


@pytest.mark.parametrize(("type", "value", "expected"), FIDELITY)
def test_each_value_reads_as_the_fidelity_table_says(one, type, value, expected):
    assert fields(one("csv", type, [value])) == [expected]


@pytest.mark.parametrize(("type", "value", "expected"), FIDELITY)
def test_each_value_is_read_back_by_pythons_own_reader(one, type, value, expected):
    field = expected[1:-1].replace('""', '"') if expected.startswith('"') else expected
    assert parsed(one("csv", type, [value, value])) == [field, field]
    if type in ("text", "time", "interval", "uuid", "json"):
        assert field == (value or "").replace("\0", "\ufffd")


def test_long_text_is_whole(one):
    text = "é=" * 500_000
    csv.field_size_limit(2_000_000)
    assert parsed(one("csv", "text", [text])) == [text]


@pytest.mark.parametrize("type", sorted({type for type, _, _ in FIDELITY}))
def test_null_is_empty_and_bare_in_every_type(one, type):
    assert fields(one("csv", type, [None, None])) == ["", ""]


@pytest.mark.parametrize("odd", ["=1+1", 'a "b"', "NUL \0", "plain"])
@pytest.mark.parametrize("usual", [["paid", "open"], ["paid", None], ["-5", "paid"]])
def test_one_text_among_many_that_repeat_is_looked_at_too(one, usual, odd):
    texts = [usual[number % 2] for number in range(6000)] + [odd]
    (expected,) = fields(one("csv", "text", [odd]))
    found = fields(one("csv", "text", texts))
    assert found[-1] == expected
    assert found[:2] == fields(one("csv", "text", usual))
    assert len(found) == len(texts)


def test_line_ends_inside_text_are_kept(one):
    assert parsed(one("csv", "text", ["a\r\nb\rc\nd"])) == ["a\r\nb\rc\nd"]


def test_the_file_is_utf8_without_a_mark_and_ends_lines_with_crlf(one):
    data = one("csv", "text", ["é", "z"]).data
    assert data == '"Value","Last"\r\n"é",0\r\n"z",1\r\n'.encode()


def test_moments_are_written_in_the_zone_of_the_export(one):
    summer = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert fields(one("csv", "datetime", [summer], timezone="Europe/Berlin")) == ["2026-07-02T00:30:00+02:00"]


def test_a_moment_whose_local_offset_has_seconds_is_written_in_utc(one):
    old = datetime(1800, 1, 1, tzinfo=UTC)
    new = datetime(2026, 1, 1, tzinfo=UTC)
    found = fields(one("csv", "datetime", [old, new], timezone="Europe/Berlin"))
    assert found == ["1800-01-01T00:00:00+00:00", "2026-01-01T01:00:00+01:00"]


def test_a_moment_in_the_year_10000_of_its_zone_is_written_in_utc(one):
    last = datetime(9999, 12, 31, 23, 30, tzinfo=UTC)
    assert fields(one("csv", "datetime", [last], timezone="Europe/Berlin")) == ["9999-12-31T23:30:00+00:00"]


def test_formulas_get_an_apostrophe_and_are_counted(one):
    file = one("csv", "text", ["=1+1", "plain", "-5", None, "a;=1", 'say "=1"', "\0"])
    assert parsed(file) == ["'=1+1", "plain", "-5", "", "a;'=1", 'say "=1"', "\ufffd"]
    assert file.warnings == {"guarded_cells": 2, "replaced_characters": 1}


def test_with_the_guard_off_formulas_stay_and_nul_is_replaced_all_the_same(one):
    file = one("csv", "text", ["=1+1", "=\0\0"], guard="off")
    assert parsed(file) == ["=1+1", "=\ufffd\ufffd"]
    assert file.warnings == {"replaced_characters": 2}


def test_an_unknown_guard_is_refused(one):
    with pytest.raises(ValueError, match="guard is one of inline, split, off, not none"):
        one("csv", "text", [], guard="none")


def test_json_text_is_guarded_and_still_parses(one):
    file = one("csv", "json", ['{"a":"x;=1"}', "-5"])
    assert parsed(file) == ['{"a":"x;\'=1"}', "-5"]


def test_typed_values_that_start_with_a_sign_are_not_guarded(one):
    assert one("csv", "interval", ["-P1D"]).warnings == {}
    assert one("csv", "binary", [b"\xfb\xff\x00"]).warnings == {}
    assert one("csv", "decimal", ["-1.5"]).warnings == {}


def test_an_interval_that_is_none_is_guarded(one):
    assert parsed(one("csv", "interval", ["=1+1"])) == ["'=1+1"]


def test_values_that_do_not_fit_their_type_stand_as_guarded_text(one):
    file = one("csv", "integer", [1, None, None], odd_texts=[None, '=a"b', None])
    assert fields(file) == ["1", '"\'=a""b"', ""]
    assert file.warnings == {"odd_values": 1, "guarded_cells": 1}


def test_a_decimal_that_is_not_digits_is_quoted_and_counted(one):
    file = one("csv", "decimal", ["1.5", "1,5", None, "=1"], odd_texts=[None, None, "many", None])
    assert fields(file) == ["1.5", '"1,5"', '"many"', '"\'=1"']
    assert file.warnings == {"odd_values": 3, "guarded_cells": 1}


def test_headings_are_quoted_and_guarded(render, frame_of):
    columns = (Column("a", "text", "=Sum"), Column("b", "text", 'the "b", \ud800\0'))
    header = '"\'=Sum","the ""b"", \ufffd\ufffd"\r\n'
    assert render("csv", columns, frame_of(columns, [])).data.decode() == header
    assert render("csv", columns, guard="off").data.decode() == header.replace("'", "")


@pytest.mark.parametrize("type", ["text", "integer", "datetime"])
def test_a_file_of_one_column_has_no_empty_lines(render, columns_of, frame_of, type):
    columns = columns_of(only=type)
    file = render("csv", columns, frame_of(columns, [(None,), (None,)]))
    assert file.data == b'"Only"\r\n""\r\n""\r\n'


# --- The options, one by one and then all together.

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
NULLS = {"empty": "", "NULL": "NULL", "\\N": "\\N"}


@pytest.fixture
def shop(render, frame_of):
    """A file of headings, text, decimals and floats, with the given options: its bytes."""
    columns = (Column("t", "text", "Text"), Column("d", "decimal", "Price"), Column("f", "float", "Weight"))
    rows = [("a;b", "-12.50", 0.25), (None, None, None), ("", "7", 1e300)]
    return lambda **options: render("csv", columns, frame_of(columns, rows), **options).data


def test_the_defaults_said_aloud_make_the_same_file(shop):
    said = {"delimiter": "comma", "decimal": "point", "bom": "no", "line_end": "crlf", "null": "empty"}
    assert shop(**said, guard="inline") == shop()
    assert shop() == b'"Text","Price","Weight"\r\n"a;b",-12.50,0.25\r\n,,\r\n"",7,1e+300\r\n'


@pytest.mark.parametrize(("name", "mark"), DELIMITERS.items())
def test_fields_and_headings_stand_apart_by_the_delimiter(shop, name, mark):
    lines = shop(delimiter=name).decode().split("\r\n")
    assert lines[0] == f'"Text"{mark}"Price"{mark}"Weight"'
    assert lines[1:3] == [f'"a;b"{mark}-12.50{mark}0.25', mark * 2]


def test_a_byte_order_mark_stands_once_at_the_start(render, columns_of, frame_of, shop):
    assert shop(bom="yes") == b"\xef\xbb\xbf" + shop()
    columns = columns_of(a="integer")
    parts = [frame_of(columns, [(n,)]) for n in (1, 2)]
    assert render("csv", columns, *parts, bom="yes").data == b'\xef\xbb\xbf"A"\r\n1\r\n2\r\n'


def test_line_ends_can_be_those_of_unix_and_text_keeps_its_own(render, columns_of, frame_of, shop):
    assert shop(line_end="lf") == shop().replace(b"\r\n", b"\n")
    columns = columns_of("text")
    file = render("csv", columns, frame_of(columns, [("a\r\nb",)]), line_end="lf")
    assert file.data == b'"Text"\n"a\r\nb"\n'


def test_a_decimal_comma_is_for_decimals_and_floats_alone(render, frame_of, shop):
    assert shop(decimal="comma", delimiter="semicolon").split(b"\r\n")[1:4] == [
        b'"a;b";-12,50;0,25',
        b";;",
        b'"";7;1e+300',
    ]
    columns = (Column("t", "text", "1.5"), Column("at", "datetime", "At"), Column("f", "float", "F"))
    row = ("2.5", datetime(2026, 1, 5, 9, 0, 0, 500_000, tzinfo=UTC), float("-inf"))
    file = render("csv", columns, frame_of(columns, [row]), decimal="comma", delimiter="tab")
    assert file.data == b'"1.5"\t"At"\t"F"\r\n"2.5"\t2026-01-05T09:00:00.500+00:00\t-Infinity\r\n'


def test_a_decimal_comma_leaves_what_is_no_number_as_it_was(one):
    file = one(
        "csv", "decimal", ["1.5", "1.5.x", None], [None, None, "2.x"], decimal="comma", delimiter="bar"
    )
    assert file.data.decode().split("\r\n")[1:4] == ["1,5|0", '"1.5.x"|1', '"2.x"|2']


@pytest.mark.parametrize("asked", [{"decimal": "comma"}, {"decimal": "comma", "delimiter": "comma"}])
def test_a_decimal_comma_between_commas_is_refused(asked):
    with pytest.raises(ValueError, match="A decimal comma needs another delimiter than the comma"):
        FORMATS["csv"].settle(asked)


@pytest.mark.parametrize("word", ["NULL", "\\N"])
def test_null_can_be_a_bare_word_which_text_of_that_word_is_not(render, columns_of, frame_of, shop, word):
    assert shop(null=word).decode().split("\r\n")[2:4] == [f"{word},{word},{word}", '"",7,1e+300']
    columns = columns_of("text")
    file = render("csv", columns, frame_of(columns, [(None,), (word,), ("",)]), null=word)
    assert file.data.decode() == f'"Text"\r\n{word}\r\n"{word}"\r\n""\r\n'


@pytest.mark.parametrize(("name", "mark"), DELIMITERS.items())
def test_the_guard_knows_the_delimiter_of_the_file(one, render, name, mark):
    others = [other for other in DELIMITERS.values() if other != mark]
    file = one("csv", "text", [f"a{mark}=1", *(f"a{other}=1" for other in others)], delimiter=name)
    rows = list(csv.reader(StringIO(file.data.decode(), newline=""), delimiter=mark))
    assert [row[0] for row in rows[1:]] == [f"a{mark}=1", *(f"a{other}'=1" for other in others)]
    assert file.warnings == {"guarded_cells": 3}
    heading = (Column("a", "text", f"a{mark}=1"), Column("b", "text", f"a{others[0]}=1"))
    header = render("csv", heading, delimiter=name).data.decode()
    assert header == f'"a{mark}=1"{mark}"a{others[0]}\'=1"\r\n'


# --- What the guard did, beside the data.


def read_list(data):
    """The rows of a list, values read from their JSON."""
    assert data.count(b"\n") == data.count(b"\r\n")
    heading, *rows = csv.reader(StringIO(data.decode(), newline=""), strict=True)
    return heading, [[*row[:3], *map(json.loads, row[3:])] for row in rows]


@pytest.fixture
def orders(render, frame_of):
    """Two parts of orders, three of six rows touched, with these options."""
    columns = (Column("id", "integer", "ID"), Column("note", "text", "Note"), Column("name", "text", "=Name"))
    first = frame_of(columns, [(7, "fine", "=1"), (8, "-5", "x"), (9, "a;=1", "=2;=3")])
    second = frame_of(columns, [(10, None, None), (11, "\0", "y"), (12, '\t"1"', None)])
    return lambda **options: render("csv", columns, first, second, **options)


def test_what_the_guard_changed_is_listed_with_key_rule_before_and_after(orders):
    heading, rows = read_list(orders().list("sanitized"))
    assert heading == ["key", "column", "rule", "before", "after"]
    assert rows == [
        ["3", "note", "inside", "a;=1", "a;'=1"],
        ["1", "name", "head", "=1", "'=1"],
        ["3", "name", "both", "=2;=3", "'=2;'=3"],
        ["3", "note", "head", '\t"1"', '\'\t"1"'],
    ]
    assert orders().warnings == {"guarded_cells": 4, "replaced_characters": 1}


def test_nothing_is_listed_when_the_guard_changed_nothing(one, orders):
    assert one("csv", "text", ["a", "-5", "\0"]).list("sanitized") is None
    assert orders(guard="off").list("sanitized") is None
    assert [len(fragment.lists) for fragment in orders().fragments] == [1, 1]


def test_split_keeps_touched_rows_out_and_writes_them_whole_and_harmless_to_the_list(orders):
    made = orders(guard="split")
    header = '"ID","Note","\'=Name"\r\n'
    assert made.data.decode() == f'{header}8,"-5","x"\r\n10,,\r\n11,"\ufffd","y"\r\n'
    apart = '7,"fine","\'=1"\r\n9,"a;\'=1","\'=2;\'=3"\r\n12,"\'\t""1""",\r\n'
    assert made.list("sanitized").decode() == header + apart
    assert [(f.rows, f.kept_out, f.lists["sanitized"].rows) for f in made.fragments] == [(1, 2, 2), (2, 1, 1)]
    assert made.warnings == {"guarded_cells": 4, "replaced_characters": 1}


def test_split_is_the_same_file_as_inline_when_nothing_is_touched(one):
    split, inline = (one("csv", "text", ["a", "-5", "\0"], guard=guard) for guard in ("split", "inline"))
    assert split.data == inline.data
    assert split.fragments == inline.fragments


def test_the_split_list_has_the_options_of_the_file(orders):
    made = orders(guard="split", delimiter="semicolon", bom="yes", line_end="lf", null="NULL").list(
        "sanitized"
    )
    assert made.startswith('\ufeff"ID";"Note";"\'=Name"\n7;"fine";"\'=1"\n'.encode())
    assert made.endswith(b";NULL\n")


def test_a_part_of_which_nothing_is_left_has_no_lines(render, columns_of, frame_of):
    columns = columns_of("text")
    frames = [frame_of(columns, [("=1",)]), frame_of(columns, [("x",), (None,)])]
    made = render("csv", columns, *frames, guard="split")
    assert made.data == b'"Text"\r\n"x"\r\n""\r\n'
    assert (made.fragments[0].rows, made.fragments[0].kept_out) == (0, 1)


def test_odd_values_of_other_types_are_listed_too(one):
    made = one("csv", "integer", [None, None], odd_texts=["=1", "plain"])
    assert read_list(made.list("sanitized"))[1] == [["1", "value", "head", "=1", "'=1"]]


# --- For people: in the language of the export.

PEOPLE = {"b": "boolean", "d": "decimal", "f": "float", "day": "date", "at": "datetime", "n": "integer"}
ROW = (True, "-1234.50", 0.5, date(2026, 3, 5), datetime(2026, 3, 5, 23, 5, 6, tzinfo=UTC), 12345)


@pytest.fixture
def local(render, columns_of, frame_of):
    def made(language, *rows, **options):
        columns = columns_of(**PEOPLE)
        frame = frame_of(columns, rows or [ROW])
        settings = {"timezone": "Europe/Berlin", "language": language, **options}
        return render("csv", columns, frame, values="local", **settings).data.decode().split("\r\n")[:-1]

    return made


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", '"Yes",-1234.50,0.5,"Mar 5, 2026","Mar 6, 2026, 12:05:06 AM",12345'),
        ("de", '"Ja","-1234,50","0,5","05.03.2026","06.03.2026, 00:05:06",12345'),
        ("fr", '"Oui","-1234,50","0,5","5 mars 2026","6 mars 2026, 00:05:06",12345'),
        ("es", '"Sí","-1234,50","0,5","5 mar 2026","6 mar 2026, 0:05:06",12345'),
        ("it", '"Sì","-1234,50","0,5","5 mar 2026","6 mar 2026, 00:05:06",12345'),
        ("tr", '"Evet","-1234,50","0,5","5 Mar 2026","6 Mar 2026 00:05:06",12345'),
        ("nl", '"Ja","-1234,50","0,5","5 mrt 2026","6 mrt 2026, 00:05:06",12345'),
        ("pl", '"Tak","-1234,50","0,5","5 mar 2026","6 mar 2026, 00:05:06",12345'),
        ("pt", '"Sim","-1234,50","0,5","5 de mar. de 2026","6 de mar. de 2026 00:05:06",12345'),
        ("ja", '"はい",-1234.50,0.5,"2026/03/05","2026/03/06 0:05:06",12345'),
    ],
)
def test_values_for_people_are_written_in_their_language(local, language, line):
    assert local(language)[1] == line
    assert len(next(csv.reader([line]))) == len(PEOPLE)


def test_a_number_with_a_decimal_comma_is_bare_between_other_delimiters(local):
    assert local("de", delimiter="semicolon")[1].split(";")[1:3] == ["-1234,50", "0,5"]


def test_over_clock_times_for_people_stands_their_zone(local):
    assert local("de")[0].endswith(',"At (Europe/Berlin)","N"')


def test_missing_values_are_the_same_for_people(local):
    assert local("fr", (None,) * 6, null="NULL")[1] == ",".join(["NULL"] * 6)


def test_no_part_of_a_second_is_lost_for_people(local):
    row = (*ROW[:4], datetime(2026, 3, 5, 9, 0, 0, 250_000, tzinfo=UTC), 1)
    assert local("de", row)[1].endswith('"05.03.2026, 10:00:00.250",1')


def test_for_people_values_that_do_not_fit_their_type_stay_as_they_are(one):
    days = [None, date(2026, 1, 5)]
    made = one("csv", "date", days, ["=soon", None], values="local", language="nl")
    assert fields(made) == ['"\'=soon"', '"5 jan 2026"']


# --- Related rows.


@pytest.fixture
def nested(render, frame_of):
    lines = (Column("sku", "text", "SKU"), Column("quantity", "integer", "Quantity"))
    columns = (Column("id", "integer", "ID"), Column("lines", "rows", "Lines", columns=lines))
    related = [[{"sku": "=A", "quantity": 1}, {"sku": "B", "quantity": 2}], []]
    frame = frame_of(columns, list(enumerate(related)))
    return lambda **settings: render("csv", columns, frame, **settings)


def test_related_rows_stand_in_one_cell_and_are_guarded_there(nested):
    assert nested().data.decode().split("\r\n") == [
        '"ID","Lines"',
        '0,"SKU: \'=A, Quantity: 1; SKU: B, Quantity: 2"',
        "1,",
        "",
    ]


def test_related_rows_stand_in_numbered_columns_with_their_types(nested):
    made = nested(nested="flatten", widths={"lines": 2})
    assert made.data.decode().split("\r\n") == [
        '"ID","Lines 1 SKU","Lines 1 quantity","Lines 2 SKU","Lines 2 quantity"',
        '0,"\'=A",1,"B",2',
        "1,,,,",
        "",
    ]
    assert read_list(made.list("sanitized"))[1] == [["1", "lines.0.sku", "head", "=A", "'=A"]]


def test_only_numbered_columns_wait_for_all_rows(nested):
    made = nested()
    assert not made.format.waits_for_all(made.layout)
    made = nested(nested="flatten", widths={"lines": 2})
    assert made.format.waits_for_all(made.layout)
