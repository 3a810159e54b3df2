"""XLSX as LibreOffice shows it: values, percentages, and days in the words of the language."""

from __future__ import annotations

import csv
import shutil
import subprocess
from datetime import UTC, date, datetime
from io import StringIO

import pytest

from dashboard.columns import Column

by_libreoffice = pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")


@pytest.fixture
def shown(tmp_path):
    """shown(file, ...): the first sheet of each file as LibreOffice shows it."""

    def run(*files):
        paths = [tmp_path / f"{number}.xlsx" for number in range(len(files))]
        for path, file in zip(paths, files, strict=True):
            path.write_bytes(file.data)
        profile = f"-env:UserInstallation=file://{tmp_path}/profile"
        command = [
            "soffice",
            profile,
            "--headless",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,76",
        ]
        subprocess.run([*command, "--outdir", tmp_path, *paths], check=True, timeout=180)
        texts = [path.with_suffix(".csv").read_bytes().decode() for path in paths]
        return [list(csv.reader(StringIO(text, newline=""))) for text in texts]

    return run


@by_libreoffice
def test_libreoffice_shows_every_value_as_it_is(render, columns_of, frame_of, shown):
    columns = (
        *columns_of("text", "integer", "decimal", "boolean", "date", "datetime"),
        Column("share", "decimal", "Share", percent=True),
    )
    moment = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
    rows = [
        ("=1+1", 10**15, "12.50", True, date(2026, 1, 5), moment, "0.125"),
        ("007 é 😀", -7, "0.5", False, date(1850, 1, 1), None, "0.50"),
        (None, None, None, None, None, None, None),
        ("a\r\nb _x0041_ <&>", 1, "1", None, None, None, "1"),
    ]
    (found,) = shown(render("xlsx", columns, frame_of(columns, rows), header="filled"))
    assert found[0] == ["Text", "Integer", "Decimal", "Boolean", "Date", "Datetime (UTC)", "Share"]
    assert found[1] == ["=1+1", str(10**15), "12.50", "TRUE", "2026-01-05", "2026-01-05 09:30:00", "12.5%"]
    assert found[2] == ["007 é 😀", "-7", "0.5", "FALSE", "1850-01-01", "", "50%"]
    assert found[3] == [""] * 7
    assert found[4] == ["a\nb _x0041_ <&>", "1", "1", "", "", "", "100%"]


SHOWN_DAYS = {
    "en": ["2026-03-05", "2026-03-05 09:30:01"],
    "de": ["05.03.2026", "05.03.2026, 09:30:01"],
    "fr": ["5 mars 2026", "5 mars 2026, 09:30:01"],
    "it": ["5 mar 2026", "5 mar 2026, 09:30:01"],
    "ja": ["2026/03/05", "2026/03/05 9:30:01"],
}


@by_libreoffice
def test_libreoffice_shows_days_as_the_language_writes_them(render, columns_of, frame_of, shown):
    columns = columns_of("date", "datetime")
    frame = frame_of(columns, [(date(2026, 3, 5), datetime(2026, 3, 5, 9, 30, 1, tzinfo=UTC))])
    found = shown(*(render("xlsx", columns, frame, language=language) for language in SHOWN_DAYS))
    assert [rows[1] for rows in found] == list(SHOWN_DAYS.values())
