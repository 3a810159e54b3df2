"""Filter files that must be refused: what people upload by mistake, and what somebody makes to break us.

Each is made when it is asked for. `says` is how the first sentence must begin, or what must be in it.
"""

import gzip
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from tests.filter_files import packages
from tests.filter_files.packages import archive, entry, numbers, packed, parts, words, workbook

MIB = 1024 * 1024
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
NOT_A_WORKBOOK = "The file is not an XLSX workbook"
DECLARES = "The workbook declares a document type"
NO_IDS = "The file holds no ids"
TOO_MUCH = "The file needs more memory or time"


@dataclass(frozen=True)
class Hostile:
    title: str
    make: Callable[[], bytes]
    says: str
    name: str = "ids.csv"
    kind: str = "integer"


def text(title, content, says, name="ids.csv", kind="integer"):
    data = content.encode() if isinstance(content, str) else content
    return Hostile(title, lambda: data, says, name, kind)


def book(title, make, says, kind="integer"):
    return Hostile(title, make, says, "ids.xlsx", kind)


def salted(piece, megabytes):
    """So many mebibytes of this, with noise in between, so that it is packed a little less than 100 to 1."""
    noise = random.Random(7)
    line = piece * (3000 // len(piece))
    count = int(megabytes * MIB) // (len(line) + 71)
    return "".join(f"{line}<!--{noise.randbytes(32).hex()}-->" for _ in range(count))


def liar():
    """A sheet of 64 MiB, by the directory a hundred bytes."""
    inflated = zlib.compressobj(1, zlib.DEFLATED, -15)
    start = packages.sheet(numbers(1)).encode()
    data = (
        inflated.compress(start)
        + b"".join(inflated.compress(b" " * MIB) for _ in range(1024))
        + inflated.flush()
    )
    name = "xl/worksheets/sheet1.xml"
    header = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 33, 0, len(data), 100, len(name), 0)
    others = {key: value for key, value in parts().items() if key != name}
    base = packed(others)
    end = base.rindex(b"PK\5\6")
    size, offset = struct.unpack("<2L", base[end + 12 : end + 20])
    local = base[:offset] + header + name.encode() + data
    entries = [base[offset : offset + size], entry(name, 100, len(data), offset=offset)]
    return (
        local
        + b"".join(entries)
        + struct.pack(
            "<4s4H2LH",
            b"PK\5\6",
            0,
            0,
            len(others) + 1,
            len(others) + 1,
            sum(map(len, entries)),
            len(local),
            0,
        )
    )


def overlapping():
    """Nine hundred members that are all the same bytes, each within its own limit."""
    data = zlib.compress(random.Random(3).randbytes(30_000))[2:-4]
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 33, 0, len(data), 30_000, 1, 0) + b"a" + data
    return archive(local, [entry(f"{number:03}", 30_000, len(data)) for number in range(900)])


def locked():
    """A member with the flag of a password."""
    data = bytearray(workbook(numbers(1)))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


def twice():
    data = packed({**parts(numbers(1)), "xl/worksheets/sheet2.xml": packages.sheet(numbers(2))})
    return data.replace(b"sheet2.xml", b"sheet1.xml")


LAUGHS = (
    '<!DOCTYPE worksheet [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)
QUADRATIC = f'<!DOCTYPE sst [<!ENTITY a "{random.Random(5).randbytes(25_000).hex()}">]>'
OUTSIDE = '<!DOCTYPE sst [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
FORMULA = '<row r="2"><c r="A2"><f>1+1</f>{}</c></row>'

TEXTS = [
    text("nothing at all", "", NO_IDS),
    text("blank lines", "\n \r\n\t\n", NO_IDS),
    text("a byte order mark alone", b"\xef\xbb\xbf", NO_IDS),
    text("a heading alone", "id\n", NO_IDS),
    text("headings alone", "id;name;total\r\n", NO_IDS),
    text("ids in the second column", ",1\n,2\n", NO_IDS),
    text("NUL", "1\n2\0\n3\n", "Line 2: the file holds NUL"),
    text("UTF-16 without its mark", "1\n2\n".encode("utf-16-le"), "Line 1: the file holds NUL"),
    text(
        "UTF-16 without its mark, the other way", "1\n2\n".encode("utf-16-be"), "Line 1: the file holds NUL"
    ),
    text("UTF-32", "1\n2\n".encode("utf-32"), "Line 1: the file holds NUL"),
    text("Latin-1", "1\n2\nJosé\n".encode("latin-1"), "Line 3: the file is not in UTF-8", kind="text"),
    text("Windows-1252", b"1\n\x80 2\n", "Line 2: the file is not in UTF-8"),
    text("a character cut in two", b"1\n2\n\xe2\x82", "Line 3: the file is not in UTF-8", kind="text"),
    text(
        "a character in an overlong form", b"1\n\xc0\xaf\n", "Line 2: the file is not in UTF-8", kind="text"
    ),
    text("a lone surrogate", b"1\n\xed\xa0\x80\n", "Line 2: the file is not in UTF-8", kind="text"),
    text(
        "a lone surrogate in UTF-16",
        b"\xff\xfe1\0\n\0\x00\xd8\n\0",
        "Line 2: the file is not in",
        kind="text",
    ),
    text("half a character of UTF-16", b"\xff\xfe1\0\n\x00\x32", "Line 2: the file is not in UTF-8"),
    text("an open quotation mark", '1\n"2\n3\n', "Line 2: this cannot be read"),
    text(
        "an open quotation mark before five million lines",
        '1\n2,"x\n' + "3\n" * 5_000_000,
        "Line 2: this cannot",
    ),
    text("text after a quotation mark", '1\n"2"3\n', "Line 2: this cannot be read"),
    text("65 characters", "A" * 64 + "\n" + "A" * 65 + "\n", "Line 2: this is longer than 64", kind="text"),
    text("one line of ten mebibytes", "1" * (10 * MIB), "Line 1: this is longer than 64"),
    text("a heading of ten mebibytes", "x" * (10 * MIB - 2) + "\n1", "Line 1: this is longer than 64"),
    text("ten million columns", "x" + "," * (10 * MIB - 1), NO_IDS),
    text("a word among numbers", "1\n2\ntotal\n", "Line 3: this is not a whole number"),
    text("a letter for a digit in the first line", "O5\n1\n", "Line 1: this is not a whole number"),
    text("a fraction", "1\n2.5\n", "Line 2: this is not a whole number"),
    text("a power of ten", "1\n1e3\n", "Line 2: this is not a whole number"),
    text("Arabic digits", "1\n٣\n", "Line 2: this is not a whole number"),
    text("wide digits", "1\n１２\n", "Line 2: this is not a whole number"),
    text("a raised two", "1\n²\n", "Line 2: this is not a whole number"),
    text("an underscore", "1\n1_000\n", "Line 2: this is not a whole number"),
    text("a thousand with its comma", '1\n"1,000"\n', "Line 2: this is not a whole number"),
    text("a formula", "1\n=1+1\n", "Line 2: this is not a whole number"),
    text("a hidden character", "1\n2\u200b\n", "Line 2: this is not a whole number"),
    text("more than 64 bits", f"1\n{2**63}\n", "Line 2: this number is larger than any id"),
    text("less than 64 bits", f"1\n{-(2**63) - 1}\n", "Line 2: this number is larger than any id"),
    text("a statement of SQL", "1\n1); DROP TABLE orders; --\n", "Line 2: this is not a whole number"),
    text("five million wrong lines", "1\n" + "x\n" * 5_000_000, "Line 2: this is not a whole number"),
    text("100 001 ids", "\n".join(map(str, range(100_001))), "The file holds more than 100,000 ids"),
    text("more than ten mebibytes", b"1\n" * (5 * MIB) + b"1", "The file is larger than 10 MiB"),
    text(
        "an identifier that is too short", f"{'1' * 31}\n", "Line 1: this is not an identifier", kind="uuid"
    ),
    text("an identifier in braces", f"{{{'1' * 32}}}\n", "Line 1: this is not an identifier", kind="uuid"),
    text(
        "an identifier with a letter too far",
        "0" * 31 + "g",
        "Line 1: this is not an identifier",
        kind="uuid",
    ),
    text("gzip", gzip.compress(b"1\n2\n", mtime=0), "Line 1: the file is not in UTF-8"),
    text("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "Line 1: the file is not in UTF-8", "ids.txt"),
    Hostile(
        "a workbook that says it is text", lambda: workbook(numbers(1)), "This is a workbook or an archive"
    ),
    text("an old workbook that says it is text", OLE + bytes(600), "This workbook has a password"),
    text("a program", "1\n", "The name of the file must end in", "ids.csv.exe"),
    text("an old workbook by its name", OLE + bytes(600), "The name of the file must end in", "ids.xls"),
    text("a workbook with macros by its name", "1\n", "The name of the file must end in", "ids.xlsm"),
    text("no extension", "1\n", "The name of the file must end in", ".csv/ids"),
]

BOOKS = [
    book("text that says it is a workbook", lambda: b"1\n2\n", NOT_A_WORKBOOK),
    book("a workbook with a password", lambda: OLE + bytes(4096), "This workbook has a password"),
    book("a password in the archive", locked, "The workbook has a password"),
    book("an archive with a list in it", lambda: packed({"ids.csv": "1\n2\n"}), NOT_A_WORKBOOK),
    book(
        "a letter",
        lambda: workbook(
            types=packages.types("application/vnd.openxmlformats-officedocument.wordprocessingml")
        ),
        NOT_A_WORKBOOK,
    ),
    book("half a workbook", lambda: workbook(numbers(*range(1000)))[:3000], NOT_A_WORKBOOK),
    book(
        "a sheet that was changed afterwards",
        lambda: packed(parts(numbers(1)), zipfile.ZIP_STORED).replace(b"<v>1", b"<v>2"),
        NOT_A_WORKBOOK,
    ),
    book("an archive that ends at once", lambda: b"PK\3\4", NOT_A_WORKBOOK),
    book("no sheet", lambda: workbook(book=packages.book("")), NOT_A_WORKBOOK),
    book("a sheet that is not there", lambda: workbook(targets={"worksheet": "none.xml"}), NOT_A_WORKBOOK),
    book("a sheet outside", lambda: workbook(targets={"worksheet": "../../../etc/passwd"}), NOT_A_WORKBOOK),
    book("a sheet that is no XML", lambda: workbook(sheet1="1\n2\n"), NOT_A_WORKBOOK),
    book("a sheet that stops", lambda: workbook(sheet1=packages.sheet(numbers(1))[:-20]), NOT_A_WORKBOOK),
    book(
        "an encoding that there is not",
        lambda: workbook(sheet1=packages.sheet(numbers(1)).replace("UTF-8", "UTF-9")),
        NOT_A_WORKBOOK,
    ),
    book(
        "an encoding that is a program",
        lambda: workbook(sheet1=packages.sheet(numbers(1)).replace("UTF-8", "zlib_codec")),
        NOT_A_WORKBOOK,
    ),
    book("an empty sheet", lambda: workbook(), NO_IDS),
    book("a sheet with a heading alone", lambda: workbook(words("id")), NO_IDS),
    book("the same part twice", twice, NOT_A_WORKBOOK),
    book(
        "a part with a path", lambda: workbook(numbers(1), more={"../../etc/cron.d/x": "x"}), NOT_A_WORKBOOK
    ),
    book("another way to pack", lambda: packed(parts(numbers(1)), zipfile.ZIP_LZMA), NOT_A_WORKBOOK),
    book(
        "1 001 parts",
        lambda: workbook(numbers(1), more={f"xl/media/{number}": "" for number in range(996)}),
        "The workbook holds more than 1,000 parts",
    ),
    book(
        "two hundred thousand parts",
        lambda: archive(b"PK\3\4", [entry("a")] * 200_000),
        "The workbook holds more than 1,000 parts",
    ),
    book(
        "51 MiB unpacked",
        lambda: workbook(sheet1=packages.sheet(salted("<row/>", 51))),
        "The workbook unpacks to more than 50 MiB",
    ),
    book(
        "four gibibytes by the directory",
        lambda: archive(b"PK\3\4", [entry("a", 2**32 - 2, 2**26)]),
        "The workbook unpacks to more than 50 MiB",
    ),
    book(
        "101 to 1",
        lambda: workbook(numbers(1), more={"xl/media/a": bytes(49 * MIB)}),
        "The workbook unpacks to more than 100 times its size",
    ),
    book("a directory that says a hundred bytes for 64 MiB", liar, NOT_A_WORKBOOK),
    book("parts that lie over each other", overlapping, NOT_A_WORKBOOK),
    book("a billion laughs", lambda: workbook(sheet1=packages.sheet(words("&j;"), LAUGHS)), DECLARES),
    book(
        "a long entity, many times",
        lambda: workbook(numbers(0), shared=packages.shared("<t>&a;</t>" * 500, before=QUADRATIC)),
        DECLARES,
    ),
    book("a file of ours", lambda: workbook(shared=packages.shared("<t>&a;</t>", before=OUTSIDE)), DECLARES),
    book(
        "a document type in a part that nobody reads, in UTF-16",
        lambda: workbook(numbers(1), more={"docProps/core.xml": "<!DOCTYPE a []><a/>".encode("utf-16")}),
        DECLARES,
    ),
    book(
        "100 001 rows",
        lambda: workbook(numbers(*[number % 9973 for number in range(100_001)])),
        "The sheet uses more than 100,000 rows",
    ),
    book(
        "51 columns",
        lambda: workbook('<row r="1"><c r="A1"><v>1</v></c><c r="AY1"><v>1</v></c></row>'),
        "The sheet uses more than 50 columns",
    ),
    book(
        "a macro", lambda: workbook(numbers(1), more={"xl/vbaProject.bin": OLE}), "The workbook holds macros"
    ),
    book(
        "a workbook with macros",
        lambda: workbook(
            numbers(1), types=packages.types("application/vnd.ms-excel.sheet.macroEnabled.main+xml")
        ),
        "The workbook holds macros",
    ),
    book(
        "a macro of the old kind",
        lambda: workbook(numbers(1), more={"xl/macrosheets/sheet1.xml": "<a/>"}),
        "The workbook holds macros",
    ),
    book("a formula without a value", lambda: workbook(FORMULA.format("")), "Row 2: this is a formula"),
    book(
        "a formula with an empty value", lambda: workbook(FORMULA.format("<v/>")), "Row 2: this is a formula"
    ),
    book("16 digits", lambda: workbook(numbers(1, 10**15)), "Row 2: a number of more than 15 digits"),
    book(
        "17 digits, rounded", lambda: workbook(numbers("1.2345678901234568E+16")), "Row 1: a number of more"
    ),
    book("a number of 999 digits", lambda: workbook(numbers("1E+999")), "Row 1: a number of more than 15"),
    book("a number with half", lambda: workbook(numbers(1, 2, "3.5")), "Row 3: this number is not whole"),
    book("a number that is none", lambda: workbook(numbers(1, "NaN")), "Row 2: this is not a number"),
    book("a number in Arabic digits", lambda: workbook(numbers(1, "٣")), "Row 2: this is not a number"),
    book("Arabic digits as text", lambda: workbook(words(1, "٣")), "Row 2: this is not a whole number"),
    book(
        "a date",
        lambda: workbook(numbers(45000, style=' s="1"'), styles=packages.styles(0, 14)),
        "Row 1: this is a date",
    ),
    book(
        "a date in a format of one's own",
        lambda: workbook(numbers(45000, style=' s="0"'), styles=packages.styles("[$-409]d/m/yy")),
        "Row 1: this is a date",
    ),
    book("a yes", lambda: workbook('<row><c t="b"><v>1</v></c></row>'), "Row 1: this is a yes or no"),
    book("an error", lambda: workbook('<row><c t="e"><v>#N/A</v></c></row>'), "Row 1: this is the error"),
    book("a text that is not there", lambda: workbook('<row><c t="s"><v>7</v></c></row>'), NOT_A_WORKBOOK),
    book("NUL in a text", lambda: workbook(words("A", "B_x0000_")), "Row 2: this holds a character", "text"),
    book("half a character", lambda: workbook(words("_xD83D_")), "Row 1: this holds a character", "text"),
    book("65 characters in a cell", lambda: workbook(words("A" * 65)), "Row 1: this is longer", "text"),
    book("a row that is no number", lambda: workbook(f'<row r="{"9" * 5000}"/>'), NOT_A_WORKBOOK),
    book("a column that is none", lambda: workbook('<row><c r="$A$1"><v>1</v></c></row>'), NOT_A_WORKBOOK),
    book(
        "elements sixteen million deep", lambda: workbook(sheet1=packages.HEAD + salted("<a>", 49)), TOO_MUCH
    ),
    book("twelve million elements", lambda: workbook(sheet1=packages.sheet(salted("<a/>", 49))), "The file "),
]

HOSTILE = TEXTS + BOOKS
