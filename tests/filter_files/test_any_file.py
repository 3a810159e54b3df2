"""Whatever the bytes, reading ends in ids or in a refusal: never in an error of ours.

Here in this process, as a child for each of a thousand files would take a minute.
"""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.filter_files import child
from dashboard.filter_files.refusals import Refused
from tests.filter_files import packages
from tests.filter_files.packages import packed, parts

MANY = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
KINDS = st.sampled_from(["integer", "text", "uuid"])
ROWS = '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row><c s="0"><f>1</f><v>1.0</v></c></row>'
PARTS = parts(
    ROWS,
    shared=packages.shared("<r><t>7</t></r><rPh><t>x</t></rPh>"),
    styles=packages.styles("0.00", "d/m/yy"),
)
# What breaks markup, numbers and references, beside any bytes.
PIECES = st.one_of(
    st.binary(max_size=6),
    st.sampled_from(
        [b"<", b">", b'"', b"&", b"&#0;", b"&#x110000;", b"1e9", b"-1", b"\xff", b"]]>", b"<!--", b""]
    ),
)


def outcome(data, extension, kind):
    try:
        return child.ids(data, extension, kind, ["id"])
    except Refused:
        return None


def edited(data, place, length, piece):
    place = place % (len(data) + 1)
    return data[:place] + piece + data[place + length :]


@MANY
@given(st.sampled_from(sorted(PARTS)), st.integers(0, 5000), st.integers(0, 8), PIECES, KINDS)
def test_a_workbook_with_any_edit_in_any_part(name, place, length, piece, kind):
    changed = edited(PARTS[name].encode(), place, length, piece)
    outcome(packed({**PARTS, name: changed}), ".xlsx", kind)


WHOLE = packed(PARTS)


@MANY
@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 4), st.binary(max_size=4)), max_size=4),
    KINDS,
)
def test_a_workbook_with_any_bytes_changed(edits, kind):
    data = WHOLE
    for edit in edits:
        data = edited(data, *edit)
    outcome(data, ".xlsx", kind)


@MANY
@given(st.binary(max_size=200), KINDS)
def test_any_bytes_as_text(data, kind):
    outcome(data, ".csv", kind)


@MANY
@given(st.text(st.sampled_from('0159 aé"\n\r,;\t-.\ufeff\u200b٣'), max_size=60), KINDS)
def test_any_text(text, kind):
    found = outcome(text.encode(), ".txt", kind)
    assert found is None or len(set(found)) == len(found) > 0
    assert outcome(text.encode("utf-16"), ".txt", kind) == found or text.startswith("\ufeff")


def test_the_workbook_that_is_edited_here_is_whole():
    assert outcome(WHOLE, ".xlsx", "integer") == [7, 1]
