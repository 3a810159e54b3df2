"""People: who they are and how they sign in. Their API tokens: `dashboard.tokens`."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError

from dashboard.database import db, now
from dashboard.models import Audit, LoginDelay, Session, User, digest

IDLE_SECONDS = 30 * 60
ABSOLUTE_SECONDS = 12 * 3600
REMEMBERED_SECONDS = 14 * 86_400
FREE_TRIES = 5
LONGEST_DELAY_SECONDS = 15 * 60
PASSWORD_LENGTH = (12, 128)
# From published lists of common passwords; only those that are long enough to get past the length rule.
COMMON = {
    "123456789012", "1234567890123", "passwordpassword", "password1234", "password12345", "qwertyuiop12",
    "qwertyuiop123", "administrator", "adminadminadmin", "letmeinletmein", "welcome12345", "iloveyou1234",
    "111111111111", "000000000000", "abcdefghijkl", "changemechangeme", "exportcentre", "export-centre",
}  # fmt: skip

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Checked for unknown accounts, so that they take as long as known ones.
_nobody = _hasher.hash(secrets.token_hex(16))


class Invalid(ValueError):
    """A sentence about an e-mail address or password that cannot be taken."""


class WrongLogin(Exception):
    """Address and password do not belong together; which of them is wrong is not told."""


class TooManyTries(Exception):
    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many tries. Try again in {_minutes(seconds)}.")
        self.seconds = seconds


def _minutes(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return "1 minute" if minutes <= 1 else f"{minutes} minutes"


def create_user(
    email: str, password: str, *, name: str = "", superuser: bool = False, can_export: bool = True
) -> User:
    """Raises Invalid."""
    email = email.strip().lower()
    if len(email) > 254 or not re.fullmatch(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+", email):
        raise Invalid("Enter an e-mail address, for example maya@example.com.")
    _check_password(password)
    user = User(
        email=email,
        name=name or email.partition("@")[0].replace(".", " ").title(),
        password_hash=_hasher.hash(password),
        is_superuser=superuser,
        can_export=can_export,
    )
    db.session.add(user)
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        raise Invalid(f"There is already an account for {email}.") from None
    _audit("user_created", user, superuser=superuser)
    db.session.commit()
    return user


def _check_password(password: str) -> None:
    low, high = PASSWORD_LENGTH
    if not low <= len(password) <= high:
        raise Invalid(f"A password has {low} to {high} characters.")
    if password.lower() in COMMON:
        raise Invalid("This password is on the list of common ones. Choose another.")


def check_password(email: str, password: str, address: str) -> User:
    """The person with this address and password. Raises WrongLogin, TooManyTries."""
    email = email.strip().lower()[:254]
    _refuse_early(email, address)
    user = db.session.scalar(select(User).where(User.email == email))
    right = _verify(user.password_hash if user else _nobody, password)
    if user is None or not right or not user.is_active:
        _note_failure(email, address)
        _audit("login_failed", user, address)
        db.session.commit()
        raise WrongLogin
    if _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = _hasher.hash(password)
    db.session.execute(delete(LoginDelay).where(LoginDelay.account == email, LoginDelay.address == address))
    _audit("login", user, address)
    db.session.commit()
    return user


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password[:1000])
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


def _refuse_early(email: str, address: str) -> None:
    blocked = select(LoginDelay).where(
        LoginDelay.account == email, LoginDelay.address == address, LoginDelay.blocked_until > now()
    )
    delay = db.session.scalar(blocked)
    if delay and delay.blocked_until:
        raise TooManyTries(max(1, int((delay.blocked_until - datetime.now(UTC)).total_seconds())))


def _note_failure(email: str, address: str) -> None:
    """From the fifth failure on the delay doubles, up to a quarter of an hour; it never locks for good."""
    counted = update(LoginDelay).where(LoginDelay.account == email, LoginDelay.address == address)
    counted = counted.values(failures=LoginDelay.failures + 1, failed_at=now())
    if db.session.execute(counted).rowcount == 0:  # type: ignore[attr-defined]
        db.session.add(LoginDelay(account=email, address=address, failures=1))
        db.session.flush()
    delay = db.session.get(LoginDelay, (email, address), populate_existing=True)
    if delay and delay.failures >= FREE_TRIES:
        seconds = min(LONGEST_DELAY_SECONDS, 60 * 2 ** min(delay.failures - FREE_TRIES, 10))
        delay.blocked_until = now(seconds)


def forget_failures(older_than_seconds: float = 86_400) -> None:
    """Failed logins of long ago count no more."""
    db.session.execute(delete(LoginDelay).where(LoginDelay.failed_at < now(-older_than_seconds)))
    db.session.commit()


def sign_in(email: str, password: str, address: str, remember: bool = False) -> str:
    """Open a session; its secret, of which only the digest is kept. Raises WrongLogin, TooManyTries."""
    user = check_password(email, password, address)
    secret = secrets.token_urlsafe(32)
    idle, whole = (REMEMBERED_SECONDS,) * 2 if remember else (IDLE_SECONDS, ABSOLUTE_SECONDS)
    session = Session(digest=digest(secret), user_id=user.id, idle_seconds=idle, ends_at=now(whole))
    db.session.add(session)
    db.session.execute(delete(Session).where(Session.ends_at < now()))
    db.session.commit()
    return secret


def sign_out(secret: str) -> None:
    session = db.session.get(Session, digest(secret))
    if session:
        _audit("logout", session.user)
        db.session.delete(session)
    db.session.commit()


# Put together once, as every request of a page asks it.
_OPEN_SESSION = (
    select(User, Session.idle_seconds, Session.seen_at)
    .join(Session, Session.user_id == User.id)
    .where(Session.digest == bindparam("digest"), Session.ends_at > now())
)


def session_user(secret: str) -> User | None:
    """Whose session this is, if it has not ended; using it keeps it awake."""
    mark = digest(secret)
    found = db.session.execute(_OPEN_SESSION, {"digest": mark}).first()
    if found is None or not found.User.is_active:
        return None
    user: User = found.User
    idle = (datetime.now(UTC) - found.seen_at).total_seconds()
    if idle > found.idle_seconds:
        db.session.execute(delete(Session).where(Session.digest == mark))
        db.session.commit()
        return None
    # Once a minute is enough, so that polling pages do not write at each turn.
    if idle > 60:
        db.session.execute(update(Session).where(Session.digest == mark).values(seen_at=now()))
        db.session.commit()
    return user


def end_sessions(user: User) -> None:
    """Sign a person out everywhere: after a change of password, and when the account is disabled."""
    db.session.execute(delete(Session).where(Session.user_id == user.id))
    db.session.commit()


def change_password(user: User, password: str) -> None:
    """Raises Invalid. Ends every session of this person."""
    _check_password(password)
    user.password_hash = _hasher.hash(password)
    _audit("password_changed", user)
    end_sessions(user)


def save_settings(user: User, **settings: Any) -> None:
    """Keep what a person chose for the pages: theme, timezone, language, rows_per_page, shortcuts."""
    user.settings = {**user.settings, **settings}
    db.session.commit()


def find_user(email: str) -> User | None:
    return db.session.scalar(select(User).where(User.email == email.strip().lower()))


def _audit(action: str, user: User | None, address: str = "", **detail: Any) -> None:
    user_id = user.id if user else None
    db.session.add(Audit(action=action, user_id=user_id, address=address, detail=detail))
