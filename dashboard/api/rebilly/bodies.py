"""What clients send in bodies, checked against a model. Members that it does not name, read-only ones among them,
are ignored; what is wrong is told by field, in dot notation.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from flask import request
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from dashboard.api.body import BadText, NotJson, read_json
from dashboard.api.openapi import JSON
from dashboard.api.rebilly.errors import Problem, not_valid
from dashboard.api.rebilly.words import ALIASES, FORMATS, RESOURCES

LONGEST_NAME = 50
LONGEST_ID = 50
MOST_FIELDS = 16_384
MOST_ADDRESSES = 50
LONGEST_TEXT = 10_000
_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
_ID = re.compile(r"[@~\-.\w]+", re.ASCII)
_PRESENT = ("missing", "string_too_short")


def _address(text: str) -> str:
    if len(text) > 254 or not _ADDRESS.fullmatch(text):
        raise ValueError("This is not an e-mail address")
    return text


def _joined(value: Any) -> Any:
    """Sort keys as an array, as the list's parameter may be in clients."""
    return (
        ",".join(value) if isinstance(value, list) and all(isinstance(one, str) for one in value) else value
    )


Text = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
Address = Annotated[str, AfterValidator(_address), Field(json_schema_extra={"format": "email"})]


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class Arguments(_Body):
    """Which records, and in which order."""

    filter: (
        Annotated[
            str,
            Field(
                max_length=LONGEST_TEXT * 10,
                description="`field:value,value;field:from..to`, as in the list.",
                examples=["email:!test@example.com"],
            ),
        ]
        | None
    ) = None
    sort: Annotated[
        Annotated[str, Field(max_length=LONGEST_TEXT)] | None,
        BeforeValidator(_joined),
        Field(description="Comma list of fields; a minus in front is descending.", examples=["-createdTime"]),
    ] = None
    q: Annotated[str, Field(max_length=200, description="Part of any text field.")] | None = None


class DateRange(_Body):
    """Records from `start` on and before `end`, in UTC; relative words are worked out when the export runs."""

    start: Annotated[str, Field(min_length=1, max_length=200, examples=["7 days ago midnight"])]
    end: Annotated[str, Field(min_length=1, max_length=200, examples=["today"])]
    field: (
        Annotated[
            str,
            Field(
                max_length=200,
                description=(
                    "By default `issuedTime` of invoices and invoice items, `processedTime` of transactions where they "
                    "have one, else `createdTime`."
                ),
                examples=["createdTime"],
            ),
        ]
        | None
    ) = None


class Recurring(_Body):
    """A new export at each of these moments."""

    instruction: Annotated[
        str,
        Field(
            min_length=1, max_length=500, description="A rule of RFC 5545.", examples=["FREQ=WEEKLY;BYDAY=MO"]
        ),
    ]
    start: (
        Annotated[
            str,
            Field(
                max_length=60,
                description="The moment that the rule counts from; now, unless given.",
                json_schema_extra={"format": "date-time"},
            ),
        ]
        | None
    ) = None


class DataExportInput(_Body):
    """A data export as it is asked for."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, examples=["Weekly customers"])]
    resource: Annotated[
        Literal[(*RESOURCES, *ALIASES)],  # type: ignore[valid-type]
        Field(
            description="Those that have data; `subscriptions` are the orders, and `orders` means them too.",
            examples=["customers"],
        ),
    ]
    format: Annotated[
        Literal[tuple(FORMATS)],  # type: ignore[valid-type]
        Field(description="`pdf`: one document with a table.", examples=["csv"]),
    ]
    arguments: Arguments | None = None
    dateRange: DateRange | None = None  # noqa: N815 - the dialect's name
    fields: (
        Annotated[
            list[Annotated[str, Field(min_length=1, max_length=200)]],
            Field(
                max_length=MOST_FIELDS,
                description="Columns in their order, `customer/email` of a related record; none: all plain fields.",
                examples=[["id", "email", "createdTime"]],
            ),
        ]
        | None
    ) = None
    emailNotification: Annotated[list[Address], Field(max_length=MOST_ADDRESSES)] | None = None  # noqa: N815
    recurring: Recurring | None = None


def read() -> DataExportInput:
    """Raises Problem."""
    if request.mimetype != JSON:
        raise UnsupportedMediaType
    try:
        body = read_json()
    except NotJson as error:
        raise Problem(400, f"The body is not JSON: {error}") from None
    except BadText as error:
        raise not_valid(422, {_dotted(error.path): str(error)}) from None
    if not isinstance(body, dict):
        raise Problem(400, "The body must be a JSON object.")
    try:
        return DataExportInput.model_validate(body)
    except ValidationError as error:
        raise not_valid(422, _sentences(error)) from None


def is_id(text: str) -> bool:
    return len(text) <= LONGEST_ID and _ID.fullmatch(text) is not None


def check_id(id: str) -> None:
    """An id that a client chose. Raises Problem."""
    if not is_id(id):
        sentence = f"id must be at most {LONGEST_ID} letters, digits and characters of @ ~ - . _"
        raise not_valid(422, {"id": sentence})


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in path)


def _sentences(error: ValidationError) -> dict[str, str]:
    found = error.errors(include_url=False, include_context=True)
    return {_dotted(one["loc"]): _sentence(one) for one in found}


def _sentence(one: Any) -> str:
    name, kind, context = _name(one["loc"]), one["type"], one.get("ctx", {})
    if kind in _PRESENT or one["input"] is None:
        return f"{name} is required"
    match kind:
        case "string_type":
            return f"{name} must be text"
        case "string_too_long":
            return f"{name} must have at most {context['max_length']} characters"
        case "too_long":
            return f"{name} must have at most {context['max_length']:,} items"
        case "list_type":
            return f"{name} must be an array"
        case "model_type" | "dict_type" | "model_attributes_type":
            return f"{name} must be an object"
        case "literal_error":
            return f"{name} must be one of {context['expected'].replace(chr(39), '')}"
        case "value_error":
            return str(context["error"])
    return f"{name} is not valid"


def _name(path: tuple[str | int, ...]) -> str:
    """The member, or its array where it is an item of one."""
    return next((part for part in reversed(path) if isinstance(part, str)), "This")
