"""A ZIP file written front to back, with members that were deflated in pieces. `formats.xlsx` calls it.

The standard library's zipfile cannot take data that is deflated already. All sizes are known beforehand, so
there are no data descriptors, and ZIP64 fields appear only where a number needs them: Excel opens both
kinds, but it is not alone in the world.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from isal import isal_zlib

from dashboard.formats.base import Out

_FULL_32, _FULL_16 = 0xFFFFFFFF, 0xFFFF
_OLD, _ZIP64 = 20, 45
_UTF8_NAMES = 0x800
_DEFLATED = 8
# Levels 0 to 2 give the same bytes on every x86-64 that has SSE 4.2, level 3 does not. ARM has bytes of its own.
_LEVEL = 1
_RAW = -15
_NOTE = struct.Struct("<IQQ")
NOTE_SIZE = _NOTE.size


@dataclass(frozen=True, slots=True)
class Note:
    """What the directory needs to know of a deflated piece: its checksum and both its sizes."""

    crc: int = 0
    raw: int = 0
    deflated: int = 0

    def __add__(self, later: Note) -> Note:
        crc = isal_zlib.crc32_combine(self.crc, later.crc, later.raw)
        return Note(crc, self.raw + later.raw, self.deflated + later.deflated)

    def pack(self) -> bytes:
        return _NOTE.pack(self.crc, self.raw, self.deflated)

    @classmethod
    def unpack(cls, data: bytes) -> Note:
        return cls(*_NOTE.unpack(data))


def deflate(chunks: Iterable[bytes], last: bool = False) -> tuple[Note, bytes]:
    """A piece that can stand between others: it begins without history and ends on a byte."""
    squeeze = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _RAW)
    crc = size = 0
    deflated = []
    for chunk in chunks:
        crc, size = isal_zlib.crc32(chunk, crc), size + len(chunk)
        deflated.append(squeeze.compress(chunk))
    deflated.append(squeeze.flush(isal_zlib.Z_FINISH if last else isal_zlib.Z_FULL_FLUSH))
    piece = b"".join(deflated)
    return Note(crc, size, len(piece)), piece


class ZipWriter:
    def __init__(self, out: Out, written_at: datetime) -> None:
        self._out = out
        self._position = 0
        self._directory: list[bytes] = []
        year = max(written_at.year, 1980) - 1980
        self._date = year << 9 | written_at.month << 5 | written_at.day
        self._time = written_at.hour << 11 | written_at.minute << 5 | written_at.second // 2

    def add(self, name: str, data: bytes) -> None:
        note, deflated = deflate([data], last=True)
        self.add_deflated(name, note, [deflated])

    def add_deflated(self, name: str, note: Note, chunks: Iterable[bytes]) -> None:
        """A member whose pieces, one after the other, are what `note` sums up."""
        start = self._position
        self._write(self._local_header(name.encode(), note))
        begin = self._position
        for chunk in chunks:
            self._write(chunk)
        if self._position - begin != note.deflated:
            raise ValueError(f"{name} is not as long as its fragments say: one of them is damaged.")
        self._directory.append(self._entry(name.encode(), note, start))

    def close(self) -> None:
        start = self._position
        for entry in self._directory:
            self._write(entry)
        size, count = self._position - start, len(self._directory)
        if start > _FULL_32 or size > _FULL_32 or count > _FULL_16:
            self._close_zip64(start, size, count)
        self._write(
            struct.pack(
                "<4s4H2IH",
                b"PK\5\6",
                0,
                0,
                min(count, _FULL_16),
                min(count, _FULL_16),
                min(size, _FULL_32),
                min(start, _FULL_32),
                0,
            )
        )

    def _close_zip64(self, start: int, size: int, count: int) -> None:
        end = self._position
        self._write(struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, _ZIP64, _ZIP64, 0, 0, count, count, size, start))
        self._write(struct.pack("<4sIQI", b"PK\6\7", 0, end, 1))

    def _local_header(self, name: bytes, note: Note) -> bytes:
        # In a local header the two sizes go to the ZIP64 field together or not at all.
        large = max(note.raw, note.deflated) >= _FULL_32
        extra = struct.pack("<2H2Q", 1, 16, note.raw, note.deflated) if large else b""
        sizes = (_FULL_32, _FULL_32) if large else (note.deflated, note.raw)
        return b"PK\3\4" + self._common(name, note.crc, sizes, extra, large) + name + extra

    def _entry(self, name: bytes, note: Note, start: int) -> bytes:
        large = [number for number in (note.raw, note.deflated, start) if number >= _FULL_32]
        extra = struct.pack(f"<2H{len(large)}Q", 1, 8 * len(large), *large) if large else b""
        sizes = (min(note.deflated, _FULL_32), min(note.raw, _FULL_32))
        version = _ZIP64 if large else _OLD
        common = self._common(name, note.crc, sizes, extra, bool(large))
        place = struct.pack("<3H2I", 0, 0, 0, 0, min(start, _FULL_32))
        return b"PK\1\2" + struct.pack("<H", version) + common + place + name + extra

    def _common(self, name: bytes, crc: int, sizes: tuple[int, int], extra: bytes, large: bool) -> bytes:
        """The fields that a local header and a directory entry share."""
        version = _ZIP64 if large else _OLD
        return struct.pack(
            "<5H3I2H",
            version,
            _UTF8_NAMES,
            _DEFLATED,
            self._time,
            self._date,
            crc,
            *sizes,
            len(name),
            len(extra),
        )

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._position += len(data)
