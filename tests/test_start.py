"""Each process by itself, from the environment alone: a wrong setting ends it with one line that says which and why."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import free_port

ROOT = Path(__file__).resolve().parent.parent
PROCESSES = {
    "web": lambda: ["gunicorn", "-b", f"127.0.0.1:{free_port()}", "--no-control-socket", "wsgi:app"],
    "flask": lambda: ["flask", "--app", "wsgi", "routes"],
    "worker": lambda: ["jobs.worker"],
    "clock": lambda: ["jobs.clock"],
}
WRONG = {
    "PART_ROWS": ("many", "PART_ROWS must be a whole number"),
    "SECRET_KEY": ("short", "SECRET_KEY must have at least 32 characters"),
    "SOURCES": ("missing.toml", "missing.toml"),
}


def start(name, environment):
    command = [sys.executable, "-m", *PROCESSES[name]()]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", PROCESSES)
def test_a_wrong_setting_ends_a_process_with_one_line(name, environment):
    value, said = WRONG["PART_ROWS"]
    ended = start(name, {**environment, "PART_ROWS": value})
    assert ended.returncode != 0
    lines = [line for line in ended.stderr.splitlines() if "[INFO]" not in line and "[ERROR]" not in line]
    assert len([line for line in lines if said in line]) == 1, ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("setting", WRONG)
def test_each_wrong_setting_is_named(setting, environment):
    value, said = WRONG[setting]
    ended = start("clock", {**environment, setting: value})
    assert ended.returncode != 0
    assert said in ended.stderr
    assert ended.stderr.strip().count("\n") == 0, ended.stderr
