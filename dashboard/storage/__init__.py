"""Where parts, fragments and files lie. `open_storage` gives the storage for a URL; one line for each kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dashboard.storage.base import Full, Missing, Storage, Stored, read_chunks, save
from dashboard.storage.local import LocalStorage

KINDS: dict[str, Callable[[str], Storage]] = {
    "file": lambda url: LocalStorage(Path(unquote(urlsplit(url).path))),
}


def open_storage(url: str) -> Storage:
    """The storage behind `url`; opens no connection. Raises KeyError for a scheme that is not in KINDS."""
    return KINDS[urlsplit(url).scheme](url)


__all__ = ["KINDS", "Full", "Missing", "Storage", "Stored", "open_storage", "read_chunks", "save"]
