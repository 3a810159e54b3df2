"""Who is asking, and what their token may do: the user behind a request to any API dialect.

A program sends its token in the header that its dialect names; where a dialect allows it, scripts of our own pages come
with the session cookie instead. A request that brings any credentials of its own never falls back on the cookie.

A dialect calls `who_asks` before each of its routes (not before a login), and `need` in them:

- "read" to list and retrieve, "create" to create, change and delete, "download" to take a file,
  "cancel" to cancel and interrupt
- where an answer to a "read" carries links that work without credentials, `can("download")` decides whether it does
"""

from __future__ import annotations

from flask import g, request
from flask_login import current_user
from flask_wtf.csrf import validate_csrf
from wtforms.validators import ValidationError  # type: ignore[import-untyped]

from dashboard import tokens
from dashboard.api import throttling
from dashboard.models import ABILITIES, ApiToken, User

SAFE = ("GET", "HEAD", "OPTIONS")
AUTHORIZATION = "Authorization"
MISSING = "Authentication credentials were not provided."


class NotSignedIn(Exception):
    """Nobody, or a token that is unknown, expired or revoked. The text says what is missing."""


class NotFromOurPages(Exception):
    """A cookie came with a change that none of our own pages can have sent."""


class NotAllowed(Exception):
    """The token is good, but was not made for this; `ability` is what it lacks."""

    def __init__(self, ability: str) -> None:
        super().__init__(f"This token lacks the ability “{ability}”.")
        self.ability = ability


def who_asks(*, schemes: tuple[str, ...] = (), headers: tuple[str, ...] = (), cookie: bool = False) -> User:
    """The user of `<header>: <token>`, of `Authorization: <scheme> <token>`, or of the session.

    Counts the request against the rate limit. Raises NotSignedIn, NotFromOurPages, throttling.Throttled.
    """
    g.api_token = None
    brought = _brought(headers)
    try:
        if brought is None and cookie:
            return _user_of_session()
        g.api_token = _token(brought, schemes)
    except NotSignedIn:
        throttling.count_address()
        raise
    throttling.count(f"token:{g.api_token.id}")
    user: User = g.api_token.user
    return user


def need(ability: str) -> None:
    """Raises NotAllowed when the token of this request lacks an ability. Sessions have all that their person has."""
    if not can(ability):
        raise NotAllowed(ability)


def can(ability: str) -> bool:
    if ability not in ABILITIES:
        raise ValueError(ability)
    token: ApiToken | None = g.api_token
    return token is None or ability in token.abilities


def _brought(headers: tuple[str, ...]) -> tuple[str, str] | None:
    """The first header with credentials, and what is in it."""
    for name in (*headers, AUTHORIZATION):
        if name in request.headers:
            return name, request.headers[name].strip()
    return None


def _token(brought: tuple[str, str] | None, schemes: tuple[str, ...]) -> ApiToken:
    name, secret = brought or ("", "")
    if name == AUTHORIZATION:
        kind, _, secret = secret.partition(" ")
        secret = secret.strip() if kind.lower() in {scheme.lower() for scheme in schemes} else ""
    if not secret:
        raise NotSignedIn(MISSING)
    token = tokens.find(secret, request.remote_addr or "")
    if token is None:
        raise NotSignedIn("Invalid token.")
    return token


def _user_of_session() -> User:
    if not current_user.is_authenticated:
        raise NotSignedIn(MISSING)
    if request.method not in SAFE:
        # Where the request comes from, the app has checked before; this is the other half, the token of our pages.
        try:
            validate_csrf(request.headers.get("X-CSRFToken"))
        except ValidationError:
            raise NotFromOurPages("The header X-CSRFToken is missing or wrong.") from None
    user: User = current_user._get_current_object()
    throttling.count(f"user:{user.id}")
    return user
