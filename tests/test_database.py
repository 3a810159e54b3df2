"""What the records' database gives back."""

import pytest

from dashboard.database import read_json


@pytest.mark.parametrize("stored", ["{}", "[]", "null", '{"a": [1, "ä"]}', "12345678901234567890"])
def test_json_is_read_from_text_and_from_bytes(stored):
    wanted = {"{}": {}, "[]": [], "null": None, '{"a": [1, "ä"]}': {"a": [1, "ä"]}}.get(
        stored, 12345678901234567890
    )
    assert read_json(stored) == read_json(stored.encode()) == wanted


def test_what_is_empty_is_not_shared():
    first = read_json("{}")
    first["a"] = 1
    assert read_json("{}") == {}
