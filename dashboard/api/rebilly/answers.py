"""Models of what this dialect answers. `schema` says where; `presenting` and `errors` make the answers.

Members whose name begins with an underscore have an alias here, for pydantic would not see them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dashboard.api.rebilly.words import RESOURCES

ID = "exp_01J9Z6X4R2T8M3K5N7P9Q0S1V2"
FILE_ID = "file_01J9Z6X4R2T8M3K5N7P9Q0S1V2"


class Link(BaseModel):
    rel: Annotated[str, Field(examples=["self", "user", "download", "signedLink"])]
    href: str


Links = Annotated[list[Link], Field(alias="_links")]


class User(BaseModel):
    """Who asked."""

    id: Annotated[str, Field(examples=["usr_7"])]
    email: str
    firstName: str  # noqa: N815 - the dialect's names, here and below
    lastName: str  # noqa: N815
    createdTime: datetime  # noqa: N815
    links: Links


class File(BaseModel):
    """The file of a completed export."""

    id: Annotated[str, Field(max_length=50, examples=[FILE_ID])]
    name: str
    extension: Annotated[str, Field(examples=["csv", "zip"])]
    mime: Annotated[str, Field(examples=["text/csv"])]
    size: Annotated[int, Field(ge=0, description="Bytes.")]
    sha1: Annotated[str, Field(description="Of files up to 4 MiB, and not in lists; else null.")] | None
    createdTime: datetime  # noqa: N815
    updatedTime: datetime  # noqa: N815
    links: Annotated[
        Links, Field(description="`download` wants the token, `signedLink` works for 5 minutes without.")
    ]


class Embedded(BaseModel):
    """What `expand` asked for."""

    user: User | None = None
    file: File | None = None


class DateRange(BaseModel):
    start: str | None
    end: str | None
    field: str


class Recurring(BaseModel):
    model_config = ConfigDict(extra="allow")

    instruction: str
    start: datetime


class DataExport(BaseModel):
    """One data export."""

    id: Annotated[str, Field(max_length=50, examples=[ID])]
    name: str
    resource: Annotated[
        str,
        Field(
            description=f"{', '.join(RESOURCES)}; what this dialect has no word for has our name.",
            examples=["customers"],
        ),
    ]
    format: Annotated[
        str,
        Field(
            description="csv, json, json-api, xml, pdf, detailed-csv; exports made elsewhere may have others.",
            examples=["csv"],
        ),
    ]
    arguments: Annotated[
        dict[str, Any],
        Field(
            description="`filter` is null where an export made elsewhere has one that this dialect cannot say."
        ),
    ]
    dateRange: DateRange | None  # noqa: N815
    fields: Annotated[list[str], Field(description="Columns in their order; none: all plain fields.")]
    emailNotification: list[str]  # noqa: N815
    recurring: Recurring | None
    status: Literal["pending", "queued", "processing", "completed", "failed"]
    failureReason: (  # noqa: N815
        Annotated[
            Literal["record-limit-exceeded", "max-retries-reached"],
            Field(description="Null for an export that was cancelled."),
        ]
        | None
    )
    recordCount: Annotated[int, Field(ge=0, description="Records so far, without the header.")]  # noqa: N815
    fileId: Annotated[str, Field(examples=[FILE_ID])] | None  # noqa: N815
    userId: Annotated[str, Field(examples=["usr_7"])]  # noqa: N815
    scheduledTime: Annotated[datetime, Field(description="When the file is to be made.")]  # noqa: N815
    createdTime: datetime  # noqa: N815
    updatedTime: datetime  # noqa: N815
    links: Annotated[
        Links, Field(description="`self` and `user`; once completed also `download` and `signedLink`.")
    ]
    embedded: Annotated[Embedded | None, Field(alias="_embedded")] = None


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str
    instance: str


class InvalidField(BaseModel):
    field: Annotated[str, Field(examples=["dateRange.end"])]
    message: str


class Invalid(Problem):
    """What is not valid, by field."""

    invalidFields: list[InvalidField]  # noqa: N815
    matchedRecords: (  # noqa: N815
        Annotated[int, Field(description="With the type data-export-limit-exceeded only.")] | None
    ) = None
    maxRecords: Annotated[int, Field(description="The limit, likewise.")] | None = None  # noqa: N815
