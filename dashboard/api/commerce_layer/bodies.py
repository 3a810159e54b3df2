"""What clients send in bodies: JSON:API documents, checked against a model.

What is wrong with the document is a 400, what is wrong with an attribute a 422; either names the place.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from dashboard.api.body import BadText, NotJson, read_json
from dashboard.api.commerce_layer.errors import MEDIA_TYPE, Error, Refusal, not_valid, refusal, wrong
from dashboard.api.commerce_layer.words import TYPE

# No format of this dialect holds more columns.
MOST_FIELDS = 16_384
MOST_INCLUDES = 100

Text = Annotated[str, Field(max_length=255)]
Path = Annotated[str, Field(min_length=1, max_length=1000)]
# The SDK always sends an object, which has nothing to say here.
Nothing = Annotated[dict[str, Any], Field(max_length=0, description="Nothing can be related.")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, serialize_by_alias=True)


class NewExport(_Strict):
    resource_type: Annotated[
        str, Field(min_length=1, description="What is exported, plural.", examples=["orders"])
    ]
    format: Annotated[Literal["json", "csv"] | None, Field(description="null is `json`.")] = "json"
    includes: Annotated[
        list[Path] | None,
        Field(
            max_length=MOST_INCLUDES,
            description="Relations to nest, `a.b` for a relation of one, at most 3 deep. No effect beside `fields`.",
            examples=[["customer"]],
        ),
    ] = None
    fields: Annotated[
        list[Path] | None,
        Field(
            max_length=MOST_FIELDS,
            description="`name`, `*`, `relation.name`, `relation.*`; null is all own fields.",
            examples=[["number", "customer.email"]],
        ),
    ] = None
    filters: Annotated[
        dict[str, Any] | None,
        Field(
            description="`<attribute>[_or_<attribute>…]_<predicate>` and its value; all of them hold.",
            examples=[{"status_in": ["shipped", "completed"]}],
        ),
    ] = None
    dry_data: Annotated[bool | None, Field(description="Leave out ids, timestamps and blanks.")] = False
    jwt_filters: Annotated[bool | None, Field(description="Kept, of no effect.")] = None
    reference: Text | None = None
    reference_origin: Text | None = None
    metadata: dict[str, Any] | None = None


class Changes(_Strict):
    reference: Text | None = None
    reference_origin: Text | None = None
    metadata: dict[str, Any] | None = None
    start: Annotated[
        bool | None, Field(alias="_start", description="true: start an interrupted export again.")
    ] = None
    interrupt: Annotated[
        bool | None, Field(alias="_interrupt", description="true: interrupt it. Superusers only.")
    ] = None


class NewExportData(_Strict):
    type: Literal["exports"]
    attributes: NewExport
    relationships: Nothing | None = None


class ChangesData(_Strict):
    type: Literal["exports"]
    id: Annotated[str, Field(description="As in the path.", examples=["kQwRtYuIoP"])]
    attributes: Changes = Changes()
    relationships: Nothing | None = None


class NewExportDocument(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    data: NewExportData


class ChangesDocument(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    data: ChangesData


Document = TypeVar("Document", bound=BaseModel)


def read_new_export() -> NewExport:
    """Raises Refusal."""
    return _read(NewExportDocument).data.attributes


def read_changes(id: str) -> Changes:
    """Raises Refusal; the body must be about the export of this id."""
    data = _read(ChangesDocument).data
    if data.id != id:
        detail = "The URL does not support the key that the body has."
        source = {"pointer": "/data/id"}
        raise refusal(400, detail, "KEY_NOT_INCLUDED_IN_URL", title="Key not included in URL", source=source)
    return data.attributes


def _read(model: type[Document]) -> Document:
    if request.mimetype != MEDIA_TYPE:
        raise UnsupportedMediaType
    try:
        return model.model_validate(read_json())
    except NotJson as error:
        raise refusal(400, f"The body is no JSON: {error}.") from None
    except BadText as error:
        raise not_valid(_bad_text(error)) from None
    except ValidationError as error:
        raise _refused(error) from None


def _refused(error: ValidationError) -> Refusal:
    """Attributes are looked at once the document around them is right."""
    found = error.errors(include_url=False)
    around = [
        _of_document(one) for one in found if _attribute(one) is None or one["type"] == "extra_forbidden"
    ]
    if around:
        return Refusal(400, around)
    first: dict[str, Error] = {}
    for one in found:
        first.setdefault(str(_attribute(one)), _of_attribute(one))
    return not_valid(*first.values())


def _attribute(one: Any) -> str | None:
    place = one["loc"]
    return str(place[2]) if place[:2] == ("data", "attributes") and len(place) > 2 else None


def _of_document(one: Any) -> Error:
    kind, name = one["type"], str(one["loc"][-1]) if one["loc"] else "The body"
    if kind == "extra_forbidden":
        code, detail = "PARAM_NOT_ALLOWED", f"{name[:100]} is not allowed."
    elif kind == "missing":
        code, detail = "PARAM_MISSING", f"The required member {name} is missing."
    elif kind == "literal_error":
        code, detail = "INVALID_RESOURCE", f"{str(one['input'])[:100]} is not {TYPE}."
    elif kind == "too_long":
        code, detail = "PARAM_NOT_ALLOWED", "Nothing can be related to an export."
    else:
        code, detail = "INVALID_DATA_FORMAT", f"{name[:100]} is not of the form that JSON:API gives it."
    title = code.replace("_", " ").capitalize()
    return {"title": title, "detail": detail, "code": code, "source": {"pointer": _pointer(one["loc"])}}


def _of_attribute(one: Any) -> Error:
    name, kind, value = str(_attribute(one)), one["type"], one["input"]
    if kind in ("missing", "string_too_short") or (value is None and kind == "string_type"):
        return wrong(name, "blank", "can't be blank")
    if kind == "literal_error":
        return wrong(name, "inclusion", "is not included in the list", value)
    if kind in ("string_too_long", "too_long"):
        most = one["ctx"]["max_length"]
        things = "characters" if kind == "string_too_long" else "items"
        return wrong(name, "too_long", f"is too long (maximum is {most} {things})", value, most)
    return wrong(name, "invalid", "is invalid", value)


def _bad_text(error: BadText) -> Error:
    sentence = "holds NUL or half a surrogate pair"
    if error.path[:2] == ("data", "attributes") and len(error.path) > 2:
        return wrong(str(error.path[2]), "invalid", sentence)
    pointer = {"pointer": _pointer(error.path)}
    return {"title": sentence, "detail": sentence, "code": "VALIDATION_ERROR", "source": pointer}


def _pointer(path: Any) -> str:
    """RFC 6901."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
