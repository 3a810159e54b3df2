"""What people choose for the pages: theme, rows per page, single keys. Kept with the account, never in the browser."""

from flask import Blueprint, abort, request
from flask_login import current_user

from dashboard import accounts
from dashboard.views.export_query import SIZES
from dashboard.views.login import safe_next
from dashboard.views.render import no_change, see_other

blueprint = Blueprint("settings", __name__, url_prefix="/settings")


@blueprint.post("/theme")
def theme():
    return _save(theme=_one_of("theme", {name: name for name in ("system", "light", "dark")}))


@blueprint.post("/rows")
def rows():
    return _save(rows_per_page=_one_of("rows_per_page", {str(size): size for size in SIZES}))


@blueprint.post("/shortcuts")
def shortcuts():
    return _save(shortcuts=_one_of("shortcuts", {"on": True, "off": False}))


@blueprint.get("/awake")
def awake():
    """Asked by "Stay signed in": being asked is all it takes."""
    return no_change()


def _one_of(name, values):
    text = request.form.get(name, "")
    if text not in values:
        abort(422)
    return values[text]


def _save(**chosen):
    accounts.save_settings(current_user, **chosen)
    return see_other(safe_next(request.form.get("next")))
