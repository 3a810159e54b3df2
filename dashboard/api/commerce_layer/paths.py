"""The routes of this dialect. Who asks, and what they can read, is known before any of them runs."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import NotAcceptable

from dashboard import delivery, lifecycle, search
from dashboard.api import auth, idempotency, throttling
from dashboard.api.commerce_layer import bodies, creating, errors, finding, paging, presenting, query, related
from dashboard.api.commerce_layer.errors import MEDIA_TYPE, answer, no_permission, not_valid, refusal, wrong
from dashboard.api.commerce_layer.words import NOTES, RELATIONS, SORT_KEYS, STATUS
from dashboard.models import Export
from dashboard.search import centre

BLUEPRINT = Blueprint("commerce_layer", __name__, url_prefix=errors.BASE)
errors.register(BLUEPRINT)

NEWEST_FIRST = ("-created_at",)
PAGING = (query.PAGE, query.SIZE, "sort")
GOING = ("pending", "in_progress")


@BLUEPRINT.before_request
def know_who_asks() -> None:
    g.asking = auth.who_asks(schemes=("Bearer",))
    if "Accept" in request.headers and not request.accept_mimetypes.best_match([MEDIA_TYPE]):
        raise NotAcceptable


@BLUEPRINT.after_request
def tell_the_limit(response: Response) -> Response:
    limit = throttling.state()
    if limit:
        response.headers["X-Ratelimit-Limit"] = str(limit.limit)
        response.headers["X-Ratelimit-Remaining"] = str(limit.remaining)
        response.headers["X-Ratelimit-Interval"] = str(limit.interval)
    return response


@BLUEPRINT.get("", strict_slashes=False)
def exports() -> Response:
    auth.need("read")
    given = query.read(request.args, ("include", "filter", *PAGING))
    shown = query.shown(given)
    paged = query.paged(given, SORT_KEYS, NEWEST_FIRST)
    found = search.find_exports(
        g.asking,
        search.Filters(where=finding.where(query.filters(given))),
        sort=[_ours(key) for key in paged.sort],
        page=paged.page,
        per=paged.size,
        count_cap=None,
        conditions=True,
    )
    delivery.load_files(found.items)
    return answer(
        200, paging.with_pages(presenting.documents(found.items, g.asking, shown), found.total, paged)
    )


@BLUEPRINT.post("", strict_slashes=False)
def create() -> Response:
    auth.need("create")
    if not g.asking.may_request():
        raise no_permission()
    shown = _shown()
    key = idempotency.read_key()
    wanted = bodies.read_new_export()
    export = centre.with_key(g.asking, key) or _created(wanted, key)
    document = presenting.document(export, g.asking, shown)
    return answer(201, document, {"Location": presenting.address(export)})


@BLUEPRINT.get("/<id>", strict_slashes=False)
def retrieve(id: str) -> Response:
    auth.need("read")
    export = _export(id)
    return answer(200, presenting.document(export, g.asking, _shown()))


@BLUEPRINT.patch("/<id>", strict_slashes=False)
def update(id: str) -> Response:
    if not auth.can("cancel"):
        auth.need("create")
    export = _export(id)
    shown = _shown()
    wanted = bodies.read_changes(id)
    notes = {NOTES[name]: getattr(wanted, name) for name in NOTES if name in wanted.model_fields_set}
    if not wanted.interrupt or notes:
        auth.need("create")
    if wanted.interrupt and wanted.start:
        raise not_valid(wrong("status", "invalid", "cannot be interrupted and started at once"))
    if wanted.interrupt:
        _interrupt(export)
    if wanted.start:
        _start(export)
    if notes:
        _annotate(export, notes)
    return answer(200, presenting.document(_export(id), g.asking, shown))


@BLUEPRINT.delete("/<id>", strict_slashes=False)
def delete(id: str) -> Response:
    auth.need("create")
    export = _export(id)
    locked = refusal(423, "Interrupt the export before you delete it.", title="Locked")
    if STATUS[export.status] in GOING:
        raise locked
    try:
        lifecycle.delete(export, by=g.asking)
    except lifecycle.StillGoing:
        raise locked from None
    except lifecycle.Refused:
        raise no_permission() from None
    return answer(204, None)


def related_list(id: str, name: str) -> Response:
    auth.need("read")
    given = query.read(request.args, PAGING)
    shown = query.shown(given)
    paged = query.paged(given, related.SORTABLE[name], ())
    objects = related.of_one(name, _export(id))
    return answer(200, paging.cut(objects, paged, partial(related.trimmed, shown=shown)))


def identifiers(id: str, name: str) -> Response:
    auth.need("read")
    export = _export(id)
    paged = query.paged(query.read(request.args, PAGING), related.SORTABLE[name], ())
    return answer(200, paging.cut(related.of_one(name, export), paged, related.identifier))


for _name in RELATIONS:
    for _path, _view in (("", related_list), ("relationships/", identifiers)):
        BLUEPRINT.add_url_rule(
            f"/<id>/{_path}{_name}",
            f"{_view.__name__}_{_name}",
            partial(_view, name=_name),
            strict_slashes=False,
        )


def _ours(key: str) -> str:
    name = key.removeprefix("-")
    return key.removesuffix(name) + SORT_KEYS[name]


def _shown() -> related.Shown:
    return query.shown(query.read(request.args, ("include",)))


def _export(id: str) -> Export:
    export = search.find_by(g.asking, "letters", id)
    if export is None:
        raise errors.not_found(id)
    return export


def _created(wanted: bodies.NewExport, key: str | None) -> Export:
    plan = creating.read(g.asking, wanted)
    creating.refuse_too_many()
    try:
        return lifecycle.request(
            g.asking,
            plan,
            name=plan.resource.label,
            idempotency_key=key,
            dialect=presenting.DIALECT,
            as_asked=creating.echoed(wanted),
            total_count=creating.records_count(plan),
            reference=wanted.reference,
            reference_origin=wanted.reference_origin,
            client_metadata=wanted.metadata,
        )
    except lifecycle.Refused as error:
        # The right to export was checked before; what is left is too many exports of this person.
        raise creating.too_many(str(error)) from None


def _interrupt(export: Export) -> None:
    auth.need("cancel")
    try:
        lifecycle.cancel(export, by=g.asking)
    except lifecycle.AlreadyEnded:
        raise _wrong_status(export, "interrupted") from None
    except lifecycle.Refused:
        raise no_permission() from None


def _start(export: Export) -> None:
    if STATUS[export.status] != "interrupted":
        raise _wrong_status(export, "started")
    try:
        lifecycle.restart(export, by=g.asking)
    except lifecycle.AlreadyEnded:
        raise _wrong_status(export, "started") from None
    except lifecycle.Refused:
        raise no_permission() from None


def _wrong_status(export: Export, done: str) -> errors.Refusal:
    status = STATUS[export.status]
    return not_valid(wrong("status", "invalid", f"{status} exports cannot be {done}", status))


def _annotate(export: Export, notes: dict[str, object]) -> None:
    if "client_metadata" in notes:
        notes["client_metadata"] = notes["client_metadata"] or {}
    try:
        lifecycle.annotate(export, by=g.asking, **notes)
    except lifecycle.Refused:
        raise no_permission() from None
