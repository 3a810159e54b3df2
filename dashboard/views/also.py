""" "Also as …": another format of the rows that a completed export has read, as long as they are kept."""

import secrets

from flask import Blueprint, abort, request
from flask_login import current_user

from dashboard import lifecycle, planning, search
from dashboard.formats import FORMATS
from dashboard.formats.packaging import PACKAGINGS
from dashboard.views import form_outputs
from dashboard.views.render import see_other

blueprint = Blueprint("also", __name__)


@blueprint.post("/exports/<int:export_id>/also")
def make(export_id):
    export = search.find_export(current_user, export_id) or abort(404)
    key = request.form.get("format", "")
    options, packaging = form_outputs.options(request.form), form_outputs.packaging(request.form)
    nonce = request.form.get("nonce", "")[:64]
    try:
        another = lifecycle.also_as(
            current_user,
            export,
            form_outputs.output(key, options, packaging),
            # A button that is pressed twice on one page asks once.
            idempotency_key=f"also:{nonce}:{key[:20]}" if nonce else None,
        )
    except planning.Invalid as invalid:
        abort(422, " ".join(invalid.errors.values()))
    except lifecycle.Refused as refused:
        abort(409, str(refused))
    return see_other(f"/exports/{another.id}")


def offer(export):
    """What the page offers: every format with its options, as they were where it was made already; or nothing."""
    if not (current_user.may("download", export) and current_user.may_request()):
        return None
    if not lifecycle.can_be_also(export):
        return None
    made = {output["format"]: output for output in export.outputs}
    return {
        "nonce": secrets.token_urlsafe(24),
        "packagings": PACKAGINGS.items(),
        "formats": [
            {
                "format": one,
                "given": made.get(key, {}).get("options") or {},
                "packaging": made.get(key, {}).get("packaging", "none"),
                "is_made": key in made,
            }
            for key, one in FORMATS.items()
        ],
    }
