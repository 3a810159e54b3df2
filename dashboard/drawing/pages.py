"""Which rows stand on which page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Slice:
    """Lines of a row: all of them, unless the row is taller than a page."""

    row: int
    first: int
    end: int
    whole: bool  # the row's last line is among them


@dataclass(slots=True)
class Pages:
    """Filled from the top; a row goes to the next page rather than over the edge."""

    first_room: float
    room: float
    leading: float
    padding: float  # above and below a row, together
    pages: list[list[Slice]] = field(default_factory=lambda: [[]])
    left: float = 0.0

    def fill(self, counts: Iterable[int]) -> list[list[Slice]]:
        """Each count is a row's number of lines."""
        self.left = self.first_room
        for row, count in enumerate(counts):
            self._place(row, count)
        return self.pages

    def _place(self, row: int, count: int) -> None:
        first = 0
        while self._height(count - first) > self.left:
            if self._height(count - first) > self.room:
                first = self._begin(row, first)
            self.pages.append([])
            self.left = self.room
        self.pages[-1].append(Slice(row, first, count, True))
        self.left -= self._height(count - first)

    def _begin(self, row: int, first: int) -> int:
        """Put what fits of a row that no page can hold; on an empty page that is at least one line."""
        fitting = int((self.left - self.padding) / self.leading)
        taken = max(fitting, int(self.left == self.room))
        if taken > 0:
            self.pages[-1].append(Slice(row, first, first + taken, False))
        return first + max(taken, 0)

    def _height(self, lines: int) -> float:
        return lines * self.leading + self.padding
