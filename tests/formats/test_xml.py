"""XML as expat sees it, and the text of it where that hides a difference."""

from __future__ import annotations

from datetime import UTC, date, datetime
from xml.etree import ElementTree
from xml.parsers import expat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from dashboard.columns import ROWS, TYPES, Column
from dashboard.formats.xml import element_names
from tests.formats.any_table import ALL_TYPES, SAMPLE, tables

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
START = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<rows xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
)


def values(file):
    """The text of the first field of each row, None for one that is nil."""
    fields = [row[0] for row in ElementTree.fromstring(file.data)]
    return [None if field.get(NIL) == "true" else field.text or "" for field in fields]


FIDELITY = [
    ("text", "", ""),
    ("text", "007", "007"),
    ("text", "1E5", "1E5"),
    ("text", "12345678901234567890", "12345678901234567890"),
    ("text", "=1+1", "=1+1"),
    ("text", " a\t\nb ", " a\t\nb "),
    ("text", "<b>&amp;]]>\"'", "&lt;b&gt;&amp;amp;]]&gt;\"'"),
    ("text", "a\r\nb\rc\nd", "a&#13;\nb&#13;c\nd"),
    ("text", "NUL \0", "NUL \ufffd"),
    ("text", "\x01\x1f\x7f\x85\ufffe\uffff", "\ufffd\ufffd\x7f\x85\ufffd\ufffd"),
    ("text", "é ü 漢 😀\u2028", "é ü 漢 😀\u2028"),
    ("boolean", True, "true"),
    ("boolean", False, "false"),
    ("integer", -(2**63), "-9223372036854775808"),
    ("integer", 2**63 - 1, "9223372036854775807"),
    ("decimal", "12.50", "12.50"),
    ("decimal", "-12345678901234567890.1234567890", "-12345678901234567890.1234567890"),
    ("float", 0.1, "0.1"),
    ("float", float("nan"), "NaN"),
    ("float", float("inf"), "Infinity"),
    ("float", float("-inf"), "-Infinity"),
    ("date", date(2026, 1, 5), "2026-01-05"),
    ("date", date(1, 1, 1), "0001-01-01"),
    ("datetime", datetime(2026, 1, 5, 9, tzinfo=UTC), "2026-01-05T09:00:00+00:00"),
    ("datetime", datetime(2026, 1, 5, 9, 0, 0, 1, tzinfo=UTC), "2026-01-05T09:00:00.000001+00:00"),
    ("time", "13:05:00", "13:05:00"),
    ("interval", "-P1DT2H", "-P1DT2H"),
    ("uuid", "2f1b0c3e-8f5a-4c55-9d0e-0d8f6f9f4c11", "2f1b0c3e-8f5a-4c55-9d0e-0d8f6f9f4c11"),
    ("binary", b"\xfb\xff\x00", "+/8A"),
    ("json", '{"a":["<",null]}', '{"a":["&lt;",null]}'),
]


@pytest.mark.parametrize(("type", "value", "expected"), FIDELITY)
def test_each_value_is_written_as_the_fidelity_table_says(one, type, value, expected):
    file = one("xml", type, [value])
    assert file.data.decode() == START + f"<row><value>{expected}</value><last>0</last></row>\n</rows>\n"
    replaced = expected.count("\ufffd")
    assert file.warnings == ({"replaced_characters": replaced} if replaced else {})


@pytest.mark.parametrize(
    "text", [value for type, value, _ in FIDELITY if type == "text" and "\0" not in value]
)
def test_text_reads_back_as_it_was_but_for_what_xml_cannot_hold(one, text):
    possible = text.translate({ord(character): "\ufffd" for character in "\x01\x1f\ufffe\uffff"})
    assert values(one("xml", "text", [text])) == [possible]


@pytest.mark.parametrize("type", TYPES)
def test_null_is_nil_in_every_type(one, type):
    file = one("xml", type, [None])
    assert '<value xsi:nil="true"/>' in file.data.decode()
    assert values(file) == [None]


def test_null_and_empty_text_are_different(one):
    assert values(one("xml", "text", ["", None, "x", None])) == ["", None, "x", None]


def test_the_declaration_says_the_encoding_that_the_file_has(one):
    seen = []
    parser = expat.ParserCreate()
    parser.XmlDeclHandler = lambda *declared: seen.append(declared)
    parser.Parse(one("xml", "text", ["é 😀"]).data, True)
    assert seen == [("1.0", "UTF-8", -1)]


def test_rows_of_all_parts_stand_in_one_document_one_a_line(render, columns_of, frame_of):
    columns = columns_of(a="integer")
    parts = [frame_of(columns, rows) for rows in ([], [(1,), (2,)], [], [(3,)])]
    rows = "".join(f"<row><a>{n}</a></row>\n" for n in (1, 2, 3))
    assert render("xml", columns, *parts).data.decode() == f"{START}{rows}</rows>\n"


def test_no_rows_are_an_empty_document(render, columns_of, frame_of):
    columns = columns_of("text")
    assert render("xml", columns).data.decode() == START + "</rows>\n"
    assert render("xml", columns, frame_of(columns, [])).data.decode() == START + "</rows>\n"


def test_moments_are_written_in_the_zone_of_the_export(one):
    summer = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert values(one("xml", "datetime", [summer], timezone="Europe/Berlin")) == ["2026-07-02T00:30:00+02:00"]


def test_replaced_characters_are_counted_one_by_one(one):
    assert one("xml", "text", ["\0\0a\x1f", "b\r", None, "\uffff"]).warnings == {"replaced_characters": 4}


def test_values_that_do_not_fit_their_type_stand_as_text(one):
    file = one("xml", "integer", [1, None, None], odd_texts=[None, "<=1>\x01", None])
    assert values(file) == ["1", "<=1>\ufffd", None]
    assert file.warnings == {"odd_values": 1, "replaced_characters": 1}


def test_a_decimal_that_is_not_digits_is_counted(one):
    file = one("xml", "decimal", ["1.5", "<1,5", None, "1e5"], odd_texts=[None, None, "many", None])
    assert values(file) == ["1.5", "<1,5", "many", "1e5"]
    assert file.warnings == {"odd_values": 3}


NAMES = [
    (["customer.email", "order-id", "_a1"], ["customer.email", "order-id", "_a1"]),
    (["a b", "a:b", "größe", "1st", "-x", ""], ["a_b", "a_b_2", "gr__e", "_1st", "_-x", "_"]),
    (["a b", "a_b", "a_b_2", "a?b"], ["a_b_3", "a_b", "a_b_2", "a_b_4"]),
    (["xml", "XmlThing", "axml"], ["_xml", "_XmlThing", "axml"]),
    (["a", "A"], ["a", "A"]),
]


@pytest.mark.parametrize(("names", "expected"), NAMES)
def test_names_are_made_to_fit_and_those_that_do_stay(names, expected):
    assert element_names(names) == expected


@given(st.lists(st.text("ab _:.-1é<xml\0", max_size=5), unique=True, max_size=8))
def test_any_names_give_different_elements_that_a_parser_takes(names):
    found = element_names(names)
    assert len(set(found)) == len(names)
    ElementTree.fromstring("<rows>" + "".join(f"<{name}/>" for name in found) + "</rows>")


def test_an_element_of_another_name_carries_the_real_one(render, frame_of):
    names = ["fits", 'a "b" <&>\'', "tab\tand\r\nlines", "\0"]
    columns = tuple(Column(name, "text", name) for name in names)
    frame = frame_of(columns, [("x", None, "y", "")])
    (row,) = ElementTree.fromstring(render("xml", columns, frame).data)
    assert [field.get("name", field.tag) for field in row] == [*names[:3], "\ufffd"]
    assert (row[0].attrib, row[1].get(NIL)) == ({}, "true")
    assert [field.text for field in row] == ["x", None, "y", None]


# --- Related rows, names of one's own, dry data.

MAKERS = Column("makers", "rows", "Makers", columns=(Column("name", "text", "Name"),))
ITEMS = Column("line items", "rows", "Items", columns=(Column("sku", "text", "SKU"), MAKERS))
NESTED = (Column("id", "integer", "ID"), ITEMS)
ROWS_OF_ITEMS = [
    (1, [{"sku": "<a>", "makers": [{"name": "x\r"}, {"name": None}]}, {"sku": "", "makers": []}]),
    (2, []),
]


def rows_of(file):
    return file.data.decode().removeprefix(START).removesuffix("</rows>\n").split("\n")[:-1]


def test_related_rows_are_rows_inside_of_their_column(render, frame_of):
    file = render("xml", NESTED, frame_of(NESTED, ROWS_OF_ITEMS))
    assert rows_of(file) == [
        '<row><id>1</id><line_items name="line items">'
        "<row><sku>&lt;a&gt;</sku>"
        '<makers><row><name>x&#13;</name></row><row><name xsi:nil="true"/></row></makers></row>'
        "<row><sku></sku><makers></makers></row></line_items></row>",
        '<row><id>2</id><line_items name="line items"></line_items></row>',
    ]
    assert file.warnings == {}


def test_counters_reach_related_rows(render, frame_of):
    columns = (Column("a", "rows", "A", columns=(Column("t", "text", "T"), Column("d", "decimal", "D"))),)
    rows = [([{"t": "\0\1", "d": "1"}, {"t": "", "d": "x"}],)]
    assert render("xml", columns, frame_of(columns, rows)).warnings == {
        "replaced_characters": 2,
        "odd_values": 1,
    }


def test_a_renamed_column_has_its_new_name(render, frame_of):
    columns = (Column("customer.email", "text", "M", alias="E-Mail"), Column("b", "text", "B", alias="My b"))
    file = render("xml", columns, frame_of(columns, [("x", None)]))
    assert rows_of(file) == ['<row><E-Mail>x</E-Mail><My_b name="My b" xsi:nil="true"/></row>']


def test_dry_data_leave_out_what_has_no_value(render, frame_of):
    columns = (*NESTED, Column("note", "text", "Note"))
    rows = [(*ROWS_OF_ITEMS[0], ""), (*ROWS_OF_ITEMS[1], None)]
    assert rows_of(render("xml", columns, frame_of(columns, rows), dry=True)) == [
        '<row><id>1</id><line_items name="line items">'
        "<row><sku>&lt;a&gt;</sku><makers><row><name>x&#13;</name></row><row></row></makers></row><row></row>"
        "</line_items></row>",
        "<row><id>2</id></row>",
    ]


# --- By a parser that validates, against a schema made from the columns.

XSD = "http://www.w3.org/2001/XMLSchema"
# A float may be Infinity, which the standard writes INF.
SIMPLE = {
    "integer": "xs:long",
    "decimal": "xs:decimal",
    "boolean": "xs:boolean",
    "date": "xs:date",
    "datetime": "xs:dateTime",
    "binary": "xs:base64Binary",
    "interval": "xs:duration",
    "time": "xs:time",
}


def validator(columns):
    rows = f'<xs:element name="rows"><xs:complexType>{row_type(columns)}</xs:complexType></xs:element>'
    schema = f'<xs:schema xmlns:xs="{XSD}">{rows}</xs:schema>'
    return etree.XMLSchema(etree.fromstring(schema))


def row_type(columns):
    names = element_names([column.member for column in columns])
    fields = "".join(field_type(*pair) for pair in zip(names, columns, strict=True))
    row = f"<xs:complexType><xs:sequence>{fields}</xs:sequence></xs:complexType>"
    rows = f'<xs:element name="row" minOccurs="0" maxOccurs="unbounded">{row}</xs:element>'
    return f"<xs:sequence>{rows}</xs:sequence>"


def field_type(name, column):
    attribute = '<xs:attribute name="name" type="xs:string"/>' if name != column.member else ""
    if column.type == ROWS:
        inner = f"<xs:complexType>{row_type(column.columns)}{attribute}</xs:complexType>"
        return f'<xs:element name="{name}">{inner}</xs:element>'
    base = f'<xs:extension base="{SIMPLE.get(column.type, "xs:string")}">{attribute}</xs:extension>'
    content = f"<xs:complexType><xs:simpleContent>{base}</xs:simpleContent></xs:complexType>"
    return f'<xs:element name="{name}" nillable="true">{content}</xs:element>'


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(table=tables(), zone=st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns"]))
def test_any_table_is_valid_by_the_schema_of_its_columns(render, frame_of, table, zone):
    columns, parts = table
    file = render("xml", columns, *[frame_of(columns, rows) for rows in parts], timezone=zone)
    validator(columns).assertValid(etree.fromstring(file.data))


def test_the_schema_refuses_what_is_not_of_its_type(one):
    columns = (Column("value", "integer", "V"), Column("last", "integer", "L"))
    schema = validator(columns)
    assert schema.validate(etree.fromstring(one("xml", "integer", [1, None]).data))
    assert not schema.validate(etree.fromstring(one("xml", "text", ["x"]).data))


def test_awkward_names_are_valid_too(render, frame_of):
    names = ["a b", "a_b", "1", "xml", "größe"]
    columns = (*(Column(name, "integer", name) for name in names), *ALL_TYPES)
    file = render("xml", columns, frame_of(columns, [[*range(5), *SAMPLE.values()], [None] * len(columns)]))
    validator(columns).assertValid(etree.fromstring(file.data))
