"""Every refusal of this dialect, in its shape: `{"detail": …}`, or sentences by field for what is not valid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from dashboard import delivery
from dashboard.api import failures
from dashboard.api.auth import NotAllowed, NotFromOurPages, NotSignedIn
from dashboard.api.idempotency import BadKey
from dashboard.api.throttling import Throttled

BASE = "/api/v1/"
DETAILS = {
    400: "Bad request.",
    403: "You do not have permission to perform this action.",
    404: "Not found.",
    413: "The request is too large.",
    416: "There is no such range in this file.",
    429: "Request was throttled.",
}
SERVER_ERROR = "A server error occurred."


class Refusal(Exception):
    """An answer other than what was asked for; `body` is sent as it is."""

    def __init__(self, status: int, body: Any = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body if isinstance(body, dict) else {"detail": body or DETAILS[status]}
        self.headers = dict(headers or {})


def not_valid(errors: Mapping[str, str | list[str]]) -> Refusal:
    """400, with a list of sentences for each field."""
    return Refusal(400, {name: [text] if isinstance(text, str) else text for name, text in errors.items()})


def not_found() -> Refusal:
    return Refusal(404)


def answer(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    response = jsonify(body)
    response.status_code = status
    response.headers.update(headers or {})
    response.headers["Cache-Control"] = "no-store"
    return response


def handles(path: str) -> bool:
    return path.startswith(BASE) or path == BASE.rstrip("/")


def error_response(exception: Exception) -> Response:
    """An HTTP error, or a crash, on any path under BASE."""
    code = failures.refused_with(exception)
    if code is None:
        status, reference = failures.broken_with(exception)
        return answer(status, {"detail": f"{SERVER_ERROR} {reference}"})
    return answer(code, {"detail": _detail(code)}, failures.kept_headers(exception))


def _detail(code: int) -> str:
    if code == 405:
        return f'Method "{request.method}" not allowed.'
    if code == 415:
        return f'Unsupported media type "{request.mimetype[:100]}" in request.'
    return DETAILS.get(code, "The request cannot be answered.")


def register(scope: Blueprint) -> None:
    """Answer every exception on this blueprint's routes."""
    scope.register_error_handler(HTTPException, error_response)
    scope.register_error_handler(Refusal, lambda error: answer(error.status, error.body, error.headers))
    scope.register_error_handler(
        NotSignedIn, lambda error: answer(401, {"detail": str(error)}, {"WWW-Authenticate": "Token"})
    )
    scope.register_error_handler(
        NotFromOurPages, lambda error: answer(403, {"detail": f"CSRF Failed: {error}"})
    )
    scope.register_error_handler(NotAllowed, lambda error: answer(403, {"detail": str(error)}))
    scope.register_error_handler(
        Throttled, lambda error: answer(429, {"detail": str(error)}, {"Retry-After": str(error.seconds)})
    )
    scope.register_error_handler(BadKey, lambda error: answer(400, {"detail": str(error)}))
    scope.register_error_handler(delivery.Gone, lambda error: answer(410, {"detail": str(error)}))
