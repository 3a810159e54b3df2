"""Every refusal of this dialect, as a problem document of RFC 9457, which its clients want as application/json."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from dashboard import delivery
from dashboard.api import failures
from dashboard.api.auth import NotAllowed, NotSignedIn
from dashboard.api.idempotency import BadKey
from dashboard.api.throttling import Throttled

_OURS = re.compile(r"/(experimental|organizations|data-exports|files)(/.*)?", re.DOTALL)
TITLES = {
    400: "Bad request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    410: "Gone",
    413: "Request too large",
    415: "Unsupported media type",
    416: "Range not satisfiable",
    422: "Validation error",
    429: "Too many requests",
    500: "Internal server error",
}
DETAILS = {
    403: "You do not have permission to do this.",
    404: "The resource was not found.",
    413: "The request is too large.",
    415: "The body must be application/json.",
    416: "There is no such range in this file.",
}
PLAIN = "about:blank"
LIMIT_EXCEEDED = "data-export-limit-exceeded"
MOST_INVALID = 100


class Problem(Exception):
    """An answer other than what was asked for; `members` are those beside the five of every problem."""

    def __init__(
        self,
        status: int,
        detail: str = "",
        *,
        type: str = PLAIN,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(status, detail)
        self.status, self.type, self.members = status, type, members
        self.detail = detail or DETAILS.get(status, TITLES.get(status, "The request cannot be answered."))
        self.headers = dict(headers or {})


def not_valid(status: int, invalid: Mapping[str, str]) -> Problem:
    """400 for parameters, 422 for bodies: what is wrong, field by field."""
    fields = [{"field": field, "message": message} for field, message in list(invalid.items())[:MOST_INVALID]]
    detail = "1 field is not valid." if len(invalid) == 1 else f"{len(invalid)} fields are not valid."
    return Problem(status, detail, invalidFields=fields)


def too_many(sentence: str, seconds: int) -> Problem:
    return Problem(429, sentence, headers=retry_headers(seconds))


def retry_headers(seconds: int) -> dict[str, str]:
    return {"X-RateLimit-Retry-After": str(int(time.time()) + seconds), "Retry-After": str(seconds)}


def answer(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    response = Response(status=204) if status == 204 else jsonify(body)
    response.status_code = status
    response.headers.update(headers or {})
    response.headers["Cache-Control"] = "no-store"
    return response


def handles(path: str) -> bool:
    return _OURS.fullmatch(path) is not None


def error_response(exception: Exception) -> Response:
    """An HTTP error, or a crash, on any path of this dialect."""
    code = failures.refused_with(exception)
    if code is None:
        status, reference = failures.broken_with(exception)
        return _document(Problem(status, f"Something went wrong on our side. {reference}"))
    detail = f"The method {request.method} is not allowed here." if code == 405 else ""
    return _document(Problem(code, detail, headers=failures.kept_headers(exception)))


def register(scope: Blueprint) -> None:
    """Answer every exception on this blueprint's routes."""
    scope.register_error_handler(HTTPException, error_response)
    scope.register_error_handler(Problem, _document)
    scope.register_error_handler(NotSignedIn, _not_signed_in)
    scope.register_error_handler(NotAllowed, lambda error: _document(Problem(403, str(error))))
    scope.register_error_handler(BadKey, lambda error: _document(Problem(400, str(error))))
    scope.register_error_handler(delivery.Gone, lambda error: _document(Problem(410, str(error))))
    scope.register_error_handler(Throttled, lambda error: _document(too_many(str(error), error.seconds)))


def _document(problem: Problem) -> Response:
    members = {
        "type": problem.type,
        "title": TITLES.get(problem.status, "Error"),
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.path,
        **problem.members,
    }
    return answer(problem.status, members, problem.headers)


def _not_signed_in(error: NotSignedIn) -> Response:
    return _document(Problem(401, str(error), headers={"WWW-Authenticate": "Bearer"}))
