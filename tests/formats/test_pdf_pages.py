"""How a PDF's table is laid out: lines, column widths and pages, without drawing any."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.drawing import sheet
from dashboard.drawing.fit import Need, fit, need
from dashboard.drawing.fonts import BOLD, REGULAR, Font
from dashboard.drawing.lines import Widths
from dashboard.drawing.pages import Pages

REGULAR_WIDTHS, BOLD_WIDTHS = Widths(Font(REGULAR)), Widths(Font(BOLD))
ROOM = 774.0  # points, on A4
texts = st.text(st.sampled_from("abW .,-@/\n\u0301\u200bé"), max_size=80)


def lines(text, room):
    return REGULAR_WIDTHS.lines(text, room)


@given(text=texts, room=st.floats(1.2, 30))
def test_lines_fit_and_lose_nothing_but_blanks(text, room):
    found = lines(text, room)
    assert "".join(found).replace(" ", "") == text.replace(" ", "").replace("\n", "")
    assert all(REGULAR_WIDTHS.of(line.rstrip(" ")) <= room + 1e-6 for line in found)
    assert len(found) > text.count("\n")


def test_lines_break_between_words_then_at_joints_then_anywhere():
    assert lines("one two three", REGULAR_WIDTHS.of("one two")) == ["one two", "three"]
    assert lines("ann.lee@example.com", REGULAR_WIDTHS.of("example.com")) == ["ann.lee@", "example.com"]
    assert lines("abcdef", REGULAR_WIDTHS.of("abcd")) == ["abcd", "ef"]
    assert lines("a\n\nb", 9) == ["a", "", "b"]
    assert lines("", 9) == [""]


def test_a_mark_stays_with_its_letter():
    assert lines("aae\u0301b", REGULAR_WIDTHS.of("aae")) == ["aae\u0301", "b"]


amounts = st.floats(0.5, 40)
needs = st.builds(
    lambda bare, *more: Need(
        bare + sum(more), bare + sum(more[1:]), bare + more[2], bare
    ),  # each is as wide as the next at least
    amounts,
    *[st.floats(0, 20)] * 3,
)


@given(needs=st.lists(needs, min_size=1, max_size=30))
def test_columns_take_the_room_of_a_page_at_most(needs):
    fitted = fit(needs, ROOM)
    assert 5 <= fitted.size <= 8.5
    assert sum(width + 2 * fitted.padding for width in fitted.widths) * fitted.size <= ROOM + 1e-6
    assert min(fitted.widths) > 0


@given(needs=st.lists(needs, min_size=1, max_size=30))
def test_words_break_only_when_even_the_smallest_type_is_too_large(needs):
    fitted = fit(needs, ROOM)
    if sum(one.pieces for one in needs) + 0.84 * len(needs) <= ROOM / 5:
        assert all(width >= one.pieces - 1e-6 for width, one in zip(fitted.widths, needs, strict=True))


def column(label, texts, breaks="freely"):
    return need(label, texts, breaks, BOLD_WIDTHS, REGULAR_WIDTHS)


def test_few_narrow_columns_have_large_type_and_do_not_fall_apart():
    fitted = fit([column("Id", ["1"], "never"), column("Name", ["Ann"])], ROOM)
    assert fitted.size == 8.5
    assert sum(fitted.widths) * fitted.size < ROOM / 4


def test_one_long_text_does_not_narrow_the_other_columns():
    short = column("Note", ["ok"] * 99 + ["word " * 99])
    assert short.whole < 10
    long = column("Note", ["word " * 99] * 100)
    assert long.whole == 26


def test_numbers_stay_whole_where_texts_wrap():
    crowd = [column("Amount", ["1234567.50"], "never"), *[column("Text", ["Donaudampfschiff " * 9])] * 20]
    fitted = fit(crowd, ROOM)
    assert fitted.widths[0] >= REGULAR_WIDTHS.of("1234567.50")


def test_clock_times_take_two_lines_later_than_texts():
    times = column("At", ["Jan 5, 2026, 10:00:00 AM"], "late")
    assert times.words == times.whole > times.pieces


@given(counts=st.lists(st.integers(1, 60), max_size=60), first_room=st.floats(0, 100))
def test_every_line_of_every_row_stands_on_a_page_in_order(counts, first_room):
    leading, padding, room = 7.0, 4.0, 100.0
    pages = Pages(first_room, room, leading, padding).fill(counts)
    found = [(slice.row, n) for page in pages for slice in page for n in range(slice.first, slice.end)]
    assert found == [(row, n) for row, count in enumerate(counts) for n in range(count)]
    for number, page in enumerate(pages):
        taken = sum((slice.end - slice.first) * leading + padding for slice in page)
        assert taken <= (room if number else first_room) + 1e-6
        assert page or number == 0, "no page is blank but one that has the title alone"
    whole = [slice.row for page in pages for slice in page if slice.whole]
    assert whole == list(range(len(counts)))
    for row, count in enumerate(counts):
        parts = sum(slice.row == row for page in pages for slice in page)
        assert parts == 1 or count * leading + padding > room


@pytest.mark.parametrize("cells", [[["a", ""], ["", ""]], [[""]], [["x\ny"]], []])
def test_a_sheet_reaches_the_process_that_draws_as_it_was(cells):
    data = sheet.joined(sheet.CELL.join(row) for row in cells)
    assert list(sheet.rows(data)) == cells
    one = sheet.Sheet("A4", "é", "s", ("f\u2028",), "{page}", "en", (sheet.Heading("l", True, "late"),))
    assert sheet.unpacked(sheet.packed(one)) == one
    assert math.isfinite(REGULAR_WIDTHS["日"]), "a character without a width has that of the box"
