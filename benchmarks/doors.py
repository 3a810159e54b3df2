"""What people wait for, over HTTP and a real centre: from the click to the finished file, and the polls meanwhile."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlencode

from benchmarks.centre import PASSWORD, Centre
from benchmarks.measuring import Failed, children_of, cpu_of
from dashboard.database import db, now
from dashboard.models import Export, User

POLLS = 400
ASK_EVERY = 0.02


def clicks(centre: Centre, resource: str, times: int) -> list[float]:
    """Seconds from each request of an export to the last byte of its file."""
    clicks(
        centre, resource, 2
    ) if times > 2 else None  # the first requests of a new process are not the usual ones
    return [_click(centre, resource) for _ in range(times)]


def _click(centre: Centre, resource: str) -> float:
    body = json.dumps({"action_name": f"export_{resource}", "format_type": "csv", "request_fields": [],
        "request_path": f"/api/v1/{resource}/"})  # fmt: skip
    begun = time.perf_counter()
    with closing(HTTPConnection("127.0.0.1", centre.port, timeout=30)) as connection:
        made = _json(_asked(connection, centre, "POST", "/api/v1/exports/", body))
        path = f"/api/v1/exports/{made['id']}/"
        until = begun + 30
        while (status := _json(_asked(connection, centre, "GET", path))["status"]) != "completed":
            if status in ("failed", "cancelled") or time.perf_counter() > until:
                raise Failed(f"an export of {resource} is {status}: {centre.log()}")
            time.sleep(ASK_EVERY)
        _asked(connection, centre, "GET", f"{path}file/").read()
    return time.perf_counter() - begun


def _asked(
    connection: HTTPConnection, centre: Centre, method: str, path: str, body: str = ""
) -> HTTPResponse:
    headers = {"Authorization": f"Token {centre.token}", "Content-Type": "application/json"}
    connection.request(method, path, body or None, headers)
    answer = connection.getresponse()
    if answer.status not in (200, 201):
        raise Failed(f"{method} {path}: {answer.status} {answer.read(500)!r}")
    return answer


def _json(answer: HTTPResponse) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.read())
    return found


def polls(centre: Centre) -> dict[str, float]:
    """Status fragments that one core answers in a second: of the list, of an export's page, and a changed row."""
    with (
        _running(centre) as export,
        closing(HTTPConnection("127.0.0.1", centre.port, timeout=30)) as connection,
    ):
        cookie = _signed_in(connection)
        headers = {"Cookie": cookie, "HX-Request": "true"}
        asked = {
            place: _polled(_got(connection, path, {"Cookie": cookie}), place)
            for place, path in (("job", f"/exports/{export}"), ("live", "/exports"))
        }
        return {
            "list, nothing new": _rate(centre, connection, asked["live"], headers),
            "export": _rate(centre, connection, asked["job"], {**headers, "HX-Target": "job"}),
        }


def _polled(page: str, place: str) -> str:
    """What the element with this id asks for again and again."""
    found = re.search(rf'<div[^>]*id="{place}"[^>]*hx-get="([^"]+)"', page)
    if not found:
        raise Failed(f"#{place} does not poll")
    return found[1].replace("&amp;", "&")


@contextmanager
def _running(centre: Centre) -> Iterator[int]:
    """An export that seems to be worked on, for as long as the block lasts."""
    with centre.app.app_context():
        export = Export(
            name="Bench", resource="orders_tiny", fields=[], format="csv", status="running", run_no=1,
            outputs=[{"format": "csv", "options": {}}], requested_by_id=db.session.query(User).one().id,
            deadline_at=now(3600), lease_until=now(3600), progress_at=now(), started_at=now(-5),
            total_count=1_000, collected_count=500,
        )  # fmt: skip
        db.session.add(export)
        db.session.commit()
        number = export.id
    try:
        yield number
    finally:
        with centre.app.app_context():
            db.session.delete(db.session.get_one(Export, number))
            db.session.commit()


def _signed_in(connection: HTTPConnection) -> str:
    connection.request("GET", "/login")
    answer = connection.getresponse()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode())
    form = {"email": "bench@example.com", "password": PASSWORD, "csrf_token": token[1] if token else ""}
    headers = {"Cookie": _cookie(answer), "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/login", urlencode(form), headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 303:
        raise Failed(f"signing in: {answer.status}")
    return _cookie(answer)


def _cookie(answer: HTTPResponse) -> str:
    return (answer.getheader("Set-Cookie") or "").partition(";")[0]


def _got(connection: HTTPConnection, path: str, headers: dict[str, str]) -> str:
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status not in (200, 204):
        raise Failed(f"{path}: {answer.status}")
    return text


def _rate(centre: Centre, connection: HTTPConnection, path: str, headers: dict[str, str]) -> float:
    """Answers a second of CPU of the web process, which is a second on one core of a machine that is not busy."""
    for _ in range(20):
        _got(connection, path, headers)
    web = centre.running["web"].pid
    processes = [web, *children_of(web)]
    begun = sum(map(cpu_of, processes))
    for _ in range(POLLS):
        _got(connection, path, headers)
    return POLLS / max(sum(map(cpu_of, processes)) - begun, 0.01)
