"""Pages that explain, open to everybody: whoever is handed a file can learn how to check it."""

from flask import Blueprint

from dashboard.views.render import render_page

blueprint = Blueprint("help", __name__, url_prefix="/help")


@blueprint.get("/verify")
def verify():
    return render_page("help/verify.html")
