"""Who is asking: the user behind a request to any API dialect.

A program sends its token in the header that its dialect names; scripts of our own pages come with the session
cookie instead. A request that has an Authorization header never falls back on the cookie.
"""

from __future__ import annotations

from flask import request
from flask_login import current_user
from flask_wtf.csrf import validate_csrf
from wtforms.validators import ValidationError  # type: ignore[import-untyped]

from dashboard import accounts
from dashboard.models import User

SAFE = ("GET", "HEAD", "OPTIONS")


class NotSignedIn(Exception):
    """Nobody, or a token that is unknown, expired or revoked. The text says what is missing."""


class NotFromOurPages(Exception):
    """A cookie came with a change that none of our own pages can have sent."""


def user_with_token(scheme: str) -> User:
    """The user of `Authorization: <scheme> <token>` or of the session; raises NotSignedIn, NotFromOurPages."""
    header = request.headers.get("Authorization")
    if header is None:
        return _user_of_session()
    kind, _, secret = header.strip().partition(" ")
    if kind.lower() != scheme.lower():
        raise NotSignedIn("Authentication credentials were not provided.")
    user = accounts.token_user(secret.strip()) if secret.strip() else None
    if user is None:
        raise NotSignedIn("Invalid token.")
    return user


def _user_of_session() -> User:
    if not current_user.is_authenticated:
        raise NotSignedIn("Authentication credentials were not provided.")
    if request.method not in SAFE:
        # Where the request comes from, the app has checked before; this is the other half, the token of our pages.
        try:
            validate_csrf(request.headers.get("X-CSRFToken"))
        except ValidationError:
            raise NotFromOurPages("The header X-CSRFToken is missing or wrong.") from None
    user: User = current_user._get_current_object()
    return user
