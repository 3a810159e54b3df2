"""Opens workbooks with SheetJS and ExcelJS; npm installs them into var/, once for each state of the lock."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
CACHE = HERE.parents[1] / "var" / "readers"
FILES = ("package.json", "package-lock.json", ".npmrc")
NAMES = ("sheetjs", "exceljs")


def installed():
    """The folder that has the readers; a test that asks for it is skipped where there is no node, but not in CI."""
    if not (shutil.which("node") and shutil.which("npm")):
        if os.environ.get("CI"):
            pytest.fail("CI has no node to read workbooks with SheetJS and ExcelJS.")
        pytest.skip("node is not installed")
    lock = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in FILES)).hexdigest()
    folder = CACHE / lock[:16]
    if not folder.is_dir():
        _install(folder)
    return folder


def _install(folder):
    """Into a folder of its own, which is given its name when it is whole."""
    unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
    unfinished.mkdir(parents=True)
    try:
        for name in FILES:
            shutil.copy(HERE / name, unfinished)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=unfinished, check=True, timeout=300, capture_output=True)
        if not folder.is_dir():
            unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def read(reader, *paths):
    """Of each workbook its sheets, with their names, extents and cells by reference."""
    command = ["node", HERE / "read.cjs", reader, *paths]
    done = subprocess.run(command, cwd=installed(), timeout=120, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    assert not done.stderr, done.stderr.decode()
    return json.loads(done.stdout)
