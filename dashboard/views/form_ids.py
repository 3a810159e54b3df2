"""The filter file of the new-export form: read when an export is started, or taken over from an earlier export.

A browser sends a file once and cannot be told to keep it, so nothing but the start reads one.
"""

from dashboard import filter_files, lifecycle, planning, search
from dashboard.extensions import catalog
from dashboard.views.render import wants_fragment

AGAIN = "Choose the file again, for a browser keeps none when a page is drawn anew."


def take(user, form, upload, address):
    """The ids that an export of this form is limited to, or None; raises planning.Invalid."""
    if upload is None or not upload.filename:
        return kept(user, form)
    resource = catalog.resources[form.resource]
    try:
        return lifecycle.take_filter_file(user, resource, upload.stream, upload.filename, address)
    except filter_files.Refused as refused:
        raise planning.Invalid({"filter_file": "\n".join([*refused.sentences, AGAIN])}) from None
    except lifecycle.Refused as refused:
        raise planning.Invalid({"filter_file": str(refused)}) from None


def kept(user, form):
    """The ids of the earlier export that the form was filled from, as long as this person may see it."""
    earlier = search.find_export(user, form.ids_of) if form.ids_of else None
    if earlier is None or earlier.resource != form.resource:
        return None
    return planning.filter_ids_of(earlier)


def asked_again(errors, upload):
    """The errors, and at the file that it is gone, when nothing is wrong with it."""
    if upload is None or not upload.filename or "filter_file" in errors or wants_fragment():
        return errors
    return errors | {"filter_file": AGAIN}
