"""The ZIP around a workbook: pieces deflated by themselves, sizes beyond 32 bits, damage."""

from __future__ import annotations

import hashlib
import platform
import struct
from datetime import datetime
from io import BytesIO
from zipfile import ZipFile

import pytest
from isal import isal_zlib

from dashboard.formats.xlsx_zip import Note, ZipWriter, deflate


class Length:
    """Counts what is written, and keeps the beginning and the end."""

    def __init__(self):
        self.size, self.begin, self.end = 0, b"", b""

    def write(self, data):
        self.begin = (self.begin + data)[:200] if len(self.begin) < 200 else self.begin
        self.end = (self.end + data)[-1000:]
        self.size += len(data)


def test_a_sheet_of_more_than_four_gigabytes_has_zip64_sizes():
    note, block = deflate([bytes(1 << 20)] * 64)
    end_note, end = deflate([], last=True)
    total = Note()
    for _ in range(65):
        total += note
    out = Length()
    archive = ZipWriter(out, datetime(2026, 1, 5))
    archive.add_deflated("big.xml", total + end_note, [block] * 65 + [end])
    archive.add("small.xml", b"small")
    archive.close()
    assert total.raw == 65 * (64 << 20) > 0xFFFFFFFF
    assert struct.unpack_from("<H", out.begin, 4) == (45,)
    assert struct.pack("<2H2Q", 1, 16, total.raw, (total + end_note).deflated) in out.begin
    assert struct.pack("<2HQ", 1, 8, total.raw) in out.end


def test_a_small_workbook_has_no_zip64_and_no_data_descriptors(one):
    data = one("xlsx", "text", ["a"]).data
    assert data[:4] == b"PK\3\4"
    assert b"PK\6\6" not in data
    with ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[0] == "[Content_Types].xml"
        for member in archive.infolist():
            assert not member.flag_bits & 8
            assert (member.extract_version, member.extra) == (20, b"")
            assert member.date_time == (2026, 1, 5, 9, 0, 0)


def test_a_file_of_more_than_four_gigabytes_has_a_zip64_directory(tmp_path):
    """Written to a sparse file, as the place of the last member is all that matters."""
    path = tmp_path / "big.zip"

    class Sparse:
        def __init__(self, file):
            self.file = file

        def write(self, data):
            if data is zeros:
                self.file.seek(len(data), 1)
            else:
                self.file.write(data)

    zeros = bytes(1 << 26)
    with path.open("wb") as file:
        archive = ZipWriter(Sparse(file), datetime(2026, 1, 5))
        archive.add_deflated("hole", Note(0, 1, 65 << 26), [zeros] * 65)
        archive.add("small.xml", b"small")
        archive.close()
    with ZipFile(path) as found:
        assert found.read("small.xml") == b"small"
        assert found.getinfo("hole").compress_size == 65 << 26


ON_X86_64 = "fdcd4a1e78339204ecf5548b3b3028bac482744085cda9e8f92d44b6ccb8d7a8"


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="ISA-L has other bytes elsewhere")
def test_every_x86_64_deflates_to_the_same_bytes():
    """Found so on this library's SSE 4.2, AVX, AVX2 and AVX-512 paths; a new version of isal may change it."""
    cells = (f'<c r="A{n}" s="7"><v>{n * 7919 % 100_003 / 100:.2f}</v></c>'.encode() for n in range(50_000))
    note, deflated = deflate(cells)
    assert note.raw > 1_500_000
    assert hashlib.sha256(deflated).hexdigest() == ON_X86_64


def test_a_damaged_fragment_is_refused(one):
    file = one("xlsx", "text", ["a"])
    out = BytesIO()
    with pytest.raises(ValueError, match="damaged"):
        file.format.write([lambda: [file.fragments[0].data[:-1]]], file.layout, file.places, file.rows, out)


def test_the_sum_of_notes_is_the_note_of_the_sum():
    pieces = [b"first", b"", b"second" * 1000]
    total = Note()
    for piece in pieces:
        total += deflate([piece])[0]
    assert (total.crc, total.raw) == (isal_zlib.crc32(b"".join(pieces)), len(b"".join(pieces)))
