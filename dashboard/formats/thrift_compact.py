"""The thrift compact protocol, as far as the footers of Parquet files use it; `formats.parquet_footer` calls it.

A struct is a dict of its fields by number, each with its type on the wire, so that fields that nobody here knows of
are written as they were read. Facts from "Thrift Compact protocol" in apache/thrift (doc/specs):

- integers are zigzag numbers in groups of seven bits, the lowest first
- a field is one byte, the step from the last field's number above the type; a step beyond 15 is a whole number
  behind the byte; a byte 0 ends the struct; true and false are types of a field
- a list is one byte, its length above the type of its items; a length beyond 14 stands behind the byte
"""

from __future__ import annotations

from typing import Any, Final

TRUE: Final = 1
FALSE: Final = 2
BYTE: Final = 3
I16: Final = 4
I32: Final = 5
I64: Final = 6
DOUBLE: Final = 7
BINARY: Final = 8
LIST: Final = 9
STRUCT: Final = 12

Field = tuple[int, Any]
Struct = dict[int, Field]
Items = tuple[int, list[Any]]  # the type of the items, and they


def read_struct(data: bytes, start: int = 0) -> tuple[Struct, int]:
    """The struct that begins at `start`, and where it ends."""
    found: Struct = {}
    number = 0
    while head := data[start]:
        start += 1
        step, type = head >> 4, head & 15
        if step:
            number += step
        else:
            number, start = _read_integer(data, start)
        value, start = _read(data, start, type) if type > FALSE else (None, start)
        found[number] = (type, value)
    return found, start + 1


def written(struct: Struct) -> bytes:
    """The struct as it is on the wire; structs inside of it may be bytes, written already."""
    out = bytearray()
    _write_struct(struct, out)
    return bytes(out)


def _read(data: bytes, start: int, type: int) -> tuple[Any, int]:
    match type:
        case 1 | 2 | 3:  # of a list; of a field only a byte
            return data[start], start + 1
        case 4 | 5 | 6:
            return _read_integer(data, start)
        case 7:
            return data[start : start + 8], start + 8
        case 8:
            length, start = _read_size(data, start)
            return data[start : start + length], start + length
        case 9:
            return _read_list(data, start)
        case 12:
            return read_struct(data, start)
    raise ValueError(f"Type {type} is not used in Parquet.")


def _read_list(data: bytes, start: int) -> tuple[Items, int]:
    length, type = data[start] >> 4, data[start] & 15
    start += 1
    if length == 15:
        length, start = _read_size(data, start)
    items = []
    for _ in range(length):
        item, start = _read(data, start, type)
        items.append(item)
    return (type, items), start


def _read_size(data: bytes, start: int) -> tuple[int, int]:
    size = shift = 0
    while True:
        byte = data[start]
        start += 1
        size |= (byte & 0x7F) << shift
        if byte < 0x80:
            return size, start
        shift += 7


def _read_integer(data: bytes, start: int) -> tuple[int, int]:
    zigzag, start = _read_size(data, start)
    return zigzag >> 1 ^ -(zigzag & 1), start


def _write_struct(struct: Struct, out: bytearray) -> None:
    last = 0
    for number, (type, value) in sorted(struct.items()):
        if 0 < number - last <= 15:
            out.append((number - last) << 4 | type)
        else:
            out.append(type)
            _write_integer(number, out)
        if type > FALSE:
            _write(type, value, out)
        last = number
    out.append(0)


def _write(type: int, value: Any, out: bytearray) -> None:
    match type:
        case 1 | 2 | 3:
            out.append(value)
        case 4 | 5 | 6:
            _write_integer(value, out)
        case 7:
            out += value
        case 8:
            _write_size(len(value), out)
            out += value
        case 9:
            _write_list(value, out)
        case 12 if isinstance(value, bytes):
            out += value
        case 12:
            _write_struct(value, out)
        case _:
            raise ValueError(f"Type {type} is not used in Parquet.")


def _write_list(items: Items, out: bytearray) -> None:
    type, values = items
    if len(values) < 15:
        out.append(len(values) << 4 | type)
    else:
        out.append(0xF0 | type)
        _write_size(len(values), out)
    for value in values:
        _write(type, value, out)


def _write_size(size: int, out: bytearray) -> None:
    while size >= 0x80:
        out.append(size & 0x7F | 0x80)
        size >>= 7
    out.append(size)


def _write_integer(value: int, out: bytearray) -> None:
    _write_size(value << 1 if value >= 0 else (-value << 1) - 1, out)
