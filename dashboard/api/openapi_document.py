"""Makes the OpenAPI 3.1 document of a dialect out of its ABOUT, its OPERATIONS and their pydantic models.

`dashboard.api.documents` hands the documents to whoever serves them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from dashboard.api.openapi import About, Answer, Operation

VERSION = "3.1.0"
COMPONENTS = "#/components/schemas/"
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
SIGNED_IN = (401, 403)
_NAME = re.compile(r"{(\w+)}")

Json = dict[str, Any]
_Mode = Literal["validation", "serialization"]
_Place = tuple[str, str]  # id of an operation, and what of it


def document(about: About, operations: Sequence[Operation], url: str) -> Json:
    """`url` is where the centre is reached, without a slash at its end."""
    whole = [_with_common_answers(operation, about) for operation in operations]
    schemas = _Schemas(whole)
    paths: Json = {}
    for operation in whole:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": VERSION,
        "info": {"title": about.title, "description": about.description, "version": "1"},
        "servers": [_server(url + prefix) for prefix in about.prefixes],
        "security": [{name: []} for name in about.security],
        "paths": paths,
        "components": {"schemas": schemas.reached_from(paths), "securitySchemes": dict(about.security)},
    }


def _with_common_answers(operation: Operation, about: About) -> Operation:
    common = {
        status: answer
        for status, answer in about.everywhere.items()
        if operation.secured or status not in SIGNED_IN
    }
    return replace(operation, answers=dict(sorted({**common, **operation.answers}.items())))


def _server(url: str) -> Json:
    names = _NAME.findall(url)
    return {"url": url} | ({"variables": {name: {"default": name} for name in names}} if names else {})


def _operation(operation: Operation, schemas: _Schemas) -> Json:
    made: Json = {"operationId": operation.id, "summary": operation.summary}
    if operation.description:
        made["description"] = operation.description
    parameters = [*_path_parameters(operation, schemas), *_other_parameters(operation, schemas)]
    if parameters:
        made["parameters"] = parameters
    if operation.body:
        made["requestBody"] = {"required": True, "content": _body(operation, schemas)}
    made["responses"] = {
        str(status): _answer(answer, schemas.of(operation.id, str(status)))
        for status, answer in operation.answers.items()
    }
    return made if operation.secured else {**made, "security": []}


def _path_parameters(operation: Operation, schemas: _Schemas) -> Iterator[Json]:
    described = schemas.members(operation.id, "places")
    for name in _NAME.findall(operation.path):
        yield _parameter("path", name, described.get(name, {"type": "string"}), True)


def _other_parameters(operation: Operation, schemas: _Schemas) -> Iterator[Json]:
    for place, kind in (("query", "query"), ("headers", "header")):
        required = schemas.required(operation.id, place)
        for name, schema in schemas.members(operation.id, place).items():
            yield _parameter(kind, name, schema, name in required)


def _parameter(kind: str, name: str, schema: Json, required: bool) -> Json:
    """A parameter is there or not; it is never null."""
    kept = {key: value for key, value in schema.items() if key != "description"}
    if "default" in kept and kept["default"] is None:
        del kept["default"]
    choices = [one for one in kept.pop("anyOf", []) if one != {"type": "null"}]
    if len(choices) == 1:
        kept = {**choices[0], **kept}
    elif choices:
        kept["anyOf"] = choices
    description = schema.get("description") or kept.pop("description", "")
    kept.pop("description", None)
    made = {"name": name, "in": kind, "description": description, "required": required, "schema": kept}
    return {key: value for key, value in made.items() if value not in ("", False)}


def _body(operation: Operation, schemas: _Schemas) -> Json:
    content: Json = {}
    for media_type in operation.body_types:
        is_form = media_type in FORMS
        content[media_type] = {
            "schema": schemas.of(operation.id, "form" if is_form and operation.form else "body")
        }
        if operation.example is not None and not is_form:
            content[media_type]["example"] = operation.example
    return content


def _answer(answer: Answer, schema: Json | None) -> Json:
    made: Json = {"description": answer.description}
    if answer.headers:
        made["headers"] = {
            name: {"description": text, "schema": {"type": "string"}} for name, text in answer.headers.items()
        }
    if schema is not None:
        made["content"] = {answer.media_type: {"schema": schema}}
        if answer.example is not None:
            made["content"][answer.media_type]["example"] = answer.example
    elif answer.media_type != "application/json":
        made["content"] = {answer.media_type: {}}
    return made


class _WithoutTitles(GenerateJsonSchema):
    """Names of members say what pydantic's titles repeat."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


class _Schemas:
    """The JSON schemas of every model that the operations name, and the components that these refer to."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        given = [(place, mode, TypeAdapter(model)) for place, mode, model in _models(operations)]
        found, definitions = TypeAdapter.json_schemas(
            given, ref_template=f"{COMPONENTS}{{model}}", schema_generator=_WithoutTitles
        )
        self._found: dict[_Place, Json] = {place: schema for (place, _), schema in found.items()}
        self._components: Json = definitions.get("$defs", {})

    def of(self, operation: str, what: str) -> Json | None:
        return self._found.get((operation, what))

    def members(self, operation: str, what: str) -> Json:
        members: Json = self._object(operation, what).get("properties", {})
        return members

    def required(self, operation: str, what: str) -> list[str]:
        names: list[str] = self._object(operation, what).get("required", [])
        return names

    def _object(self, operation: str, what: str) -> Json:
        schema = self._found.get((operation, what), {})
        name = schema.get("$ref", "").removeprefix(COMPONENTS)
        found: Json = self._components[name] if name else schema
        return found

    def reached_from(self, paths: Json) -> Json:
        """The components that the paths need: models of parameters are taken apart, so nothing refers to them."""
        reached: set[str] = set()
        waiting = list(_references(paths))
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting += _references(self._components[name])
        return {name: self._components[name] for name in sorted(reached)}


def _models(operations: Sequence[Operation]) -> Iterator[tuple[_Place, _Mode, Any]]:
    for operation in operations:
        for what in ("places", "query", "headers", "body", "form"):
            model = getattr(operation, what)
            if model is not None:
                yield (operation.id, what), "validation", model
        for status, answer in operation.answers.items():
            if answer.model is not None:
                yield (operation.id, str(status)), "serialization", answer.model


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, member in value.items():
            if key == "$ref" and isinstance(member, str):
                yield member.removeprefix(COMPONENTS)
            elif key not in ("example", "examples"):
                yield from _references(member)
    elif isinstance(value, list):
        for member in value:
            yield from _references(member)
