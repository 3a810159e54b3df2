"""What clients send in bodies, checked against a model. Members that the body itself does not name are ignored.

What is wrong is said as the platform does: the path of the member first, `options.limit must be a number or 'all'`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from flask import request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema
from werkzeug.exceptions import UnsupportedMediaType

from dashboard.api.body import BadText, NotJson, read_json
from dashboard.api.openapi import JSON
from dashboard.api.packagex.errors import Refusal, not_valid
from dashboard.api.packagex.words import ALIASES, RESOURCES

# No sheet holds more columns.
MOST_COLUMNS = 16_384
MOST_ROWS = 2**53


def _rows(value: Any) -> int | Literal["all"]:
    if value == "all":
        return "all"
    if _is_whole(value) and 1 <= value <= MOST_ROWS:
        return int(value)
    raise ValueError("must be a number or 'all'")


def _is_whole(value: Any) -> bool:
    """As JSON has it, where 10.0 is one too."""
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and value.is_integer()
    )


def _first_page(value: Any) -> int:
    if _is_whole(value) and value == 1:
        return 1
    raise ValueError("must be 1: an export has the first options.limit records, or all")


Name = Annotated[str, Field(max_length=255, pattern=r"\S", examples=["All contacts"])]
Path = Annotated[str, Field(min_length=1, max_length=1000)]


class Options(BaseModel):
    """Which records, by the parameters of the List API; every other member is a filter on the field of its name.

    A filter is `"a,b"` (any of them) or `"gte:2024-01-01,lt:2024-02-01"` (all hold; eq, gt, gte, lt, lte).
    """

    model_config = ConfigDict(extra="allow", strict=True)

    limit: Annotated[
        Any,
        AfterValidator(_rows),
        WithJsonSchema(
            {
                "anyOf": [{"type": "integer", "minimum": 1, "maximum": MOST_ROWS}, {"const": "all"}],
                "description": "How many records, or `all` of them.",
            }
        ),
    ] = "all"
    page: Annotated[
        Any,
        AfterValidator(_first_page),
        WithJsonSchema({"const": 1, "description": "An export has no second page."}),
    ] = 1
    order_by: Annotated[Path, Field(description="A field.", examples=["created_at"])] | None = None
    direction: Literal["asc", "desc"] = "asc"
    search: Annotated[str, Field(max_length=200, description="Part of any text of a record, any case.")] = ""


class CsvFieldOptions(BaseModel):
    """How the CSV file looks. The JSON file has all fields, whatever stands here."""

    model_config = ConfigDict(extra="forbid", strict=True)

    timezone: Annotated[
        str, Field(max_length=64, description="A zone of the IANA database.", examples=["Europe/Rome"])
    ] = "UTC"
    datetime_format: Annotated[
        str | None,
        Field(
            max_length=100,
            description="A Unicode pattern, `yyyy-MM-dd HH:mm`. ISO 8601 unless given.",
            examples=["MM/dd/yyyy hh:mm:ss a"],
        ),
    ] = None
    columns: Annotated[
        dict[Path, bool] | None,
        Field(
            max_length=MOST_COLUMNS,
            description=(
                "Field to `true`; the order of the members is that of the columns. `false` leaves a field out. "
                "Related records are reached by `customer.email`. Every own field unless given."
            ),
            examples=[{"id": True, "email": True}],
        ),
    ] = None
    nested: Annotated[
        Literal["merge", "flatten"],
        Field(description="Related rows in one cell, or in numbered columns such as `line_items.0.sku`."),
    ] = "merge"


class NewExport(BaseModel):
    """An export as it is asked for."""

    model_config = ConfigDict(extra="ignore", strict=True)

    resource: Annotated[
        Literal[(*RESOURCES, *ALIASES)],  # type: ignore[valid-type]
        Field(
            description=(
                "`contact` (or `customer`), `shipment` (or `order`) and `item` have data here; the others are refused."
            ),
            examples=["contact"],
        ),
    ]
    options: Options
    csv_field_options: CsvFieldOptions
    name: Annotated[Name | None, Field(description="`<resource> export <date>` unless given.")] = None


class Rename(BaseModel):
    """The one thing of an export that can be changed."""

    model_config = ConfigDict(extra="ignore", strict=True)

    name: Name


Body = TypeVar("Body", bound=BaseModel)


def read(model: type[Body]) -> tuple[Body, dict[str, Any]]:
    """The body, checked, and as it was sent. Raises Refusal."""
    if request.mimetype != JSON:
        raise UnsupportedMediaType
    try:
        sent = read_json()
    except NotJson as error:
        raise Refusal(400, f"The body is not JSON: {error}", code="invalid_json") from None
    except BadText as error:
        raise not_valid([f"{_dotted(error.path) or 'body'}: {error}"]) from None
    if not isinstance(sent, dict):
        raise not_valid(["body must be an object"])
    return validated(model, sent), sent


def validated(model: type[Body], given: Any) -> Body:
    """Raises Refusal."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=True)
        raise not_valid([f"{_dotted(one['loc'])} {_wrong(one)}" for one in found]) from None


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in path if part != "[key]")[:200]


def _wrong(one: Any) -> str:
    context = one.get("ctx", {})
    match one["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return "is not known"
        case "string_type":
            return "must be text"
        case "string_too_short" | "string_pattern_mismatch":
            return "must not be empty"
        case "string_too_long":
            return f"must have at most {context['max_length']} characters"
        case "too_long":
            return f"must have at most {context['max_length']:,} members"
        case "bool_type":
            return "must be true or false"
        case "literal_error":
            return f"must be one of {context['expected'].replace(chr(39), '')}"
        case "dict_type" | "model_type" | "model_attributes_type":
            return "must be an object"
        case "value_error":
            return str(context["error"])
    return "is not valid"
