"""API tokens: programs act with one as the person who made it, as far as its abilities go.

Made and revoked by the page, the command line and a login of a program; `api.auth` finds them again.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import or_, select, update

from dashboard.database import db, now
from dashboard.models import ABILITIES, ApiToken, Audit, User, digest

# Whoever finds one in a log or a repository sees what it is.
START = "exc_"
PREFIX_LENGTH = len(START) + 8
LONGEST_NAME = 80
MOST = 100
MOST_OF_A_LOGIN = 20
EXPIRED_SHOWN_DAYS = 30
LONGEST_DAYS = 3650


class Invalid(ValueError):
    """What was asked for cannot be had; `errors` has a sentence for each field: name, abilities, expires."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


def abilities_for(user: User) -> tuple[str, ...]:
    """What this person may give to a token."""
    return ABILITIES if user.is_superuser else tuple(one for one in ABILITIES if one != "cancel")


def create(
    user: User,
    name: str,
    days: int | None = None,
    *,
    abilities: Collection[str] | None = None,
    expires_at: datetime | None = None,
) -> str:
    """A new token; the only moment at which its secret can be read. Raises Invalid.

    Without `abilities` it has all that this person may give; without `days` and `expires_at` it never expires.
    """
    possible = abilities_for(user)
    wanted = possible if abilities is None else abilities
    check(user, name, wanted)
    ends: Any = now(days * 86_400) if days else expires_at
    return _insert(user, name.strip(), [one for one in possible if one in wanted], ends)


def _insert(user: User, name: str, abilities: list[str], expires_at: Any) -> str:
    secret = START + secrets.token_hex(32)
    token = ApiToken(
        user_id=user.id,
        name=name,
        prefix=secret[:PREFIX_LENGTH],
        digest=digest(secret),
        expires_at=expires_at,
        abilities=abilities,
    )
    db.session.add(token)
    _audit("token_created", user, name=name, abilities=abilities)
    db.session.commit()
    return secret


def check(user: User, name: str, abilities: Collection[str]) -> None:
    """Raises Invalid."""
    errors = {"name": _wrong_name(user, name.strip()), "abilities": _wrong_abilities(user, abilities)}
    if any(errors.values()):
        raise Invalid({field: sentence for field, sentence in errors.items() if sentence})


def _wrong_name(user: User, name: str) -> str:
    if not name:
        return "Say which program it is for."
    if len(name) > LONGEST_NAME:
        return f"A name has at most {LONGEST_NAME} characters."
    if not name.isprintable():
        return "A name has no line breaks and no invisible characters."
    if len(list_of(user)) >= MOST:
        return f"You already have {MOST} tokens. Revoke one that is no longer used."
    return ""


def _wrong_abilities(user: User, abilities: Collection[str]) -> str:
    if not abilities:
        return "Choose at least one."
    wrong = set(abilities) - set(abilities_for(user))
    return f"A token of this account cannot {min(wrong)[:40]}." if wrong else ""


def create_for_login(user: User, name: str, days: int) -> str:
    """A token for a program that signs in with a password; of the same name only the newest stay good."""
    same = (ApiToken.user_id == user.id, ApiToken.name == name, ApiToken.revoked_at.is_(None))
    newest = select(ApiToken.id).where(*same).order_by(ApiToken.id.desc()).limit(MOST_OF_A_LOGIN - 1)
    older = ApiToken.id.not_in(list(db.session.scalars(newest)))
    db.session.execute(update(ApiToken).where(*same, older).values(revoked_at=now()))
    return _insert(user, name, list(abilities_for(user)), now(days * 86_400))


def find(secret: str, address: str = "") -> ApiToken | None:
    """The token with this secret, if it is good. When and from where it is used is noted once a minute."""
    good = select(ApiToken).where(
        ApiToken.digest == digest(secret),
        ApiToken.revoked_at.is_(None),
        or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now()),
    )
    token = db.session.scalar(good)
    if token is None or not token.user.is_active:
        return None
    used = token.last_used_at
    if used is None or (datetime.now(UTC) - used).total_seconds() > 60:
        token.last_used_at, token.last_used_address = now(), address[:64]
        db.session.commit()
    return token


def list_of(user: User) -> list[ApiToken]:
    """Those that are good or expired lately, newest first."""
    shown = or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now(-EXPIRED_SHOWN_DAYS * 86_400))
    found = select(ApiToken).where(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None), shown)
    return list(db.session.scalars(found.order_by(ApiToken.id.desc())))


def find_own(user: User, token_id: int) -> ApiToken | None:
    """A token of this person, revoked ones included."""
    return db.session.scalar(select(ApiToken).where(ApiToken.id == token_id, ApiToken.user_id == user.id))


def revoke(token: ApiToken) -> None:
    """End a token for good; once more does nothing."""
    ended = update(ApiToken).where(ApiToken.id == token.id, ApiToken.revoked_at.is_(None))
    if db.session.execute(ended.values(revoked_at=now())).rowcount:  # type: ignore[attr-defined]
        _audit("token_revoked", token.user, name=token.name)
    db.session.commit()


def has_expired(token: ApiToken) -> bool:
    return token.expires_at is not None and token.expires_at <= datetime.now(UTC)


def _audit(action: str, user: User, **detail: Any) -> None:
    db.session.add(Audit(action=action, user_id=user.id, detail=detail))
