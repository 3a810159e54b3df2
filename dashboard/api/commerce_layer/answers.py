"""Models of what this dialect answers. `schema` says where; `presenting`, `related` and `errors` make the answers.

Attributes may all be missing: a fieldset in the query says which ones there are.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

Count = Annotated[int, Field(ge=0)]
Time = Annotated[
    str,
    Field(
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
        json_schema_extra={"format": "date-time"},
        examples=["2026-01-05T09:00:00.000Z"],
    ),
]
Letters = Annotated[str, Field(pattern="^[A-Za-z]{10}$", examples=["kQwRtYuIoP"])]
# May be missing, and has no default.
_LEFT_OUT: Any = Field(default_factory=str)


class Link(BaseModel):
    self: str


class RelationshipLinks(Link):
    related: str


class Identifier(BaseModel):
    type: Literal["events", "event_stores", "versions"]
    id: str


class Relationship(BaseModel):
    links: RelationshipLinks
    data: Annotated[list[Identifier], Field(description="Only where it is included.")] = []


class Relationships(BaseModel):
    events: Relationship | None = None
    event_stores: Relationship | None = None
    versions: Annotated[Relationship | None, Field(description="Always empty.")] = None


class ExportAttributes(BaseModel):
    resource_type: Annotated[str, Field(examples=["orders"])] = _LEFT_OUT
    format: Annotated[
        Literal["csv", "json"] | None, Field(description="null for a format that only other doors make.")
    ] = None
    status: Literal["pending", "in_progress", "completed", "failed", "interrupted"] = "pending"
    includes: list[str] | None = None
    fields: Annotated[list[str] | None, Field(description="null is all own fields.")] = None
    filters: dict[str, Any] | None = None
    dry_data: bool | None = False
    jwt_filters: bool | None = None
    started_at: Time | None = None
    completed_at: Time | None = None
    estimated_completion_at: Time | None = None
    interrupted_at: Time | None = None
    records_count: Annotated[
        Count,
        Field(description="Known when the export is created; 0 where the source takes longer to count."),
    ] = 0
    processed_count: Count = 0
    progress: Annotated[int, Field(ge=0, le=100)] = 0
    attachment_url: Annotated[
        str | None,
        Field(description="A gzip file. Needs no token, valid for 5 minutes, new in every answer."),
    ] = None
    errors_log: Annotated[dict[str, str] | None, Field(description="Error class and message.")] = None
    created_at: Time = _LEFT_OUT
    updated_at: Time = _LEFT_OUT
    reference: str | None = None
    reference_origin: str | None = None
    metadata: dict[str, Any] = {}


class Meta(BaseModel):
    mode: Literal["test", "live"]
    organization_id: str
    trace_id: str


class Export(BaseModel):
    """One export: what was asked for, how far it is, and where its file is."""

    id: Letters
    type: Literal["exports"]
    links: Link
    attributes: ExportAttributes
    relationships: Annotated[
        Relationships, Field(description="Those that a fieldset names, if there is one.")
    ] = Field(default_factory=Relationships)
    meta: Meta


class _Times(BaseModel):
    created_at: Time = _LEFT_OUT
    updated_at: Time = _LEFT_OUT
    reference: str | None = None
    reference_origin: str | None = None
    metadata: dict[str, Any] = {}


class EventAttributes(_Times):
    name: Annotated[str, Field(examples=["exports.create"])] = _LEFT_OUT


class Event(BaseModel):
    """Something that happened to an export."""

    id: str
    type: Literal["events"]
    attributes: EventAttributes


class EventStoreAttributes(_Times):
    resource_type: Literal["exports"] = "exports"
    resource_id: Letters = _LEFT_OUT
    event: Literal["update"] = "update"
    payload: Annotated[
        dict[str, Annotated[list[Any], Field(min_length=2, max_length=2)]],
        Field(description="Attribute and its values, old and new."),
    ] = {}
    who: Annotated[dict[str, Any] | None, Field(description="`owner` with `id` and `type`.")] = None


class EventStore(BaseModel):
    """A change that somebody made to an export."""

    id: str
    type: Literal["event_stores"]
    attributes: EventStoreAttributes


class Version(BaseModel):
    """There are none."""

    id: str
    type: Literal["versions"]


Included = Annotated[list[Event | EventStore], Field(description="Only if the query has `include`.")]


class PageMeta(BaseModel):
    record_count: Count
    page_count: Annotated[int, Field(ge=1)]


class PageLinks(BaseModel):
    first: str
    prev: Annotated[str, Field(description="Not on the first page.")] = _LEFT_OUT
    next: Annotated[str, Field(description="Not on the last page.")] = _LEFT_OUT
    last: str


class _Page(BaseModel):
    meta: PageMeta
    links: PageLinks


class ExportDocument(BaseModel):
    data: Export
    included: Included = []


class ExportPage(_Page):
    data: list[Export]
    included: Included = []


class EventPage(_Page):
    data: list[Event]


class EventStorePage(_Page):
    data: list[EventStore]


class VersionPage(_Page):
    data: list[Version]


class IdentifierPage(_Page):
    data: list[Identifier]


class Source(BaseModel):
    pointer: Annotated[str, Field(description="Place in the body.")] = _LEFT_OUT
    parameter: Annotated[str, Field(description="Name in the query.")] = _LEFT_OUT


class ErrorMeta(BaseModel):
    error: Annotated[str, Field(description="The rule that is broken.", examples=["blank", "inclusion"])]
    value: str | int | float | bool | None = None
    count: int | None = None


class Error(BaseModel):
    title: str
    detail: str
    code: Annotated[str, Field(examples=["VALIDATION_ERROR"])]
    status: Annotated[str, Field(description="The HTTP status, as text.", pattern=r"^\d{3}$")]
    source: Source | None = None
    meta: ErrorMeta | None = None


class Errors(BaseModel):
    errors: Annotated[list[Error], Field(min_length=1)]
