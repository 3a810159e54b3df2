"""Pages for people: one module a page. A new page is a new module with a `blueprint`, and one line in `BLUEPRINTS`.

Blueprints are named after their modules: `url_for("exports.index")`.
"""

from flask import Flask, request
from flask_login import current_user

from dashboard.views import (
    also,
    downloads,
    errors,
    export,
    exports,
    help,
    links,
    login,
    new_export,
    openapi,
    render,
    settings,
    tokens,
)

BLUEPRINTS = (
    login.blueprint,
    settings.blueprint,
    tokens.blueprint,
    exports.blueprint,
    new_export.blueprint,
    export.blueprint,
    also.blueprint,
    downloads.blueprint,
    help.blueprint,
    links.blueprint,
    openapi.blueprint,
    errors.blueprint,
)
# Everything else needs a session, so that a new page is closed until somebody says otherwise.
OPEN = {login.blueprint.name, help.blueprint.name, links.blueprint.name, openapi.blueprint.name}
CLOSED = {blueprint.name for blueprint in BLUEPRINTS} - OPEN


def install(app: Flask) -> None:
    """Called by `dashboard.app` before the blueprints are registered."""
    render.install(app)
    app.before_request(_need_session)


def _need_session():
    if request.blueprint in CLOSED and not current_user.is_authenticated:
        return login.ask_to_sign_in()
    return None
