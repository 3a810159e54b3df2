"""What people really upload: every usual form of a list of ids, read by the real child."""

import io
import uuid

import pytest
from openpyxl import Workbook

from dashboard import filter_files
from tests.filter_files import packages
from tests.filter_files.packages import numbers, words, workbook

MIB = 1024 * 1024
ONE = uuid.UUID("0b9f6c1e-8f0d-4a54-9d3e-2f6a1c7b5e90")
TWO = uuid.UUID("deadbeef-aaaa-bbbb-cccc-ddddeeeeffff")


def ids(content, name="ids.csv", kind="integer", headings=()):
    data = content.encode() if isinstance(content, str) else content
    return list(filter_files.read(data, name, kind, headings).values)


@pytest.mark.parametrize(
    "content",
    [
        "3\n1\n2\n",
        "3\r\n1\r\n2",
        "3\r1\r2",
        "id\n3\n1\n2\n",
        "Order ID\n3\n1\n2\n",
        '"Order, the id of";name\n3;x\n1;y\n2;z\n',
        "\n\n 3 \n\n\t1\n2  \n\n",
        "   \n,\n, ,\n3\n1\n2\n",
        "3\n1\n3\n01\n1\n2\n3\n",
        'id,name\n3,a\n1,"b\n c"\n2\n',
        "id;name\n3;a,b\n1;x\n2;\n",
        "id\tname\n3\ta\n1\tx\n2\t\n",
        "3,x" * 40 + "\n1\n2,,,,,\n",
        '"3"\n"1" \n "2"\n',
        '3,"say ""hi"""\n1,"x", y\n2\n',
        f"3,{'long ' * 100_000}\n1\n2\n",
        "\ufeff3\n1\n2\n".encode(),
        "\ufeffid\n3\n1\n2\n".encode(),
        "id\n3\n1\n2\n".encode("utf-16"),
        b"\xff\xfe" + "3\r\n1\r\n2".encode("utf-16-le"),
        b"\xfe\xff" + "3\n1\n2\n".encode("utf-16-be"),
        "Größe,Straße\n3,ä\n1,😀\n2,\u0663\n",
    ],
)
def test_text_in_every_usual_form(content):
    assert ids(content) == [3, 1, 2]


def test_a_text_file_is_read_as_csv_is():
    assert ids("id;name\n3;a\n", "IDS.TXT") == [3]


def test_numbers_go_to_the_very_ends_of_64_bits():
    assert ids(f"{2**63 - 1}\n-{2**63}\n-0\n000007\n") == [2**63 - 1, -(2**63), 0, 7]


def test_texts_keep_everything_but_the_blanks_around_them():
    content = ' SKU-7 \n007\n"a, b"\nGrün\n' + "x" * 64 + "\n=1+1\n007\n"
    assert ids(content, kind="text") == ["SKU-7", "007", "a, b", "Grün", "x" * 64, "=1+1"]


@pytest.mark.parametrize("heading", ["sku", "SKU", " Sku", '"SKU"', "Article number", "article_number"])
def test_among_texts_only_the_names_of_the_key_are_headings(heading):
    names = ["sku", "Article number"]
    assert ids(f"{heading}\nA\nsku\n", kind="text", headings=names) == ["A", "sku"]
    assert ids("total\nA\n", kind="text", headings=names) == ["total", "A"]


def test_identifiers_are_taken_in_both_spellings():
    content = f"{ONE}\n{str(TWO).upper()}\n{ONE.hex}\n"
    assert ids(content, kind="uuid") == [str(ONE), str(TWO)]
    assert ids(f"Customer\n{TWO}", kind="uuid") == [str(TWO)]


def test_an_identifier_without_digits_is_no_heading():
    assert ids(f"{'a' * 32}\n", kind="uuid") == [str(uuid.UUID("a" * 32))]


def test_a_hundred_thousand_ids_are_taken():
    assert ids("id\n" + "\n".join(map(str, range(100_000)))) == list(range(100_000))


def test_ten_mebibytes_are_taken():
    assert ids(b"1\n" + b"\n" * (10 * MIB - 2)) == [1]


def test_a_path_and_an_open_file_are_read_too(tmp_path):
    path = tmp_path / "list"
    path.write_bytes(b"5\n6\n")
    assert filter_files.read(path, "a.txt", "integer") == filter_files.Ids((5, 6), "a.txt")
    assert filter_files.read(io.BytesIO(b"5\n6\n"), "b.csv", "integer") == filter_files.Ids((5, 6), "b.csv")


def test_names_are_for_display_only():
    assert filter_files.display_name("../../etc/pass\twd\u202e.csv") == "passwd.csv"
    assert filter_files.display_name("C:\\Users\\maya\\ids.csv") == "ids.csv"
    assert len(filter_files.display_name("x" * 5000 + ".csv")) == 255
    assert ids("1", "x" * 5000 + ".csv") == [1]


def saved(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return book


def in_bytes(book):
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_workbook_of_a_spreadsheet_program():
    book = saved(["Order ID", "Name"], [3, "a"], [" 1 ", "b"], [None, "c"], [], ["3"], [2.0, "=A1"])
    book.create_sheet("More").append([99])
    assert ids(in_bytes(book), "Ids.XLSX") == [3, 1, 2]


def test_a_workbook_that_is_written_as_a_stream():
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for number in range(20_000):
        sheet.append([number, f"name {number}"])
    assert ids(in_bytes(book), "ids.xlsx") == list(range(20_000))


def test_the_first_sheet_that_people_see_counts():
    book = saved([99])
    book.active.sheet_state = "hidden"
    book.create_sheet("Ids").append([1])
    book.create_sheet("Later").append([2])
    book.active = 1
    assert ids(in_bytes(book), "ids.xlsx") == [1]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (numbers(3, 1, 2), [3, 1, 2]),
        (numbers("3.0", "1E2", "-2", "999999999999999"), [3, 100, -2, 999_999_999_999_999]),
        (numbers(3, "", 2), [3, 2]),
        (words(" 3", "1234567890123456789", "3"), [3, 1234567890123456789]),
        ('<row><c t="inlineStr"><is><r><t>1</t></r><r><t>2</t></r></is></c></row>', [12]),
        ('<row><c t="inlineStr"><is><t>1</t><rPh sb="0" eb="1"><t>9</t></rPh></is></c></row>', [1]),
        ('<row><c><f>1+1</f><v>2</v></c></row><row><c t="str"><f>"3"</f><v>3</v></c></row>', [2, 3]),
        ('<row r="1"><c r="A1"><v>1</v></c></row><row><c t="str"><f>""</f><v></v></c></row>', [1]),
        ('<row r="7"><c r="B7"><v>9</v></c></row><row r="9"><c r="A9"><v>1</v></c></row>', [1]),
        ("<row><c><v>1</v></c><c><v>9</v></c></row><row><c/><c><f>1</f></c></row>", [1]),
        ('<row r="1"><c r="A1"><v>1</v></c><c r="AX1"><v>9</v></c><c r="AY1" s="0"/></row>', [1]),
        ('<row><c t="s"><v>0</v></c></row><row><c t="s"><v>1</v></c></row>', [12, 5]),
    ],
)
def test_cells_are_read_as_they_are_written(rows, found):
    texts = packages.shared(
        "<r><t>1</t></r><r><t>2</t></r>", "<t xml:space='preserve'> 5 </t><rPh><t>x</t></rPh>"
    )
    assert ids(workbook(rows, shared=texts), "ids.xlsx") == found


def test_a_workbook_whose_elements_have_a_prefix():
    sheet = packages.sheet(numbers(3, 1)).replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:")
    sheet = sheet.replace("<x:?xml", "<?xml").replace("xmlns=", "xmlns:x=")
    assert ids(workbook(sheet1=sheet), "ids.xlsx") == [3, 1]


def test_a_number_in_a_format_that_is_no_date_is_a_number():
    formats = packages.styles("0.00", "#,##0\\d", "0&quot; days&quot;", "[Red]0", 14)
    rows = "".join(f'<row><c s="{style}"><v>{style}</v></c></row>' for style in range(4))
    assert ids(workbook(rows, styles=formats), "ids.xlsx") == [0, 1, 2, 3]


def test_escaped_characters_of_a_workbook_are_read_as_they_are_shown():
    assert ids(workbook(words("_x0041_1", "_x005F_x0041_")), "ids.xlsx", "text") == ["A1", "_x0041_"]


def test_numbers_among_texts_are_taken_as_they_are_shown():
    assert ids(workbook(numbers(7, "12.0")), "ids.xlsx", "text") == ["7", "12"]


def test_a_hundred_thousand_rows_are_taken():
    assert ids(workbook(numbers(*range(100_000))), "ids.xlsx") == list(range(100_000))


def test_a_workbook_with_parts_named_from_the_root_and_a_default_type():
    main = f'<Default Extension="xml" ContentType="{packages.MAIN}"/>'
    types = packages.types().replace('<Default Extension="xml" ContentType="application/xml"/>', main)
    types = types.replace("/xl/workbook.xml", "/xl/other.xml")
    book = workbook(numbers(4), types=types, targets={"worksheet": "/xl/worksheets/sheet1.xml"})
    assert ids(book, "ids.xlsx") == [4]
