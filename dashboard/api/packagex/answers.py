"""Models of what this dialect answers. `schema` says where; `presenting` and `errors` make the answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from dashboard.api.packagex.words import STATUSES

Seconds = Annotated[int, Field(description="Seconds since 1970.", json_schema_extra={"format": "int64"})]
Count = Annotated[int, Field(ge=0)]
Link = Annotated[str, Field(description="Works without credentials for 5 minutes.")]


class Export(BaseModel):
    """One export: what was asked for, and how far it is."""

    id: Annotated[str, Field(pattern="^exp_[0-9A-Za-z]{22}$")]
    object: Literal["export"]
    organization_id: str
    name: str
    resource: Annotated[
        str,
        Field(
            description="`contact`, `shipment`, `item`; the centre's own name of what the platform has no word for."
        ),
    ]
    status: Literal[STATUSES]  # type: ignore[valid-type]
    reason: Annotated[str | None, Field(description="Why it failed; `cancelled` when somebody stopped it.")]
    options: Annotated[dict[str, JsonValue], Field(description="As asked.")]
    csv_field_options: Annotated[dict[str, JsonValue], Field(description="As asked.")]
    count_total: Annotated[Count, Field(description="Records in the export.")]
    count_batches: Annotated[
        Count, Field(description="Batches they were made in; at least 1 once completed.")
    ]
    created_by: str
    updated_by: str | None
    created_at: Seconds
    updated_at: Seconds
    completed_at: Seconds | None
    expires_at: Annotated[Seconds | None, Field(description="From then on there is no such export.")]


class Retrieved(Export):
    """With the links that were asked for; null where there is no such file."""

    model_config = ConfigDict(serialize_by_alias=True)

    csv_url: Annotated[Link | None, Field(alias="_csv_url")] = None
    json_url: Annotated[Link | None, Field(alias="_json_url")] = None
    csv_error_url: Annotated[
        Link | None, Field(alias="_csv_error_url", description="Rows that could not be read.")
    ] = None
    csv_sanitized_url: Annotated[
        Link | None,
        Field(
            alias="_csv_sanitized_url",
            description="Rows that are not in the CSV as a spreadsheet could run them, made harmless.",
        ),
    ] = None


class Deleted(BaseModel):
    id: str
    object: Literal["export"]
    deleted: Literal[True]


class Pagination(BaseModel):
    limit: int
    page: int
    has_more: bool
    total_count: Annotated[Count, Field(description="All that match.")]


class _Envelope(BaseModel):
    """What every answer is wrapped in."""

    message: Annotated[str, Field(description="May be shown to people.")]
    status: Annotated[int, Field(description="The HTTP status.")]
    errors: Annotated[list[str], Field(description="What is not valid: the path of a member, then why.")]
    code: Annotated[str | None, Field(description="For developers.")]
    pagination: Pagination | None
    endpoint: Annotated[str, Field(description="The path that was asked for.")]


class OneExport(_Envelope):
    data: Export


class OneRetrieved(_Envelope):
    data: Retrieved


class ManyExports(_Envelope):
    data: list[Export]
    pagination: Pagination


class OneDeleted(_Envelope):
    data: Deleted


class Failure(_Envelope):
    data: None
    code: str


def enveloped(status: int, message: str, data: Any, endpoint: str, **others: Any) -> dict[str, Any]:
    """An example of an answer."""
    envelope = {"errors": [], "code": None, "pagination": None, **others}
    return {"message": message, "data": data, "status": status, "endpoint": endpoint, **envelope}
