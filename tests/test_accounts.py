from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from dashboard import accounts
from dashboard.database import db
from dashboard.models import Audit, LoginDelay, Session
from tests.factories import PASSWORD, make_login


def test_a_password_is_kept_as_an_argon2_hash(user):
    assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("password", ["short", "x" * 129, "passwordpassword"])
def test_a_weak_password_is_refused(app, password):
    with pytest.raises(accounts.Invalid):
        accounts.create_user("a@example.com", password)


@pytest.mark.parametrize(
    "email", ["", "maya", "a b@example.com", "a@b\r\nBcc: x@y", "@x", "x" * 250 + "@y.de"]
)
def test_a_wrong_address_is_refused(app, email):
    with pytest.raises(accounts.Invalid):
        accounts.create_user(email, PASSWORD)


def test_an_address_has_one_account_in_any_case(app):
    accounts.create_user("maya@example.com", PASSWORD)
    with pytest.raises(accounts.Invalid):
        accounts.create_user("Maya@Example.com", PASSWORD)


def test_a_session_ends_at_sign_out(user):
    secret = accounts.sign_in(user.email, PASSWORD, "127.0.0.1")
    assert accounts.session_user(secret).id == user.id
    assert db.session.get(Session, secret) is None, "only the digest is kept"
    accounts.sign_out(secret)
    assert accounts.session_user(secret) is None


def test_an_idle_session_ends(user):
    secret = accounts.sign_in(user.email, PASSWORD, "127.0.0.1")
    session = db.session.scalar(select(Session))
    session.seen_at = datetime.now(UTC) - timedelta(minutes=31)
    db.session.commit()
    assert accounts.session_user(secret) is None


def test_no_session_outlives_its_end(user):
    secret = accounts.sign_in(user.email, PASSWORD, "127.0.0.1")
    session = db.session.scalar(select(Session))
    session.ends_at = datetime.now(UTC) - timedelta(seconds=1)
    db.session.commit()
    assert accounts.session_user(secret) is None


def test_a_new_password_and_a_disabled_account_end_sessions(user):
    secret = accounts.sign_in(user.email, PASSWORD, "127.0.0.1")
    accounts.change_password(user, "another good password")
    assert accounts.session_user(secret) is None
    secret = accounts.sign_in(user.email, "another good password", "127.0.0.1")
    user.is_active = False
    db.session.commit()
    assert accounts.session_user(secret) is None


@pytest.mark.parametrize("email", ["known", "nobody@example.com"])
def test_a_wrong_login_says_the_same_for_known_and_unknown(user, email):
    email = user.email if email == "known" else email
    with pytest.raises(accounts.WrongLogin):
        accounts.sign_in(email, "wrong wrong wrong", "127.0.0.1")
    assert db.session.scalar(select(Audit.action).order_by(Audit.id.desc())) == "login_failed"


def test_five_failures_delay_and_the_delay_grows_but_never_locks(user):
    for _ in range(accounts.FREE_TRIES):
        with pytest.raises(accounts.WrongLogin):
            accounts.sign_in(user.email, "wrong wrong wrong", "10.0.0.1")
    with pytest.raises(accounts.TooManyTries) as first:
        accounts.sign_in(user.email, PASSWORD, "10.0.0.1")
    assert 0 < first.value.seconds <= 60
    assert accounts.sign_in(user.email, PASSWORD, "10.0.0.2"), "another address is not delayed"
    delay = db.session.get(LoginDelay, (user.email, "10.0.0.1"))
    delay.blocked_until = datetime.now(UTC) - timedelta(seconds=1)
    delay.failures = 30
    db.session.commit()
    with pytest.raises(accounts.WrongLogin):
        accounts.sign_in(user.email, "wrong wrong wrong", "10.0.0.1")
    with pytest.raises(accounts.TooManyTries) as later:
        accounts.sign_in(user.email, PASSWORD, "10.0.0.1")
    assert 60 < later.value.seconds <= accounts.LONGEST_DELAY_SECONDS


def test_the_command_line_makes_a_superuser(app):
    run = app.test_cli_runner().invoke
    made = run(args=["user", "create", "root@example.com", "--superuser"], input=f"{PASSWORD}\n")
    assert made.exit_code == 0, made.output
    assert accounts.find_user("root@example.com").is_superuser
    again = run(args=["user", "create", "root@example.com"], input=f"{PASSWORD}\n")
    assert again.exit_code == 1
    assert "already" in again.output


def test_a_stranger_may_do_nothing_with_an_export(app):
    from tests.factories import make_export

    export, other = make_export(make_login()), make_login()
    assert not any(other.may(action, export) for action in ("see", "download", "cancel", "restart"))
