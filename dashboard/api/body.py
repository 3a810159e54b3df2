"""Reads a request's JSON body, and is strict about it (reliability.md, section 10). Every dialect calls `read_json`.

What two readers could understand in two ways is refused: duplicate keys, NaN, half characters.
"""

from __future__ import annotations

import json
import math
from typing import Any

from flask import request

LARGEST = 1024 * 1024
DEEPEST = 20


class NotJson(Exception):
    """The body cannot be read; the text says why and is fit for the answer."""


class BadText(Exception):
    """A text, or a member's name, that databases and files cannot hold; `path` leads to it from the outside."""

    def __init__(self, path: tuple[str | int, ...]) -> None:
        super().__init__("This text holds NUL or half a surrogate pair.")
        self.path = path


def read_json() -> Any:
    """The parsed body; raises NotJson, BadText, and werkzeug's RequestEntityTooLarge above 1 MiB."""
    request.max_content_length = LARGEST
    return parse_json(request.get_data(cache=False))


def parse_json(data: bytes) -> Any:
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=_without_duplicates, parse_constant=_refuse
        )
    except RecursionError:
        raise NotJson(f"nested deeper than {DEEPEST}") from None
    except UnicodeDecodeError:
        raise NotJson("the body is not UTF-8") from None
    except ValueError as error:  # JSONDecodeError, and numbers with thousands of digits
        raise NotJson(
            str(error) if isinstance(error, json.JSONDecodeError) else "a number is too long"
        ) from None
    _check(value, ())
    return value


def is_clean(text: str) -> bool:
    """Without NUL and half surrogate pairs."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise NotJson(f"the member {name[:100]!a} appears twice")
        members[name] = value
    return members


def _refuse(constant: str) -> None:
    raise NotJson(f"{constant} is not a JSON number")


def _check(value: Any, path: tuple[str | int, ...]) -> None:
    if isinstance(value, str) and not is_clean(value):
        raise BadText(path)
    if isinstance(value, float) and not math.isfinite(value):
        raise NotJson("a number is too large")
    if not isinstance(value, dict | list):
        return
    if len(path) >= DEEPEST:
        raise NotJson(f"nested deeper than {DEEPEST}")
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for name, member in members:
        if isinstance(name, str) and not is_clean(name):
            raise BadText(path)
        _check(member, (*path, name))
