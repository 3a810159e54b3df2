"""How wide a text is, and where it breaks into lines. Widths are in units of the font's size."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dashboard.drawing.fonts import MISSING, Font

# A word that is too long for its line breaks after one of these, if it can.
_JOINTS = "-/@._,;:&=+"
_PIECES = re.compile(rf"[^\s{re.escape(_JOINTS)}]*[{re.escape(_JOINTS)}]?")


class Widths(dict[str, float]):
    """The width of each character of a font."""

    def __init__(self, font: Font) -> None:
        super().__init__((chr(code), width / 1000) for code, width in font.face.charWidths.items())

    def __missing__(self, character: str) -> float:
        return self[MISSING]

    def of(self, text: str) -> float:
        return sum(map(self.__getitem__, text))

    def natural(self, text: str) -> float:
        """The width that the text takes when only its own line feeds break it."""
        return max(map(self.of, text.split("\n"))) if "\n" in text else self.of(text)

    def longest_word(self, text: str) -> float:
        return self.of(max(text.split(), key=len, default=""))

    def longest_piece(self, text: str) -> float:
        return self.of(max(_PIECES.findall(text), key=len, default=""))

    def lines(self, text: str, room: float) -> list[str]:
        """The text in lines that fit, at least one character on each."""
        # A width that was shared out may be a hair less than the sum it came from.
        room += 1e-6
        if "\n" not in text and self.of(text) <= room:
            return [text]
        return [line for paragraph in text.split("\n") for line in self._wrapped(paragraph, room)]

    def _wrapped(self, paragraph: str, room: float) -> list[str]:
        found: list[str] = []
        line, used = "", 0.0
        for word in _words(paragraph):
            # Spaces at a line's end take no room.
            bare = self.of(word.rstrip(" "))
            if line and used + bare > room:
                found.append(line.rstrip(" "))
                line, used = "", 0.0
            if bare > room:
                *pieces, word = self._broken(word, room)
                found += pieces
            line, used = line + word, used + self.of(word)
        return [*found, line]

    def _broken(self, word: str, room: float) -> Iterator[str]:
        while (end := self._fitting(word, room)) < len(word.rstrip(" ")):
            end = _joint(word, end)
            yield word[:end]
            word = word[end:]
        yield word

    def _fitting(self, word: str, room: float) -> int:
        """How many characters of the word fit, at least one; marks stay with what they stand on."""
        used = 0.0
        for end, character in enumerate(word):
            used += self[character]
            if used > room and end and self[character]:
                return end
        return len(word)


def _joint(word: str, end: int) -> int:
    joint = max(word.rfind(sign, 0, end) for sign in _JOINTS) + 1
    return joint if joint > end // 2 else end


def _words(paragraph: str) -> list[str]:
    """The words, each with the spaces behind it."""
    found: list[str] = []
    for piece in paragraph.split(" "):
        if piece or not found:
            found.append(piece + " ")
        else:
            found[-1] += " "
    return [*found[:-1], found[-1][:-1]]
