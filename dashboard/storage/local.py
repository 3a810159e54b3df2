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

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*")
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class _Writing:
    """Hashes while it writes, what is to last."""

    stored: Stored

    def __init__(self, file: BinaryIO, lasting: bool) -> None:
        self._file, self._digest, self._size = file, hashlib.sha256() if lasting else None, 0

    def write(self, data: Buffer, /) -> None:
        self._size += self._file.write(data)
        if self._digest:
            self._digest.update(data)

    def finish(self) -> None:
        self.stored = Stored(self._size, self._digest.hexdigest() if self._digest else "")


class LocalStorage:
    def __init__(self, root: Path) -> None:
        self.root = root

    @contextmanager
    def write(self, key: str, lasting: bool = True) -> Iterator[_Writing]:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
        try:
            with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                writing = _Writing(file, lasting)
                yield writing
                if lasting:
                    file.flush()
                    os.fsync(file.fileno())
            os.replace(unfinished, path)
            if lasting:
                _sync_folder(path.parent)
            writing.finish()
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
