"""The PDF column of the fidelity table (reliability page, section 12), read back by poppler."""

import pytest

from tests.formats.pdf_reader import read_pdf

UUID = "2f1b0c3e-8f5a-4c55-9d0e-0d8f6f9f4c11"
# In words and dates of the language: tests/formats/test_pdf.py.
FIDELITY = [
    ("text", None, None),
    ("text", "", None),
    ("text", "007", "007"),
    ("text", "1E5", "1E5"),
    ("text", "MARCH1", "MARCH1"),
    ("text", "12345678901234567890", "12345678901234567890"),
    ("text", "=1+1", "=1+1"),
    ("text", "a\0b", "a\ufffdb"),
    ("text", "a\x07b", "a\ufffdb"),
    ("text", "a\ufffeb", "a\ufffdb"),
    ("boolean", True, "Yes"),
    ("boolean", False, "No"),
    ("integer", 2**63 - 1, "9223372036854775807"),
    ("integer", -5, "-5"),
    ("decimal", "12.50", "12.50"),
    ("decimal", "-0.000000000000000000001", "-0.000000000000000000001"),
    ("float", 0.1, "0.1"),
    ("float", float("nan"), "NaN"),
    ("float", float("-inf"), "-Infinity"),
    ("time", "13:05:00", "13:05:00"),
    ("interval", "P1DT2H", "P1DT2H"),
    ("uuid", UUID, UUID),
    ("binary", b"\xff\x00", "2 bytes"),
    ("json", '{"b":1,"a":[1.10,"x"]}', '{"b":1,"a":[1.10,"x"]}'),
    ("json", "null", "null"),
]


@pytest.mark.parametrize(("type", "value", "expected"), FIDELITY)
def test_each_value_reads_as_the_table_says(one, type, value, expected):
    file = one("pdf", type, [value, value])
    assert [row[0] for row in read_pdf(file.data)[1:]] == [expected, expected]
    replaced = 2 if expected and "\ufffd" in expected else 0
    assert file.warnings.get("replaced_characters", 0) == replaced
