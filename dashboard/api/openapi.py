"""What a dialect says of each of its operations; an OpenAPI 3.1 document is made from it.

The models are those that the dialect validates with; `schema.OPERATIONS` of each dialect lists its operations,
`schema.ABOUT` says the rest. `openapi_document` makes the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """One status of an operation. `model` describes the body; None: there is none, or it is a file (`media_type`)."""

    description: str
    model: Any = None  # a BaseModel, or a type such as list[Model]
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)  # name -> description
    example: Any = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path. `path` is written as OpenAPI does: `/v1/exports/{id}`.

    Statuses that `About.everywhere` has need not be repeated in `answers`.
    """

    method: str
    path: str
    id: str
    summary: str
    answers: Mapping[int, Answer]
    query: type[BaseModel] | None = None  # its fields, by alias, are the query parameters
    headers: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    body_types: tuple[str, ...] = (JSON,)
    example: Any = None  # of the body
    description: str = ""
    secured: bool = True
    places: type[BaseModel] | None = None  # describes the members of the path; not needed for plain text
    form: type[BaseModel] | None = None  # the body as a form, where that differs from `body`


@dataclass(frozen=True, slots=True)
class About:
    """What a dialect says of itself: `schema.ABOUT`."""

    title: str
    description: str
    security: Mapping[str, Mapping[str, Any]]  # name -> security scheme of OpenAPI; one of them is enough
    everywhere: Mapping[int, Answer]  # what any operation may answer; 401 and 403 only where one signs in
    prefixes: tuple[str, ...] = ("",)  # what may stand in front of every path
