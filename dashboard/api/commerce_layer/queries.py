"""Models of the paths, queries and headers of this dialect, for `schema`. `query` and `finding` read the query."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field, create_model

from dashboard.api.commerce_layer.answers import Letters
from dashboard.api.commerce_layer.query import (
    DEFAULT_SIZE,
    LARGEST_PAGE,
    LARGEST_SIZE,
    MEMBERS,
    PAGE,
    SIZE,
)
from dashboard.api.commerce_layer.related import SORTABLE
from dashboard.api.commerce_layer.words import EVENT_STORES, EVENTS, RELATIONS, SORT_KEYS, TYPE, VERSIONS

_FILTERS = {
    "status_eq": "completed",
    "status_in": "pending,in_progress",
    "resource_type_eq": "orders",
    "resource_type_cont": "order",
    "created_at_gteq": "2026-01-01T00:00:00Z",
    "created_at_lteq": "2026-12-31",
    "reference_start": "spring",
    "metadata_jcont": '{"team":"sales"}',
    "events_name_eq": "exports.complete",
}


def _list_of(names: tuple[str, ...], signed: bool = False) -> str:
    """A comma list; the pattern takes no blanks, though the reader does."""
    one = f"{'-?' if signed else ''}({'|'.join(names)})"
    return f"^{one}(,{one})*$"


def _fieldset(kind: str) -> Any:
    names = ("id", "type", *MEMBERS[kind])
    described = Field(
        alias=f"fields[{kind}]",
        description=f"Comma list: what an answer shows of each of the {kind}.",
        pattern=_list_of(names),
        examples=[",".join(MEMBERS[kind][:2])],
    )
    return Annotated[str | None, described], None


def _sort(names: tuple[str, ...], default: str) -> Any:
    sentence = f"Comma list; a minus in front is descending. {default}"
    pattern = _list_of(names, signed=True)
    return Annotated[
        str | None, Field(description=sentence, pattern=pattern, examples=["-created_at,id"])
    ], None


def _filter(name: str, example: str) -> Any:
    return Annotated[str | None, Field(alias=f"filter[q][{name}]", examples=[example])], None


class _Paged(BaseModel):
    page: Annotated[int, Field(alias=PAGE, ge=1, le=LARGEST_PAGE)] = 1
    size: Annotated[int, Field(alias=SIZE, ge=1, le=LARGEST_SIZE)] = DEFAULT_SIZE


class _Including(BaseModel):
    include: Annotated[
        str | None,
        Field(description="Comma list of relations.", pattern=_list_of(RELATIONS), examples=["events"]),
    ] = None


_FIELDSETS = {f"fields_{kind}": _fieldset(kind) for kind in (TYPE, *RELATIONS)}

OneQuery = create_model("OneQuery", __base__=_Including, **_FIELDSETS)
ListQuery = create_model(
    "ListQuery",
    __base__=(_Paged, _Including),
    sort=_sort(tuple(SORT_KEYS), "Newest first by default."),
    **_FIELDSETS,
    **{name: _filter(name, example) for name, example in _FILTERS.items()},
)


def _related(kind: str) -> Any:
    return create_model(
        f"{kind}_query",
        __base__=_Paged,
        sort=_sort(SORTABLE[kind], "Oldest first by default."),
        fields=_fieldset(kind),
    )


def _identifiers(kind: str) -> Any:
    return create_model(
        f"{kind}_ids", __base__=_Paged, sort=_sort(SORTABLE[kind], "Oldest first by default.")
    )


RELATED_QUERIES = {kind: _related(kind) for kind in (EVENTS, EVENT_STORES, VERSIONS)}
IDENTIFIER_QUERIES = {kind: _identifiers(kind) for kind in (EVENTS, EVENT_STORES, VERSIONS)}


class ExportId(BaseModel):
    id: Annotated[Letters, Field(description="The export's `id`.")]
