"""The manifest of an export: what its files hold, signed, so that anybody can see later that nothing was changed.

`jobs.assemble` makes one for every export; `flask verify` checks one. The signature is Ed25519 (RFC 8032) over the
manifest without its member `signature`, as JSON with sorted keys, no blanks and UTF-8. The key pair is derived from
SECRET_KEY by HKDF (RFC 5869): every process of a centre has it, and another SECRET_KEY cannot check old manifests.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from io import BufferedIOBase
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dashboard import asked, planning, spans
from dashboard.columns import ROWS, Column
from dashboard.extensions import settings
from dashboard.languages import WARNINGS, warning
from dashboard.models import Export, File, Part

VERSION = 1
_PURPOSE = b"export-centre manifest 1"


class NotGenuine(Exception):
    """A manifest or a file is not what this centre made; the text says in what."""


def describe(export: Export) -> dict[str, Any]:
    """What was asked for and which rows there are: everything but the files. Raises planning.Outdated."""
    return {
        "manifest": VERSION,
        "export": {
            "id": export.uuid,
            "number": export.id,
            "name": export.name,
            "requested_by": export.requested_by.email,
            "created_at": export.created_at.isoformat(),
            "rows_of_export": export.rows_of_id,
        },
        "resource": export.resource,
        "columns": [_column(column) for column in planning.columns_of(export)],
        "filters": {
            "in_words": asked.in_words(export),
            "where": export.where,
            "date_range": export.date_range,
            "span": _span(export),
            "filter_file": export.filter_file,
        },
        "sort": export.sort,
        "language": export.language,
        "timezone": export.timezone,
        "rows": {
            # One transaction read them all.
            "moment": export.snapshot_at.isoformat() if export.snapshot_at else None,
            "moments": 1,
            "matched": export.total_count,
            "failed": export.fail_count,
        },
    }


def _span(export: Export) -> dict[str, str | None] | None:
    """What a relative date range meant for these rows: the start is included, the end is not."""
    if not spans.is_relative(export.date_range):
        return None
    start, end = (moment.isoformat() if moment else None for moment in spans.span_of(export))
    return {"start": start, "end": end}


def _column(column: Column) -> dict[str, Any]:
    described: dict[str, Any] = {"field": column.name, "heading": column.label, "type": column.type}
    if column.type == ROWS:
        described["columns"] = [_column(inner) for inner in column.columns]
    return described


def with_files(
    described: Mapping[str, Any], parts: Sequence[Part], files: Sequence[File], warnings: Mapping[str, int]
) -> dict[str, Any]:
    """The whole manifest, signed."""
    data = [file for file in files if file.kind == "data"]
    content = {
        **described,
        "rows": {**described["rows"], "written": data[0].rows, "kept_out": data[0].kept_out},
        "warnings": {
            "counts": dict(sorted(warnings.items())),
            "in_words": [
                warning(described["language"], name, warnings[name])
                for name in WARNINGS
                if warnings.get(name)
            ],
        },
        "parts": [
            {"part": part.page, "rows": part.rows, "failed": part.failed, "sha256": part.sha256}
            for part in parts
        ],
        "files": [_file(file) for file in files],
    }
    return {**content, "signature": _signature(content)}


def _file(file: File) -> dict[str, Any]:
    return {
        "name": file.name,
        "kind": file.kind,
        "format": file.format,
        "options": file.options,
        "packaging": file.packaging or "none",
        "rows": file.rows,
        "kept_out": file.kept_out or 0,
        "size": file.size,
        "sha256": file.sha256,
    }


def _signature(content: Mapping[str, Any]) -> dict[str, str]:
    key = _key()
    return {
        "algorithm": "Ed25519",
        "public_key": _text(key.public_key().public_bytes_raw()),
        "value": _text(key.sign(_canonical(content))),
    }


def verify(manifest: bytes, file: BufferedIOBase) -> dict[str, Any]:
    """The manifest's entry for this file. Raises NotGenuine."""
    content = _genuine(manifest)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    entry = next((one for one in content["files"] if one["sha256"] == digest), None)
    if entry is None:
        names = "; ".join(f"{one['sha256']} {one['name']}" for one in content["files"])
        raise NotGenuine(
            f"The file is not one of this export. Its SHA-256 is {digest}, expected one of: {names}"
        )
    return dict(entry)


def _genuine(manifest: bytes) -> dict[str, Any]:
    """What a manifest says, when it was signed here. Raises NotGenuine."""
    try:
        content = json.loads(manifest)
        signature = content.pop("signature")
        value, public = base64.b64decode(signature["value"]), base64.b64decode(signature["public_key"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotGenuine("This is not a manifest of an export.") from None
    if public != _key().public_key().public_bytes_raw():
        raise NotGenuine("The manifest was signed by another centre, or before its SECRET_KEY was changed.")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(value, _canonical(content))
    except InvalidSignature:
        raise NotGenuine("The manifest was changed after it was signed.") from None
    return dict(content)


def _key() -> Ed25519PrivateKey:
    derived = HKDF(hashes.SHA256(), 32, salt=None, info=_PURPOSE).derive(settings.secret_key.encode())
    return Ed25519PrivateKey.from_private_bytes(derived)


def _canonical(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
