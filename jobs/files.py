"""The files of an export, made of what its parts brought. `jobs.assemble` calls `made` and `manifest_file`.

For each output its data; beside that, where any part has some: `sanitized` (one for each output), `errors` (one for
the export); and always a manifest. All are streamed to storage under the run number of the assembler.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from isal.isal_zlib import crc32

from dashboard.extensions import storage
from dashboard.formats import FORMATS, lists, packaging
from dashboard.formats.base import Layout
from dashboard.models import Export, File, Part
from dashboard.storage import Missing, read_chunks
from dashboard.storage.base import Writing

NAME_LENGTH = 120
LIST_MEDIA_TYPE = "text/csv; charset=utf-8"


class DamagedFragment(Exception):
    """A stored fragment is not what was stored."""


class DamagedErrors(Exception):
    """The stored reasons of rows that could not be read are not what was stored."""


def made(export: Export, parts: list[Part], run_no: int, layouts: Sequence[Layout]) -> list[File]:
    """All files but the manifest, the data of the first output first."""
    files = [_data(export, parts, run_no, number, layout) for number, layout in enumerate(layouts)]
    for number, layout in enumerate(layouts):
        files += _sanitized(export, parts, run_no, number, layout)
    return files + _errors(export, parts, run_no)


def _data(export: Export, parts: list[Part], run_no: int, number: int, layout: Layout) -> File:
    output = export.outputs[number]
    format, kind = FORMATS[output["format"]], output.get("packaging", "none")
    staged, fragments = [part.rows for part in parts], [part.fragments[number] for part in parts]
    pieces = packaging.Pieces(
        [partial(_fragment, fragment) for fragment in fragments],
        [format.place(staged[:index], rows) for index, rows in enumerate(staged)],
        [fragment["rows"] for fragment in fragments],
    )
    file = File(
        kind="data",
        format=output["format"],
        options=output["options"],
        output=number,
        packaging=kind,
        name=_data_name(export, number),
        media_type=packaging.media_type(format, kind),
        rows=sum(pieces.rows),
        kept_out=sum(fragment["kept_out"] for fragment in fragments),
    )
    stem = file_name(export.name, "")
    return _write(
        file, export, run_no, str(number), partial(packaging.write, format, kind, pieces, layout, stem)
    )


def _data_name(export: Export, number: int) -> str:
    """The export's name; with the format's label where an earlier output has the same extension."""
    extensions = [
        packaging.extension(FORMATS[one["format"]], one.get("packaging", "none"))
        for one in export.outputs[: number + 1]
    ]
    label = FORMATS[export.outputs[number]["format"]].label
    twice = extensions[number] in extensions[:number]
    return file_name(
        f"{export.name[: NAME_LENGTH - 20]} {label}" if twice else export.name, extensions[number]
    )


def _sanitized(export: Export, parts: list[Part], run_no: int, number: int, layout: Layout) -> list[File]:
    """What the formula guard changed in one output, or kept out of it."""
    found = [lines for part in parts if (lines := part.fragments[number]["lists"].get("sanitized"))]
    rows = sum(lines["rows"] for lines in found)
    if not rows:
        return []
    format = FORMATS[export.outputs[number]["format"]]
    chunks = (chunk for lines in found for chunk in _fragment(lines))
    return [
        _list_file(export, run_no, "sanitized", format.list_header("sanitized", layout), chunks, rows, number)
    ]


def _errors(export: Export, parts: list[Part], run_no: int) -> list[File]:
    """Rows that could not be read, and values that an output could not hold."""
    rows = sum(part.errors["rows"] for part in parts if part.errors)
    rows += sum(
        one["lists"]["errors"]["rows"] for part in parts for one in part.fragments if "errors" in one["lists"]
    )
    if not rows:
        return []
    return [_list_file(export, run_no, "errors", lists.header("errors"), _error_lines(parts), rows, 0)]


def _error_lines(parts: list[Part]) -> Iterator[bytes]:
    for part in parts:
        if part.errors:
            yield from _reasons(part.errors)
        for fragment in part.fragments:
            if "errors" in fragment["lists"]:
                yield from _fragment(fragment["lists"]["errors"])


def _list_file(
    export: Export, run_no: int, kind: str, header: bytes, chunks: Iterable[bytes], rows: int, number: int
) -> File:
    file = File(
        kind=kind,
        format="csv",
        options={},
        output=number,
        name=file_name(f"{export.name[: NAME_LENGTH - 20]} {kind}", "csv"),
        media_type=LIST_MEDIA_TYPE,
        rows=rows,
    )

    def write(out: Writing) -> None:
        out.write(header)
        for chunk in chunks:
            out.write(chunk)

    return _write(file, export, run_no, f"{number}-{kind}", write)


def manifest_file(export: Export, parts: list[Part], run_no: int, content: dict[str, Any]) -> File:
    """What the other files hold, signed; `rows` of it are the rows that were matched."""
    file = File(
        kind="manifest",
        format="json",
        options={},
        name=file_name(f"{export.name[: NAME_LENGTH - 20]} manifest", "json"),
        media_type="application/json",
        rows=0,
    )
    data = json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n"
    return _write(file, export, run_no, "manifest", lambda out: out.write(data))


def _write(file: File, export: Export, run_no: int, name: str, write: Callable[[Writing], object]) -> File:
    """The file with its object in storage."""
    file.export_id, file.key = export.id, f"results/{export.id}/{run_no}/{name}"
    with storage.write(file.key) as writing:
        write(writing)
    file.size, file.sha256 = writing.stored.size, writing.stored.sha256
    return file


def lost_fragments(parts: list[Part]) -> list[int]:
    """The pages whose fragments, or the lists with them, are not what was stored."""
    return [part.page for part in parts if not all(map(_is_whole, part.fragments))]


def _is_whole(fragment: dict[str, Any]) -> bool:
    try:
        for stored in (fragment, *fragment["lists"].values()):
            for _ in _fragment(stored):
                pass
    except DamagedFragment:
        return False
    return True


def _fragment(stored: dict[str, Any]) -> Iterator[bytes]:
    """The bytes of a fragment or of a list with it; after the last of them an error if they are not those."""
    found = 0
    try:
        for chunk in read_chunks(storage, stored["key"]):
            found = crc32(chunk, found)
            yield chunk
    except Missing:
        raise DamagedFragment from None
    if found != stored.get("crc32"):
        raise DamagedFragment


def _reasons(stored: dict[str, Any]) -> Iterator[bytes]:
    """The same of the lines that were stored beside a part."""
    digest = hashlib.sha256()
    try:
        for chunk in read_chunks(storage, stored["key"]):
            digest.update(chunk)
            yield chunk
    except Missing:
        raise DamagedErrors from None
    if digest.hexdigest() != stored["sha256"]:
        raise DamagedErrors


def file_name(name: str, extension: str) -> str:
    """The export's name as a file name: no path, no controls or bidi marks, nothing that a system forbids."""
    safe = re.sub(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]+', " ", name)
    safe = re.sub(r"\s+", " ", safe).strip(" .")[:NAME_LENGTH] or "export"
    return f"{safe}.{extension}" if extension else safe
