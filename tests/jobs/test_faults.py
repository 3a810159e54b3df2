"""What must hold whatever dies: real workers, killed for real, over a real Valkey (reliability.md, 1 and 14)."""

import signal
import time

import psycopg
import pytest

from benchmarks.shop import make_shop, write_catalog
from jobs.faults import POINTS
from tests.processes import kill, wait_for

pytestmark = pytest.mark.valkey
IN_APP = """from dashboard import queue
from dashboard.app import create_app
with create_app().app_context(): """
FIELDS = ("id", "number", "customer.email", "note", "total")


@pytest.fixture(scope="module")
def big_shop(tmp_path_factory):
    """Rows enough that a worker can be caught in the middle."""
    folder = tmp_path_factory.mktemp("big")
    make_shop(folder / "shop.sqlite", orders=60_000)
    write_catalog(folder / "sources.toml", folder / "shop.sqlite")
    return folder / "sources.toml"


def made(centre, **request):
    """Request an export, wait for its end, take its file."""
    export_id = centre.request(fields=FIELDS, **request)
    end = centre.wait_for_end(export_id)
    assert end["status"] == "completed", end
    return centre.file(export_id)


def test_a_worker_killed_at_any_point_changes_nothing_in_the_file(make_centre):
    centre = make_centre(part_rows=100)
    centre.start("queue", "web", "clock", "worker")
    undisturbed = made(centre)
    assert undisturbed.count(b"\r\n") >= 301
    for point in POINTS:
        centre.end("worker")
        centre.start("worker", fault=f"{point}:1")
        passed = centre.folder / "files" / f"fault-{point}"
        assert made(centre) == undisturbed, point
        assert passed.stat().st_size >= 1, f"{point} was never passed"


def test_kill_9_of_a_horse_in_the_middle(make_centre, big_shop):
    centre = make_centre(big_shop, part_rows=1000)
    centre.start("queue", "web", "clock", "worker")
    undisturbed = made(centre, format_type="xls")
    export_id = centre.request(fields=FIELDS, format_type="xls")
    wait_for(lambda: centre.status(export_id)["collected_count"] > 2000, what="some rows")
    horses = centre.horses()
    assert horses
    for pid in horses:
        kill(pid, signal.SIGKILL)
    begun = time.monotonic()
    wait_for(lambda: centre.horses() and centre.horses() != horses, what="the next run")
    assert time.monotonic() - begun < 5
    assert centre.wait_for_end(export_id)["status"] == "completed"
    again = centre.file(export_id)
    # The file's own date is in the workbook; everything else is the same.
    assert rows_of_sheet(again) == rows_of_sheet(undisturbed)


def rows_of_sheet(data):
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return book.read("xl/worksheets/sheet1.xml")


def test_a_dead_machine_is_noticed_by_its_lease(make_centre, big_shop):
    centre = make_centre(big_shop, part_rows=1000)
    centre.start("queue", "web", "clock", "worker")
    undisturbed = made(centre)
    export_id = centre.request(fields=FIELDS)
    wait_for(lambda: centre.status(export_id)["collected_count"] > 2000, what="some rows")
    centre.end("worker", signal.SIGKILL)
    centre.start("worker")
    begun = time.monotonic()
    assert centre.wait_for_end(export_id)["status"] == "completed"
    assert time.monotonic() - begun < 5 + 10 + 5
    assert centre.file(export_id) == undisturbed


def test_a_request_without_redis_succeeds_and_runs_when_it_is_back(make_centre):
    centre = make_centre()
    centre.start("web", "clock")
    begun = time.monotonic()
    export_id = centre.request(fields=FIELDS)
    assert time.monotonic() - begun < 5
    assert centre.status(export_id)["status"] == "waiting"
    answer = centre.ask("GET", "/healthz")
    assert answer.status_code == 503
    assert answer.json()["queue"] != "ok"
    centre.start("queue", "worker")
    assert centre.wait_for_end(export_id)["status"] == "completed"


def test_an_emptied_queue_loses_nothing(make_centre):
    centre = make_centre()
    centre.start("queue", "web", "clock")
    export_ids = [centre.request(fields=FIELDS) for _ in range(4)]
    from redis import Redis

    Redis(port=centre.queue_port).flushall()
    centre.start("worker")
    for export_id in export_ids:
        assert centre.wait_for_end(export_id)["status"] == "completed"


def test_a_restart_of_redis_in_the_middle_of_work(make_centre, big_shop):
    centre = make_centre(big_shop, part_rows=1000)
    centre.start("queue", "web", "clock", "worker")
    export_id = centre.request(fields=FIELDS)
    wait_for(lambda: centre.status(export_id)["collected_count"] > 2000, what="some rows")
    centre.end("queue")
    time.sleep(2)
    centre.start("queue")
    assert centre.wait_for_end(export_id)["status"] == "completed"
    assert centre.wait_for_end(centre.request(fields=FIELDS))["status"] == "completed", (
        "the worker still works"
    )


def test_two_workers_and_two_clocks_make_each_export_once(make_centre):
    centre = make_centre(part_rows=100)
    centre.start("queue", "web", "clock", "worker", "worker-2")
    centre.start("clock-2")
    undisturbed = made(centre)
    export_ids = [centre.request(fields=FIELDS) for _ in range(8)]
    for export_id in export_ids:
        assert centre.wait_for_end(export_id)["status"] == "completed"
        assert centre.file(export_id) == undisturbed


@pytest.mark.postgresql
@pytest.mark.parametrize("path", ["", "/api/v1/things/?id__gte=-5"], ids=["by copy", "by cursor"])
def test_a_source_that_cuts_its_connections_costs_no_row(make_centre, postgresql_url, path):
    """As a restart of the database does; the driver may end its process over it, which is one attempt."""
    rows = "INSERT INTO things SELECT n, repeat('x', 500) FROM generate_series(1, 60000) n"
    with psycopg.connect(postgresql_url, autocommit=True) as database:
        database.execute("CREATE TABLE things (id integer PRIMARY KEY, name text)")
        database.execute(rows)
        centre = make_centre(postgresql_url, part_rows=500)
        centre.start("queue", "web", "clock", "worker")
        export_id = centre.request(resource="things", path=path)
        readers = "SELECT pid FROM pg_stat_activity WHERE query ~ '^(COPY|FETCH|DECLARE)'"
        cut = f"SELECT pg_terminate_backend(pid) FROM ({readers}) r"
        for _ in range(2):
            wait_for(lambda: database.execute(cut).rowcount, what="rows on their way")
    assert centre.wait_for_end(export_id)["status"] == "completed"
    lines = centre.file(export_id).decode().split("\r\n")[1:-1]
    assert [line.partition(",")[0] for line in lines] == [str(n) for n in range(1, 60001)]


def test_a_cancelled_export_ends_its_work_within_seconds(make_centre, big_shop):
    centre = make_centre(big_shop, part_rows=200)
    centre.start("queue", "web", "clock", "worker")
    export_id = centre.request(fields=FIELDS, format_type="xls")
    wait_for(lambda: centre.status(export_id)["collected_count"] > 500, what="some rows")
    answer = centre.ask("POST", f"/api/v1/exports/{export_id}/set_cancel/", "boss")
    assert answer.status_code == 200
    assert answer.json()["status"] == "cancelled"
    wait_for(lambda: not centre.horses(), 5, "the horse to end")
    assert centre.status(export_id)["result_file"] is None
    assert made(centre), "the worker takes the next one"


def test_a_worker_knows_whether_other_work_waits(make_centre):
    centre = make_centre()
    centre.start("queue")

    def has_other(*enqueued):
        for job, export_id in enqueued:
            centre.python(f"{IN_APP}assert queue.enqueue({job!r}, {export_id})")
        return centre.python(f"{IN_APP}print(queue.has_other('render', 7))") == "True\n"

    assert not has_other()
    assert not has_other(("render", 7), ("render", 7))
    assert has_other(("render", 8))
    centre.python(f"{IN_APP}queue._connection().flushall()")
    assert not has_other(("render", 7))
    centre.python(
        f"{IN_APP}c = queue._connection(); name = c.lindex('rq:queue:exports', 0).decode()\n"
        "c.hset(f'rq:job:{name}', 'data', b'no JSON')"
    )
    assert has_other(), "what nobody can read is not ours"
    centre.end("queue")
    assert not has_other(), "nobody knows"


def test_a_worker_knows_whether_it_is_alone(make_centre):
    centre = make_centre()
    centre.start("queue")

    def is_alone():
        return centre.python(f"{IN_APP}print(queue.is_alone())") == "True\n"

    assert not is_alone(), "there is no worker"
    centre.start("worker")
    wait_for(is_alone, what="the worker")
    centre.start("worker-2")
    wait_for(lambda: not is_alone(), what="the second worker")
    centre.end("queue")
    assert not is_alone(), "nobody knows"
