"""The routes of this dialect. Whoever asks is known before any of them runs."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, Response, g, request

from dashboard import lifecycle, search
from dashboard.api import auth, idempotency, ids, throttling
from dashboard.api.packagex import bodies, creating, errors, queries
from dashboard.api.packagex.errors import EXPORTS, Refusal, answer
from dashboard.api.packagex.presenting import deleted, is_over, links, present
from dashboard.api.packagex.words import DIALECT, KEPT_SECONDS
from dashboard.models import Export
from dashboard.search import centre

BLUEPRINT = Blueprint("packagex", __name__)
errors.register(BLUEPRINT)

HEADERS = ("PX-API-KEY", "X-API-KEY")


@BLUEPRINT.before_request
def know_who_asks() -> None:
    g.asking = auth.who_asks(headers=HEADERS)


@BLUEPRINT.after_request
def tell_what_is_left(response: Response) -> Response:
    window = throttling.state()
    if window:
        response.headers["X-RateLimit-Limit"] = str(window.limit)
        response.headers["X-RateLimit-Remaining"] = str(window.remaining)
        response.headers["X-RateLimit-Reset"] = str(window.reset)
    return response


@BLUEPRINT.get(EXPORTS, strict_slashes=False)
def exports() -> Response:
    auth.need("read")
    wanted = queries.read_listing(request.args)
    found = search.find_exports(
        g.asking,
        wanted.filters,
        sort=wanted.sort,
        page=wanted.page,
        per=wanted.limit,
        count_cap=None,
        conditions=True,
    )
    changed = centre.changed_by(export.id for export in found.items)
    shown = [present(export, changed.get(export.id)) for export in found.items]
    pagination = {
        "limit": wanted.limit,
        "page": wanted.page,
        "has_more": wanted.page < found.pages,
        "total_count": found.total,
    }
    return answer(200, "Exports listed.", shown, pagination=pagination)


@BLUEPRINT.post(EXPORTS, strict_slashes=False)
def create() -> Response:
    auth.need("create")
    if not g.asking.may_request():
        raise Refusal(403)
    key = idempotency.read_key()
    asked = creating.read(g.asking, *bodies.read(bodies.NewExport))
    try:
        export = lifecycle.request(
            g.asking,
            asked.plan,
            name=asked.name,
            idempotency_key=key,
            dialect=DIALECT,
            as_asked=asked.as_asked,
            keep_seconds=KEPT_SECONDS,
        )
    except lifecycle.Refused as error:
        # The right to export was checked above; what is left is too many exports at once.
        raise Refusal(429, str(error), headers={"Retry-After": "30"}) from None
    return answer(201, "Export queued.", _shown(export))


@BLUEPRINT.get(f"{EXPORTS}/<id>", strict_slashes=False)
def retrieve(id: str) -> Response:
    auth.need("read")
    csv, json = queries.read_including(request.args)
    if csv or json:
        auth.need("download")
    export = _export(id)
    if (csv or json) and not g.asking.may("download", export):
        raise Refusal(403)
    return answer(200, "Export retrieved.", _shown(export) | links(export, g.asking, csv, json))


@BLUEPRINT.post(f"{EXPORTS}/<id>", strict_slashes=False)
def rename(id: str) -> Response:
    auth.need("create")
    export = _export(id)
    wanted, _ = bodies.read(bodies.Rename)
    try:
        lifecycle.annotate(export, by=g.asking, name=wanted.name.strip())
    except lifecycle.Refused as error:
        raise Refusal(403, str(error)) from None
    return answer(200, "Export renamed.", _shown(_export(id)))


@BLUEPRINT.delete(f"{EXPORTS}/<id>", strict_slashes=False)
def delete(id: str) -> Response:
    auth.need("create")
    export = _export(id)
    if export.is_active and export.status != "scheduled":
        _cancel(export)
        export = _export(id)
    shown = deleted(export)
    try:
        lifecycle.delete(export, by=g.asking)
    except lifecycle.StillGoing as error:
        raise Refusal(409, str(error)) from None
    except lifecycle.Refused as error:
        raise Refusal(403, str(error)) from None
    return answer(200, "Export deleted.", shown)


def _cancel(export: Export) -> None:
    if not g.asking.may("cancel", export):
        raise Refusal(403, "Only superusers can cancel an export, and this one is under way.")
    auth.need("cancel")
    with suppress(lifecycle.AlreadyEnded):  # just now, and then it can be deleted
        lifecycle.cancel(export, by=g.asking)


def _shown(export: Export) -> dict[str, object]:
    return present(export, centre.changed_by([export.id]).get(export.id))


def _export(id: str) -> Export:
    uuid = ids.uuid_of_packagex(id)
    export = search.find_by(g.asking, "uuid", uuid) if uuid else None
    if export is None or is_over(export):
        raise Refusal(404)
    return export
