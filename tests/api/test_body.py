import pytest

from dashboard.api.body import BadText, NotJson, parse_json


def nested(depth):
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"{'a': 1}", b'{"a": 1,}', b'{"a": 1} x', b"\xff", b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}",
        b'{"a": 1, "a": 2}', b'{"b": {"a": 1, "a": 1}}', b'{"a": NaN}', b'{"a": -Infinity}',
        b'{"a": ' + b"9" * 5000 + b"}", nested(21), nested(100_000), b'{"a": "\n"}',
    ],
)  # fmt: skip
def test_what_is_no_strict_json_is_refused(data):
    with pytest.raises(NotJson):
        parse_json(data)


@pytest.mark.parametrize("text", [r'{"a": "\u0000"}', r'{"a": ["\ud800"]}', r'{"a": {"\udfff": 1}}'])
def test_text_that_nothing_can_store_is_refused_by_its_member(text):
    with pytest.raises(BadText) as refused:
        parse_json(text.encode())
    assert refused.value.path[0] == "a"


def test_everything_else_is_read():
    assert parse_json(nested(20))
    assert parse_json(rb'{"a": "\ud83d\ude00", "b": [1, 2.5, true, null]}') == {
        "a": "😀",
        "b": [1, 2.5, True, None],
    }
