"""What every dialect's answer to an HTTP error or a crash has in common; the words are the dialect's own."""

from __future__ import annotations

import uuid

import structlog
from flask import request
from werkzeug.exceptions import HTTPException

NOT_KEPT = ("content-type", "content-length")

log = structlog.get_logger()


def refused_with(exception: Exception) -> int | None:
    """The status of a refusal, 400 to 499; None for what went wrong on our side."""
    code = exception.code if isinstance(exception, HTTPException) else None
    return code if code is not None and code < 500 else None


def broken_with(exception: Exception) -> tuple[int, str]:
    """The status of a failure of ours, and the reference under which its cause is in the log.

    The reference is for the person who reads the log beside a complaint; the cause is for the log alone.
    """
    reference = uuid.uuid4().hex[:12]
    log.error("api_error", reference=reference, path=request.path, error=type(exception).__name__)
    code = exception.code if isinstance(exception, HTTPException) else None
    return code or 500, f"Reference: {reference}"


def kept_headers(exception: Exception) -> dict[str, str]:
    """What the error itself tells in headers: Allow, Retry-After, Content-Range."""
    headers = exception.get_headers() if isinstance(exception, HTTPException) else []
    return {name: value for name, value in headers if name.lower() not in NOT_KEPT}
