"""What people read when something cannot be shown.

App-wide. Where `app.extensions["answer_error"]` (path, error) has an answer, as for the paths of the API, that one
is given. A view that knows more says so: `abort(403, "You cannot download exports.")`, and the sentence stands on
the page.
"""

import secrets

import structlog
from flask import Blueprint, current_app, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from dashboard.views.render import html, render_page, wants_fragment

blueprint = Blueprint("errors", __name__)
log = structlog.get_logger()

# status: heading and text
WORDS = {
    400: ("This request cannot be read", "Go back, reload the page and try again."),
    403: ("You cannot do this", "Your account does not have the right. A superuser can give it to you."),
    404: ("There is no page with this address", "Check the address, or start from the list of exports."),
    405: ("This address cannot be used this way", "Go back, reload the page and try again."),
    409: (
        "This cannot be done now",
        "The export has changed meanwhile. Reload the page to see how it stands.",
    ),
    410: ("This file was deleted", "Run the export again to get a new one."),
    413: ("This is too large", "Send less at once. Files and forms may have up to 11 MB."),
    422: ("This cannot be done as it was sent", "Go back and check what you entered."),
    429: ("Too many requests", "Wait a moment, then try again."),
    503: (
        "The centre cannot answer now",
        "It is starting, or a part of it does not answer. Try again in a minute.",
    ),
}
NO_EXPORT = ("There is no export with this address", "It may have been deleted.")
EXPIRED_FORM = (
    "This form has expired",
    "It belongs to a session that has ended. Go back, reload it and try again.",
)
KEPT_HEADERS = ("Allow", "Retry-After")


@blueprint.app_errorhandler(HTTPException)
def refused(error):
    if error.response is not None or (error.code or 500) < 400:
        return error
    if answer := _other_door(error):
        return answer
    title, text = _words(error)
    if wants_fragment():
        return _note(title, text, error.code)
    response = render_page("error.html", status=error.code, heading=title, text=text, reference="")
    for name, value in error.get_headers():
        if name in KEPT_HEADERS:
            response.headers[name] = value
    return response


def _other_door(error):
    answer = current_app.extensions.get("answer_error")
    return answer(request.path, error) if answer else None


def _words(error):
    if isinstance(error, CSRFError):
        return EXPIRED_FORM
    title, text = WORDS.get(error.code, WORDS[400 if error.code < 500 else 503])
    if error.code == 404 and request.path.startswith("/exports/"):
        title, text = NO_EXPORT
    # Werkzeug's own sentences are for programmers; ours come from the view.
    said = error.description if error.description != type(error).description else None
    return title, said or text


@blueprint.app_errorhandler(InternalServerError)
def failed(error):
    """Our fault. The page has no frame, as whatever the frame needs may be what is broken."""
    reference = secrets.token_hex(4)
    cause = getattr(error, "original_exception", None)
    log.error("page_failed", reference=reference, path=request.path, exc_info=cause or error)
    if answer := _other_door(error):
        return answer
    title, text = "Something went wrong on our side", "We have noted it. Try again in a minute."
    if wants_fragment():
        return _note(title, text, 500)
    template = current_app.jinja_env.get_template("error.html")
    return html(template.render(heading=title, text=text, reference=reference), 500)


def _note(title, text, status):
    macro = current_app.jinja_env.globals["note"]
    return html(str(macro(title, text, kind="bad", role="alert")), status)
