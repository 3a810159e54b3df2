"""The XML of a workbook, as a stream: what declares a document type or an entity is refused at that very place.

`workbook` and `sheet` call it. This is expat itself and not defusedxml, which makes elements in pure Python: a workbook
of fifty mebibytes must be done in seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, NoReturn
from xml.parsers import expat

from dashboard.filter_files.archive import NOT_A_WORKBOOK, Archive
from dashboard.filter_files.refusals import Refused

Element = tuple[str, dict[str, str]]
_NO_MEMORY = 1  # expat's own number
# The last two are Python's, over an encoding that the part says it has.
_NOT_XML = (expat.ExpatError, LookupError, ValueError)


def parser() -> Any:
    """A parser that refuses what a workbook never has. The handlers are the caller's."""
    made = expat.ParserCreate()
    made.StartDoctypeDeclHandler = made.EntityDeclHandler = made.ExternalEntityRefHandler = (
        _refuse_declaration
    )
    made.buffer_text = True
    return made


def _refuse_declaration(*about: Any) -> NoReturn:
    raise Refused("The workbook declares a document type or entities, which no workbook needs.")


def feed(parser: Any, chunks: Iterable[bytes]) -> Iterator[None]:
    """Parse chunk by chunk, and pause after each, so that the caller can hand on what it has found. Raises Refused."""
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
            yield
        parser.Parse(b"", True)
    except _NOT_XML as error:
        if getattr(error, "code", None) == _NO_MEMORY:
            raise MemoryError from None
        raise Refused(NOT_A_WORKBOOK) from None
    yield


def elements(archive: Archive, name: str, wanted: Collection[str]) -> list[Element]:
    """The wanted elements of one part with their attributes, names without prefixes."""
    found: list[Element] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        name = local(name)
        if name in wanted:
            found.append((name, {local(key): value for key, value in attributes.items()}))

    reading = parser()
    reading.StartElementHandler = start
    for _ in feed(reading, archive.chunks(name)):
        pass
    return found


def local(name: str) -> str:
    return name.rpartition(":")[2]


class _Begun(Exception):
    """The first element: no declaration comes after it."""


def refuse_declarations(archive: Archive) -> None:
    """Look at the beginning of every part, also of those that are not read. Raises Refused."""
    for name in archive.members:
        if name.lower().endswith((".xml", ".rels", ".vml")):
            _look_at_beginning(archive.chunks(name))


def _look_at_beginning(chunks: Iterable[bytes]) -> None:
    def begin(name: str, attributes: dict[str, str]) -> NoReturn:
        raise _Begun

    reading = parser()
    reading.StartElementHandler = begin
    try:
        for chunk in chunks:
            reading.Parse(chunk, False)
    except (_Begun, *_NOT_XML):
        return  # a part that is no XML matters only if it is read
