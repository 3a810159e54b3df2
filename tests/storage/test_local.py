import hashlib

import pytest

from dashboard.storage import Full, Missing, open_storage, read_chunks, save


@pytest.fixture
def storage(tmp_path):
    return open_storage(f"file://{tmp_path}/store")


def test_an_object_reads_back_with_its_size_and_checksum(storage):
    stored = save(storage, "results/1/1/0", b"hello")
    assert stored.size == 5
    assert stored.sha256 == hashlib.sha256(b"hello").hexdigest()
    assert b"".join(read_chunks(storage, "results/1/1/0")) == b"hello"
    assert storage.size("results/1/1/0") == 5


def test_what_need_not_last_is_neither_hashed_nor_waited_for(storage, monkeypatch):
    monkeypatch.setattr("os.fsync", lambda file: pytest.fail("waited for the disk"))
    stored = save(storage, "fragments/1/1", memoryview(b"hello"), lasting=False)
    assert (stored.size, stored.sha256) == (5, "")
    assert b"".join(read_chunks(storage, "fragments/1/1")) == b"hello"


def test_an_object_appears_only_when_it_is_whole(storage):
    with storage.write("a/b") as writing:
        writing.write(b"half")
        assert storage.size("a/b") is None
    assert storage.size("a/b") == 4


def test_a_write_that_breaks_leaves_nothing(storage):
    with pytest.raises(TypeError), storage.write("a/b") as writing:
        writing.write("text is no bytes")
    assert storage.size("a/b") is None
    assert not [path for path in storage.root.rglob("*") if path.is_file()]


def test_a_full_disk_is_told_apart(storage):
    import errno

    with pytest.raises(Full), storage.write("a/b"):
        raise OSError(errno.ENOSPC, "full")


def test_a_missing_object_is_missing(storage):
    with pytest.raises(Missing):
        storage.open("a/b")
    storage.delete("a/b")
    assert storage.size("a/b") is None


def test_objects_below_a_prefix_go_together(storage):
    for key in ("parts/1/000001-1", "parts/1/000002-1", "parts/11/000001-1"):
        save(storage, key, b"x")
    storage.delete_below("parts/1")
    assert storage.size("parts/1/000001-1") is None
    assert storage.size("parts/11/000001-1") == 1


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../x", "a/../../b", "a//b", ".hidden", "a/.b", "a\0b", "a b", "ä"]
)
def test_no_key_leads_out_of_the_root(storage, key):
    with pytest.raises(ValueError, match="storage key"):
        storage.open(key)


def test_objects_are_readable_by_us_alone(storage):
    save(storage, "a/b", b"x")
    assert (storage.root / "a/b").stat().st_mode & 0o777 == 0o600


def test_leftovers_are_swept_by_age(storage):
    save(storage, "a/b", b"x")
    (storage.root / "a/c.1234.tmp").write_bytes(b"half")
    assert storage.sweep(3600) == 0
    assert storage.sweep(-1) == 1
    assert storage.size("a/b") == 1
