"""Measures the centre against the ways in which such files are made elsewhere: `dev.py bench` calls it.

Everything is of one run, in one folder that is gone at the end, on 127.0.0.1. Contenders take turns, so that what
else the machine does meets them all alike. Exits 1 when a target of the design is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks import doors, report
from benchmarks.bench import BEGUN, TINY, Bench, Plan, prepared, say
from benchmarks.measuring import ROOT, Failed, Run
from benchmarks.targets import OURS, RUST, Figures, results

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
GIANT = 10_000_000


def csv_from_sqlite(bench: Bench) -> None:
    rows = bench.plan.large
    own, theirs = bench.ours("large", "csv", rows), partial(bench.sqlite3, "large")
    contenders = {OURS: own, "sqlite3 -csv": theirs, "reading by ADBC, no file": bench.reading("large")}
    bench.race("csv-sqlite", "CSV from SQLite", rows, bench.plan.rounds, contenders)


def csv_from_postgresql(bench: Bench) -> None:
    rows, own = bench.plan.large, bench.ours("postgresql", "csv", bench.plan.large)
    contenders = {
        OURS: own,
        "psql \\copy": bench.psql,
        "reading by ADBC, no file": bench.reading("postgresql"),
    }
    bench.race("csv-postgresql", "CSV from PostgreSQL", rows, bench.plan.rounds, contenders)


def libraries(bench: Bench) -> None:
    """Against what a program would use; all read the same SQLite file. Ours has two workers, as it is installed."""
    ready(bench, 2)
    plan, slow = bench.plan, bench.plan.shop_of_slow
    for key, title, format, shop, rounds, names in (
        ("csv", "CSV", "csv", "large", plan.few, ("SQLAlchemy rows + csv.writer", "pandas")),
        ("csv-django", "CSV by Django", "csv", slow, 1, ("django-import-export",)),
        ("xlsx", "XLSX", "xlsx", slow, 1, ("openpyxl write-only", "XlsxWriter constant memory")),
        ("xlsx-rust", "XLSX by Rust", "xlsx", "large", plan.few, RUST),
        ("json", "JSON", "json", "large", plan.few, ("rows + json",)),
    ):
        rows = plan.shops[shop]
        peers = {name: bench.peer(name, shop) for name in names if name not in plan.without}
        bench.race(key, title, rows, rounds, {OURS: bench.ours(shop, format, rows), **peers})


def two_workers(bench: Bench) -> None:
    """One worker and two over the same XLSX, by the wall."""
    say(f"Two workers against one, XLSX, {bench.plan.large:,} rows ...")
    runs, figures = [], bench.figures
    for _ in range(bench.plan.few):
        for workers, walls in ((2, figures.two_workers), (1, figures.one_worker)):
            ready(bench, workers)
            runs.append(bench.centre.export("orders_large", "xlsx", bench.plan.large))
            walls.append(runs[-1].wall)
            bench.centre.remove_files()
    note_memory(bench, bench.plan.large, runs)


def ready(bench: Bench, workers: int) -> None:
    """Have so many workers. The first horse of a worker is not the usual one, so it is none of those measured."""
    bench.centre.work_with(workers)
    for _ in range(workers):
        bench.centre.export("orders_tiny", "csv", TINY)


def giant(bench: Bench) -> None:
    """Ten million rows, once: whole, and in no more memory."""
    rows, runs = bench.plan.giant, bench.ours
    bench.race("csv-giant", "CSV from SQLite", rows, 1, {
        OURS: runs("giant", "csv", rows), "sqlite3 -csv": lambda: bench.sqlite3("giant"),
    })  # fmt: skip
    bench.race("xlsx-giant", "XLSX, ten sheets", rows, 1, {OURS: runs("giant", "xlsx", rows)})
    bench.race("json-giant", "JSON", rows, 1, {OURS: runs("giant", "json", rows)})
    note_memory(bench, rows, [])


def note_memory(bench: Bench, rows: int, more: list[Run]) -> None:
    races = [race for race in bench.figures.races.values() if race.rows == rows]
    runs = [*more, *(run for race in races for run in race.runs.get(OURS, []))]
    bench.figures.memory[rows] = max(run.peak_mb or 0 for run in runs)


def people(bench: Bench) -> None:
    say("Click to finished file, and polling ...")
    bench.centre.work_with(2)
    bench.centre.serve()
    bench.figures.clicks = doors.clicks(bench.centre, "orders_tiny", bench.plan.clicks)
    bench.figures.polls = doors.polls(bench.centre)
    bench.centre.work_with(0)
    bench.centre.end("clock")
    bench.centre.end("web")


def pages(bench: Bench) -> None:
    for name, url in bench.records().items():
        say(f"List page over {bench.plan.exports:,} exports, {name} ...")
        asked = subprocess.run(
            [sys.executable, "-m", "benchmarks.pages", "time", str(bench.plan.rounds), str(bench.plan.page_seconds)],
            cwd=ROOT, env={**bench.centre.environment, "DATABASE_URL": url}, capture_output=True, check=False,
        )  # fmt: skip
        if asked.returncode:
            raise Failed(asked.stderr.decode()[-2000:])
        times: dict[str, dict[str, list[float]]] = json.loads(asked.stdout.splitlines()[-1])
        bench.figures.exports = bench.plan.exports
        bench.figures.pages[name] = {
            door: [ms for each in paths.values() for ms in each] for door, paths in times.items()
        }
        paths = [(path, median(each)) for door in times.values() for path, each in door.items()]
        bench.figures.slow_pages[name] = sorted(paths, key=lambda one: -one[1])[:8]


STAGES = {
    "csv": csv_from_sqlite,
    "postgresql": csv_from_postgresql,
    "workers": two_workers,
    "libraries": libraries,
    "giant": giant,
    "people": people,
    "pages": pages,
}


def measure(bench: Bench) -> None:
    ready(bench, 1)
    for name in bench.plan.stages:
        STAGES[name](bench)
        if name in ("workers", "libraries"):
            ready(bench, 1)


# -- command line --------------------------------------------------------------------------------------


def plan_of(options: argparse.Namespace) -> Plan:
    words = ["python3 dev.py bench"]
    words += ["--quick"] if options.quick else []
    words += [f"--rows {options.rows}"] if options.rows else []
    stages = tuple(options.only.split(",")) if options.only else tuple(STAGES)
    if options.quick or options.rows:
        stages = tuple(name for name in stages if name != "giant")
    large = options.rows or (500_000 if options.quick else 1_000_000)
    return Plan(
        large=large,
        slow=min(large, 100_000 if options.quick else 1_000_000),
        giant=GIANT,
        exports=options.exports or (100_000 if options.quick else 1_000_000),
        rounds=3 if options.quick else 5,
        few=1 if options.quick else 3,
        clicks=10 if options.quick else 60,
        stages=stages,
        page_seconds=12 if options.quick else 300,
        without=("XlsxWriter constant memory",) if options.quick else (),  # no target speaks of it
        command=" ".join(words),
    )


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    add = parser.add_argument
    add("--quick", action="store_true", help="in minutes, with fewer rows")
    add("--rows", type=counting, metavar="N", help="so many orders, instead of a million and then ten")
    add("--exports", type=counting, help=argparse.SUPPRESS)
    add(
        "--only",
        type=staging,
        metavar="STAGES",
        help=f"some of {','.join(STAGES)}; RESULTS.md stays as it is",
    )
    add("--out", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def counting(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not TINY <= int(text) <= GIANT:
        raise argparse.ArgumentTypeError(f"a whole number from {TINY} to {GIANT} is wanted")
    return int(text)


def staging(text: str) -> str:
    if unknown := set(text.split(",")) - set(STAGES):
        raise argparse.ArgumentTypeError(f"there is no {', '.join(sorted(unknown))}")
    return text


def main(arguments: list[str]) -> int:
    options = parsed(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))
    plan = plan_of(options)
    out = options.out or (None if options.only else RESULTS)
    with (
        tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder,
        prepared(plan, Path(folder)) as bench,
    ):
        try:
            measure(bench)
        except Exception:  # whatever it was, what has been measured took long
            print(f"\n{report.shown(bench.figures)}\n")
            raise
    return ended(bench.figures, plan.command, time.monotonic() - BEGUN, out)


def ended(figures: Figures, command: str, seconds: float, out: Path | None) -> int:
    """Show the figures and write them to `out`; 1 when a target is missed."""
    print(f"\n{report.shown(figures)}\n")
    if out:
        unfinished = out.with_name(f"{out.name}.new")
        unfinished.write_text(report.written(figures, command, seconds), encoding="utf-8")
        os.replace(unfinished, out)
        print(f"Written to {out} after {seconds:.0f} s.")
    return 1 if any(one.met is False for one in results(figures)) else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failed as problem:
        sys.exit(f"The benchmark could not go on: {problem}")
