"""From what a client asks for to a checked plan: the dialect's words become ours here, and its refusals theirs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from werkzeug.datastructures import FileStorage

from dashboard import planning
from dashboard.api.omnitron import filter_file, request_path
from dashboard.api.omnitron.bodies import NewExport
from dashboard.api.omnitron.errors import Refusal, not_valid
from dashboard.api.omnitron.words import ACTION, FORMAT
from dashboard.criteria import All
from dashboard.models import User
from dashboard.sources import Resource

CANONICAL = {theirs: ours for ours, theirs in FORMAT.items()}
# What the plan calls a field of the request, and what this dialect does.
THEIR_NAMES = {
    "resource": "action_name",
    "name": "action_name",
    "fields": "request_fields",
    "where": "request_path",
    "sort": "request_path",
    "date_range": "request_path",
    "format": "format_type",
    "options": "format_type",
    "language": "language",
    "filter_file": "filter_file",
}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,5})?")


@dataclass(frozen=True, slots=True)
class Asked:
    """A new export, checked, with what the record keeps of the words it was asked in."""

    plan: planning.Plan
    action_name: str
    request_path: str


def read(user: User, wanted: NewExport, upload: FileStorage | None) -> Asked:
    """Raises Refusal."""
    resource = _resource(user, wanted.action_name)
    rows = request_path.read(wanted.request_path, resource)
    ids = filter_file.read(user, upload, resource)
    try:
        plan = planning.plan(
            user,
            resource.name,
            fields=wanted.request_fields,
            where=All(rows.conditions) if rows.conditions else None,
            sort=rows.sort,
            filter_ids=ids,
            format=CANONICAL[wanted.format_type],
            language=_language(wanted.language or user.language),
            headings="names",  # the header row is the request_fields
        )
    except planning.Invalid as error:
        raise _translated(error) from None
    return Asked(plan, wanted.action_name, wanted.request_path)


def _resource(user: User, action_name: str) -> Resource:
    mine = {f"{ACTION}{resource.name}": resource for resource in planning.resources(user)}
    if action_name not in mine:
        known = ", ".join(list(mine)[:20]) or "none"
        raise not_valid({"action_name": f'"{action_name[:100]}" is not a valid choice. Choices: {known}.'})
    return mine[action_name]


def _language(tag: str) -> str:
    """A language of headings that we have; another one falls back to English."""
    if not _LANGUAGE.fullmatch(tag):
        raise not_valid({"language": "Enter a language code, for example en."})
    language = re.split("[-_]", tag)[0].lower()
    return language if language in planning.LANGUAGES else "en"


def _translated(error: planning.Invalid) -> Refusal:
    errors: dict[str, str | list[str]] = {}
    for field, sentence in error.errors.items():
        name = THEIR_NAMES.get(field.partition(".")[0], "non_field_errors")
        errors[name] = [*errors.get(name, []), sentence]
    return not_valid(errors)
