"""Hands a finished file to whoever asked for it, over HTTP: pages and API dialects end their downloads here.

A program that cannot send its credentials along gets a signed `link`, which `views.links` answers.

The doors decide who may take what (`User.may("download", export)`); this file knows how bytes travel: name,
type, ranges, what a browser may do with them, and the trace that a download leaves.
"""

from __future__ import annotations

import hashlib
import io
import re
import time
import unicodedata
from collections.abc import Collection, Iterator
from typing import Any, BinaryIO
from urllib.parse import quote

from flask import Response, request
from isal import igzip
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from dashboard import lifecycle
from dashboard.database import db
from dashboard.extensions import settings, storage
from dashboard.models import Audit, Export, File, User
from dashboard.storage import Missing

CHUNK = 256 * 1024
# Name characters that RFC 8187 lets stand in filename* as they are.
_PLAIN = "!#$&+-.^_`|~"
_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*")


LINK_SECONDS = 300
_LINK_PURPOSE = "download link 1"


class Gone(Exception):
    """There was such a file, but it has been deleted: HTTP 410."""


def data_file(export: Export) -> File | None:
    """The export's own file; None while there is none, Gone when its time is over."""
    if export.status != "completed":
        return None
    if export.expired_at is not None:
        raise Gone("This file has been deleted: the time it was kept for is over.")
    return next((file for file in export.files if file.kind == "data"), None)


def load_files(exports: Collection[Export]) -> None:
    """Read the files of many exports at once: `data_file` then asks no database for each of them."""
    found: dict[int, list[File]] = {export.id: [] for export in exports}
    for file in db.session.scalars(select(File).where(File.export_id.in_(found)).order_by(File.id)):
        found[file.export_id].append(file)
    for export in exports:
        set_committed_value(export, "files", found[export.id])


def link(file: File, by: User, *, gzip: bool = False) -> str:
    """An absolute address that gives the file without credentials for LINK_SECONDS, with the rights of `by`.

    With `gzip` what it gives is a gzip file, whatever the file is.
    """
    ends = int(time.time()) + LINK_SECONDS
    token = _links().dumps([file.id, file.sha256[:16], by.id, ends, int(gzip)])
    return f"{settings.public_url.rstrip('/')}/dl/{token}"


def linked(token: str) -> tuple[File, User, bool] | None:
    """The file of a link, whose rights it has, and whether it goes out gzipped; None for a link that is no good."""
    try:
        id, digest, user_id, ends, gzip = _links().loads(token)
    except BadSignature:
        return None
    file, by = db.session.get(File, id), db.session.get(User, user_id)
    if file is None or by is None or file.sha256[:16] != digest or time.time() > ends:
        return None
    export = db.session.scalar(select(Export).where(Export.id == file.export_id, Export.deleted_at.is_(None)))
    if export is None or not by.may("download", export):
        return None
    return file, by, bool(gzip)


def _links() -> URLSafeSerializer:
    return URLSafeSerializer(
        settings.secret_key, salt=_LINK_PURPOSE, signer_kwargs={"digest_method": hashlib.sha256}
    )


def send_gzipped(file: File, *, by: User, address: str) -> Response:
    """The file as a gzip file; raises Gone. What is one already goes out as it is."""
    if file.media_type == "application/gzip":
        return send(file, by=by, address=address)
    stream = _open(file, by, address)
    response = Response(_squeezed(stream, file.size), direct_passthrough=True)
    response.call_on_close(stream.close)
    packed = {"Content-Type": "application/gzip", "Content-Disposition": disposition(f"{file.name}.gz")}
    response.headers.update(_headers(file) | packed)
    del response.headers["ETag"], response.headers["Accept-Ranges"]
    if request.method == "GET":
        lifecycle.downloaded(file, by, address)
    return response


def _squeezed(stream: BinaryIO, size: int) -> Iterator[bytes]:
    held = io.BytesIO()
    packed: Any = igzip.GzipFile(fileobj=held, mode="wb", compresslevel=1, mtime=0)  # type: ignore[no-untyped-call]
    with packed:
        for chunk in _chunks(stream, 0, size):
            packed.write(chunk)
            if held.tell() >= CHUNK:
                yield held.getvalue()
                held.seek(0)
                held.truncate()
    yield held.getvalue()


def send(file: File, *, by: User, address: str) -> Response:
    """The answer to GET or HEAD; raises Gone. The first byte that leaves is what counts as a download."""
    stream = _open(file, by, address)
    try:
        response, start = _answer(stream, file)
    except RequestedRangeNotSatisfiable:
        stream.close()
        raise
    response.call_on_close(stream.close)
    response.headers.update(_headers(file))
    if request.method == "GET" and start == 0:
        lifecycle.downloaded(file, by, address)
    return response


def _answer(stream: BinaryIO, file: File) -> tuple[Response, int | None]:
    """The answer, and which byte of the file it begins with."""
    if request.if_none_match.contains(file.sha256):
        return Response(status=304), None
    wanted = _wanted_range(file)
    start, stop = wanted or (0, file.size)
    response = Response(_chunks(stream, start, stop - start), direct_passthrough=True)
    response.content_length = stop - start
    if wanted:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{file.size}"
    return response, start


def _open(file: File, by: User, address: str) -> BinaryIO:
    if file.deleted_at is not None:
        raise Gone("This file has been deleted.")
    try:
        # Another length than was recorded is a damaged file: nobody should take it for the export.
        if storage.size(file.key) == file.size:
            return storage.open(file.key)
    except Missing:
        pass  # deleted since its size was asked
    _note_missing(file, by, address)
    raise Gone("This file is not in the storage any more.")


def _note_missing(file: File, by: User, address: str) -> None:
    about = {"file": file.id, "name": file.name}
    action = Audit(
        action="file_missing", user_id=by.id, export_id=file.export_id, address=address, detail=about
    )
    db.session.add(action)
    db.session.commit()


def _wanted_range(file: File) -> tuple[int, int] | None:
    """First byte and the one after the last; None for the whole file, which also answers what we do not support."""
    asked = _RANGE.fullmatch(request.headers.get("Range", "")) if request.method == "GET" else None
    if not asked or asked[1] == asked[2] == "" or not _is_the_same_file(file):
        return None
    if not asked[1]:
        start, stop = max(0, file.size - int(asked[2])), file.size
    else:
        start, stop = int(asked[1]), min(file.size, int(asked[2] or file.size) + 1)
        if asked[2] and int(asked[2]) < start:
            return None  # not a range at all, so RFC 9110 wants it ignored
    if start >= file.size:
        raise RequestedRangeNotSatisfiable(length=file.size)
    return start, stop


def _is_the_same_file(file: File) -> bool:
    """Whether If-Range lets the range count: a date never does, as we tell no modification time."""
    condition = request.headers.get("If-Range")
    return condition is None or condition == f'"{file.sha256}"'


def _chunks(stream: BinaryIO, start: int, length: int) -> Iterator[bytes]:
    stream.seek(start)
    while length > 0 and (chunk := stream.read(min(CHUNK, length))):
        length -= len(chunk)
        yield chunk


def _headers(file: File) -> dict[str, str]:
    return {
        "Content-Type": file.media_type,
        "Content-Disposition": disposition(file.name),
        "Accept-Ranges": "bytes",
        "ETag": f'"{file.sha256}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def disposition(name: str) -> str:
    """Content-Disposition of RFC 6266: the name in ASCII for old clients, and as it is."""
    name = _safe(name)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r'[%"\\]', "_", plain).strip()
    if plain.startswith(".") or not plain:
        plain = f"export{plain}"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe=_PLAIN)}"


def _safe(name: str) -> str:
    """Without what could turn the name into a path, a header or, by bidi marks, into another name."""
    kept = (character for character in name if unicodedata.category(character)[0] != "C")
    return re.sub(r"[/\\]", "_", "".join(kept)).strip() or "export"
