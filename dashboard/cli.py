"""Commands for the person who runs the centre: `flask --app wsgi user create`, `token create`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import BufferedReader
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from dashboard import accounts, lifecycle, manifest, planning, tokens
from dashboard.formats import FORMATS
from dashboard.formats.base import Format
from dashboard.formats.packaging import PACKAGINGS
from dashboard.models import ABILITIES, User

user_commands = AppGroup("user", help="Accounts.")
token_commands = AppGroup("token", help="API tokens.")


def install(app: Flask) -> None:
    app.cli.add_command(user_commands)
    app.cli.add_command(token_commands)
    app.cli.add_command(verify)
    app.cli.add_command(list_formats)
    app.cli.add_command(request_export)


@user_commands.command("create")
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


@token_commands.command("create")
@click.argument("email")
@click.option("--name", default="Command line", help="What the token is for.")
@click.option(
    "--ability", "abilities", multiple=True, type=click.Choice(ABILITIES),
    help="What it can do; once for each. All that this account may when left out.",
)  # fmt: skip
@click.option(
    "--days", type=click.IntRange(1, tokens.LONGEST_DAYS), help="Expires after so many days; never when left out."
)  # fmt: skip
def create_token(email: str, name: str, abilities: tuple[str, ...], days: int | None) -> None:
    """Create an API token for EMAIL and print it. It cannot be shown again."""
    try:
        click.echo(tokens.create(_person(email), name, days, abilities=abilities or None))
    except tokens.Invalid as error:
        raise click.ClickException(
            "\n".join(f"{field}: {text}" for field, text in error.errors.items())
        ) from None


@token_commands.command("list")
@click.argument("email")
def list_tokens(email: str) -> None:
    """Print the tokens of EMAIL, newest first: id, prefix, expiry, last use, abilities, name."""
    for token in tokens.list_of(_person(email)):
        ends = f"{token.expires_at:%Y-%m-%d}" if token.expires_at else "never"
        used = f"{token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "unused"
        click.echo(
            "\t".join([str(token.id), token.prefix, ends, used, ",".join(token.abilities), token.name])
        )


@token_commands.command("revoke")
@click.argument("email")
@click.argument("token_id", metavar="ID", type=int)
def revoke_token(email: str, token_id: int) -> None:
    """Revoke the token of EMAIL with this ID, which `token list` prints."""
    token = tokens.find_own(_person(email), token_id)
    if token is None:
        raise click.ClickException(f"{email} has no token {token_id}.")
    tokens.revoke(token)
    click.echo(f"Revoked {token.name}.")


def _person(email: str) -> User:
    user = accounts.find_user(email)
    if user is None:
        raise click.ClickException(f"There is no account for {email}.")
    return user


@click.command("verify")
@click.argument("manifest_file", metavar="MANIFEST", type=click.File("rb"))
@click.argument("file", metavar="FILE", type=click.File("rb"))
@with_appcontext
def verify(manifest_file: BufferedReader, file: BufferedReader) -> None:
    """Check that FILE is what this centre made, byte for byte, by the MANIFEST downloaded beside it."""
    try:
        entry = manifest.verify(manifest_file.read(), file)
    except manifest.NotGenuine as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(f"Genuine: {entry['name']}, {entry['rows']} rows, {entry['size']} bytes.")


@click.command("formats")
def list_formats() -> None:
    """Print every format with its options and limits, as docs/formats.md has them."""
    click.echo("\n\n".join(_described(format) for format in FORMATS.values()))


def _described(format: Format) -> str:
    limits = [
        f"at most {limit:,} {things}"
        for limit, things in ((format.max_rows, "rows"), (format.max_columns, "columns"))
        if limit
    ]
    packed = f"Packaging: {', '.join(f'`{key}`' for key in PACKAGINGS)}." if format.is_text else ""
    about = " ".join(
        filter(
            None,
            [f"{format.description}.", f"{' and '.join(limits).capitalize()}." if limits else "", packed],
        )
    )
    lines = [f"## {format.label} (`{format.key}`)", "", about]
    if format.options:
        lines += ["", "| option | what | values, the first is the default |", "|---|---|---|"]
    for option in format.options:
        values = "<br>".join(f"`{value}` {label}" for value, label in option.choices.items())
        values += "<br>or another pattern" if option.check else ""
        lines.append(f"| `{option.key}` | {option.label} | {values.replace('|', chr(92) + '|')} |")
    return "\n".join(lines)


@click.command("export")
@click.argument("email")
@click.argument("resource")
@click.option(
    "--field", "fields", multiple=True, help="A field, in order: total, customer.email, line_items.*"
)
@click.option("--format", "formats", multiple=True, help="csv by default; several give several files.")
@click.option("--option", "options", multiple=True, metavar="FORMAT.OPTION=VALUE", help="csv.delimiter=tab")
@click.option("--packaging", "packagings", multiple=True, metavar="FORMAT=PACKAGING", help="csv=gzip")
@click.option("--sort", multiple=True, help="A field to sort by; -created_at for the latest first.")
@click.option("--language", default="en", show_default=True)
@click.option("--timezone", default="UTC", show_default=True)
@click.option("--dry", is_flag=True, help="Without ids, timestamps and blanks.")
@click.option("--name", default="", help="Name of the export; the resource's when left out.")
def request_export(
    email: str, resource: str, formats: tuple[str, ...], options: tuple[str, ...], packagings: tuple[str, ...],
    name: str, **asked: Any,
) -> None:  # fmt: skip
    """Request an export of RESOURCE for EMAIL; prints its id. `formats` lists formats and options."""
    user = _person(email)
    outputs = _outputs(formats or ("csv",), _pairs(options), _pairs(packagings))
    try:
        plan = planning.plan(user, resource, outputs=outputs, **asked)
        export = lifecycle.request(user, plan, name=name or plan.resource.label)
    except planning.Invalid as invalid:
        raise click.ClickException(
            "\n".join(f"{field}: {text}" for field, text in invalid.errors.items())
        ) from None
    except lifecycle.Refused as refused:
        raise click.ClickException(str(refused)) from None
    click.echo(export.uuid)


def _outputs(
    formats: Sequence[str], options: dict[str, str], packagings: dict[str, str]
) -> tuple[planning.Output, ...]:
    """One output for each format, with what was said of it; what is said of no output is an error."""
    unknown = [key for key in (*options, *packagings) if key.partition(".")[0] not in formats]
    if unknown:
        raise click.ClickException(f"{unknown[0]}: this format was not asked for with --format.")
    return tuple(
        planning.Output(
            format,
            {
                key.partition(".")[2]: value
                for key, value in options.items()
                if key.partition(".")[0] == format
            },
            packagings.get(format, "none"),
        )
        for format in formats
    )


def _pairs(given: Sequence[str]) -> dict[str, str]:
    for pair in given:
        if "=" not in pair:
            raise click.ClickException(f"{pair}: write it as NAME=VALUE.")
    return dict(pair.split("=", 1) for pair in given)
