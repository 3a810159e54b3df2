"""An OpenAPI document in words, for its page: operations, and of each object its members."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from markupsafe import Markup, escape

Json = dict[str, Any]
_LIMITS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "maxItems": "at most {} items",
}
# Largest value that is worth a word: above it the limit is that of the number's type.
_WORTH_SAYING = 10**9


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value is: words, and the object that they end in, if any."""

    words: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A parameter, or a member of an object."""

    name: str
    kinds: list[Kind]
    required: bool = False
    place: str = ""
    description: str = ""
    choices: list[str] | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    media_type: str
    kinds: list[Kind]
    example: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    status: str
    title: str
    description: str
    headers: list[tuple[str, str]]
    bodies: list[Body]


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    description: str
    secured: bool
    parameters: list[Member]
    bodies: list[Body]
    answers: list[Answer]


@dataclass(frozen=True, slots=True)
class Object:
    name: str
    description: str
    kinds: list[Kind]
    members: list[Member]


def operations(document: Json) -> list[Operation]:
    """Each with the answers that it alone, or with a few others, may give."""
    common = _common(document)
    return [
        _operation(method, path, found, common)
        for path, methods in document["paths"].items()
        for method, found in methods.items()
    ]


def common_answers(document: Json) -> list[Answer]:
    """The errors that every operation may answer, said once."""
    return [_answer(status, one) for status, one in sorted(_common(document).items())]


def objects(document: Json) -> list[Object]:
    return [_object(name, schema) for name, schema in document["components"]["schemas"].items()]


def marked(text: str) -> Markup:
    """What stands between backticks as code."""
    pieces = [escape(piece) for piece in text.split("`")]
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if number % 2 else piece
        for number, piece in enumerate(pieces)
    )


def _common(document: Json) -> Json:
    every = [found for methods in document["paths"].values() for found in methods.values()]
    secured = [found["responses"] for found in every if found.get("security") != []]
    first, *others = secured
    return {
        status: one
        for status, one in first.items()
        if status >= "400" and all(responses.get(status) == one for responses in others)
    }


def _operation(method: str, path: str, found: Json, common: Json) -> Operation:
    return Operation(
        id=found["operationId"],
        method=method.upper(),
        path=path,
        summary=found["summary"],
        description=found.get("description", ""),
        secured=found.get("security") != [],
        parameters=[_parameter(one) for one in found.get("parameters", [])],
        bodies=_bodies(found.get("requestBody", {})),
        answers=[
            _answer(status, one) for status, one in found["responses"].items() if common.get(status) != one
        ],
    )


def _parameter(found: Json) -> Member:
    schema = found["schema"]
    description = found.get("description", "")
    return _member(
        found["name"], {**schema, "description": description}, found.get("required", False), found["in"]
    )


def _bodies(found: Json) -> list[Body]:
    return [
        Body(media_type, list(kinds(one.get("schema", {}))), _pretty(one.get("example")))
        for media_type, one in found.get("content", {}).items()
    ]


def _answer(status: str, found: Json) -> Answer:
    headers = [(name, header["description"]) for name, header in found.get("headers", {}).items()]
    return Answer(status, HTTPStatus(int(status)).phrase, found["description"], headers, _bodies(found))


def _object(name: str, schema: Json) -> Object:
    required = schema.get("required", [])
    members = [_member(key, one, key in required) for key, one in schema.get("properties", {}).items()]
    return Object(name, schema.get("description", ""), [] if members else list(kinds(schema)), members)


def _member(name: str, schema: Json, required: bool, place: str = "") -> Member:
    return Member(
        name=name,
        kinds=list(kinds(schema)),
        required=required,
        place=place,
        description=_first(schema, "description") or "",
        choices=[_text(value) for value in _first(schema, "enum") or []],
        notes=_sentence(", ".join(_notes(schema))),
    )


def kinds(schema: Json) -> Iterator[Kind]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield Kind("", name)
    elif any(key in schema for key in ("anyOf", "oneOf")):
        for one in schema.get("anyOf") or schema.get("oneOf"):
            yield from kinds(one)
    elif "allOf" in schema:
        yield from kinds(schema["allOf"][0])
    elif schema.get("type") == "array":
        for one in kinds(schema.get("items", {})):
            yield Kind(f"array of {one.words}", one.target)
    elif schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        for one in kinds(schema["additionalProperties"]):
            yield Kind(f"object with values {one.words}", one.target)
    else:
        yield Kind(_plain(schema))


def _plain(schema: Json) -> str:
    kind = schema.get("type", "any")
    words = " or ".join(kind) if isinstance(kind, list) else kind
    return f"{words} ({schema['format']})" if "format" in schema else words


def _first(schema: Json, key: str) -> Any:
    """Of the schema itself, or of the first choice that has it."""
    if key in schema:
        return schema[key]
    inner = [*schema.get("anyOf", []), *schema.get("oneOf", []), schema.get("items", {})]
    return next((one[key] for one in inner if isinstance(one, dict) and key in one), None)


def _notes(schema: Json) -> Iterator[str]:
    for key, words in _LIMITS.items():
        limit = _first(schema, key)
        if limit is not None and limit < _WORTH_SAYING:
            yield words.format(limit)
    if schema.get("readOnly"):
        yield "read-only"
    default = schema.get("default")
    if default not in (None, "", [], {}):
        yield f"default {_text(default)}"
    examples = schema.get("examples") or []
    if examples:
        yield f"for example {_text(examples[0])}"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _pretty(example: Any) -> str:
    return "" if example is None else json.dumps(example, ensure_ascii=False, indent=2)
