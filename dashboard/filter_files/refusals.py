"""How a filter file is refused, by both processes, and the limits that both name."""

from __future__ import annotations

MOST_IDS = 100_000
LONGEST_ID = 64
TOO_MUCH = "The file needs more memory or time to read than a list of ids should."


class Refused(Exception):
    """Sentences for people; those about single lines begin with the line's number."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


class TooLarge(Refused):
    """More bytes than a filter file may have; a program is told so by the status 413."""
