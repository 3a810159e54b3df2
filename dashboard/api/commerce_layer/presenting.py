"""An export as this dialect shows it: a resource object, alone or in a list, with what is included."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import request

from dashboard import criteria, delivery
from dashboard.api import auth
from dashboard.api.commerce_layer.errors import BASE
from dashboard.api.commerce_layer.filters import printed
from dashboard.api.commerce_layer.related import RELATED, Object, Shown, identifier, moment, of_one, trimmed
from dashboard.api.commerce_layer.words import FORMAT, RELATIONS, STATUS, TYPE, error_class
from dashboard.extensions import catalog, settings
from dashboard.models import Export, User

ORGANIZATION = "export-centre"
DIALECT = "commerce_layer"


def document(export: Export, by: User, shown: Shown) -> Object:
    its = {name: of_one(name, export) for name in shown.include}
    data, included = _with_included(export, by, shown, its)
    return {"data": data, **({"included": included} if shown.include else {})}


def documents(exports: Sequence[Export], by: User, shown: Shown) -> Object:
    data: list[Object] = []
    included: list[Object] = []
    related = {name: RELATED[name](exports) for name in shown.include}
    for export in exports:
        own = {name: found[export.id] for name, found in related.items()}
        one, its = _with_included(export, by, shown, own)
        data.append(one)
        included += its
    return {"data": data, **({"included": included} if shown.include else {})}


def address(export: Export) -> str:
    return f"{request.host_url.rstrip('/')}{BASE}/{export.letters}"


def _with_included(
    export: Export, by: User, shown: Shown, related: Mapping[str, list[Object]]
) -> tuple[Object, list[Object]]:
    included = [trimmed(one, shown) for found in related.values() for one in found]
    return _resource(export, by, shown, related), included


def _resource(export: Export, by: User, shown: Shown, related: Mapping[str, list[Object]]) -> Object:
    relationships = {
        name: _relationship(export, name, related)
        for name in RELATIONS
        if shown.has(TYPE, name) or name in related
    }
    return {
        "id": export.letters,
        "type": TYPE,
        "links": {"self": address(export)},
        "attributes": {name: tell(export, by) for name, tell in ATTRIBUTES.items() if shown.has(TYPE, name)},
        **({"relationships": relationships} if relationships else {}),
        "meta": {
            "mode": "live" if settings.secure_cookies else "test",
            "organization_id": ORGANIZATION,
            "trace_id": export.uuid,
        },
    }


def _relationship(export: Export, name: str, related: Mapping[str, list[Object]]) -> Object:
    links = {"self": f"{address(export)}/relationships/{name}", "related": f"{address(export)}/{name}"}
    if name not in related:
        return {"links": links}
    return {"links": links, "data": [identifier(one) for one in related[name]]}


def _asked(name: str, else_: Callable[[Export], Any]) -> Callable[[Export, User], Any]:
    """What a client of this dialect asked for, in its own words; else what the record says."""

    def tell(export: Export, _: User) -> Any:
        asked = export.as_asked if export.dialect == DIALECT else None
        return asked.get(name) if asked else else_(export)

    return tell


def _filters(export: Export) -> dict[str, Any] | None:
    """The conditions, where this dialect can say all that chooses the rows."""
    resource = catalog.resources.get(export.resource)
    if not (resource and export.where) or export.date_range or export.filter_file or export.row_limit:
        return None
    types = catalog.types(resource)
    try:
        return printed(criteria.check(criteria.load(export.where), types, export.timezone), types)
    except (criteria.CannotSay, criteria.Invalid):
        return None


def _at(name: str, status: str = "") -> Callable[[Export, User], Any]:
    return lambda export, _: (
        moment(getattr(export, name)) if export.status == (status or export.status) else None
    )


def _estimated(export: Export, _: User) -> str | None:
    speed, total = export.rows_per_second, export.total_count
    if STATUS[export.status] != "in_progress" or not speed or total is None:
        return None
    seconds = min(max(0, total - export.collected_count) / speed, 10**8)
    return moment(datetime.now(UTC) + timedelta(seconds=seconds))


def _attachment_url(export: Export, by: User) -> str | None:
    if not (export.has_file and by.may("download", export) and auth.can("download")):
        return None
    file = delivery.data_file(export)
    return delivery.link(file, by, gzip=True) if file else None


def _errors_log(export: Export, _: User) -> dict[str, str] | None:
    log: dict[str, str] = {}
    if export.error_message:
        code = "deadline" if export.status == "timed_out" else export.error_code or "internal"
        log[error_class(code)] = export.error_message
    if export.fail_count:
        log["RowError"] = f"{export.fail_count} records could not be read."
    return log or None


ATTRIBUTES: Mapping[str, Callable[[Export, User], Any]] = {
    "resource_type": lambda export, _: export.resource,
    "format": lambda export, _: FORMAT.get(export.format),
    "status": lambda export, _: STATUS[export.status],
    "includes": _asked("includes", lambda _: None),
    "fields": _asked("fields", lambda export: list(export.fields) or None),
    "filters": _asked("filters", _filters),
    "dry_data": lambda export, _: export.dry_data,
    "jwt_filters": _asked("jwt_filters", lambda _: None),
    "started_at": _at("started_at"),
    "completed_at": _at("ended_at", "completed"),
    "estimated_completion_at": _estimated,
    "interrupted_at": _at("ended_at", "cancelled"),
    "records_count": lambda export, _: export.total_count or 0,
    "processed_count": lambda export, _: export.collected_count,
    "progress": lambda export, _: export.percent or 0,
    "attachment_url": _attachment_url,
    "errors_log": _errors_log,
    "created_at": _at("created_at"),
    "updated_at": _at("updated_at"),
    "reference": lambda export, _: export.reference,
    "reference_origin": lambda export, _: export.reference_origin,
    "metadata": lambda export, _: export.client_metadata or {},
}
MEMBERS = (*ATTRIBUTES, *RELATIONS)
