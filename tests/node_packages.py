"""Packages of npm that tests need; npm installs a folder's lock into var/, once for each state of the lock."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

CACHE = Path(__file__).resolve().parent.parent / "var"
FILES = ("package.json", "package-lock.json", ".npmrc")


def installed(here):
    """The folder that has the packages; a test that asks for it is skipped where there is no node, but not in CI."""
    if not (shutil.which("node") and shutil.which("npm")):
        if os.environ.get("CI"):
            pytest.fail(f"CI has no node for the packages of tests/{here.name}.")
        pytest.skip("node is not installed")
    lock = hashlib.sha256(b"".join((here / name).read_bytes() for name in FILES)).hexdigest()
    folder = CACHE / here.name / lock[:16]
    if not folder.is_dir():
        _install(here, folder)
    return folder


def _install(here, folder):
    """Into a folder of its own, which is given its name when it is whole."""
    unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
    unfinished.mkdir(parents=True)
    try:
        for name in FILES:
            shutil.copy(here / name, unfinished)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=unfinished, check=True, timeout=300, capture_output=True)
        if not folder.is_dir():
            unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
