"""Every refusal of this dialect: `{"errors": [{title, detail, code, status, source, meta}]}`.

Codes are those of Ruby's jsonapi-resources. There is no 403: who may not do something is told so with a 401.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from dashboard.api import failures
from dashboard.api.auth import NotAllowed, NotSignedIn
from dashboard.api.idempotency import BadKey
from dashboard.api.throttling import Throttled

BASE = "/api/exports"
MEDIA_TYPE = "application/vnd.api+json"
ATTRIBUTES = "/data/attributes/"
MOST_ERRORS = 10
LONGEST_VALUE = 100

CODES = {
    400: "BAD_REQUEST",
    404: "RECORD_NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    406: "NOT_ACCEPTABLE",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "VALIDATION_ERROR",
    423: "LOCKED",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_SERVER_ERROR",
}
DETAILS = {
    400: "The request cannot be understood.",
    404: "There is nothing at this address.",
    406: f"All requests must accept the {MEDIA_TYPE} media type.",
    413: "The request is too large.",
}


Error = dict[str, Any]


class Refusal(Exception):
    """An answer other than what was asked for, with one status and one or more errors."""

    def __init__(
        self, status: int, errors: Iterable[Error], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status)
        self.status = status
        self.errors = [{**error, "status": str(status)} for error in errors][:MOST_ERRORS]
        self.headers = dict(headers or {})


def refusal(
    status: int,
    detail: str,
    code: str = "",
    *,
    title: str = "",
    source: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Refusal:
    error: Error = {
        "title": title or HTTPStatus(status).phrase,
        "detail": detail,
        "code": code or CODES.get(status, "BAD_REQUEST"),
    }
    return Refusal(status, [{**error, "source": dict(source)} if source else error], headers)


def bad_parameter(name: str, code: str, detail: str) -> Refusal:
    """400 for what stands in the query."""
    title = code.replace("_", " ").capitalize()
    return refusal(400, detail, code, title=title, source={"parameter": name[:LONGEST_VALUE]})


def not_valid(*errors: Error) -> Refusal:
    """422, of what `wrong` made."""
    return Refusal(422, errors)


def wrong(attribute: str, error: str, title: str, value: Any = None, count: int | None = None) -> Error:
    """One attribute that is not valid; `error` is the rule that it breaks."""
    meta: dict[str, Any] = {"error": error}
    if isinstance(value, str):
        meta["value"] = value[:LONGEST_VALUE]
    elif isinstance(value, int | float):
        meta["value"] = value
    if count is not None:
        meta["count"] = count
    return {
        "title": title,
        "detail": f"{attribute} - {title}",
        "code": "VALIDATION_ERROR",
        "source": {"pointer": ATTRIBUTES + attribute},
        "meta": meta,
    }


def no_permission() -> Refusal:
    detail = "You are not authorized to perform this action on the requested resource."
    return refusal(401, detail, "UNAUTHORIZED", title="Access denied")


def not_found(id: str) -> Refusal:
    detail = f"The record identified by {id[:LONGEST_VALUE]} could not be found."
    return refusal(404, detail, title="Record not found")


def answer(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    """`body` None: nothing is sent."""
    response = Response(status=status) if body is None else jsonify(body)
    response.status_code = status
    response.headers["Content-Type"] = MEDIA_TYPE
    response.headers.update(headers or {})
    response.headers["Cache-Control"] = "no-store"
    if body is None:
        del response.headers["Content-Type"]
    return response


def handles(path: str) -> bool:
    return path == BASE or path.startswith(f"{BASE}/")


def error_response(exception: Exception) -> Response:
    """An HTTP error, or a crash, on any path under BASE."""
    code = failures.refused_with(exception)
    if code is None:
        status, reference = failures.broken_with(exception)
        return _answered(refusal(status, f"Something went wrong on our side. {reference}"))
    return _answered(refusal(code, _detail(code), headers=failures.kept_headers(exception)))


def _answered(error: Refusal) -> Response:
    return answer(error.status, {"errors": error.errors}, error.headers)


def _detail(code: int) -> str:
    if code == 405:
        return f"{request.method} is not allowed here."
    if code == 415:
        return f"Send the body as {MEDIA_TYPE}, not {request.mimetype[:LONGEST_VALUE] or 'without a type'}."
    return DETAILS.get(code, "The request cannot be answered.")


def _not_signed_in(_: NotSignedIn) -> Response:
    return _answered(
        refusal(
            401,
            "The access token you provided is invalid or has expired.",
            "INVALID_TOKEN",
            title="Invalid token",
            headers={"WWW-Authenticate": "Bearer"},
        )
    )


def _throttled(error: Throttled) -> Response:
    return _answered(refusal(429, str(error), headers={"Retry-After": str(error.seconds)}))


def register(scope: Blueprint) -> None:
    """Answer every exception on this blueprint's routes."""
    scope.register_error_handler(HTTPException, error_response)
    scope.register_error_handler(Refusal, _answered)
    scope.register_error_handler(NotSignedIn, _not_signed_in)
    scope.register_error_handler(NotAllowed, lambda _: _answered(no_permission()))
    scope.register_error_handler(Throttled, _throttled)
    scope.register_error_handler(BadKey, lambda error: _answered(refusal(400, str(error))))
