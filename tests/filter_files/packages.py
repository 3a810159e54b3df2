"""Workbooks made by hand, so that each may be wrong in one place; nothing binary is kept."""

import io
import struct
import zipfile

MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def types(main=MAIN, more=""):
    return (
        f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{main}"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{SHEET_TYPE}"/>{more}</Types>'
    )


def relations(**targets):
    """kind=target, or kind_n=target for several of a kind."""
    lines = "".join(
        f'<Relationship Id="{name}" Type="{OFFICE}/{name.partition("_")[0]}" Target="{target}"/>'
        for name, target in targets.items()
    )
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{lines}</Relationships>'


def book(sheets='<sheet name="Ids" sheetId="1" r:id="worksheet"/>'):
    return f'{HEAD}<workbook xmlns="{SPREADSHEET}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>'


def sheet(rows, before=""):
    return f'{HEAD}{before}<worksheet xmlns="{SPREADSHEET}"><sheetData>{rows}</sheetData></worksheet>'


def shared(*items, before=""):
    """Shared texts, each an `si` element's inside."""
    inside = "".join(f"<si>{item}</si>" for item in items)
    return f'{HEAD}{before}<sst xmlns="{SPREADSHEET}">{inside}</sst>'


def styles(*formats):
    """One style for each number format: a number of the usual ones, or a code."""
    codes = [one for one in formats if isinstance(one, str)]
    named = "".join(f'<numFmt numFmtId="{164 + n}" formatCode="{code}"/>' for n, code in enumerate(codes))
    numbers = [164 + codes.index(one) if isinstance(one, str) else one for one in formats]
    cells = "".join(f'<xf numFmtId="{number}"/>' for number in numbers)
    return (
        f'{HEAD}<styleSheet xmlns="{SPREADSHEET}"><numFmts>{named}</numFmts>'
        f'<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>{cells}</cellXfs></styleSheet>'
    )


def parts(rows="", **changed):
    """The parts of a small workbook whose sheet has these rows; give `sheet1=` for a sheet of your own."""
    texts, looks = changed.pop("shared", None), changed.pop("styles", None)
    targets = {"worksheet": "worksheets/sheet1.xml"}
    made = {"[Content_Types].xml": changed.pop("types", types())}
    made["_rels/.rels"] = relations(officeDocument="xl/workbook.xml")
    made["xl/workbook.xml"] = changed.pop("book", book())
    made["xl/worksheets/sheet1.xml"] = changed.pop("sheet1", None) or sheet(rows)
    if texts is not None:
        targets["sharedStrings"] = "sharedStrings.xml"
        made["xl/sharedStrings.xml"] = texts
    if looks is not None:
        targets["styles"] = "styles.xml"
        made["xl/styles.xml"] = looks
    made["xl/_rels/workbook.xml.rels"] = relations(**{**targets, **changed.pop("targets", {})})
    return {**made, **changed.pop("more", {})}


def packed(members, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(
        buffer, "w", method, compresslevel=1 if method == zipfile.ZIP_DEFLATED else None
    ) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return buffer.getvalue()


def workbook(rows="", **changed):
    return packed(parts(rows, **changed))


def numbers(*values, style=""):
    """A row for each number, in column A."""
    return "".join(
        f'<row r="{row}"><c r="A{row}"{style}><v>{value}</v></c></row>' for row, value in enumerate(values, 1)
    )


def words(*values):
    """A row for each text, in column A."""
    return "".join(
        f'<row r="{row}"><c r="A{row}" t="inlineStr"><is><t>{value}</t></is></c></row>'
        for row, value in enumerate(values, 1)
    )


def entry(name, size=0, packed_size=0, flags=0, method=8, offset=0):
    """One entry of a directory that says whatever it likes."""
    encoded = name.encode()
    fixed = (20, 20, flags, method, 0, 33, 0, packed_size, size, len(encoded), 0, 0, 0, 0, 0, offset)
    return struct.pack("<4s6H3L5H2L", b"PK\1\2", *fixed) + encoded


def archive(local, entries):
    """What is before a directory, and the directory with its end."""
    directory = b"".join(entries)
    count = min(len(entries), 0xFFFF)
    return (
        local
        + directory
        + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), len(local), 0)
    )
