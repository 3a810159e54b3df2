"""Commands for the person who runs the centre: `flask --app wsgi user create`, `token create`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import BufferedReader
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from dashboard import accounts, lifecycle, manifest, planning
from dashboard.formats import FORMATS
from dashboard.formats.base import Format
from dashboard.formats.packaging import PACKAGINGS

users = AppGroup("user", help="Accounts.")
tokens = AppGroup("token", help="API tokens.")


def install(app: Flask) -> None:
    app.cli.add_command(users)
    app.cli.add_command(tokens)
    app.cli.add_command(verify)
    app.cli.add_command(list_formats)
    app.cli.add_command(request_export)


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
    user = accounts.find_user(email)
    if user is None:
        raise click.ClickException(f"There is no account for {email}.")
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
