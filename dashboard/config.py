"""Settings, read from the environment once and checked in one place.

Called at the start of every process (web, worker, clock, command line). A wrong value stops the start with one
line that says which setting it is and why: `SettingsError`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from limits import RateLimitItem, parse_many

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """One line: the name of the setting and what is wrong with it."""


def _url(schemes: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        scheme = urlsplit(text).scheme.partition("+")[0]
        if scheme not in schemes:
            raise ValueError(f"must be a URL that begins with {' or '.join(f'{s}:' for s in schemes)}")
        return text

    return parse


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > 12 or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}, not {text[:40]!r}")
        return int(text)

    return parse


def _secret(text: str) -> str:
    if len(text) < 32:
        raise ValueError(
            "must have at least 32 characters; `python3 -c 'import secrets; print(secrets.token_hex())'` makes one"
        )
    return text


def _hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(part.strip() for part in text.split(",") if part.strip())
    if not hosts or any("/" in host or " " in host for host in hosts):
        raise ValueError("must be host names with commas between them, for example exports.example.com")
    return hosts


def _rates(text: str) -> tuple[RateLimitItem, ...]:
    try:
        rates = tuple(parse_many(text))
    except ValueError:
        rates = ()
    if not rates or not all(rate.amount for rate in rates):
        raise ValueError(f"must be such as 3000/10 minutes or 50/10 seconds; 200/minute, not {text[:40]!r}")
    return rates


def _mail_server(text: str) -> str:
    url = urlsplit(_url(("smtp", "smtps"))(text))
    try:
        known = bool(url.hostname) and url.port != 0
    except ValueError:
        known = False
    if not known or url.path.strip("/"):
        raise ValueError("must name a mail server, for example smtps://user:password@mail.example.com:465")
    return text


def _mail_address(text: str) -> str:
    name, _, host = text.partition("@")
    if (
        not name
        or not host
        or not text.isprintable()
        or any(c in text for c in ' <>,;:"()[]\\')
        or "@" in host
    ):
        raise ValueError("must be one e-mail address, for example exports@example.com")
    return text


def _present(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def _setting(parse: Callable[[str], Any], default: Any = None, *, about: str, required: bool = False) -> Any:
    metadata = {"parse": parse, "about": about, "required": required}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Settings:
    """One attribute a setting; the environment variable has the same name in capitals."""

    database_url: str = _setting(
        _url(("sqlite", "postgresql")), required=True, about="records: users, exports, parts, files, events"
    )
    redis_url: str = _setting(
        _url(("redis", "rediss", "unix")), required=True, about="queue; may be emptied at any time"
    )
    storage_url: str = _setting(_url(("file",)), required=True, about="folder for parts and files, file:///…")
    sources: str = _setting(
        _present, required=True, about="path of sources.toml, or one database URL (every table with a key)"
    )
    secret_key: str = _setting(
        _secret, required=True, about="signs cookies and forms; at least 32 characters"
    )
    public_url: str = _setting(
        _url(("http", "https")),
        "https://localhost",
        about="where people reach the centre; http: means that cookies travel without TLS",
    )
    trusted_hosts: tuple[str, ...] = _setting(
        _hosts, (), about="host names that are answered; empty: that of PUBLIC_URL"
    )
    proxies: int = _setting(
        _whole(0, 5), 0, about="number of proxies in front whose X-Forwarded headers count"
    )
    part_rows: int = _setting(_whole(100, 1_000_000), 50_000, about="rows in a staged part")
    lease_seconds: int = _setting(_whole(2, 600), 30, about="how long a silent worker keeps its export")
    reconcile_seconds: int = _setting(
        _whole(1, 60), 5, about="how often the clock looks for work that was lost"
    )
    redispatch_seconds: int = _setting(
        _whole(2, 600), 45, about="when a job that nobody took is queued again"
    )
    stall_seconds: int = _setting(
        _whole(5, 3600), 300, about="no progress for so long: the run is taken over"
    )
    deadline_seconds: int = _setting(
        _whole(60, 604_800), 21_600, about="an export not ended by then is timed out"
    )
    max_attempts: int = _setting(
        _whole(1, 50), 5, about="runs lost in a row without progress before an export fails"
    )
    slice_seconds: int = _setting(
        _whole(1, 600), 5, about="how long a render job works before others get a turn"
    )
    retention_days: int = _setting(_whole(1, 3650), 30, about="how long files are kept")
    max_running: int = _setting(_whole(1, 1000), 5, about="exports that a person may have running")
    max_waiting: int = _setting(_whole(1, 10_000), 20, about="exports that a person may have waiting")
    max_uploads_per_hour: int = _setting(
        _whole(1, 10_000), 20, about="filter files that a person may upload within an hour"
    )
    rate_limit: tuple[RateLimitItem, ...] = _setting(
        _rates, (), about="requests to the API for each token, such as 3000/10 minutes; empty: no limit"
    )
    max_rows: int = _setting(_whole(1, 10**10), 1_000_000_000, about="rows an export may have")
    smtp_url: str = _setting(
        _mail_server, "", about="mail server, smtp://… or smtps://user:password@…; empty: no mail is sent"
    )
    mail_from: str = _setting(
        _mail_address, "", about="sender of the mail; empty: exports@ and the host of PUBLIC_URL"
    )
    fault: str = _setting(
        _present, "", about="tests only: NAME:N ends the process at the N-th pass of a fault point"
    )

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https:")

    @property
    def hosts(self) -> tuple[str, ...]:
        return self.trusted_hosts or (urlsplit(self.public_url).hostname or "localhost",)

    @property
    def mail_sender(self) -> str:
        return self.mail_from or f"exports@{urlsplit(self.public_url).hostname or 'localhost'}"

    @property
    def storage_root(self) -> Path:
        return Path(urlsplit(self.storage_url).path)


def read(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process; raises SettingsError with one line."""
    environ = os.environ if environ is None else environ
    return Settings(**{item.name: _read_one(item, environ) for item in fields(Settings)})


def _read_one(item: Any, environ: Mapping[str, str]) -> Any:
    name = item.name.upper()
    text = environ.get(name, "")
    if not text:
        if item.metadata["required"]:
            raise SettingsError(f"{name} is not set: {item.metadata['about']}")
        return item.default
    try:
        return item.metadata["parse"](text)
    except ValueError as error:
        raise SettingsError(f"{name} {error}") from None
