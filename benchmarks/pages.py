"""How long the server takes for the list of exports and for the lists of the four APIs.

Its settings come from the environment. `python -m benchmarks.pages fill EXPORTS` makes the records, `... time ROUNDS
SECONDS` asks for everything, each so many times, but no longer than that. One process answers one request at a time,
as a thread of the web server would; the time is that of the whole application, from the request to the last byte,
without the network.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

from flask import Flask
from sqlalchemy import select

from benchmarks import lists, records
from dashboard import accounts, tokens
from dashboard.app import create_app
from dashboard.database import db
from dashboard.models import User
from dashboard.views.export_query import SORT_WORDS

PASSWORD = "correct horse battery"
FILTERS = (
    "", "status=completed", "status=failed", "status=waiting", "status=expired", "status=cancelled&status=failed",
    "resource=orders_tiny", "format=xlsx", "requester=7", "created=last_7_days", "created=this_month", "q=week+51",
    "q=Orders", "q=nothing+has+this+name", "q=0000c", "status=failed&format=json&requester=12",
    "resource=orders_small&created=last_30_days", "q=week+7&status=completed",
)  # fmt: skip
PAGES = (1, 2, 40, 400)
DASHBOARD = "dashboard"


class Asked(NamedTuple):
    door: str
    path: str
    headers: dict[str, str]


def paths() -> list[str]:
    """Every filter, every sort and some pages of each; and every filter with a sort that is not the first one."""
    sorts = list(SORT_WORDS)
    found = [f"{one}&page={page}" for one in FILTERS for page in PAGES[:2]]
    found += [f"sort={sort}&page={page}" for sort in sorts for page in PAGES]
    found += [f"{one}&sort={sorts[number % len(sorts)]}" for number, one in enumerate(FILTERS)]
    return [f"/exports?{one.strip('&')}" for one in found]


def fill(exports: int) -> None:
    with create_app().app_context():
        records.fill(exports, PASSWORD)


def timed(rounds: int, seconds: float) -> dict[str, dict[str, list[float]]]:
    """Milliseconds that each path of each door took, in each round; mixed, so that an early end favours none."""
    app = create_app()
    ask, wanted = asker(app), questions(app)
    for first in {one.door: one for one in wanted}.values():
        ask(first)  # the first one compiles templates and statements
    turns, until = wanted * rounds, time.perf_counter() + seconds
    random.Random(7).shuffle(turns)
    times: dict[str, dict[str, list[float]]] = {}
    for one in turns:
        begun = time.perf_counter()
        if begun > until:
            break
        ask(one)
        times.setdefault(one.door, {}).setdefault(one.path, []).append(1000 * (time.perf_counter() - begun))
    return times


def questions(app: Flask) -> list[Asked]:
    with app.app_context():
        person = db.session.scalars(select(User).order_by(User.id)).first()
        if person is None:
            raise SystemExit("there are no records")
        token = tokens.create(person, "bench")
        asked = [Asked(DASHBOARD, path, {}) for path in paths()]
        for dialect, (headers, found) in lists.of_dialects(token).items():
            asked += [Asked(dialect, path, headers) for path in found]
    return asked


def asker(app: Flask) -> Callable[[Asked], None]:
    with app.app_context():
        secret = accounts.sign_in("person1@example.com", PASSWORD, "127.0.0.1")
    client, host = app.test_client(), {"base_url": app.extensions["settings"].public_url}
    with client.session_transaction(**host) as session:
        session["sid"] = secret
    api = app.test_client(use_cookies=False)

    def ask(one: Asked) -> None:
        answer = (client if one.door == DASHBOARD else api).get(one.path, headers=one.headers, **host)
        if answer.status_code != 200:
            raise SystemExit(f"{one.path}: {answer.status_code} {answer.text[:300]}")

    return ask


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        fill(int(sys.argv[2]))
    else:
        print(json.dumps(timed(int(sys.argv[2]), float(sys.argv[3]))))
