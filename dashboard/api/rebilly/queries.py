"""Models of the paths, queries and headers of this dialect, for `schema`; `listing` reads the query."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from dashboard.api.rebilly.answers import FILE_ID, ID
from dashboard.api.rebilly.bodies import LONGEST_ID
from dashboard.api.rebilly.conditions import SORTS, TYPES
from dashboard.api.rebilly.listing import DEFAULT_LIMIT, DEFAULT_SORT, LARGEST, LONGEST_SEARCH

_KEYS = "|".join(SORTS)


class Expanding(BaseModel):
    expand: (
        Annotated[
            str,
            Field(
                description="Comma list of `user` and `file`: what `_embedded` is to hold; others are ignored.",
                examples=["user,file"],
            ),
        ]
        | None
    ) = None


class ListQuery(Expanding):
    limit: Annotated[int, Field(ge=0, le=LARGEST)] = DEFAULT_LIMIT
    offset: Annotated[int, Field(ge=0, le=LARGEST)] = 0
    sort: Annotated[
        str,
        Field(
            description=f"Comma list; a minus in front is descending. Keys: {', '.join(SORTS)}.",
            pattern=f"^-?({_KEYS})(,-?({_KEYS}))*$",
            examples=["-createdTime,name"],
        ),
    ] = DEFAULT_SORT
    filter: (
        Annotated[
            str,
            Field(
                description=(
                    "`field:value,value;field:from..to`: a semicolon is AND, a comma is OR, `!` before the first value "
                    f"means none of them, `null` is no value. Fields: {', '.join(TYPES)}."
                ),
                examples=["status:completed,failed;createdTime:2026-01-01.."],
            ),
        ]
        | None
    ) = None
    q: (
        Annotated[
            str,
            Field(
                max_length=LONGEST_SEARCH, description="Part of name, id or resource.", examples=["weekly"]
            ),
        ]
        | None
    ) = None


class ExportId(BaseModel):
    id: Annotated[str, Field(max_length=LONGEST_ID, pattern=r"^[@~\-.A-Za-z0-9_]+$", examples=[ID])]


class FileId(BaseModel):
    id: Annotated[str, Field(max_length=LONGEST_ID, examples=[FILE_ID])]
