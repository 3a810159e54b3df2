"""Request headers that dialects have in common, as their OpenAPI documents tell of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from dashboard.api.idempotency import HEADER, LONGEST


class Creating(BaseModel):
    key: Annotated[
        str | None,
        Field(
            alias=HEADER,
            max_length=LONGEST,
            description="Ours: the same key again makes no second export but answers with the first.",
        ),
    ] = None


class Taking(BaseModel):
    range: Annotated[
        str | None, Field(alias="Range", description="A piece of the file.", examples=["bytes=0-1023"])
    ] = None
    known: Annotated[
        str | None, Field(alias="If-None-Match", description="ETag of the file that you have.")
    ] = None
