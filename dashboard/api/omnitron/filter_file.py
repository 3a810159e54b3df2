"""`filter_file` of a new export: ids of rows, one a line, in a CSV, TXT or XLSX file (reliability.md, section 10)."""

from __future__ import annotations

from flask import request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from dashboard import filter_files, lifecycle
from dashboard.api.omnitron.errors import Refusal, not_valid
from dashboard.filter_files import Ids
from dashboard.models import User
from dashboard.sources import Resource


def read(user: User, upload: FileStorage | None, resource: Resource) -> Ids | None:
    """The ids, or None when no file was sent. Raises a 400 beside filter_file, a 413 or a 429."""
    if upload is None or not upload.filename:
        return None
    try:
        address = request.remote_addr or ""
        return lifecycle.take_filter_file(user, resource, upload.stream, upload.filename, address)
    except filter_files.TooLarge:
        raise RequestEntityTooLarge from None
    except filter_files.Refused as error:
        raise not_valid({"filter_file": list(error.sentences)}) from None
    except lifecycle.TooManyUploads as error:
        raise Refusal(429, str(error), {"Retry-After": str(error.seconds)}) from None
