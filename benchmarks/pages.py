"""How long the server takes for the list of exports; its settings come from the environment.

`python -m benchmarks.pages fill EXPORTS` makes the records, `... time ROUNDS SECONDS` asks for the pages, each so
many times, but no longer than that. One process answers one request at a time, as a thread of the web server would;
the time is that of the whole application, from the request to the last byte, without the network.
"""

from __future__ import annotations

import json
import random
import sys
import time

from benchmarks import records
from dashboard import accounts
from dashboard.app import create_app
from dashboard.views.export_query import SORT_WORDS

PASSWORD = "correct horse battery"
FILTERS = (
    "", "status=completed", "status=failed", "status=waiting", "status=expired", "status=cancelled&status=failed",
    "resource=orders_tiny", "format=xlsx", "requester=7", "created=last_7_days", "created=this_month", "q=week+51",
    "q=Orders", "q=nothing+has+this+name", "q=0000c", "status=failed&format=json&requester=12",
    "resource=orders_small&created=last_30_days", "q=week+7&status=completed",
)  # fmt: skip
PAGES = (1, 2, 40, 400)


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


def timed(rounds: int, seconds: float) -> dict[str, list[float]]:
    """Milliseconds that each path took, in each round; in a mixed order, so that an early end favours none."""
    app = create_app()
    with app.app_context():
        secret = accounts.sign_in("person1@example.com", PASSWORD, "127.0.0.1")
    client, host = app.test_client(), {"base_url": app.extensions["settings"].public_url}
    with client.session_transaction(**host) as session:
        session["sid"] = secret
    client.get("/exports", **host)  # the first one compiles templates and statements
    wanted, until = paths() * rounds, time.perf_counter() + seconds
    random.Random(7).shuffle(wanted)
    times: dict[str, list[float]] = {}
    for path in wanted:
        begun = time.perf_counter()
        if begun > until:
            break
        answer = client.get(path, **host)
        times.setdefault(path, []).append(1000 * (time.perf_counter() - begun))
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status_code}")
    return times


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        fill(int(sys.argv[2]))
    else:
        print(json.dumps(timed(int(sys.argv[2]), float(sys.argv[3]))))
