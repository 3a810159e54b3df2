"""Downloads: a finished file for somebody who may take it, or a page that says why there is none."""

from flask import Blueprint, abort, request
from flask_login import current_user

from dashboard import delivery, search

blueprint = Blueprint("downloads", __name__)


@blueprint.get("/exports/<int:export_id>/file")
def data_file(export_id):
    export = _takeable(export_id)
    return _send(export, next((file for file in export.files if file.kind == "data"), None))


@blueprint.get("/exports/<int:export_id>/files/<int:file_id>")
def one_file(export_id, file_id):
    export = _takeable(export_id)
    return _send(export, next((file for file in export.files if file.id == file_id), None))


def _takeable(export_id):
    """The export, when this person may take its files and it still has them."""
    export = search.find_export(current_user, export_id)
    if export is None:
        abort(404)
    if not current_user.may("download", export):
        abort(403, "You cannot download exports. A superuser can give you the right.")
    if export.is_active:
        abort(409, f"“{export.name}” is not ready yet. Its page shows how far it is.")
    if export.status != "completed":
        abort(404, f"“{export.name}” has no file, because it was not completed.")
    if export.expired_at is not None:
        _gone(export)
    return export


def _send(export, file):
    if file is None:
        abort(404)
    try:
        return delivery.send(file, by=current_user, address=request.remote_addr or "")
    except delivery.Gone:
        _gone(export)


def _gone(export):
    abort(410, f"The file of “{export.name}” was deleted. Run the export again to get a new one.")
