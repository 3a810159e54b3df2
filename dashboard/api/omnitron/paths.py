"""The routes of this dialect. Whoever asks is known before any of them runs, except at the login."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from dashboard import accounts, delivery, lifecycle, search, tokens
from dashboard.api import auth, idempotency, throttling
from dashboard.api.omnitron import bodies, creating, errors, listing
from dashboard.api.omnitron.errors import Refusal, answer, not_found, not_valid
from dashboard.api.omnitron.presenting import EXPORTS, present, present_file, present_user
from dashboard.models import Export, File, User

BLUEPRINT = Blueprint("omnitron", __name__, url_prefix=errors.BASE.rstrip("/"))
errors.register(BLUEPRINT)

# The client logs in at each start, and again on any 401.
LOGIN_TOKEN_DAYS = 30
OPEN = ("omnitron.login",)


@BLUEPRINT.before_request
def know_who_asks() -> None:
    if request.endpoint not in OPEN:
        g.asking = auth.who_asks(schemes=("Token",), cookie=True)


@BLUEPRINT.post("/auth/login/", strict_slashes=False)
def login() -> Response:
    throttling.count_address()
    wanted = bodies.read_login()
    try:
        user = accounts.check_password(wanted.username, wanted.password, request.remote_addr or "")
    except accounts.WrongLogin:
        raise not_valid({"non_field_errors": "Unable to log in with provided credentials."}) from None
    except accounts.TooManyTries as error:
        raise Refusal(429, str(error), {"Retry-After": str(error.seconds)}) from None
    return answer(200, {"key": tokens.create_for_login(user, "Omnitron login", LOGIN_TOKEN_DAYS)})


@BLUEPRINT.get("/active_user/", strict_slashes=False)
def active_user() -> Response:
    return answer(200, present_user(g.asking))


@BLUEPRINT.get("/exports/", strict_slashes=False)
def exports() -> Response:
    auth.need("read")
    _refuse_without_export_right(g.asking)
    wanted = listing.read(request.args)
    found = search.find_exports(
        g.asking,
        search.Filters(where=wanted.where),
        sort=wanted.sort,
        page=wanted.page,
        per=wanted.limit,
        count_cap=None,
    )
    if wanted.page > found.pages:
        raise Refusal(404, "Invalid page.")
    headers = {
        "X-Total-Count": str(found.total),
        "Link": listing.links(request.host_url.rstrip("/") + EXPORTS, request.args, found.page, found.pages),
    }
    return answer(200, [present(export) for export in found.items], headers)


@BLUEPRINT.post("/exports/", strict_slashes=False)
def create() -> Response:
    auth.need("create")
    _refuse_without_export_right(g.asking)
    key = idempotency.read_key()
    asked = creating.read(g.asking, *bodies.read_new_export())
    try:
        export = lifecycle.request(
            g.asking,
            asked.plan,
            name=asked.action_name,
            action_name=asked.action_name,
            request_path=asked.request_path,
            idempotency_key=key,
        )
    except lifecycle.Refused as error:
        # The right to export was checked above; what is left is too many exports at once.
        raise Refusal(429, str(error), {"Retry-After": "30"}) from None
    return answer(201, present(export), {"Location": f"{EXPORTS}{export.uuid}/"})


@BLUEPRINT.get("/exports/<id>/", strict_slashes=False)
def retrieve(id: str) -> Response:
    auth.need("read")
    return answer(200, present(_export(id)))


@BLUEPRINT.post("/exports/<id>/set_cancel/", strict_slashes=False)
def set_cancel(id: str) -> Response:
    auth.need("cancel")
    if not g.asking.is_superuser:
        raise Refusal(403)
    export = _export(id)
    try:
        if export.status != "cancelled":
            lifecycle.cancel(export, by=g.asking)
    except lifecycle.AlreadyEnded as error:
        # Somebody else may have cancelled it meanwhile, and then it is as asked.
        export = _export(id)
        if export.status != "cancelled":
            raise Refusal(409, str(error)) from None
    return answer(200, present(_export(id)))


@BLUEPRINT.get("/exports/<id>/file/", strict_slashes=False)
def file(id: str) -> Response:
    auth.need("download")
    export = _export(id)
    if not g.asking.may("download", export):
        raise Refusal(403)
    data = delivery.data_file(export)
    if data is None:
        raise Refusal(404, "This export has no file.")
    return delivery.send(data, by=g.asking, address=request.remote_addr or "")


@BLUEPRINT.get("/exports/<id>/files/", strict_slashes=False)
def files(id: str) -> Response:
    """Ours, beside the contract: every file, also the lists of rows with errors and of changed values."""
    auth.need("read")
    return answer(200, [present_file(export, one) for export in [_export(id)] for one in _files(export)])


@BLUEPRINT.get("/exports/<id>/files/<int:file_id>/", strict_slashes=False)
def one_file(id: str, file_id: int) -> Response:
    auth.need("download")
    export = _export(id)
    if not g.asking.may("download", export):
        raise Refusal(403)
    found = next((one for one in _files(export) if one.id == file_id), None)
    if found is None:
        raise not_found()
    return delivery.send(found, by=g.asking, address=request.remote_addr or "")


def _files(export: Export) -> list[File]:
    return export.files if export.has_file else []


def _export(id: str) -> Export:
    export = search.find_export(g.asking, id)
    if export is None:
        raise not_found()
    return export


def _refuse_without_export_right(user: User) -> None:
    if not user.may_request():
        raise Refusal(403)
