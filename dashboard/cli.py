"""Commands for the person who runs the centre: `flask --app wsgi user create`, `token create`."""

from __future__ import annotations

import sys

import click
from flask import Flask
from flask.cli import AppGroup

from dashboard import accounts

users = AppGroup("user", help="Accounts.")
tokens = AppGroup("token", help="API tokens.")


def install(app: Flask) -> None:
    app.cli.add_command(users)
    app.cli.add_command(tokens)


@users.command("create")
@click.argument("email")
@click.option("--name", default="", help="Name shown on pages; made from the address when left out.")
@click.option("--superuser", is_flag=True, help="Sees and cancels every export.")
@click.option("--no-export", is_flag=True, help="May sign in, but not export.")
def create_user(email: str, name: str, superuser: bool, no_export: bool) -> None:
    """Create an account. The password is read from a prompt, or from standard input."""
    try:
        accounts.create_user(
            email, _read_password(), name=name, superuser=superuser, can_export=not no_export
        )
    except accounts.Invalid as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Created {email}.")


def _read_password() -> str:
    if sys.stdin.isatty():
        password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return password
    return sys.stdin.readline().rstrip("\r\n")


@tokens.command("create")
@click.argument("email")
@click.option("--name", default="Command line", help="What the token is for.")
@click.option("--days", type=click.IntRange(1, 3650), help="Ends after so many days; never when left out.")
def create_token(email: str, name: str, days: int | None) -> None:
    """Create an API token for EMAIL and print it. It cannot be shown again."""
    user = accounts.find_user(email)
    if user is None:
        raise click.ClickException(f"There is no account for {email}.")
    click.echo(accounts.create_token(user, name, days))
