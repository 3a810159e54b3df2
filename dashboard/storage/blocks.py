"""A file that is written once and waited for: in large blocks, past the kernel's cache of pages where it can be.

Who waits for the disk anyway gains nothing from that cache, and to fill it took a tenth of the CPU of an export.
`storage.local` alone uses this. By the rules of O_DIRECT (open(2)) the memory, place and length of a write are
multiples of the disk's sectors: blocks go out of a buffer of whole pages, and the rest of the file the usual way.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

BLOCK = 1 << 20
_DIRECT = getattr(os, "O_DIRECT", 0)  # Linux has it


class BlockFile:
    """`write` as often as you like, then `finish`. The descriptor stays its opener's."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._filled = descriptor, 0
        self._block = memoryview(mmap.mmap(-1, BLOCK))
        self._may_be_direct, self._is_direct = bool(_DIRECT), False

    def write(self, data: ReadableBuffer, /) -> int:
        rest = view = memoryview(data).cast("B")
        while rest:
            piece = rest[: BLOCK - self._filled]
            self._block[self._filled : self._filled + len(piece)] = piece
            self._filled, rest = self._filled + len(piece), rest[len(piece) :]
            if self._filled == BLOCK:
                self._go_direct(self._may_be_direct)
                self._write_filled()
        return len(view)

    def finish(self) -> None:
        """Write what is left, and wait until all of it is on the disk."""
        self._go_direct(False)
        self._write_filled()
        os.fsync(self._descriptor)

    def _write_filled(self) -> None:
        left = self._block[: self._filled]
        while left:
            try:
                left = left[os.write(self._descriptor, left) :]
            except OSError as error:
                if error.errno != errno.EINVAL or not self._is_direct:
                    raise
                # This file system does not take it, or a short write has ended beside a sector's end.
                self._may_be_direct = False
                self._go_direct(False)
        self._filled = 0

    def _go_direct(self, wanted: bool) -> None:
        if wanted == self._is_direct:
            return
        flags = fcntl.fcntl(self._descriptor, fcntl.F_GETFL)
        try:
            fcntl.fcntl(self._descriptor, fcntl.F_SETFL, flags ^ _DIRECT)
            self._is_direct = wanted
        except OSError:
            self._may_be_direct = False
