"""Models of what this dialect answers. `schema` says where; `presenting` and `errors` make the answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, RootModel

Count = Annotated[int, Field(ge=0, le=2**31 - 1, json_schema_extra={"format": "int32"})]


class Export(BaseModel):
    """One export: what was asked for, how far it is, and where its file is."""

    id: Annotated[UUID, Field(json_schema_extra={"readOnly": True})]
    pk: Annotated[int, Field(description="The running number; paths take it in place of the id.")]
    action_name: Annotated[str, Field(max_length=255)] | None
    format_type: Annotated[
        Literal["csv", "xls", "json"],
        Field(
            description="`xls` is an XLSX workbook. Left out where this dialect has no word for the format."
        ),
    ] = "csv"
    status: Literal[
        "waiting",
        "processing",
        "waiting_next_page",
        "preparing_file_creation",
        "completed",
        "failed",
        "cancelled",
    ]
    total_count: Annotated[Count, Field(description="Rows to export.")]
    collected_count: Annotated[Count, Field(description="Rows fetched so far.")]
    fail_count: Annotated[Count, Field(description="Rows that could not be written.")]
    page: Annotated[Count, Field(description="The chunk being worked on.")]
    last_instance_id: Annotated[
        int, Field(description="Key of the last row fetched.", json_schema_extra={"format": "int32"})
    ]
    uploaded_parts: Annotated[list[str], Field(description="Chunks so far.")]
    request_fields: Annotated[list[str], Field(description="Columns, in order.")]
    request_path: str
    language: Annotated[str, Field(max_length=8)]
    filter_file: str | None
    viewset: Annotated[str, Field(max_length=255)] | None
    requested_by: Annotated[UUID, Field(description="Who asked.")]
    result_file: Annotated[str, Field(max_length=512, description="Path of the file, once completed.")] | None
    error_message: str | None
    created_date: datetime
    modified_date: datetime


class File(BaseModel):
    """One file of an export."""

    pk: int
    kind: Annotated[
        str, Field(description="data, errors, sanitized or manifest.", examples=["data", "errors"])
    ]
    name: str
    format: str
    packaging: Annotated[str, Field(description="none, gzip or zip.")]
    rows: int
    size: Annotated[int, Field(description="Bytes.")]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    file: Annotated[str, Field(description="Its path.")]


class ActiveUser(BaseModel):
    """Whose token it is."""

    pk: int
    username: str
    email: str
    is_superuser: bool


class Key(BaseModel):
    """An API token."""

    key: str


class Detail(BaseModel):
    """An error in one sentence."""

    detail: str


class FieldErrors(RootModel[dict[str, list[str]]]):
    """What is not valid: for each field, or for `non_field_errors`, its sentences."""
