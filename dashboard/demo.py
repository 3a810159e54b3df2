"""Makes the demo's people: `python -m dashboard.demo`, called by dev.py and nobody else.

Three accounts with random passwords (or DEMO_PASSWORD) and API tokens, written to `credentials.json`, readable by
the person who started the demo only. Run again, it keeps what is there and sets the address anew.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from dashboard import accounts, tokens
from dashboard.app import create_app

PEOPLE: dict[str, tuple[str, dict[str, bool]]] = {
    "superuser": ("tomas@example.com", {"superuser": True}),
    "staff": ("maya@example.com", {}),
    "no_export": ("noor@example.com", {"can_export": False}),
}
NAMES = {"superuser": "Tomas Lind", "staff": "Maya Okafor", "no_export": "Noor Haddad"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--url", required=True)
    arguments = parser.parse_args()
    path: Path = arguments.data_dir / "credentials.json"
    # From the environment, not from the command line, where anybody on the machine could read a password in it.
    sources = os.environ["SOURCES"]
    source = sources if "://" in sources else f"sqlite:///{(arguments.data_dir / 'shop.sqlite').resolve()}"
    kept = json.loads(path.read_text()) if path.exists() else {}
    try:
        with create_app().app_context():
            people = {key: _person(key, kept.get(key)) for key in PEOPLE}
    except accounts.Invalid as error:
        sys.exit(f"DEMO_PASSWORD: {error}")
    _write(path, {"url": arguments.url, "source": source, **people})


def _person(key: str, kept: dict[str, str] | None) -> dict[str, str]:
    email, rights = PEOPLE[key]
    user = accounts.find_user(email)
    wanted = os.environ.get("DEMO_PASSWORD")
    unchanged = kept is not None and wanted in (None, "", kept["password"])
    if user and kept and unchanged and tokens.find(kept["token"]):
        return kept
    password = wanted or secrets.token_urlsafe(12)
    if user is None:
        user = accounts.create_user(email, password, name=NAMES[key], **rights)
    else:
        accounts.change_password(user, password)
    return {"email": email, "password": password, "token": tokens.create(user, "Demo")}


def _write(path: Path, content: dict[str, Any]) -> None:
    unfinished = path.with_suffix(".tmp")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=2)
    unfinished.replace(path)


if __name__ == "__main__":
    main()
