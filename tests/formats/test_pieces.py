"""Rows of text put together from pieces: the same bytes as the long way, in every row and in their order."""

import random

import polars as pl
import pytest

from dashboard.formats.pieces import Pieces, bytes_of


def texts(lengths, rows, seed):
    chosen = random.Random(seed)
    letters = "aé漢🎉{}\n"
    return pl.Series(
        [
            None if chosen.random() < 0.1 else "".join(chosen.choices(letters, k=chosen.randint(*lengths)))
            for _ in range(rows)
        ],
        dtype=pl.String,
    )


@pytest.mark.parametrize("lengths", [(0, 0), (0, 5), (0, 40), (13, 13), (30, 3000)])
@pytest.mark.parametrize("rows", [0, 1, 7, 2000])
def test_rows_of_any_length_stand_one_after_the_other(lengths, rows):
    first, second = texts(lengths, rows, 1), texts(lengths, rows, 2)
    pieces = Pieces()
    pieces.add("{", first, '",{}"', second, "}\n")
    expected = "".join(
        f'{{{a or ""}",{{}}"{b or ""}}}\n' for a, b in zip(first, second, strict=True)
    ).encode()
    assert b"".join(pieces.joined(2**30)) == expected
    assert b"".join(pieces.joined(3)) == expected


def test_rows_that_were_reordered_are_written_in_their_new_order():
    """The buffers of a sorted column have its old order: only what was put together anew may be taken from them."""
    order = texts((20, 50), 1000, 3).fill_null("")
    frame = pl.DataFrame({"v": order}).sort("v", descending=True)
    expected = "".join(f"{text}\n" for text in sorted(order, reverse=True)).encode()
    assert bytes_of(frame, pl.format("{}\n", pl.col("v"))) == expected
    assert bytes_of(frame, pl.concat_str(pl.col("v"), pl.lit("\n"))) == expected


def test_the_first_cell_that_is_not_blank_is_taken():
    pieces = Pieces()
    one, two = pl.Series(["a", None, None]), pl.Series(["b", "c", None])
    pieces.add("<")
    pieces.add_first_of([["1", one], ["2", two]])
    pieces.add(">")
    assert b"".join(pieces.joined(10)) == b"<1a><2c><>"
