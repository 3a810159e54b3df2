"""PDF: every row once and inside the page, in any of the font's scripts, and counted where it is not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import unicodedata
from datetime import UTC, date, datetime
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.columns import ROWS, Column
from dashboard.drawing import child
from dashboard.drawing.fonts import REGULAR, drawn
from dashboard.formats.base import CannotHold, Layout, Place
from dashboard.formats.pdf import Pdf
from tests.formats.pdf_reader import page_texts, poppler, read_pdf, words_by_page

ROOT = Path(__file__).parents[2]
MADE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SCRIPTS = {
    "Latin": "Zażółć gęślą jaźń, Æsop, ðóttir, Straße, façade, ﬁn",
    "Greek": "Ξεσκεπάζω τὴν ψυχοφθόρα βδελυγμία",
    "Cyrillic": "Съешь ещё этих мягких французских булок, Ґанок ї",
    "Turkish": "Iğdır'ın İzmit'te şaşkın öğüdü",
    "Signs": "€ 12 ± 3 % … “quoted” – 5′ → ☎ 😀",
}


def settled(text):
    """As one compares what is read from a page: blanks aside, composed or not."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text or ""))


def made(layout, *frames):
    out = BytesIO()
    rows = [frame.height for frame in frames]
    places = [Place(0, sum(rows[:k])) for k in range(len(rows))]
    fragments = [Pdf().fragment(frame, layout, place) for frame, place in zip(frames, places, strict=True)]
    Pdf().write([lambda data=one.data: [data] for one in fragments], layout, places, rows, out)
    return out.getvalue()


@pytest.mark.parametrize("script", SCRIPTS)
def test_text_of_every_script_of_the_font_can_be_read_and_copied(one, script):
    text = SCRIPTS[script]
    title = text.removesuffix(" 😀")  # which the bold face has not
    file = one("pdf", "text", [text], title=title)
    assert file.warnings == {}
    page = settled(page_texts(file.data)[0])
    assert page.count(settled(text)) == (3 if text == title else 1)
    assert page.count(settled(title)) == 3, "in the heading, the table and at the foot"
    assert f"Title:           {title}" in poppler("pdfinfo", file.data)


def test_fonts_are_embedded_and_nothing_else_is_used(one):
    fonts = poppler("pdffonts", one("pdf", "text", [*SCRIPTS.values()]).data).splitlines()[2:]
    assert len(fonts) >= 2
    assert all(
        re.match(r"[A-Z]{6}\+DejaVuSansCondensed(-Bold)? +TrueType .* yes yes yes ", font) for font in fonts
    )


def test_every_row_stands_on_one_page_under_the_header(render, frame_of, columns_of):
    columns = columns_of(number="integer", text="text")
    frames = [frame_of(columns, [(n, f"row {n}") for n in range(at, at + 250)]) for at in range(0, 1000, 250)]
    file = render("pdf", columns, *frames)
    header, *rows = read_pdf(file.data)
    assert header == ["Number", "Text"]
    assert rows == [[str(n), f"row {n}"] for n in range(1000)]
    pages = page_texts(file.data)
    assert len(pages) > 20
    for number, page in enumerate(pages, 1):
        assert len(re.findall(r"Number +Text", page)) == 1
        assert f"Page {number} of {len(pages)}" in page


def test_the_first_page_says_what_the_table_is(frame_of, columns_of):
    columns = columns_of(number="integer")
    filters = ("Status is paid or shipped", "Customer contains “Müller”")
    layout = Layout(columns, "Orders", MADE, "en", "Europe/Istanbul", filters=filters)
    first, second, *_ = page_texts(made(layout, frame_of(columns, [(n,) for n in range(60)])))
    assert first.index("Orders") < first.index("60 rows") < first.index(filters[0]) < first.index(filters[1])
    assert "Created Jan 5, 2026, 12:00:00 PM (Europe/Istanbul)" in first, "the time in the zone of the export"
    assert not any(filter in second for filter in filters)


def test_many_long_filters_leave_room_for_the_table_and_are_counted(frame_of, columns_of):
    columns = (Column("number", "integer", "W" * 999), *columns_of(other="integer"))
    filters = [f"Filter {n} " + "W" * 230 for n in range(12)]
    layout = Layout(columns, "W" * 999, MADE, filters=(*filters, "last"))
    frame = frame_of(columns, [(7, 8)])
    assert Pdf().fragment(frame, layout, Place()).warnings == {"cut_texts": 5}, "title, label, three filters"
    words = [word for page in words_by_page(made(layout, frame)) for word in page]
    foot = next(word for word in words if word.text == "Page")
    assert sum(word.text == "Filter" for word in words) == 10
    assert all(word.bottom < foot.top for word in words if word.text in ("Other", "7", "8"))


def test_the_moment_in_the_file_is_that_of_the_export(one):
    facts = poppler("pdfinfo", one("pdf", "text", ["a"]).data, "-isodates")
    assert "CreationDate:    2026-01-05T09:00:00Z" in facts
    assert "Creator:         Export Centre" in facts


@pytest.mark.parametrize(
    ("paper", "size"),
    [("A4", "841.89 x 595.276 pts (A4)"), ("Letter", "792 x 612"), ("A3", "1190.55 x 841.89")],
)
def test_pages_lie_on_their_side_on_every_paper(one, paper, size):
    assert size in poppler("pdfinfo", one("pdf", "text", ["a"], paper=paper).data)


def test_no_rows_make_a_page_with_the_header(render, columns_of):
    file = render("pdf", columns_of(number="integer", text="text"))
    assert read_pdf(file.data) == [["Number", "Text"]]
    assert "Page 1 of 1" in page_texts(file.data)[0]


def test_truth_is_told_in_words_and_binaries_by_their_size(one):
    _, *rows = read_pdf(one("pdf", "boolean", [True, False, None]).data)
    assert [row[0] for row in rows] == ["Yes", "No", None]
    _, *rows = read_pdf(one("pdf", "binary", [b"\xff" * 1234, b"", None]).data)
    assert [row[0] for row in rows] == ["1,234 bytes", "0 bytes", None]


@pytest.mark.parametrize(
    ("language", "texts", "words"),
    [
        ("en", ["12.50", "0.25", "Yes", "Jan 5, 2026", "Jan 5, 2026, 6:00:00 PM"], "Page 1 of 1"),
        ("de", ["12,50", "0,25", "Ja", "05.01.2026", "05.01.2026, 18:00:00"], "Seite 1 von 1"),
        ("tr", ["12,50", "0,25", "Evet", "5 Oca 2026", "5 Oca 2026 18:00:00"], "Sayfa 1 / 1"),
        ("ja", ["12.50", "0.25", "Yes", "Jan 5, 2026", "Jan 5, 2026, 6:00:00 PM"], "Page 1 of 1"),
    ],
)
def test_values_and_words_are_those_of_the_language(render, frame_of, language, texts, words):
    types = ["decimal", "float", "boolean", "date", "datetime"]
    columns = tuple(Column(type, type, type) for type in types)
    frame = frame_of(columns, [("12.50", 0.25, True, MADE.date(), MADE)])
    file = render("pdf", columns, frame, language=language, timezone="Asia/Tokyo")
    assert read_pdf(file.data) == [[*types[:4], "datetime (Asia/Tokyo)"], texts]
    assert words in page_texts(file.data)[0]
    assert file.warnings == {}


def test_numbers_end_below_each_other_and_texts_begin_so(render, frame_of, columns_of):
    columns = columns_of(amount="decimal", text="text")
    file = render("pdf", columns, frame_of(columns, [("1.50", "WWW"), ("-12345.25", "i")]))
    (words,) = words_by_page(file.data)
    at = {word.text: word for word in words}
    assert at["1.50"].right == pytest.approx(at["-12345.25"].right) == pytest.approx(at["Amount"].right)
    assert at["WWW"].left == pytest.approx(at["i"].left) == pytest.approx(at["Text"].left)


def test_a_long_text_is_cut_and_counted(one):
    file = one("pdf", "text", ["a" * 2000, "b" * 2001, "c" * 9999])
    assert file.warnings == {"cut_texts": 2}
    _, *rows = read_pdf(file.data)
    assert [settled(row[0]) for row in rows] == ["a" * 2000, "b" * 2000 + "...", "c" * 2000 + "..."]


def test_what_the_font_cannot_draw_is_a_box_and_counted(one):
    file = one("pdf", "text", ["日本", "a\u05d0b", "\0\x07", "\ufffe", "\ue000"])
    _, *rows = read_pdf(file.data)
    assert [row[0] for row in rows] == ["\ufffd\ufffd", "a\ufffdb", "\ufffd\ufffd", "\ufffd", "\ufffd"]
    assert file.warnings == {"undrawn_characters": 4, "replaced_characters": 3}


def test_labels_and_title_count_once_with_the_first_part_that_has_rows(render, frame_of):
    columns = (Column("a", "text", "日" + "x" * 200),)
    frames = [frame_of(columns, []), frame_of(columns, [("a",)]), frame_of(columns, [("b",)])]
    file = render("pdf", columns, *frames, title="本")
    assert file.warnings == {"undrawn_characters": 2, "cut_texts": 1}
    assert "…" in page_texts(file.data)[0]


def test_line_ends_break_lines_and_accents_join_their_letters(one):
    file = one("pdf", "text", ["one\r\ntwo\rthree\u2028four", "e\u0301\tx"])
    assert file.warnings == {}
    lines = [line.split()[0] for line in page_texts(file.data)[0].splitlines() if line.strip()]
    assert lines[lines.index("Value") + 1 :][:4] == ["one", "two", "three", "four"]
    assert "é     x" in page_texts(file.data)[0]


def test_a_row_taller_than_a_page_goes_on_on_the_next(render, frame_of, columns_of):
    columns = columns_of(number="integer", text="text")
    tall = "\n".join(f"line {n}" for n in range(190))
    file = render("pdf", columns, frame_of(columns, [(1, "a"), (2, tall), (3, "b")]))
    pages = page_texts(file.data)
    assert len(pages) > 3
    assert re.findall(r"line (\d+)", "".join(pages)) == [str(n) for n in range(190)]


def wide(frame_of, count):
    types = ["text", "integer", "decimal", "datetime", "uuid", "boolean", "date"]
    values = {
        "text": "Straßenbahnhaltestelle am Marktplatz",
        "integer": 123_456_789,
        "decimal": "12345.50",
        "datetime": MADE,
        "uuid": "2f1b0c3e-8f5a-4c55-9d0e-0d8f6f9f4c11",
        "boolean": True,
        "date": date(2026, 9, 30),
    }
    columns = tuple(
        Column(f"c{n}", types[n % 7], f"Heading{n} of an unusually long kind") for n in range(count)
    )
    return columns, frame_of(columns, [[values[column.type] for column in columns]] * 12)


@pytest.mark.parametrize(
    ("count", "paper"), [(1, "A4"), (9, "A4"), (18, "Letter"), (30, "A4"), (30, "Letter"), (30, "A3")]
)
def test_no_column_leaves_the_page_or_meets_its_neighbour(render, frame_of, count, paper):
    file = render("pdf", *wide(frame_of, count), paper=paper)
    width = float(re.search(r"Page size: +([\d.]+)", poppler("pdfinfo", file.data))[1])
    for words in words_by_page(file.data):
        assert all(word.left >= 34 and word.right <= width - 33.9 for word in words)
        assert min(word.size for word in words) > 4.99
        for one, other in pairwise(sorted(words, key=lambda word: (round(word.top), word.left))):
            assert one.right <= other.left + 0.01 or round(one.top) < round(other.top)
    labels = settled(page_texts(file.data)[0]).count("Heading")
    # A narrow label breaks within its first word.
    assert labels == count or count == 30
    header, *rows = read_pdf(file.data)
    assert len(header) == count
    assert len(rows) == 12
    assert rows[0] == rows[11]


def test_too_much_is_refused_with_both_numbers(frame_of, columns_of):
    Pdf().check(30, 20_000)
    with pytest.raises(CannotHold, match="at most 30 columns; this export has 31"):
        Pdf().check(31)
    with pytest.raises(CannotHold, match="at most 20,000 rows; this export has 20,001"):
        Pdf().check(3, 20_001)
    columns = columns_of(number="integer")
    with pytest.raises(CannotHold, match="20,001"):
        Pdf().fragment(frame_of(columns, [(1,), (2,)]), Layout(columns, "t", MADE), Place(0, 19_999))


def related(**options):
    inner = (Column("sku", "text", "Sku"), Column("amount", "integer", "Amount"))
    columns = (Column("id", "integer", "Id"), Column("items", ROWS, "Items", columns=inner))
    rows = [(1, [{"sku": "A", "amount": 2}, {"sku": "B", "amount": 3}]), (2, [])]
    frame = pl.DataFrame(rows, schema={column.name: column.dtype for column in columns}, orient="row")
    return frame, Layout(columns, "Orders", MADE, options=options, widths={"items": 2})


def test_related_rows_stand_in_one_cell():
    frame, layout = related()
    assert not Pdf().waits_for_all(layout)
    assert read_pdf(made(layout, frame)) == [
        ["Id", "Items"],
        ["1", "Sku: A, Amount: 2; Sku: B, Amount: 3"],
        ["2", None],
    ]


def test_related_rows_stand_in_numbered_columns_as_far_as_the_page_has_room():
    frame, layout = related(nested="flatten")
    assert Pdf().waits_for_all(layout)
    header, *rows = read_pdf(made(layout, frame))
    assert header == ["Id", "Items 1 sku", "Items 1 amount", "Items 2 sku", "Items 2 amount"]
    assert rows == [["1", "A", "2", "B", "3"], ["2", None, None, None, None]]
    crowd = Layout(layout.columns, "Orders", MADE, options=layout.options, widths={"items": 15})
    with pytest.raises(CannotHold, match="at most 30 columns; this export has 31"):
        Pdf().fragment(frame, crowd, Place())


def test_the_process_that_draws_may_not_take_more_memory_than_it_is_given(monkeypatch, one):
    file = one("pdf", "text", ["word " * 400] * 10_000)
    monkeypatch.setattr(child, "MEMORY", 80 << 20)
    with pytest.raises(CannotHold, match="10,000 rows with so much text are too much for one PDF"):
        _ = file.data


def test_the_process_that_draws_may_not_take_more_time_than_it_is_given(monkeypatch, one):
    file = one("pdf", "text", ["word " * 40] * 20_000)
    monkeypatch.setattr(child, "CPU_SECONDS", 1)
    with pytest.raises(CannotHold, match="too much for one PDF"):
        _ = file.data


def test_a_fault_of_drawing_is_told_with_its_cause(monkeypatch, one):
    file = one("pdf", "text", ["a"])
    monkeypatch.setattr(Pdf, "check", lambda *_: None)
    file.fragments[0] = type(file.fragments[0])(b"one cell\x1eof\x1fthree\x1fcells\x1e", 2, {})
    with pytest.raises(RuntimeError, match="ValueError"):
        _ = file.data


def test_the_process_that_draws_loads_no_frames_and_knows_no_secrets(monkeypatch):
    code = "import sys, dashboard.drawing.paint; print({'polars', 'flask', 'sqlalchemy'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).strip() == "set()"
    monkeypatch.setenv("SECRET_KEY", "0" * 32)
    seen = {}
    monkeypatch.setattr(
        subprocess, "run", lambda *_, env, **__: seen.update(env) or subprocess.CompletedProcess("", 0)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(child, "packed", lambda sheet: b"")
        list(child.draw(None, [], MADE))
    assert seen.keys() <= {"SOURCE_DATE_EPOCH", "PYTHONUTF8", "LD_LIBRARY_PATH"}


SAME = """
import sys
from datetime import UTC, datetime
import polars as pl
from dashboard.columns import Column
from dashboard.formats.base import Layout, Place
from dashboard.formats.pdf import Pdf

made = datetime(2026, 1, 5, 9, tzinfo=UTC)
columns = (Column("text", "text", "Text"), Column("at", "datetime", "At"))
frame = pl.DataFrame({"text": sys.argv[1:], "at": made}, schema={one.name: one.dtype for one in columns})
layout = Layout(columns, "Ώρα", made, "de", "Asia/Tokyo")
data = Pdf().fragment(frame, layout, Place()).data
Pdf().write([lambda: [data]], layout, [Place()], [frame.height], sys.stdout.buffer)
"""


def test_neither_clock_nor_place_changes_a_byte():
    found = set()
    for zone, locale in ("UTC", "C"), ("America/Los_Angeles", "tr_TR.UTF-8"):
        environment = {
            **os.environ,
            "TZ": zone,
            "LANG": locale,
            "RL_pageCompression": "0",
            "RL_invariant": "0",
        }
        found.add(
            subprocess.check_output(
                [sys.executable, "-c", SAME, *SCRIPTS.values()], cwd=ROOT, env=environment
            )
        )
    assert len(found) == 1


drawable = "".join(map(chr, sorted(drawn(REGULAR))))
hostile = st.text(
    st.sampled_from("=+-@()\\%<>&/ \t\r\n\0\x07\x1e\x1f\x7f\x85\ufffe\u2028\u200b\u0301\xad\xa0é😀日א{}")
    | st.sampled_from(drawable)
    | st.characters(exclude_categories=["Cs"]),
    max_size=60,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.tuples(hostile, hostile), min_size=1, max_size=8))
def test_no_text_breaks_the_file(render, frame_of, columns_of, texts):
    columns = columns_of(number="integer", first="text", second="text")
    rows = [(7_000_000 + n, *pair) for n, pair in enumerate(texts)]
    file = render("pdf", columns, frame_of(columns, rows), title=texts[0][0])
    pages = page_texts(file.data)
    numbers = re.findall(r"^ *(7\d{6})\b", "".join(pages), re.M)
    assert numbers == [str(row[0]) for row in rows]
    replaced = sum(file.warnings.get(key, 0) for key in ("undrawn_characters", "replaced_characters"))
    box = sum(text.count("\ufffd") for pair in texts for text in pair)
    assert "".join(pages).count("\ufffd") >= min(1, replaced - box)
