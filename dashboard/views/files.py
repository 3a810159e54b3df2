"""What files are called on pages: formats, kinds, columns. Globals of the templates, as those of `views.presenting`."""

from __future__ import annotations

from dashboard.extensions import catalog
from dashboard.formats import FORMATS
from dashboard.models import Export, File
from dashboard.sources.dry import dry_columns

FILE_KINDS = {
    "sanitized": "Changed values (formula guard)",
    "errors": "Rows with errors",
    "manifest": "Manifest, signed",
}


def field_names(export: Export) -> list[str]:
    """The columns of the file in their order; an export that named none has all fields of its resource."""
    resource = catalog.resources.get(export.resource)
    return export.fields or ([field.name for field in resource.fields] if resource else [])


def format_label(key: str) -> str:
    """The name of a format, also of one that is no longer offered."""
    return FORMATS[key].label if key in FORMATS else key.upper()


def formats_in_words(export: Export) -> str:
    """ "CSV, XLSX": all that is made, the main one first."""
    keys = dict.fromkeys([export.format, *(output["format"] for output in export.outputs)])
    return ", ".join(format_label(key) for key in keys)


def file_kind(export: Export, file: File) -> str:
    """What a file is, beside the others of its export."""
    if file.kind == "data":
        packed = {"gzip": ", gzip", "zip": ", ZIP"}.get(file.packaging, "")
        return f"{format_label(file.format)}{packed}"
    if file.kind == "sanitized" and any(one.kept_out for one in export.files if one.output == file.output):
        return "Rows kept out (formula guard)"
    return FILE_KINDS.get(file.kind, file.kind)


def column_count(export: Export) -> int | None:
    """The columns of its files, with related rows as one; None when the catalog does not offer them any more."""
    try:
        resource = catalog.resources[export.resource]
        columns = catalog.columns(resource, tuple(export.fields))
    except (KeyError, ValueError):
        return None
    return len(dry_columns(resource, columns, catalog.resources) if export.dry_data else columns)


GLOBALS = {
    function.__name__: function
    for function in (field_names, format_label, formats_in_words, file_kind, column_count)
}
