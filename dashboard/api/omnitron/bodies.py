"""What clients send in bodies: JSON, or a form where a file comes along, checked against a model.

The models describe the bodies; members that they do not name, read-only ones among them, are ignored. What is wrong
is said as Django REST framework says it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import UnsupportedMediaType

from dashboard.api.body import BadText, NotJson, is_clean, parse_json, read_json
from dashboard.api.omnitron.errors import Refusal, not_valid

JSON = "application/json"
MULTIPART = "multipart/form-data"
FORM = "application/x-www-form-urlencoded"
LIST = "request_fields"
NOT_A_FILE = "The submitted data was not a file. Send multipart/form-data."
MOST_SENTENCES = 10
# No format of this dialect holds more columns (XLSX: 16,384).
MOST_FIELDS = 16_384


class NewExport(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    action_name: Annotated[str, Field(min_length=1, max_length=255, examples=["export_orders"])]
    format_type: Literal["csv", "xls", "json"] = "csv"
    request_fields: Annotated[list[Annotated[str, Field(min_length=1)]], Field(max_length=MOST_FIELDS)] = []
    request_path: Annotated[str, Field(examples=["/api/v1/orders/?status=placed"])] = ""
    language: Annotated[str, Field(max_length=8)] = ""


class Login(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    username: Annotated[str, Field(min_length=1)]
    password: Annotated[str, Field(min_length=1)]


Body = TypeVar("Body", bound=BaseModel)


def read_login() -> Login:
    """Raises Refusal."""
    return _validated(Login, _form(Login) if request.mimetype in (MULTIPART, FORM) else _json())


def read_new_export() -> tuple[NewExport, FileStorage | None]:
    """The body and the filter file, if there is one. Raises Refusal."""
    if request.mimetype == MULTIPART:
        return _validated(NewExport, _form(NewExport)), request.files.get("filter_file")
    body = _json()
    if isinstance(body, dict) and body.get("filter_file"):
        raise not_valid({"filter_file": NOT_A_FILE})
    return _validated(NewExport, body), None


def _json() -> Any:
    if request.mimetype != JSON:
        raise UnsupportedMediaType
    try:
        return read_json()
    except NotJson as error:
        raise Refusal(400, f"JSON parse error - {error}") from None
    except BadText as error:
        raise not_valid({str(error.path[0]) if error.path else "non_field_errors": str(error)}) from None


def _form(model: type[BaseModel]) -> dict[str, Any]:
    """The members of a form as JSON would have them; one that is empty was not filled in."""
    members: dict[str, Any] = {}
    for name in model.model_fields:
        values = [value for value in (_list() if name == LIST else request.form.getlist(name)) if value]
        if not all(is_clean(value) for value in values):
            raise not_valid({name: "Null characters are not allowed."})
        if values:
            members[name] = values if name == LIST else values[-1]
    return members


def _list() -> list[str]:
    """Repeated members; or one for each place, `request_fields[0]` and so on; or one JSON array."""
    values = [value for value in request.form.getlist(LIST) if value]
    if len(values) == 1 and values[0].lstrip().startswith("["):
        return _array(values[0])
    placed: list[str] = []
    while (value := request.form.get(f"{LIST}[{len(placed)}]")) is not None:
        placed.append(value)
    return values or placed


def _array(text: str) -> list[str]:
    try:
        values = parse_json(text.encode())
    except (NotJson, BadText):
        values = None
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise not_valid({LIST: "Enter a JSON array of field names."})
    return values


def _validated(model: type[Body], body: Any) -> Body:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise not_valid(_sentences(error, body)) from None


def _sentences(error: ValidationError, body: Any) -> dict[str, str | list[str]]:
    if not isinstance(body, dict):
        kind = type(body).__name__
        return {"non_field_errors": f"Invalid data. Expected a dictionary, but got {kind}."}
    sentences: dict[str, str | list[str]] = {}
    for one in error.errors(include_url=False, include_context=True):
        name = str(one["loc"][0])
        sentences[name] = [*sentences.get(name, []), _sentence(one)][:MOST_SENTENCES]
    return sentences


def _sentence(one: Any) -> str:
    kind, given = one["type"], one["input"]
    if kind == "missing":
        return "This field is required."
    if given is None:
        return "This field may not be null."
    match kind:
        case "string_type":
            return "Not a valid string."
        case "string_too_short":
            return "This field may not be blank."
        case "string_too_long":
            return f"Ensure this field has no more than {one['ctx']['max_length']} characters."
        case "too_long":
            return f"Ensure this field has no more than {one['ctx']['max_length']} elements."
        case "list_type":
            return f'Expected a list of items but got type "{type(given).__name__}".'
    return f'"{str(given)[:100]}" is not a valid choice.'
