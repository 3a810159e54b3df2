"""Parquet files put together from row groups that were written apart. `formats.parquet` is the only caller.

polars writes each part as a file of its own. `pack` keeps of it what the whole file needs: the pages, and the record
of the row group, whose offsets then count from the first page. `Assembly` writes the pages of all parts one after the
other, and at the end the one footer, in which each record's offsets count from the start of the file.

Numbers of fields are those of parquet.thrift in apache/parquet-format. Left behind are what points to other places
in the part's file (page indexes, bloom filters), copies of the metadata beside the pages, and the ordinals of row
groups, which would end at 32 767.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from io import BytesIO

import polars as pl

from dashboard.formats.base import Out
from dashboard.formats.thrift_compact import I64, LIST, STRUCT, Struct, read_struct, written

_MAGIC = b"PAR1"
_LENGTH = struct.Struct("<I")
# FileMetaData
_NUM_ROWS, _ROW_GROUPS = 3, 4
# RowGroup
_COLUMNS, _ROWS, _FILE_OFFSET, _ORDINAL = 1, 3, 5, 7
# ColumnChunk; 4 to 7 are the places and sizes of its indexes.
_CHUNK_OFFSET, _META_DATA, _INDEXES = 2, 3, (4, 5, 6, 7)
# ColumnMetaData
_COMPRESSED, _DATA_PAGE, _INDEX_PAGE, _DICTIONARY_PAGE, _BLOOM_FILTER = 7, 9, 10, 11, (14, 15)


def pack(frame: pl.DataFrame) -> bytes:
    """The frame as one row group: the length of its record, the record, the pages."""
    data = _parquet(frame)
    (group,) = _row_groups(_footer(data))
    pages = bytearray()
    for chunk in _chunks(group):
        meta = chunk[_META_DATA][1]
        start = min(meta[number][1] for number in (_DATA_PAGE, _DICTIONARY_PAGE) if number in meta)
        _move(chunk, len(pages) - start)
        pages += data[start : start + meta[_COMPRESSED][1]]
    group.pop(_ORDINAL, None)
    record = written(group)
    return _LENGTH.pack(len(record)) + record + pages


class Assembly:
    """One file in the making; `frame` is one without rows that has the columns of all parts."""

    def __init__(self, frame: pl.DataFrame, out: Out) -> None:
        self._footer = _footer(_parquet(frame.clear()))
        self._out = out
        self._position = 0
        self._rows = 0
        self._groups: list[bytes] = []
        self._write(_MAGIC)

    def add(self, fragment: Iterable[bytes]) -> None:
        """Write the pages of a fragment, and keep its record."""
        head, start = b"", self._position
        record: Struct | None = None
        for chunk in fragment:
            if record is not None:
                self._write(chunk)
                continue
            head += chunk
            end = _LENGTH.size + (_LENGTH.unpack_from(head)[0] if len(head) >= _LENGTH.size else 0)
            if len(head) >= end > _LENGTH.size:
                record, _ = read_struct(head, _LENGTH.size)
                self._write(head[end:])
        if record is None:
            raise ValueError("A fragment ends in the middle of its record.")
        self._keep(record, start)

    def close(self) -> None:
        footer = {**self._footer, _NUM_ROWS: (I64, self._rows), _ROW_GROUPS: (LIST, (STRUCT, self._groups))}
        data = written(footer)
        self._write(data + _LENGTH.pack(len(data)) + _MAGIC)

    def _keep(self, group: Struct, start: int) -> None:
        for chunk in _chunks(group):
            _move(chunk, start)
        self._rows += group[_ROWS][1]
        # As bytes: the records of a hundred parts as objects would show in memory.
        self._groups.append(written(group | {_FILE_OFFSET: (I64, start)}))

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._position += len(data)


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = BytesIO()
    # All that could make a difference between machines or between frames in different chunks is said.
    frame.rechunk().write_parquet(
        buffer, compression="zstd", compression_level=3, row_group_size=max(frame.height, 1)
    )
    return buffer.getvalue()


def _footer(data: bytes) -> Struct:
    end = len(data) - _LENGTH.size - len(_MAGIC)
    footer, _ = read_struct(data, end - _LENGTH.unpack_from(data, end)[0])
    return footer


def _row_groups(footer: Struct) -> list[Struct]:
    groups: list[Struct] = footer[_ROW_GROUPS][1][1]
    return groups


def _chunks(group: Struct) -> list[Struct]:
    chunks: list[Struct] = group[_COLUMNS][1][1]
    return chunks


def _move(chunk: Struct, distance: int) -> None:
    """Let the chunk's pages begin so much later."""
    meta = chunk[_META_DATA][1]
    for number in (_DATA_PAGE, _INDEX_PAGE, _DICTIONARY_PAGE):
        if number in meta:
            meta[number] = (I64, meta[number][1] + distance)
    for number in _BLOOM_FILTER:
        meta.pop(number, None)
    for number in _INDEXES:
        chunk.pop(number, None)
    # The standard's word for: there is no copy of the metadata beside the pages.
    chunk[_CHUNK_OFFSET] = (I64, 0)
