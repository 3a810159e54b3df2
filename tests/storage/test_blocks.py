"""Large files past the cache of pages: the same bytes, whatever the sizes of the writes and the file system."""

import errno
import fcntl
import os
import random

import pytest

from dashboard.storage import Full, open_storage
from dashboard.storage.blocks import BLOCK, BlockFile


def written(path, pieces):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        file = BlockFile(descriptor)
        assert [file.write(piece) for piece in pieces] == [memoryview(piece).nbytes for piece in pieces]
        file.finish()
    finally:
        os.close(descriptor)
    return path.read_bytes()


@pytest.mark.parametrize("sizes", [
    [], [0], [1], [BLOCK - 1], [BLOCK], [BLOCK + 1], [3 * BLOCK], [5, BLOCK, 7, 2 * BLOCK + 3],
    [100_003] * 40, [BLOCK - 5, 5, 1],
])  # fmt: skip
def test_every_byte_is_written_in_its_place(tmp_path, sizes):
    pieces = [random.Random(number).randbytes(size) for number, size in enumerate(sizes)]
    assert written(tmp_path / "x", pieces) == b"".join(pieces)


def test_views_of_any_shape_are_taken(tmp_path):
    numbers = memoryview(bytes(range(256)) * 16).cast("I")
    assert written(tmp_path / "x", [numbers]) == bytes(numbers.cast("B"))


@pytest.mark.parametrize("refused", ["the flag", "the write", "after a short write"])
def test_a_file_system_that_does_not_take_direct_writes_gets_usual_ones(tmp_path, monkeypatch, refused):
    real_fcntl, real_write, lengths = fcntl.fcntl, os.write, []

    def is_direct(descriptor):
        return bool(real_fcntl(descriptor, fcntl.F_GETFL) & os.O_DIRECT)

    def set_flag(descriptor, command, *rest):
        if refused == "the flag" and command == fcntl.F_SETFL and rest[0] & os.O_DIRECT:
            raise OSError(errno.EINVAL, "not here")
        return real_fcntl(descriptor, command, *rest)

    def write(descriptor, data):
        lengths.append(len(data))
        if is_direct(descriptor) and (refused == "the write" or len(data) % 512):
            raise OSError(errno.EINVAL, "not aligned")
        short = refused == "after a short write" and len(lengths) == 1
        if short:
            real_fcntl(descriptor, fcntl.F_SETFL, real_fcntl(descriptor, fcntl.F_GETFL) & ~os.O_DIRECT)
            done = real_write(descriptor, data[:1000])
            real_fcntl(descriptor, fcntl.F_SETFL, real_fcntl(descriptor, fcntl.F_GETFL) | os.O_DIRECT)
            return done
        return real_write(descriptor, data)

    monkeypatch.setattr("fcntl.fcntl", set_flag)
    monkeypatch.setattr("os.write", write)
    data = random.Random(1).randbytes(2 * BLOCK + 77)
    assert written(tmp_path / "x", [data]) == data


def test_a_disk_that_fills_up_is_told_and_leaves_nothing(tmp_path, monkeypatch):
    storage = open_storage(f"file://{tmp_path}/store")

    def write(descriptor, data):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("os.write", write)
    with pytest.raises(Full), storage.write("a/b") as writing:
        writing.write(b"x" * (BLOCK + 1))
    assert not [path for path in storage.root.rglob("*") if path.is_file()]
