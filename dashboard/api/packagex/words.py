"""The dialect's names for our resources, statuses and sort keys, both ways."""

from __future__ import annotations

DIALECT = "packagex"
KEPT_SECONDS = 24 * 3600

# Canonical status -> the dialect's (contracts/README.md, "States").
STATUS = {
    "scheduled": "queued",
    "pending": "queued",
    "queued": "queued",
    "running": "processing",
    "waiting_next_page": "processing",
    "finalizing": "processing",
    "completed": "completed",
    "failed": "failed",
    "timed_out": "timed_out",
    "cancelled": "failed",
}
STATUSES = tuple(dict.fromkeys(STATUS.values()))

# Resource of the catalog -> the dialect's. A resource that is not here is shown under its own name.
RESOURCE = {"customers": "contact", "orders": "shipment", "products": "item"}
ALIASES = {"customer": "contact", "order": "shipment"}
# What the platform has and we have no data for.
WITHOUT_DATA = (
    "group",
    "location",
    "tracker",
    "shipping_label_inference",
    "fulfillment",
    "manifest",
    "asset",
)
RESOURCES = (*RESOURCE.values(), *WITHOUT_DATA)

SORT_KEYS = {
    "created_at": "created_at",
    "count_batches": "part_count",
    "count_total": "total_count",
    "updated_at": "updated_at",
}
DIRECTIONS = ("asc", "desc")


def resource_of(word: str) -> str:
    """The name in the catalog that a word of the dialect means; there may be no such resource."""
    known = {theirs: ours for ours, theirs in RESOURCE.items()}
    return known.get(ALIASES.get(word, word), word)


def statuses_of(word: str) -> tuple[str, ...]:
    """Every canonical status that a filter on this word means."""
    return tuple(ours for ours, theirs in STATUS.items() if theirs == word)
