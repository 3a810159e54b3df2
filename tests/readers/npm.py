"""Opens workbooks with SheetJS and ExcelJS."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests import node_packages

HERE = Path(__file__).resolve().parent
NAMES = ("sheetjs", "exceljs")


def installed():
    return node_packages.installed(HERE)


def read(reader, *paths):
    """Of each workbook its sheets, with their names, extents and cells by reference."""
    command = ["node", HERE / "read.cjs", reader, *paths]
    done = subprocess.run(command, cwd=installed(), timeout=120, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    assert not done.stderr, done.stderr.decode()
    return json.loads(done.stdout)
