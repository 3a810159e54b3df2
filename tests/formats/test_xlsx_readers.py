"""XLSX opened by SheetJS and ExcelJS: every type, hostile texts, several sheets, without a warning."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from itertools import chain

import pytest

from dashboard.columns import Column
from dashboard.languages import LANGUAGES
from tests.readers import npm

TEXTS = [
    *("=1+1", "@SUM(1)", "-2+3", "+1", "\t=1", "a;=1", "'=1", "0x1F", "007", "1E5", "MARCH1", "TRUE", "#N/A"),
    *(
        "_x0041_",
        "_x005F_x0041_",
        "_xZZZZ_",
        "<a href=\"b\">&amp;</a> 'c' ]]>",
        " a ",
        "a\nb",
        "\n",
        "漢字 é ёж",
    ),
    *("😀👩‍👩‍👧", "\x7f\x85\u2028", "12345678901234567890", "https://example.com/?a=b&c=d", "x" * 32_767),
]
MOMENT = datetime(2026, 7, 1, 22, 30, 1, tzinfo=UTC)
TYPED = [
    ("integer", 0, "number", "0"),
    ("integer", -(10**15) + 1, "number", "0"),
    ("integer", 2**63 - 1, "text", "General"),
    ("decimal", "12.50", "number", "0.00"),
    ("decimal", "-0.003", "number", "0.000"),
    ("decimal", "123456789012345.67", "text", "General"),
    ("float", 0.1, "number", "General"),
    ("float", 1e300, "number", "General"),
    ("float", -5e-324, "number", "General"),
    ("float", float("-inf"), "text", "General"),
    ("boolean", True, "boolean", "General"),
    ("boolean", False, "boolean", "General"),
    ("date", date(1900, 3, 1), "date", "yyyy-mm-dd"),
    ("date", date(2026, 1, 5), "date", "yyyy-mm-dd"),
    ("date", date(9999, 12, 31), "date", "yyyy-mm-dd"),
    ("date", date(1850, 1, 1), "text", "General"),
    ("datetime", MOMENT, "date", "yyyy-mm-dd hh:mm:ss"),
    ("datetime", MOMENT.replace(microsecond=250_000), "date", "yyyy-mm-dd hh:mm:ss.000"),
    ("time", "13:05:00", "text", "General"),
    ("interval", "P1DT2H", "text", "General"),
    ("uuid", "2f1b0c3e-8f5a-4c55-9d0e-0d8f6f9f4c11", "text", "General"),
    ("binary", b"\xff\x00", "text", "General"),
    ("json", '{"a":"<b>"}', "text", "General"),
]

by_both = pytest.mark.parametrize("reader", npm.NAMES)


@pytest.fixture
def opened(tmp_path):
    """opened(reader, file, ...): of each rendered file the sheets, as SheetJS or ExcelJS has them."""

    def run(reader, *files):
        paths = [tmp_path / f"{number}.xlsx" for number in range(len(files))]
        for path, file in zip(paths, files, strict=True):
            path.write_bytes(file.data)
        return npm.read(reader, *paths)

    return run


def expected(type, value, kind):
    match value:
        case datetime():
            return value.isoformat(timespec="milliseconds").removesuffix("+00:00")
        case date() if kind == "date":
            return f"{value.isoformat()}T00:00:00.000"
        case bytes():
            return "/wA="
        case str() if type == "decimal" and kind == "number":
            return float(value)
        case float() if kind == "text":
            return "-Infinity"
        case int() | date() if kind == "text":
            return str(value)
    return value


@by_both
def test_every_type_comes_back_with_its_value_and_its_format(opened, render, columns_of, frame_of, reader):
    types = list(dict.fromkeys(type for type, *_ in TYPED))
    columns = columns_of(*types)
    of_type = {type: [case for case in TYPED if case[0] == type] for type in types}
    height = max(map(len, of_type.values())) + 1  # one row at least has nothing in it
    padded = {type: cases + [None] * (height - len(cases)) for type, cases in of_type.items()}
    rows = [[padded[type][number] and padded[type][number][1] for type in types] for number in range(height)]
    ((sheet,),) = opened(reader, render("xlsx", columns, frame_of(columns, rows)))
    assert sheet["filter"] == f"A1:{chr(64 + len(types))}{height + 1}"
    for letter, type in zip("ABCDEFGHIJKL", types, strict=False):
        for number, case in enumerate(padded[type], 2):
            cell = sheet["cells"].get(f"{letter}{number}")
            if case is None:
                assert cell is None
                continue
            _, value, kind, format = case
            assert (cell["kind"], cell["value"]) == (kind, expected(type, value, kind)), case
            assert cell["format"] == format


@by_both
def test_hostile_texts_are_texts(opened, render, columns_of, frame_of, reader):
    columns = columns_of("text")
    ((sheet,),) = opened(reader, render("xlsx", columns, frame_of(columns, [[text] for text in TEXTS])))
    found = [sheet["cells"][f"A{number}"] for number in range(2, len(TEXTS) + 2)]
    assert {cell["kind"] for cell in found} == {"text"}
    # ExcelJS, like openpyxl, leaves the escapes of inline strings to its caller.
    read = [cell["value"].replace("_x005F_", "_") if reader == "exceljs" else cell["value"] for cell in found]
    assert read == TEXTS


@by_both
def test_headings_zones_and_percentages(opened, render, frame_of, reader):
    columns = (Column("share", "decimal", "=Share & <é>", percent=True), Column("at", "datetime", "At"))
    file = render(
        "xlsx", columns, frame_of(columns, [("0.125", MOMENT)]), timezone="Europe/Berlin", header="filled"
    )
    ((sheet,),) = opened(reader, file)
    cells = sheet["cells"]
    assert [cells[name]["value"] for name in ("A1", "B1")] == ["=Share & <é>", "At (Europe/Berlin)"]
    assert (cells["A2"]["value"], cells["A2"]["format"]) == (0.125, "0.0%")
    assert cells["B2"]["value"] == "2026-07-02T00:30:01.000"
    if reader == "sheetjs":
        assert cells["A2"]["shown"] == "12.5%"
    else:
        assert sheet["frozen"] == 1


@by_both
def test_rows_beyond_a_sheet_go_on_in_the_next(opened, render, columns_of, frame_of, monkeypatch, reader):
    monkeypatch.setattr("dashboard.formats.xlsx.SHEET_ROWS", 1_000)
    columns = columns_of("integer", "text")
    parts = [frame_of(columns, [(n, f"row {n}") for n in range(k, k + 400)]) for k in range(0, 2_400, 400)]
    (sheets,) = opened(reader, render("xlsx", columns, *parts))
    assert [sheet["name"] for sheet in sheets] == ["Orders", "Orders (2)", "Orders (3)"]
    assert [sheet["extent"] for sheet in sheets] == ["A1:B801"] * 3
    assert all(sheet["cells"]["A1"]["value"] == "Integer" for sheet in sheets)
    rows = chain.from_iterable(
        [(sheet["cells"][f"A{n}"]["value"], sheet["cells"][f"B{n}"]["value"]) for n in range(2, 802)]
        for sheet in sheets
    )
    assert list(rows) == [(n, f"row {n}") for n in range(2_400)]


@by_both
def test_dates_of_every_language_are_dates(opened, render, columns_of, frame_of, reader):
    columns = columns_of("date", "datetime")
    frame = frame_of(columns, [(date(2026, 1, 5), MOMENT)])
    books = opened(reader, *(render("xlsx", columns, frame, language=language) for language in LANGUAGES))
    for language, (sheet,) in zip(LANGUAGES, books, strict=True):
        cells = [sheet["cells"][name] for name in ("A2", "B2")]
        assert [cell["kind"] for cell in cells] == ["date"] * 2, language
        assert [cell["value"] for cell in cells] == ["2026-01-05T00:00:00.000", "2026-07-01T22:30:01.000"]


def test_without_node_ci_fails_and_others_skip(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="CI has no node"):
        npm.installed()
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="node is not installed"):
        npm.installed()


def test_the_lock_names_no_registry():
    lock = json.loads((npm.HERE / "package-lock.json").read_text())
    packages = [package for path, package in lock["packages"].items() if path]
    assert packages
    assert all("integrity" in package and "resolved" not in package for package in packages)
