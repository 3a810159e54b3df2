"""The files that a request asks for: formats with their options, and how each is packed. `plans` calls these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dashboard.columns import Column
from dashboard.formats import FORMATS
from dashboard.formats.packaging import check as check_packaging


@dataclass(frozen=True, slots=True)
class Output:
    """One file of an export; `packaging` is one of formats.packaging.PACKAGINGS.

    `fields` are those of the export's columns that this file has, in its own order; none: all of them.
    """

    format: str
    options: Mapping[str, Any] = field(default_factory=dict)
    packaging: str = "none"
    fields: tuple[str, ...] = ()


class WrongOutput(ValueError):
    def __init__(self, part: str, sentence: str) -> None:
        super().__init__(sentence)
        self.part = part


def outputs_asked(
    outputs: Sequence[Output], columns: tuple[Column, ...], errors: dict[str, str]
) -> tuple[Output, ...]:
    """Each output with all its options; what is wrong with the first is said at the form's own fields."""
    checked = []
    for number, output in enumerate(outputs):
        if number and output.format in {earlier.format for earlier in outputs[:number]}:
            errors[f"outputs.{number}"] = f"{_label(output.format)} was asked for twice."
        try:
            checked.append(checked_output(output, columns))
        except WrongOutput as wrong:
            errors[f"outputs.{number}" if number else wrong.part] = str(wrong)
    return tuple(checked)


def checked_output(output: Output, columns: tuple[Column, ...]) -> Output:
    known = FORMATS.get(output.format)
    if known is None:
        raise WrongOutput("format", f"Pick one of the formats {', '.join(FORMATS)}.")
    chosen = chosen_columns(columns, output.fields)
    try:
        options = known.settle(output.options)
    except ValueError as error:
        raise WrongOutput("options", str(error)) from None
    try:
        known.check(len(chosen))
    except ValueError as error:
        raise WrongOutput("format", str(error)) from None
    try:
        check_packaging(known, output.packaging)
    except ValueError as error:
        raise WrongOutput("packaging", str(error)) from None
    return Output(output.format, options, output.packaging, output.fields)


def chosen_columns(columns: tuple[Column, ...], fields: Sequence[str]) -> tuple[Column, ...]:
    """Those of the columns that one output has; raises WrongOutput for a field that is none of them."""
    if not fields:
        return columns
    named = {column.name: column for column in columns}
    for name in fields:
        if name not in named:
            raise WrongOutput("fields", f"There is no field “{name[:100]}”.")
    if len(set(fields)) < len(fields):
        raise WrongOutput("fields", "Name each field once.")
    return tuple(named[name] for name in fields)


def _label(format: str) -> str:
    return FORMATS[format].label if format in FORMATS else format[:40]
