"""The routes of this dialect, each under every prefix. Whoever asks is known before any of them runs."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, g, request

from dashboard import delivery, lifecycle, search
from dashboard.api import auth, idempotency, ids, throttling
from dashboard.api.rebilly import bodies, creating, errors, listing
from dashboard.api.rebilly.errors import Problem, answer, not_valid, too_many
from dashboard.api.rebilly.presenting import export_url, present, present_file
from dashboard.models import Export, File

# The clients look for exports under /experimental, and for files without it. There is one organization.
PREFIXES = ("", "/experimental", "/organizations/<org>", "/experimental/organizations/<org>")
# What the dialect documents; counted only where RATE_LIMIT says so.
DOCUMENTED_LIMIT = 3000
WRITES = ("POST", "PUT", "PATCH", "DELETE")
LATER_SECONDS = 30

BLUEPRINT = Blueprint("rebilly", __name__)
errors.register(BLUEPRINT)


@BLUEPRINT.url_value_preprocessor
def forget_organization(endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values:
        values.pop("org", None)


@BLUEPRINT.before_request
def know_who_asks() -> None:
    g.asking = auth.who_asks(schemes=("Bearer",), headers=("REB-APIKEY",))


@BLUEPRINT.after_request
def tell_limits(response: Response) -> Response:
    if request.method in WRITES:
        window = throttling.state()
        limit, left = (window.limit, window.remaining) if window else (DOCUMENTED_LIMIT, DOCUMENTED_LIMIT)
        response.headers["X-RateLimit-Limit"] = str(limit)
        response.headers["X-RateLimit-Remaining"] = str(left)
    return response


def exports() -> Response:
    auth.need("read")
    wanted, expand = listing.read(request.args), listing.expanded(request.args)
    found = search.find_exports(
        g.asking,
        search.Filters(where=wanted.where),
        sort=wanted.sort,
        per=wanted.limit,
        offset=wanted.offset,
        count_cap=None,
        conditions=True,
    )
    delivery.load_files(found.items)
    headers = {
        "Pagination-Total": str(found.total),
        "Pagination-Limit": str(wanted.limit),
        "Pagination-Offset": str(wanted.offset),
    }
    return answer(200, [present(export, expand, sums=False) for export in found.items], headers)


def create() -> Response:
    auth.need("create")
    _refuse_without_export_right()
    return _created(_requested(creating.read(g.asking, bodies.read()), idempotency.read_key()))


def retrieve(id: str) -> Response:
    auth.need("read")
    return answer(200, present(_export(id), _expand()))


def replace(id: str) -> Response:
    """Changes the export with this id; where there is none, this makes it."""
    auth.need("create")
    _refuse_without_export_right()
    bodies.check_id(id)
    export = search.find_by(g.asking, "public_id", id)
    asked = creating.read(g.asking, bodies.read())
    if export is None:
        return _created(_requested(asked, None, public_id=id))
    try:
        lifecycle.change(
            export, g.asking, asked.plan, name=asked.name, scheduled=asked.scheduled, **asked.kept
        )
    except lifecycle.AlreadyStarted as error:
        raise not_valid(422, {"status": str(error)}) from None
    except lifecycle.Refused as error:
        raise Problem(403, str(error)) from None
    return answer(200, present(_export(id), _expand()))


def delete(id: str) -> Response:
    auth.need("create")
    export = _export(id)
    if not g.asking.may("delete", export):
        raise Problem(403)
    try:
        _end(export)
        lifecycle.delete(_export(id), by=g.asking)
    except lifecycle.StillGoing as error:
        raise Problem(409, str(error)) from None
    except lifecycle.Refused as error:
        raise Problem(403, str(error)) from None
    return answer(204, None)


def file(id: str) -> Response:
    auth.need("read")
    return answer(200, present_file(*_file(id)))


def download(id: str) -> Response:
    auth.need("download")
    export, data = _file(id)
    if not g.asking.may("download", export):
        raise Problem(403)
    return delivery.send(data, by=g.asking, address=request.remote_addr or "")


ROUTES = (
    ("GET", "/data-exports", exports),
    ("POST", "/data-exports", create),
    ("GET", "/data-exports/<id>", retrieve),
    ("PUT", "/data-exports/<id>", replace),
    ("DELETE", "/data-exports/<id>", delete),
    ("GET", "/files/<id>", file),
    ("GET", "/files/<id>/download", download),
)
for _prefix in PREFIXES:
    for _method, _path, _view in ROUTES:
        BLUEPRINT.add_url_rule(_prefix + _path, view_func=_view, methods=(_method,), strict_slashes=False)


def _requested(asked: creating.Asked, key: str | None, **kept: Any) -> Export:
    try:
        return lifecycle.request(
            g.asking,
            asked.plan,
            name=asked.name,
            idempotency_key=key,
            scheduled=asked.scheduled,
            **asked.kept,
            **kept,
        )
    except lifecycle.Taken as error:
        raise Problem(409, str(error)) from None
    except lifecycle.Refused as error:
        # The right to export was checked before; what is left is too many exports at once.
        raise too_many(str(error), LATER_SECONDS) from None


def _created(export: Export) -> Response:
    return answer(201, present(export, _expand()), {"Location": export_url(export)})


def _end(export: Export) -> None:
    """Cancel what is under way: nobody but a superuser may, with a token that may."""
    if not export.is_active or export.status == "scheduled":
        return
    auth.need("cancel")
    # One that has ended meanwhile can be deleted as it is.
    with suppress(lifecycle.AlreadyEnded):
        lifecycle.cancel(export, by=g.asking, reason="Deleted")


def _export(id: str) -> Export:
    export = search.find_by(g.asking, "public_id", id) if bodies.is_id(id) else None
    if export is None:
        raise Problem(404)
    return export


def _file(id: str) -> tuple[Export, File]:
    """Raises Problem, and delivery.Gone."""
    uuid = ids.uuid_of_rebilly_file(id)
    export = search.find_by(g.asking, "uuid", uuid) if uuid else None
    data = delivery.data_file(export) if export else None
    if export is None or data is None:
        raise Problem(404)
    return export, data


def _expand() -> tuple[str, ...]:
    return listing.expanded(request.args)


def _refuse_without_export_right() -> None:
    if not g.asking.may_request():
        raise Problem(403)
