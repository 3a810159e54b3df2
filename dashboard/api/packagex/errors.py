"""The envelope of every answer, and every refusal of this dialect in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from dashboard.api import failures
from dashboard.api.auth import NotAllowed, NotSignedIn
from dashboard.api.idempotency import BadKey
from dashboard.api.openapi import JSON
from dashboard.api.throttling import Throttled

BASE = "/v1/"
EXPORTS = "/v1/exports"
CODES = {
    400: "validation_error",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "payload_too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
    500: "internal_error",
}
MESSAGES = {
    400: "The request is not valid.",
    403: "You may not do this.",
    404: "There is no such export.",
    413: "The request is too large.",
    415: "The body must be application/json.",
}
MOST_ERRORS = 20


class Refusal(Exception):
    """An answer other than what was asked for. `errors` tell what did not validate: a path, then what is wrong."""

    def __init__(
        self,
        status: int,
        message: str = "",
        errors: Sequence[str] = (),
        code: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, message, errors)
        self.status = status
        self.message = message or MESSAGES[status]
        self.errors = list(errors)[:MOST_ERRORS]
        self.code = code or CODES[status]
        self.headers = dict(headers or {})


def not_valid(errors: Sequence[str]) -> Refusal:
    return Refusal(400, errors=errors)


def answer(
    status: int,
    message: str,
    data: Any,
    *,
    pagination: Mapping[str, Any] | None = None,
    errors: Sequence[str] = (),
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The envelope; the order of members is kept, as that of columns has a meaning."""
    body = {
        "message": message,
        "data": data,
        "status": status,
        "errors": list(errors),
        "code": code,
        "pagination": pagination,
        "endpoint": request.path,
    }
    response = Response(json.dumps(body), status, mimetype=JSON)
    response.headers.update(headers or {})
    response.headers["Cache-Control"] = "no-store"
    return response


def handles(path: str) -> bool:
    return path.startswith(BASE) or path == BASE.rstrip("/")


def error_response(exception: Exception) -> Response:
    """An HTTP error, or a crash, on any path under BASE."""
    status = failures.refused_with(exception)
    if status is None:
        status, reference = failures.broken_with(exception)
        return answer(status, f"Something went wrong on our side. {reference}", None, code=CODES[500])
    code = CODES.get(status, "bad_request")
    return answer(status, _message(status), None, code=code, headers=failures.kept_headers(exception))


def _message(status: int) -> str:
    if status == 405:
        return f"{request.method} is not possible here."
    if status == 404 and not request.path.startswith(EXPORTS):
        return "There is nothing at this path."
    return MESSAGES.get(status, "The request cannot be answered.")


def register(scope: Blueprint) -> None:
    """Answer every exception on this blueprint's routes."""
    scope.register_error_handler(HTTPException, error_response)
    scope.register_error_handler(Refusal, _refused)
    scope.register_error_handler(NotSignedIn, lambda error: _refused(Refusal(401, str(error))))
    scope.register_error_handler(NotAllowed, lambda error: _refused(Refusal(403, str(error))))
    scope.register_error_handler(BadKey, lambda error: _refused(not_valid([f"headers: {error}"])))
    scope.register_error_handler(Throttled, _throttled)


def _refused(error: Refusal) -> Response:
    return answer(
        error.status, error.message, None, errors=error.errors, code=error.code, headers=error.headers
    )


def _throttled(error: Throttled) -> Response:
    return _refused(Refusal(429, str(error), headers={"Retry-After": str(error.seconds)}))
