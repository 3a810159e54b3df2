"""Mail: what a letter about an export says, and the server that takes it.

`jobs.notify` sends with it, API dialects check addresses with it. Letters link to the export's page, which asks
who one is; never to a file.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from dashboard import asked, languages
from dashboard.extensions import settings
from dashboard.models import Export, Letter

TIMEOUT_SECONDS = 5
LONGEST_ADDRESS = 254
SENDER = "Export Centre"
SUBJECTS = {"completed": "Ready: {name} ({size})", "failed": "Failed: {name}", "timed_out": "Failed: {name}"}

_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"]{1,64}@[^\s@<>()\[\]\\,;:\"]+")


class Rejected(Exception):
    """The server will never take this letter; the text says why."""


class Away(Exception):
    """The server did not answer, or not as a mail server should; the text says how."""


def is_address(text: str) -> bool:
    """Whether this can be an e-mail address: enough to be safe in a header, the server knows the rest."""
    if len(text) > LONGEST_ADDRESS or not text.isprintable() or not _ADDRESS.fullmatch(text):
        return False
    local, _, domain = text.partition("@")
    return all("" not in part.split(".") for part in (local, domain))


def compose(letter: Letter, export: Export) -> EmailMessage:
    """The letter as it is sent; twice the same for the same letter. Raises Rejected."""
    if not is_address(letter.recipient):
        raise Rejected("not an e-mail address")
    message = EmailMessage()
    message["From"] = Address(SENDER, addr_spec=settings.mail_sender)
    message["To"] = Address(addr_spec=letter.recipient)
    name = _one_line(export.name)
    message["Subject"] = SUBJECTS[letter.kind].format(name=name, size=_size(export.result_size or 0))
    message["Date"] = format_datetime(letter.created_at)
    message["Message-ID"] = f"<{letter.id}.{export.uuid}@{settings.mail_sender.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_text(letter, export, name))
    return message


def _one_line(text: str) -> str:
    """A header has one line, whatever people call their exports."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _text(letter: Letter, export: Export, name: str) -> str:
    link = f"{settings.public_url.rstrip('/')}/exports/{export.id}"
    if letter.kind == "completed":
        end, then = "is ready.", "download the file"
    else:
        end, then = f"has failed: {export.error_message or 'nobody knows why.'}", "can run it again"
    paragraphs = [
        [f'The export "{name}" {end}'],
        [link],
        _facts(export, letter.kind == "completed"),
        [f"Note: {words}." for words in _warnings(export)],
        [
            f"The link opens the page of the export, where you sign in and {then}.",
            "You get this mail because your address was given when the export was requested.",
        ],
    ]
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines) + "\n"


def _facts(export: Export, completed: bool) -> list[str]:
    facts = {
        "Resource": asked.label_of(export),
        "Rows": f"{export.collected_count:,}" if completed else "",
        "Rows that could not be read": f"{export.fail_count:,}" if export.fail_count else "",
        "Size": _size(export.result_size or 0) if completed else "",
        "Requested by": _one_line(export.requested_by.name),
        "Kept until": f"{export.expires_at:%d %b %Y, %H:%M} (UTC)" if completed and export.expires_at else "",
    }
    return [f"{label}: {value}" for label, value in facts.items() if value]


def _warnings(export: Export) -> list[str]:
    found = export.warnings or {}
    return [languages.warning("en", name, found[name]) for name in languages.WARNINGS if found.get(name)]


def _size(octets: int) -> str:
    if octets < 1000:
        return f"{octets} B"
    power = min((len(str(octets)) - 1) // 3, 4)
    size = octets / 1000**power
    return f"{size:.{0 if size >= 10 else 1}f} {('kB', 'MB', 'GB', 'TB')[power - 1]}"


@contextmanager
def server() -> Iterator[smtplib.SMTP]:
    """A connection to the mail server of SMTP_URL, signed in when it has a user. Raises Away."""
    url = urlsplit(settings.smtp_url)
    try:
        connection = _connect(url.scheme, url.hostname or "", url.port)
    except (OSError, smtplib.SMTPException) as error:
        raise Away(_why(error)) from error
    try:
        if url.username:
            if not may_sign_in(url.hostname or "", isinstance(connection.sock, ssl.SSLSocket)):
                raise Away("the server offers no TLS, so the password is not sent")
            connection.login(unquote(url.username), unquote(url.password or ""))
        yield connection
    except (OSError, smtplib.SMTPException) as error:
        raise Away(_why(error)) from error
    finally:
        with suppress(OSError, smtplib.SMTPException):
            connection.quit()
        connection.close()


def may_sign_in(host: str, encrypted: bool) -> bool:
    """A password travels unencrypted on this machine only."""
    return encrypted or host in ("localhost", "127.0.0.1", "::1")


def _connect(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    """With TLS from the first byte (smtps), or as soon as the server offers it; its certificate is checked."""
    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_SECONDS, context=context)
    connection = smtplib.SMTP(host, port or 25, timeout=TIMEOUT_SECONDS)
    try:
        connection.ehlo_or_helo_if_needed()
        if connection.has_extn("starttls"):
            connection.starttls(context=context)
    except BaseException:
        connection.close()
        raise
    return connection


def send(connection: smtplib.SMTP, message: EmailMessage) -> None:
    """Raises Rejected, or what smtplib raises when it is worth another try."""
    try:
        connection.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        [(code, text)] = error.recipients.values()
        _sort_out(code, text, error)
    except smtplib.SMTPDataError as error:
        _sort_out(error.smtp_code, error.smtp_error, error)
    except smtplib.SMTPNotSupportedError as error:
        raise Rejected(str(error)) from error


def _sort_out(code: int, text: bytes | str, error: smtplib.SMTPException) -> None:
    if 500 <= code < 600:
        raise Rejected(f"{code} {_words(text)}") from error
    raise error


def _words(text: bytes | str) -> str:
    return text.decode(errors="replace") if isinstance(text, bytes) else text


def _why(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_words(error.smtp_error)}"
    return f"{type(error).__name__}: {error}"
