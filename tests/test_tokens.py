"""API tokens as records, and the commands for them."""

from datetime import UTC, datetime, timedelta

import pytest
from flask_migrate import upgrade
from sqlalchemy import select, text

from dashboard import tokens
from dashboard.app import create_app
from dashboard.config import read
from dashboard.database import db
from dashboard.models import ABILITIES, ApiToken, Audit, digest


def only_token():
    return db.session.scalars(select(ApiToken)).one()


def test_a_token_is_shown_once_and_kept_as_a_digest(user):
    secret = tokens.create(user, "Feed")
    kept = only_token()
    assert secret not in (kept.digest, kept.prefix)
    assert secret.startswith(kept.prefix)
    assert tokens.find(secret).user_id == user.id
    assert tokens.find(secret + "x") is None
    assert tokens.find("") is None


def test_an_expired_or_revoked_token_is_no_token(user):
    secret = tokens.create(user, "Feed", days=1)
    kept = only_token()
    assert tokens.find(secret)
    kept.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    db.session.commit()
    assert tokens.find(secret) is None
    assert tokens.has_expired(kept)
    kept.expires_at = None
    tokens.revoke(kept)
    assert tokens.find(secret) is None


def test_a_token_has_the_abilities_that_were_chosen_and_its_person_may_give(user, superuser):
    tokens.create(user, "Some", abilities=["download", "read", "read"])
    assert only_token().abilities == ["read", "download"]
    for person, possible in ((user, ("read", "create", "download")), (superuser, ABILITIES)):
        assert tokens.abilities_for(person) == possible
        secret = tokens.create(person, "All")
        assert tuple(tokens.find(secret).abilities) == possible


@pytest.mark.parametrize(
    ("name", "abilities", "field"),
    [
        ("", None, "name"),
        ("  ", None, "name"),
        ("x" * 81, None, "name"),
        ("a\0b", None, "name"),
        ("two\nlines", None, "name"),
        ("turned\u202eround", None, "name"),
        ("half\ud800", None, "name"),
        ("Feed", [], "abilities"),
        ("Feed", ["cancel"], "abilities"),
        ("Feed", ["read", "rule"], "abilities"),
    ],
)
def test_what_cannot_be_a_token_is_refused_with_its_field(user, name, abilities, field):
    with pytest.raises(tokens.Invalid) as refused:
        tokens.create(user, name, abilities=abilities)
    assert list(refused.value.errors) == [field]
    assert db.session.scalar(select(ApiToken)) is None


def test_nobody_collects_tokens_without_end(user, monkeypatch):
    monkeypatch.setattr(tokens, "MOST", 2)
    for name in ("one", "two"):
        tokens.create(user, name)
    with pytest.raises(tokens.Invalid):
        tokens.create(user, "three")
    tokens.revoke(tokens.list_of(user)[0])
    tokens.create(user, "three")


def test_logins_of_programs_leave_only_the_newest_tokens_good(user, monkeypatch):
    monkeypatch.setattr(tokens, "MOST_OF_A_LOGIN", 3)
    other = tokens.create(user, "Other")
    secrets = [tokens.create_for_login(user, "Login", 30) for _ in range(5)]
    assert [bool(tokens.find(secret)) for secret in secrets] == [False, False, True, True, True]
    assert tokens.find(other)


def test_use_is_noted_with_its_address_once_a_minute(user):
    secret = tokens.create(user, "Feed")
    assert only_token().last_used_at is None
    tokens.find(secret, "10.0.0.1")
    first = only_token().last_used_at
    tokens.find(secret, "10.0.0.2")
    db.session.expire_all()
    assert (only_token().last_used_at, only_token().last_used_address) == (first, "10.0.0.1")
    only_token().last_used_at = first - timedelta(seconds=61)
    db.session.commit()
    tokens.find(secret, "10.0.0.2")
    db.session.expire_all()
    assert only_token().last_used_address == "10.0.0.2"
    assert only_token().last_used_at >= first


def test_the_list_keeps_expired_ones_for_a_month_and_drops_revoked_ones(user, stranger):
    for name in ("good", "endless", "fresh", "old", "revoked"):
        tokens.create(user, name, days=None if name == "endless" else 1)
    tokens.create(stranger, "another's")
    by_name = {token.name: token for token in db.session.scalars(select(ApiToken))}
    by_name["fresh"].expires_at = datetime.now(UTC) - timedelta(days=29)
    by_name["old"].expires_at = datetime.now(UTC) - timedelta(days=31)
    db.session.commit()
    tokens.revoke(by_name["revoked"])
    assert [token.name for token in tokens.list_of(user)] == ["fresh", "endless", "good"]


def test_making_and_revoking_leave_a_trace_without_the_secret(user):
    secret = tokens.create(user, "Feed")
    tokens.revoke(only_token())
    tokens.revoke(only_token())
    traces = db.session.scalars(select(Audit).where(Audit.user_id == user.id).order_by(Audit.id)).all()
    assert [trace.action for trace in traces][-2:] == ["token_created", "token_revoked"]
    assert not any(secret in str(trace.detail) for trace in traces)


# The command line


@pytest.fixture
def run(app):
    return lambda *arguments: app.test_cli_runner().invoke(args=["token", *arguments])


def test_the_command_line_makes_a_token_with_abilities_and_an_end(run, user):
    options = ("--name", "Feed", "--days", "30", "--ability", "read", "--ability", "download")
    token = tokens.find(run("create", user.email, *options).output.strip())
    assert (token.user_id, token.name, token.abilities) == (user.id, "Feed", ["read", "download"])
    assert abs(token.expires_at - datetime.now(UTC) - timedelta(days=30)) < timedelta(minutes=1)


def test_the_command_line_gives_all_that_the_account_may_when_nothing_is_said(run, user):
    token = tokens.find(run("create", user.email).output.strip())
    assert token.abilities == ["read", "create", "download"]
    assert token.expires_at is None


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "nobody@example.com"),
        ("create", "{email}", "--ability", "cancel"),
        ("create", "{email}", "--ability", "rule"),
        ("create", "{email}", "--days", "0"),
        ("create", "{email}", "--name", " "),
        ("list", "nobody@example.com"),
        ("revoke", "{email}", "99999"),
        ("revoke", "{email}", "x"),
    ],
)
def test_the_command_line_refuses_in_one_line(run, user, arguments):
    done = run(*(argument.format(email=user.email) for argument in arguments))
    assert done.exit_code in (1, 2)
    assert "Traceback" not in done.output
    assert db.session.scalar(select(ApiToken)) is None


def test_the_command_line_lists_and_revokes(run, user, stranger):
    secret = run("create", user.email, "--name", "Feed", "--ability", "read").output.strip()
    line = run("list", user.email).output.strip().split("\t")
    assert line[1:] == [secret[: tokens.PREFIX_LENGTH], "never", "unused", "read", "Feed"]
    assert run("revoke", stranger.email, line[0]).exit_code == 1
    assert tokens.find(secret)
    assert run("revoke", user.email, line[0]).output == "Revoked Feed.\n"
    assert tokens.find(secret) is None
    assert run("list", user.email).output == ""


def test_tokens_from_before_abilities_can_do_everything(environment, tmp_path):
    old = create_app(read({**environment, "DATABASE_URL": f"sqlite:///{tmp_path / 'old.sqlite'}"}))
    with old.app_context():
        upgrade(revision="0003")
        db.session.execute(
            text(
                "INSERT INTO users (id, uuid, email, name, password_hash, is_superuser, can_export, is_active, roles,"
                " settings, created_at) VALUES (1, 'u', 'a@example.com', 'A', '-', 0, 1, 1, '[]', '{}', '2026-01-01')"
            )
        )
        db.session.execute(
            text(
                "INSERT INTO api_tokens (user_id, name, prefix, digest, created_at)"
                " VALUES (1, 'Old', '0123abcd', :digest, '2026-01-01')"
            ),
            {"digest": digest("secret")},
        )
        db.session.commit()
        upgrade()
        assert tuple(tokens.find("secret").abilities) == ABILITIES
