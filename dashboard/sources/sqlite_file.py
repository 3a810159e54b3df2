"""How a SQLite file is opened: for reading only, and never made when it is not there."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL


def path_of(url: URL) -> Path:
    name = url.database or ""
    return Path(name[5:].partition("?")[0] if name.startswith("file:") else name)


def uri_of(url: URL) -> str:
    """mode=ro also serves a folder we may not write to, and a WAL database that others are writing to.

    Only a WAL database in a folder we may not write to, which nobody has open, needs `immutable`: SQLite
    would have to make its shared-memory file there.
    """
    uri = f"file:{quote(str(path_of(url).absolute()))}?mode=ro"
    if _opens(uri) or Path(f"{path_of(url)}-wal").exists():
        return uri
    return uri + "&immutable=1"


def _opens(uri: str) -> bool:
    try:
        connection = sqlite3.connect(uri, uri=True)
    except sqlite3.Error:
        return True
    try:
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1")
    except sqlite3.OperationalError as error:
        return "unable to open" not in str(error) and "readonly" not in str(error)
    except sqlite3.Error:
        return True
    finally:
        connection.close()
    return True


def connect(url: URL) -> sqlite3.Connection:
    # isolation_level=None: the driver begins no transaction of its own, we say BEGIN.
    return sqlite3.connect(uri_of(url), uri=True, isolation_level=None, check_same_thread=False, timeout=15)
