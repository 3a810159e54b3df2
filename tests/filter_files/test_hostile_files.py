"""What must be refused is refused, in words, in under ten seconds and 300 MiB: each file, by the real child."""

import time

import pytest

from dashboard import filter_files
from dashboard.filter_files import child, reading
from tests.filter_files.hostile import HOSTILE, MIB

MOST_SECONDS = 10
MOST_KIB = 300 * 1024


@pytest.fixture
def answers(monkeypatch):
    """What the child answers, with the memory that it took."""
    found, run = [], reading.run

    def noted(*job):
        found.append(run(*job))
        return found[-1]

    monkeypatch.setattr(reading, "run", noted)
    return found


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.title)
def test_it_is_refused_quickly_and_in_little_memory(hostile, answers):
    data = hostile.make()
    begun = time.monotonic()
    with pytest.raises(filter_files.Refused) as refused:
        filter_files.read(data, hostile.name, hostile.kind, ["id"])
    assert time.monotonic() - begun < MOST_SECONDS
    assert refused.value.sentences[0].startswith(hostile.says)
    # One that was ended by its limits could not say how much it took; its limit is below ours.
    assert all(answer.get("peak_kib", 0) < MOST_KIB for answer in answers)


def test_there_are_enough_of_them():
    assert len({hostile.title for hostile in HOSTILE}) == len(HOSTILE) >= 52
    assert child.MEMORY < MOST_KIB * 1024
    assert child.CPU_SECONDS < reading.SECONDS < MOST_SECONDS


def test_the_first_ten_lines_are_told_and_how_many_more_are_wrong():
    def told(content):
        with pytest.raises(filter_files.Refused) as refused:
            filter_files.read(content.encode(), "ids.csv", "integer")
        return refused.value.sentences

    ten = [f"Line {number}: this is not a whole number in the digits 0 to 9." for number in range(2, 12)]
    assert told("1\n" + "x\n" * 10) == (*ten,)
    assert told("1\n" + "x\n" * 11) == (*ten, "1 more line is wrong.")
    assert told("1\n" + "x\n" * 25) == (*ten, "15 more lines are wrong.")
    assert told("1\n" + "x\n" * 1500) == (*ten, "More than 1,000 more lines are wrong.")


def test_more_than_ten_mebibytes_are_said_apart_and_not_handed_to_the_child(answers):
    with pytest.raises(filter_files.TooLarge):
        filter_files.read(b"1" * (10 * MIB + 1), "ids.csv", "integer")
    assert answers == []


def test_a_child_that_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(reading, "SECONDS", 0.001)
    with pytest.raises(filter_files.Refused, match="more memory or time"):
        filter_files.read(b"1\n", "ids.csv", "integer")


def test_a_child_that_computes_too_long_is_ended(monkeypatch):
    changed = reading._START.replace("import main; main()", "import main; child.CPU_SECONDS = 1; main()")
    monkeypatch.setattr(
        reading, "_START", f"{changed.replace('; from', '; from dashboard.filter_files import child; from')}"
    )
    with pytest.raises(filter_files.Refused, match="more memory or time"):
        filter_files.read(b"\n" * (10 * MIB), "ids.csv", "integer")


def test_a_child_that_breaks_is_a_refusal_and_a_line_in_the_log(monkeypatch, caplog):
    monkeypatch.setattr(reading, "_START", "raise ValueError('of a row')")
    with pytest.raises(filter_files.Refused, match=r"^The file cannot be read\.$"):
        filter_files.read(b"1\n", "ids.csv", "integer")
    assert caplog.messages == ["filter_file_not_read: ValueError"]


def test_the_child_knows_no_secret_and_no_library(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "k" * 40)
    path, _ = reading._START.split("; from")
    look = "import json, os; print(json.dumps({'refused': [*os.environ, *sys.modules]}))"
    monkeypatch.setattr(reading, "_START", f"{path}; from dashboard.filter_files import child; {look}")
    seen = reading.run(b"", ".csv", "integer")["refused"]
    assert "SECRET_KEY" not in seen
    assert "dashboard.filter_files.child" in seen
    assert not {"flask", "polars", "sqlalchemy", "site", "multiprocessing"} & set(seen)


@pytest.mark.parametrize("kind", ["decimal", "date", "boolean", "json", "rows"])
def test_a_key_of_another_type_is_refused(kind):
    with pytest.raises(filter_files.Refused, match="cannot be given"):
        filter_files.read(b"1\n", "ids.csv", kind)
