"""An export, its file and its owner as this dialect shows them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import g, request

from dashboard import criteria, delivery
from dashboard.api import auth, ids
from dashboard.api.rebilly import filters, names, words
from dashboard.api.rebilly.conditions import USER
from dashboard.extensions import catalog, storage
from dashboard.models import Export, File, User
from dashboard.storage import Missing, read_chunks

# Of larger files the SHA-1 that the dialect has is not worked out; we keep SHA-256.
LARGEST_SUMMED = 4 * 1024 * 1024


def present(export: Export, expand: Collection[str] = (), *, sums: bool = True) -> dict[str, Any]:
    asked = export.as_asked if export.dialect == words.NAME and export.as_asked else _derived(export)
    file = _file(export)
    shown = {
        "id": export.public_id,
        "name": export.name,
        **{name: asked.get(name) for name in ("resource", "format", "arguments", "dateRange", "fields")},
        "emailNotification": list(export.notify),
        "recurring": dict(export.recurrence) if export.recurrence else None,
        "status": words.STATUS[export.status],
        "failureReason": words.failure_reason(export),
        "recordCount": export.collected_count,
        "fileId": ids.rebilly_file(export.uuid) if file else None,
        "userId": f"{USER}{export.requested_by_id}",
        "scheduledTime": moment(export.scheduled_at or export.created_at),
        "createdTime": moment(export.created_at),
        "updatedTime": moment(export.updated_at),
        "_links": _links(export, file),
    }
    embedded: dict[str, Any] = {}
    if "user" in expand:
        embedded["user"] = present_user(export.requested_by)
    if "file" in expand and file:
        embedded["file"] = present_file(export, file, sums=sums)
    return {**shown, "_embedded": embedded} if expand else shown


def present_file(export: Export, file: File, *, sums: bool = True) -> dict[str, Any]:
    id = ids.rebilly_file(export.uuid)
    return {
        "id": id,
        "name": file.name,
        "extension": file.name.rpartition(".")[2],
        "mime": file.media_type.partition(";")[0],
        "size": file.size,
        "sha1": _sha1(file) if sums else None,
        "createdTime": moment(file.created_at),
        "updatedTime": moment(file.created_at),
        "_links": [{"rel": "self", "href": f"{_base()}/files/{id}"}, *_ways_to(export, file)],
    }


def present_user(user: User) -> dict[str, Any]:
    first, _, last = user.name.partition(" ")
    return {
        "id": f"{USER}{user.id}",
        "email": user.email,
        "firstName": first,
        "lastName": last,
        "createdTime": moment(user.created_at),
        "_links": [{"rel": "self", "href": _user_url(user.id)}],
    }


def export_url(export: Export) -> str:
    """Below the prefix that the client uses."""
    return f"{_base(experimental=True)}/data-exports/{export.public_id}"


def moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _file(export: Export) -> File | None:
    with suppress(delivery.Gone):
        return delivery.data_file(export)
    return None


def _links(export: Export, file: File | None) -> list[dict[str, str]]:
    links = [
        {"rel": "self", "href": export_url(export)},
        {"rel": "user", "href": _user_url(export.requested_by_id)},
    ]
    return [*links, *_ways_to(export, file)] if file else links


def _ways_to(export: Export, file: File) -> list[dict[str, str]]:
    """Where to download: with the token; and without, for those who may."""
    links = [{"rel": "download", "href": f"{_base()}/files/{ids.rebilly_file(export.uuid)}/download"}]
    if auth.can("download") and g.asking.may("download", export):
        links.append({"rel": "signedLink", "href": delivery.link(file, g.asking)})
    return links


def _user_url(id: int) -> str:
    return f"{_base()}/users/{USER}{id}"


def _base(*, experimental: bool = False) -> str:
    prefix = request.path.partition("/data-exports")[0].partition("/files")[0]
    return request.host_url.rstrip("/") + (prefix if experimental else prefix.removeprefix("/experimental"))


def _sha1(file: File) -> str | None:
    if file.size > LARGEST_SUMMED:
        return None
    digest = hashlib.sha1(usedforsecurity=False)
    try:
        for chunk in read_chunks(storage, file.key):
            digest.update(chunk)
    except Missing:
        return None
    return digest.hexdigest()


def _derived(export: Export) -> dict[str, Any]:
    """What an export that came through another door asks for, as far as this dialect can say it."""
    resource = catalog.resources.get(export.resource)
    return {
        "resource": words.resource_word(export.resource),
        "format": words.format_word(export.format),
        "arguments": _arguments(export),
        "dateRange": _date_range(export),
        "fields": [names.shown(resource, path) for path in export.fields],
    }


def _arguments(export: Export) -> dict[str, Any]:
    resource = catalog.resources.get(export.resource)
    found: dict[str, Any] = {}
    if export.where:
        found["filter"] = _printed(export)
    if export.sort:
        keys = [(key.startswith("-"), key.removeprefix("-")) for key in export.sort]
        found["sort"] = ",".join(f"{'-' * down}{names.shown(resource, key, names.DOT)}" for down, key in keys)
    return found


def _printed(export: Export) -> str | None:
    """Null for what the filter language cannot say."""
    resource = catalog.resources.get(export.resource)
    if resource is None:
        return None
    theirs = {path: word for word, path in names.filterable(resource).items()}
    node = names.renamed(criteria.load(export.where), theirs)
    with suppress(criteria.CannotSay, criteria.Invalid):
        return filters.printed(node, names.types(resource), export.timezone)
    return None


def _date_range(export: Export) -> dict[str, Any] | None:
    """Our ranges have days and include the last of them; the dialect's end before their end."""
    kept = export.date_range
    if not kept:
        return None
    start, end = kept.get("start"), kept.get("end")
    if kept.get("preset") != "relative" and end and date.fromisoformat(end) < date.max:
        end = (date.fromisoformat(end) + timedelta(days=1)).isoformat()
    field = names.shown(catalog.resources.get(export.resource), kept["field"])
    return {"start": start, "end": end, "field": field}
