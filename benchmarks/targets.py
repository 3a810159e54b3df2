"""The performance table of the design as questions to the figures of one run: what must be, what is, is it met.

Pure: `benchmarks.run` measures, `benchmarks.report` shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median

from benchmarks.measuring import Run

OURS = "export centre"
RUST = ("jetxl", "rustpy-xlsxwriter")
MEGABYTES = 400
GROWTH = 1.05  # the same memory, but for what the allocator makes of chance


@dataclass
class Race:
    """The same rows and columns written by several, in turns."""

    title: str
    rows: int
    runs: dict[str, list[Run]] = field(default_factory=dict)

    def cpu(self, name: str) -> float | None:
        return median(run.cpu for run in self.runs[name]) if self.runs.get(name) else None

    def wall(self, name: str) -> float | None:
        return median(run.wall for run in self.runs[name]) if self.runs.get(name) else None

    def faster(self, peer: str) -> float | None:
        """How many times the wall time of ours the peer takes."""
        ours, theirs = self.wall(OURS), self.wall(peer)
        return theirs / ours if ours is not None and theirs is not None else None

    def ratio(self, above: str, below: str) -> float | None:
        first, second = self.cpu(above), self.cpu(below)
        return first / second if first is not None and second else None


@dataclass
class Figures:
    """Everything that one run of the benchmark has measured; what is empty was not measured."""

    races: dict[str, Race] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)  # peer -> why it did not run
    one_worker: list[float] = field(default_factory=list)  # seconds of wall
    two_workers: list[float] = field(default_factory=list)
    clicks: list[float] = field(default_factory=list)  # seconds
    # records' database -> door -> milliseconds
    pages: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    exports: int = 1_000_000  # in the lists
    slow_pages: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    polls: dict[str, float] = field(default_factory=dict)  # a second of CPU
    memory: dict[int, float] = field(default_factory=dict)  # rows -> megabytes


APIS = {
    "omnitron": "Omnitron",
    "packagex": "PackageX",
    "commerce_layer": "Commerce Layer",
    "rebilly": "Rebilly",
}


@dataclass(frozen=True)
class Result:
    what: str
    must: str
    figure: str = "not measured"
    met: bool | None = None  # None: not measured

    @property
    def verdict(self) -> str:
        return {True: "pass", False: "MISS", None: "not measured"}[self.met]


def results(figures: Figures) -> list[Result]:
    return [
        _at_most(
            "CSV from SQLite, CPU against `sqlite3 -csv`", 2.5, _ours(figures, "csv-sqlite", "sqlite3 -csv")
        ),
        _at_most(
            "CSV from PostgreSQL, CPU against `psql \\copy`",
            2.5,
            _ours(figures, "csv-postgresql", "psql \\copy"),
        ),
        *(
            _at_least(f"{title}, wall of {peer} against ours", factor, _theirs(figures, race, peer))
            for title, race, peer, factor in (
                ("CSV", "csv", "SQLAlchemy rows + csv.writer", 3),
                ("CSV", "csv-django", "django-import-export", 3),
                ("XLSX", "xlsx", "openpyxl write-only", 15),
                ("XLSX", "xlsx-rust", best_rust(figures), 2),
                ("JSON", "json", "rows + json", 4),
            )
        ),
        *_memory(figures),
        _at_least("XLSX, wall of one worker against two", 1.6, _speedup(figures)),
        _timed("Click to finished file of 1,000 rows, median", figures.clicks, median, 0.5, "s"),
        _timed("Click to finished file of 1,000 rows, p95", figures.clicks, p95, 1.0, "s"),
        *_lists(figures),
        _polling(figures),
    ]


def _lists(figures: Figures) -> list[Result]:
    """Of the dashboard, and of each API, which is asked for single exports too."""
    doors = {"dashboard": "List", **{name: f"{title}, lists and exports" for name, title in APIS.items()}}
    return [
        _timed(
            f"{title} of {figures.exports:,}, {database}, p95",
            figures.pages.get(key, {}).get(door, []),
            p95,
            60 if door == "dashboard" else 50,
            "ms",
        )
        for door, title in doors.items()
        for key, database in (("sqlite", "SQLite"), ("postgresql", "PostgreSQL"))
    ]


def best_rust(figures: Figures) -> str:
    """The Rust writer that needed least in this run."""
    race = figures.races.get("xlsx-rust")
    known = [(race.wall(name) or 0, name) for name in RUST if race and race.runs.get(name)]
    return min(known)[1] if known else RUST[0]


def p95(values: list[float]) -> float:
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


def _ours(figures: Figures, race: str, peer: str) -> float | None:
    return figures.races[race].ratio(OURS, peer) if race in figures.races else None


def _theirs(figures: Figures, race: str, peer: str) -> float | None:
    return figures.races[race].faster(peer) if race in figures.races else None


def _at_most(what: str, limit: float, ratio: float | None) -> Result:
    if ratio is None:
        return Result(what, f"at most {limit:g} x")
    return Result(what, f"at most {limit:g} x", f"{ratio:.2f} x", ratio <= limit)


def _at_least(what: str, limit: float, ratio: float | None) -> Result:
    if ratio is None:
        return Result(what, f"at least {limit:g} x")
    return Result(what, f"at least {limit:g} x", f"{ratio:.2f} x", ratio >= limit)


def _memory(figures: Figures) -> list[Result]:
    sizes = sorted(figures.memory)
    first = Result("Worker memory", f"at most {MEGABYTES} MB")
    if sizes:
        most = figures.memory[sizes[0]]
        what = f"Worker memory at {sizes[0]:,} rows"
        first = Result(what, f"at most {MEGABYTES} MB", f"{most:.0f} MB", most <= MEGABYTES)
    if len(sizes) < 2:
        return [first, Result("Worker memory at 10,000,000 rows", "no more than at 1,000,000")]
    less, more = figures.memory[sizes[0]], figures.memory[sizes[-1]]
    grown = Result(
        f"Worker memory at {sizes[-1]:,} rows",
        f"no more than at {sizes[0]:,}",
        f"{more:.0f} MB, {more / less:.2f} x",
        more <= MEGABYTES and more <= less * GROWTH,
    )
    return [first, grown]


def _speedup(figures: Figures) -> float | None:
    if not figures.one_worker or not figures.two_workers:
        return None
    return median(figures.one_worker) / median(figures.two_workers)


def _timed(
    what: str, values: list[float], of: Callable[[list[float]], float], limit: float, unit: str
) -> Result:
    must = f"at most {limit:g} {unit}"
    if not values:
        return Result(what, must)
    value = of(values)
    return Result(what, must, f"{value:.2f} {unit}" if unit == "s" else f"{value:.0f} {unit}", value <= limit)


def _polling(figures: Figures) -> Result:
    what, must = "Status fragments a second on one core", "at least 500"
    if not figures.polls:
        return Result(what, must)
    name, slowest = min(figures.polls.items(), key=lambda one: one[1])
    return Result(what, must, f"{slowest:.0f} ({name})", slowest >= 500)


def summary(found: list[Result]) -> Mapping[str, int]:
    return {
        "met": sum(one.met is True for one in found),
        "missed": sum(one.met is False for one in found),
        "not measured": sum(one.met is None for one in found),
    }
