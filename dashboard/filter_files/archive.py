"""An XLSX file as the archive it is: judged by its directory before anything is unpacked. Called in the child."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from dashboard.filter_files.refusals import Refused

MOST_MEMBERS = 1000
MOST_UNPACKED = 50 * 1024 * 1024
HIGHEST_RATIO = 100
NOT_A_WORKBOOK = "The file is not an XLSX workbook, or it is damaged."
_ENTRY = b"PK\x01\x02"
_LOCKED = 0x1 | 0x40 | 0x2000  # flags of an encrypted member, or directory
_CHUNK = 1024 * 1024
# All that zipfile raises over archives that are none.
_DAMAGES = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError, OverflowError,
    NotImplementedError,
)  # fmt: skip


class Archive:
    """Members by name; what is unpacked never passes the size that the directory gives."""

    def __init__(self, data: bytes) -> None:
        """Raises Refused."""
        if not data.startswith(b"PK\x03\x04"):
            raise Refused(NOT_A_WORKBOOK)
        # Counted in the bytes: an object for each of a hundred thousand entries is what a bomb is after.
        if data.count(_ENTRY) > MOST_MEMBERS:
            raise Refused(f"The workbook holds more than {MOST_MEMBERS:,} parts.")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _DAMAGES:
            raise Refused(NOT_A_WORKBOOK) from None
        self.members = {member.filename: member for member in self._zip.infolist()}
        self._judge()

    def _judge(self) -> None:
        members = self._zip.infolist()
        if any(member.flag_bits & _LOCKED for member in members):
            raise Refused("The workbook has a password. Save it without one.")
        if len(self.members) < len(members) or any(_is_odd(member) for member in members):
            raise Refused(NOT_A_WORKBOOK)
        unpacked = sum(member.file_size for member in members)
        if unpacked > MOST_UNPACKED:
            raise Refused(f"The workbook unpacks to more than {MOST_UNPACKED // 1024**2} MiB.")
        packed = sum(member.compress_size for member in members)
        pairs = [(member.file_size, member.compress_size) for member in members]
        if any(large > HIGHEST_RATIO * small for large, small in [*pairs, (unpacked, packed)]):
            raise Refused(f"The workbook unpacks to more than {HIGHEST_RATIO} times its size.")

    def chunks(self, name: str) -> Iterator[bytes]:
        """Raises Refused."""
        try:
            with self._zip.open(self.members[name]) as member:
                while chunk := member.read(_CHUNK):
                    yield chunk
        except (KeyError, *_DAMAGES):
            raise Refused(NOT_A_WORKBOOK) from None


def _is_odd(member: zipfile.ZipInfo) -> bool:
    name = member.filename
    return (
        member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        or name.startswith("/")
        or "\\" in name
        or ".." in name.split("/")
    )
