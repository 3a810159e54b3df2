"""What belongs to an export: its events and the changes that people made to it. `presenting` and `paths` show them.

Events are those lines of our timeline that the dialect has a name for; event stores are kept by the audit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dashboard.api.commerce_layer.words import (
    CREATED,
    EVENT,
    EVENT_STORES,
    EVENTS,
    NOTES,
    TYPE,
    VERSIONS,
)
from dashboard.models import Event, Export
from dashboard.search import centre

Object = dict[str, Any]
ByExport = dict[int, list[Object]]

_COMMON = ("created_at", "updated_at", "reference", "reference_origin", "metadata")
MEMBERS: Mapping[str, tuple[str, ...]] = {
    EVENTS: ("name", *_COMMON),
    EVENT_STORES: ("resource_type", "resource_id", "event", "payload", "who", *_COMMON),
    VERSIONS: _COMMON,
}
# Each list can be sorted by these.
SORTABLE: Mapping[str, tuple[str, ...]] = {
    EVENTS: ("id", "name", "created_at", "updated_at"),
    EVENT_STORES: ("id", "created_at", "updated_at"),
    VERSIONS: ("id", "created_at", "updated_at"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What of each type an answer has: the members named in `fields`, by type, and the relations in `include`."""

    include: tuple[str, ...] = ()
    fields: Mapping[str, frozenset[str]] | None = None

    def has(self, kind: str, member: str) -> bool:
        return kind not in (self.fields or {}) or member in (self.fields or {})[kind]


def moment(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, with milliseconds."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z" if at else None


def identifier(one: Object) -> Object:
    return {"type": one["type"], "id": one["id"]}


def trimmed(one: Object, shown: Shown) -> Object:
    """Without the attributes that its fieldset does not name."""
    kept = {name: value for name, value in one["attributes"].items() if shown.has(one["type"], name)}
    return {**one, "attributes": kept}


def of_one(name: str, export: Export) -> list[Object]:
    """What belongs to one export, of one relation."""
    return RELATED[name]([export])[export.id]


def _events(exports: Sequence[Export]) -> ByExport:
    return {id: _named(events) for id, events in centre.events_of(exports).items()}


def _named(events: Sequence[Event]) -> list[Object]:
    found: list[Object] = []
    for event in events:
        name = EVENT.get(event.kind)
        # An export that waits again has been created before.
        if name and not (name == CREATED and found):
            found.append(_object(EVENTS, event.id, event.at, {"name": name}))
    return found


def _event_stores(exports: Sequence[Export]) -> ByExport:
    changes = centre.changes_of(exports)
    return {export.id: _stored(export, changes[export.id]) for export in exports}


def _stored(export: Export, changes: Sequence[centre.Change]) -> list[Object]:
    return [
        _object(
            EVENT_STORES,
            change.id,
            change.at,
            {
                "resource_type": TYPE,
                "resource_id": export.letters,
                "event": "update",
                "payload": _payload(change.detail),
                "who": {"owner": {"id": who, "type": "User"}} if who else None,
            },
        )
        for change, who in changes
    ]


def _payload(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes that differ, as [old, new]."""
    changes = {name: detail["changed"].get(ours, (None, None)) for name, ours in NOTES.items()}
    return {name: [before, after] for name, (before, after) in changes.items() if before != after}


def _object(kind: str, id: int, at: datetime, attributes: Mapping[str, Any]) -> Object:
    common = {"reference": None, "reference_origin": None, "metadata": {}}
    times = {"created_at": moment(at), "updated_at": moment(at)}
    return {"id": str(id), "type": kind, "attributes": {**attributes, **times, **common}}


# Relation -> its objects for each of some exports, by the number of the export, in one query.
RELATED: Mapping[str, Callable[[Sequence[Export]], ByExport]] = {
    EVENTS: _events,
    EVENT_STORES: _event_stores,
    VERSIONS: lambda exports: {export.id: [] for export in exports},
}
