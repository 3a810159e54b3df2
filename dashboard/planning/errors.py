"""What can be wrong with a request: `planning` raises these, doors show them."""

from __future__ import annotations


class Invalid(Exception):
    """A request that cannot be carried out: a sentence for each wrong field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {sentence}" for field, sentence in errors.items()))
        self.errors = errors


class Outdated(Exception):
    """The catalog does not offer any more what was asked for."""
