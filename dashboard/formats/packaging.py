"""How a finished file is wrapped: as it is, gzipped, or split over the members of a ZIP.

`planning` checks, `jobs.assemble` writes. All of it is streamed; a file never lies in memory, and the same fragments
give the same bytes: no name, clock or system of the moment is written into the wrapping.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from isal import isal_zlib

from dashboard.formats.base import Format, Layout, Opener, Out, Place

PACKAGINGS: dict[str, str] = {
    "none": "As it is",
    "gzip": "gzip (.gz)",
    "zip": "ZIP, a new file after every 1,000,000 rows",
}
MEMBER_ROWS = 1_000_000
_GZIP_LEVEL = 1
_GZIP_WINDOW = 31  # zlib's way to ask for a gzip header


@dataclass(frozen=True, slots=True)
class Pieces:
    """The fragments of one file in their order: how to open each, where it stands, and its rows."""

    openers: Sequence[Opener]
    places: Sequence[Place]
    rows: Sequence[int]


def check(format: Format, packaging: str) -> None:
    """Refuse, with a sentence for people, a packaging that there is not for this format."""
    if packaging not in PACKAGINGS:
        raise ValueError(f"Packaging is one of {', '.join(PACKAGINGS)}, not {packaging[:40]}.")
    if packaging != "none" and not format.is_text:
        raise ValueError(f"{format.label} is compressed by itself and cannot be packed.")


def media_type(format: Format, packaging: str) -> str:
    return {"none": format.media_type, "gzip": "application/gzip", "zip": "application/zip"}[packaging]


def extension(format: Format, packaging: str) -> str:
    return {"none": format.extension, "gzip": f"{format.extension}.gz", "zip": "zip"}[packaging]


def write(format: Format, packaging: str, pieces: Pieces, layout: Layout, name: str, out: Out) -> None:
    """The whole file; `name`, without an extension, is what the members of a ZIP are called."""
    match packaging:
        case "none":
            format.write(pieces.openers, layout, pieces.places, pieces.rows, out)
        case "gzip":
            packed = _Gzip(out)
            format.write(pieces.openers, layout, pieces.places, pieces.rows, packed)
            packed.close()
        case "zip":
            _write_zip(format, pieces, layout, name, out)


class _Gzip:
    def __init__(self, out: Out) -> None:
        self._out = out
        self._squeeze = isal_zlib.compressobj(_GZIP_LEVEL, isal_zlib.DEFLATED, _GZIP_WINDOW)

    def write(self, data: bytes) -> None:
        if squeezed := self._squeeze.compress(data):
            self._out.write(squeezed)

    def close(self) -> None:
        self._out.write(self._squeeze.flush())


def _write_zip(format: Format, pieces: Pieces, layout: Layout, name: str, out: Out) -> None:
    groups = list(_groups(pieces))
    made = layout.created_at.astimezone(UTC).timetuple()[:6]
    with zipfile.ZipFile(_Unseekable(out), "w", zipfile.ZIP_DEFLATED) as archive:
        for number, group in enumerate(groups, 1):
            member = f"{name}-part{number}" if len(groups) > 1 else name
            info = zipfile.ZipInfo(f"{member}.{format.extension}", made)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3  # not that of the machine
            info.external_attr = 0o644 << 16
            with archive.open(info, "w", force_zip64=True) as opened:
                format.write(group.openers, layout, group.places, group.rows, opened)


def _groups(pieces: Pieces) -> Iterator[Pieces]:
    """Runs of fragments of at most MEMBER_ROWS rows, at least one fragment each; one empty run for no rows."""
    start = rows = 0
    for number, count in enumerate(pieces.rows):
        if number > start and rows + count > MEMBER_ROWS:
            yield _slice(pieces, start, number)
            start, rows = number, 0
        rows += count
    yield _slice(pieces, start, len(pieces.rows))


def _slice(pieces: Pieces, start: int, stop: int) -> Pieces:
    return Pieces(pieces.openers[start:stop], pieces.places[start:stop], pieces.rows[start:stop])


class _Unseekable:
    """What zipfile needs of a file that is written front to back only."""

    def __init__(self, out: Out) -> None:
        self._out = out

    def write(self, data: Any) -> int:
        self._out.write(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back here."""

    def tell(self) -> int:
        raise OSError("This file has no position.")

    def seek(self, offset: int, whence: int = 0, /) -> int:
        raise OSError("This file has no position.")

    def close(self) -> None:
        """Who opened the file closes it."""
