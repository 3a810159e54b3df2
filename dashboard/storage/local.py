"""Storage in a folder of this machine: temporary name, fsync, rename, fsync of the folder."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dashboard.storage.base import LEAST_FREE_BYTES, LEAST_FREE_SHARE, Full, Missing, Stored
from dashboard.storage.blocks import BlockFile

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*")
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class _Writing:
    """Hashes while it writes."""

    stored: Stored

    def __init__(self, descriptor: int) -> None:
        self._file, self._digest, self._size = BlockFile(descriptor), hashlib.sha256(), 0

    def write(self, data: Buffer, /) -> None:
        self._size += self._file.write(data)
        self._digest.update(data)

    def finish(self) -> None:
        self._file.finish()
        self.stored = Stored(self._size, self._digest.hexdigest())


class _Passing:
    """The same for what need not last: neither hashed nor waited for."""

    stored: Stored

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._size = descriptor, 0

    def write(self, data: Buffer, /) -> None:
        left = memoryview(data).cast("B")
        self._size += len(left)
        while left:
            left = left[os.write(self._descriptor, left) :]

    def finish(self) -> None:
        self.stored = Stored(self._size, "")


class LocalStorage:
    def __init__(self, root: Path) -> None:
        self.root = root

    @contextmanager
    def write(self, key: str, lasting: bool = True) -> Iterator[_Writing | _Passing]:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
        try:
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                writing = _Writing(descriptor) if lasting else _Passing(descriptor)
                yield writing
                writing.finish()
            finally:
                os.close(descriptor)
            os.replace(unfinished, path)
            if lasting:
                _sync_folder(path.parent)
        except BaseException as error:
            unfinished.unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno in _NO_SPACE:
                raise Full(key) from error
            raise

    def open(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise Missing(key) from None

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def delete_below(self, prefix: str) -> None:
        shutil.rmtree(self._path(prefix), ignore_errors=True)

    def size(self, key: str) -> int | None:
        try:
            return self._path(key).stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return None

    def has_room(self) -> bool:
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        usage = shutil.disk_usage(self.root)
        return usage.free >= LEAST_FREE_BYTES and usage.free >= LEAST_FREE_SHARE * usage.total

    def sweep(self, older_than_seconds: float) -> int:
        before = time.time() - older_than_seconds
        old = [path for path in self.root.rglob("*.tmp") if path.is_file() and path.stat().st_mtime < before]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _path(self, key: str) -> Path:
        # No dot at the start of a name, so no way out of the root.
        if not _KEY.fullmatch(key):
            raise ValueError(f"not a storage key: {key!r}")
        return self.root / key


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
