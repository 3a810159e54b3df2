"""The door for programs: one dialect of the JSON API for each set of clients that speaks it.

A dialect is a module or package in this folder with

- `BLUEPRINT`: its routes; it proves by itself who is asking (`api.auth`), so no page login stands before it
- `handles(path)`: whether a path, known or not, belongs to this dialect
- `error_response(exception)`: an HTTP error in the dialect's own words

and one line in DIALECTS. `dashboard.app` registers the blueprints. Errors inside a dialect's routes are answered by
its blueprint. Unknown paths and wrong methods never get there: whoever answers the app's errors calls
`app.extensions["answer_error"](path, exception)` first, which is `error_response` of this file; None means that no
dialect owns the path.
"""

from __future__ import annotations

from types import ModuleType

from flask import Response
from werkzeug.exceptions import HTTPException

from dashboard.api import commerce_layer, omnitron, packagex, rebilly
from dashboard.extensions import csrf

DIALECTS: dict[str, ModuleType] = {
    "omnitron": omnitron,
    "packagex": packagex,
    "commerce_layer": commerce_layer,
    "rebilly": rebilly,
}
BLUEPRINTS = tuple(dialect.BLUEPRINT for dialect in DIALECTS.values())

for _blueprint in BLUEPRINTS:
    # Tokens are no cookies; where a page's script comes with its cookie, api.auth asks for the form token itself.
    csrf.exempt(_blueprint)


def error_response(path: str, exception: Exception) -> Response | None:
    """The answer to an error on a path of a dialect (unknown paths and wrong methods included), or None.

    Any exception that is no HTTP error is answered as a 500; logging it is the caller's part.
    """
    if isinstance(exception, HTTPException) and (exception.code or 500) < 400:
        return None  # a redirect is no error
    for dialect in DIALECTS.values():
        if dialect.handles(path):
            answer: Response = dialect.error_response(exception)
            return answer
    return None
