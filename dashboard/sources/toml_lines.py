"""The line of a TOML file on which a key stands: tomllib reads values and forgets where they were."""

from __future__ import annotations

import re
import tomllib

_HEADER = re.compile(r"\s*\[\[?.*\]\]?\s*(#.*)?")
_KEY = re.compile(
    r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)


def line_of(text: str, path: tuple[str, ...]) -> int:
    """The line of the key, or of the nearest table around it; 1 when there is none."""
    best, depth = 1, 0
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if _HEADER.fullmatch(line):
            table = here = _keys(line)
        elif key := _KEY.match(line):
            here = table + _keys(f"{key[1]} = 0")
        else:
            continue
        shared = min(len(here), len(path))
        if shared > depth and here[:shared] == path[:shared]:
            best, depth = number, shared
    return best


def _keys(line: str) -> tuple[str, ...]:
    try:
        data = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return ()
    keys = []
    while isinstance(data, dict) and data:
        key, data = next(iter(data.items()))
        keys.append(key)
    return tuple(keys)
