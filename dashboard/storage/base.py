"""What a storage can do: save whole, open, delete, tell the size. There is no append and no rename: an object is
written once, appears whole, and never changes. One that can be made again at any time (a fragment) need not last:
it is not waited for until it is on the disk, so that a power cut may take it, and not hashed.

Keys are made by us (`lifecycle`, `jobs`): parts/…, fragments/…, results/…; no text of a user is ever in one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

CHUNK = 1 << 20
LEAST_FREE_BYTES = 1 << 30
LEAST_FREE_SHARE = 0.05


class Missing(Exception):
    """There is no object under this key."""


class Full(Exception):
    """No space left for the object."""


@dataclass(frozen=True, slots=True)
class Stored:
    size: int
    sha256: str  # empty of what need not last


class Writing(Protocol):
    """An object on its way. `stored` is there once the block that `Storage.write` opened has been left."""

    stored: Stored

    def write(self, data: Buffer, /) -> object: ...


class Storage(Protocol):
    def write(self, key: str, lasting: bool = True) -> AbstractContextManager[Writing]:
        """Write an object: it appears when the block ends well, and leaves no trace otherwise. Raises Full."""

    def open(self, key: str) -> BinaryIO:
        """The object as a seekable file. Raises Missing."""

    def delete(self, key: str) -> None:
        """Remove the object; one that is not there is no error."""

    def delete_below(self, prefix: str) -> None:
        """Remove every object whose key begins with `prefix` and a slash."""

    def size(self, key: str) -> int | None:
        """Bytes of the object, or None when it is not there."""

    def has_room(self) -> bool:
        """Whether new exports may begin: at least 1 GiB and 5 % free, where the storage has an end."""

    def sweep(self, older_than_seconds: float) -> int:
        """Remove unfinished writes of that age; how many there were."""


def save(storage: Storage, key: str, data: Buffer, lasting: bool = True) -> Stored:
    """Write an object that is in memory already."""
    with storage.write(key, lasting) as writing:
        writing.write(data)
    return writing.stored


def read_chunks(storage: Storage, key: str) -> Iterator[bytes]:
    """The bytes of an object, a piece at a time. Raises Missing."""
    with storage.open(key) as file:
        while chunk := file.read(CHUNK):
            yield chunk
