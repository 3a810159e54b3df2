"""What OpenAPI says of this dialect as a whole."""

from __future__ import annotations

from typing import Any

from dashboard.api.commerce_layer.answers import Errors
from dashboard.api.commerce_layer.errors import MEDIA_TYPE
from dashboard.api.openapi import About, Answer


def refused(description: str, status: int, error: dict[str, Any], **headers: str) -> Answer:
    """An answer with one error, as an example."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    example = {"errors": [{**error, "status": str(status)}]}
    return Answer(description, Errors, MEDIA_TYPE, named, example)


ABOUT = About(
    title="Exports, Commerce Layer dialect",
    description=(
        "JSON:API 1.0. Send and accept `application/vnd.api+json`. An `id` is ten letters. Parameters and attributes "
        "that are not named here are refused with 400. Who may not do something is answered 401, as there is no 403."
    ),
    security={"Bearer": {"type": "http", "scheme": "bearer"}},
    everywhere={
        401: refused(
            "No token or a bad one (`INVALID_TOKEN`); or it may not do this (`UNAUTHORIZED`).",
            401,
            {
                "title": "Access denied",
                "detail": "You are not authorized to perform this action on the requested resource.",
                "code": "UNAUTHORIZED",
            },
            WWW_Authenticate="Bearer, with INVALID_TOKEN.",
        ),
        405: refused(
            "Another method is asked for.",
            405,
            {
                "title": "Method Not Allowed",
                "detail": "PUT is not allowed here.",
                "code": "METHOD_NOT_ALLOWED",
            },
            Allow="Methods of this path.",
        ),
        406: refused(
            "The header Accept leaves out `application/vnd.api+json`.",
            406,
            {
                "title": "Not Acceptable",
                "detail": f"All requests must accept the {MEDIA_TYPE} media type.",
                "code": "NOT_ACCEPTABLE",
            },
        ),
        429: refused(
            "Too many requests.",
            429,
            {
                "title": "Too Many Requests",
                "detail": "Too many requests. Try again in 7 s.",
                "code": "TOO_MANY_REQUESTS",
            },
            Retry_After="Seconds to wait.",
            X_Ratelimit_Limit="Requests within the interval.",
            X_Ratelimit_Remaining="How many of them are left.",
            X_Ratelimit_Interval="Its length in seconds.",
        ),
        500: refused(
            "Our fault; the reference leads to the log.",
            500,
            {
                "title": "Internal Server Error",
                "detail": "Something went wrong on our side. Reference: 3f2a9c0d1e4b",
                "code": "INTERNAL_SERVER_ERROR",
            },
        ),
    },
)
