"""The dialect's names for our statuses, formats and resources, both ways."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dashboard.extensions import catalog
from dashboard.models import Export

NAME = "rebilly"

# Canonical status -> the dialect's (contracts/README.md, "States").
STATUS = {
    "scheduled": "pending",
    "pending": "pending",
    "queued": "queued",
    "running": "processing",
    "waiting_next_page": "processing",
    "finalizing": "processing",
    "completed": "completed",
    "failed": "failed",
    "timed_out": "failed",
    "cancelled": "failed",
}
# What the dialect's clients know; any other resource of ours is shown under its own name, but cannot be asked for.
RESOURCES = (
    "customers",
    "subscriptions",
    "transactions",
    "invoices",
    "invoiceItems",
    "amlChecks",
    "disputes",
    "journalRecords",
    "payoutRequests",
    "payoutRequestAllocations",
    "users",
)
ALIASES = {"orders": "subscriptions"}
# Theirs -> ours, with its options.
DETAILED = "detailed-csv"
FORMATS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "csv": ("csv", {}),
    "json": ("json", {}),
    "json-api": ("jsonapi", {}),
    "xml": ("xml", {"root": "resource"}),
    "pdf": ("pdf", {}),
    DETAILED: ("csv", {"nested": "flatten"}),
}
_FORMAT_WORDS = {"jsonapi": "json-api"}
_TOO_MANY = ("record_limit", "format_limit")
# The other names for moments follow the rule of all names: placed_at is placedAt.
_TIMES = {
    "created_at": "createdTime",
    "updated_at": "updatedTime",
    "issued_at": "issuedTime",
    "processed_at": "processedTime",
}
_SNAKE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


def statuses_of(word: str) -> tuple[str, ...]:
    """Every canonical status that a filter on this word means."""
    return tuple(ours for ours, theirs in STATUS.items() if theirs == word)


def failure_reason(export: Export) -> str | None:
    """The dialect has two reasons; whatever else made an export fail counts as tried in vain."""
    if export.status not in ("failed", "timed_out"):
        return None
    return "record-limit-exceeded" if export.error_code in _TOO_MANY else "max-retries-reached"


def format_of(word: str) -> str:
    """Our format for a word of theirs; a format that they have no word for is called as we call it."""
    return FORMATS[word][0] if word in FORMATS else word


def format_word(format: str) -> str:
    return _FORMAT_WORDS.get(format, format)


def resource_of(word: str) -> str | None:
    """Our resource for a word of theirs, when the catalog has it."""
    word = ALIASES.get(word, word)
    own = _snake(word)
    if word not in RESOURCES:
        return None
    if word == "subscriptions" and own not in catalog.resources:
        own = "orders"
    return own if own in catalog.resources else None


def resource_word(name: str) -> str:
    if name == "orders" and "subscriptions" not in catalog.resources:
        return "subscriptions"
    return camel(name) if camel(name) in RESOURCES else name


def camel(name: str) -> str:
    """first_name -> firstName; a name that is no snake_case stays as it is."""
    if name in _TIMES:
        return _TIMES[name]
    if not _SNAKE.fullmatch(name):
        return name
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _snake(word: str) -> str:
    return re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", word)
