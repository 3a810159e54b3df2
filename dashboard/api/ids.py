"""The ids by which dialects know exports: the uuid, written in the alphabet that each client expects."""

from __future__ import annotations

from uuid import UUID

from dashboard.models.export import CROCKFORD

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_UUID_BITS = 128


def packagex(uuid: str) -> str:
    """`exp_` and 22 letters and digits."""
    return f"exp_{_written(UUID(uuid).int, _BASE62, 22)}"


def uuid_of_packagex(text: str) -> str | None:
    return _uuid(text, "exp_", _BASE62, 22)


def rebilly_file(uuid: str) -> str:
    """`file_` and 26 characters: the data file of the export with this uuid."""
    return f"file_{_written(UUID(uuid).int, CROCKFORD, 26)}"


def uuid_of_rebilly_file(text: str) -> str | None:
    return _uuid(text, "file_", CROCKFORD, 26)


def _written(number: int, alphabet: str, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(alphabet))
        digits.append(alphabet[digit])
    return "".join(reversed(digits))


def _uuid(text: str, prefix: str, alphabet: str, length: int) -> str | None:
    digits = text.removeprefix(prefix)
    if not text.startswith(prefix) or len(digits) != length or not set(digits) <= set(alphabet):
        return None
    number = 0
    for digit in digits:
        number = number * len(alphabet) + alphabet.index(digit)
    return str(UUID(int=number)) if number.bit_length() <= _UUID_BITS else None
