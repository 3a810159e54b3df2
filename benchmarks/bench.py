"""What the benchmark measures with: shops, databases, a centre, and contenders that take turns. `run` calls it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from benchmarks import postgresql
from benchmarks.centre import Centre
from benchmarks.measuring import ROOT, Failed, Run, measured, tree_cpu
from benchmarks.peers import SELECT
from benchmarks.targets import Figures, Race

TINY = 1_000  # rows of the export that somebody clicks for
BEGUN = time.monotonic()


class Unavailable(Exception):
    """A peer that this machine does not have."""


@dataclass(frozen=True)
class Plan:
    """How much is measured. Slow peers may get fewer rows, and ours beside them as many."""

    large: int
    slow: int  # rows for peers that take minutes for a million
    giant: int
    exports: int  # in the lists
    rounds: int  # of the races by CPU, and of the lists
    few: int  # of the races by wall; slow peers have one round
    clicks: int
    page_seconds: int  # how long lists are asked for, at most
    stages: tuple[str, ...]
    without: tuple[str, ...]  # peers that are left out
    command: str

    @property
    def shops(self) -> dict[str, int]:
        """How many orders each shop has."""
        sizes = {"tiny": TINY, "large": self.large}
        sizes |= {"slow": self.slow} if self.slow != self.large else {}
        return sizes | ({"giant": self.giant} if "giant" in self.stages else {})

    @property
    def wants_server(self) -> bool:
        return bool({"postgresql", "pages"} & set(self.stages))

    @property
    def shop_of_slow(self) -> str:
        return "slow" if "slow" in self.shops else "large"


class Bench:
    """One run: what is there to measure with, and the figures so far."""

    def __init__(self, plan: Plan, folder: Path, centre: Centre, database: postgresql.Server | None) -> None:
        self.plan, self.folder, self.centre, self.database = plan, folder, centre, database
        self.figures = Figures()

    def race(
        self, key: str, title: str, rows: int, rounds: int, contenders: dict[str, Callable[[], Run]]
    ) -> None:
        """Let each have its turn, `rounds` times; who cannot run at all is noted and left out."""
        race = self.figures.races[key] = Race(title, rows)
        say(f"{title}, {rows:,} rows ...")
        for round in range(rounds):
            names = [name for name in contenders if name not in self.figures.missing]
            for name in names[round % len(names) :] + names[: round % len(names)]:
                try:
                    race.runs.setdefault(name, []).append(contenders[name]())
                except Unavailable as reason:
                    self.figures.missing[name] = str(reason)
                finally:
                    (self.folder / "out").unlink(missing_ok=True)
                    self.centre.remove_files()

    def ours(self, shop: str, format: str, rows: int) -> Callable[[], Run]:
        server = self.database.pid if shop == "postgresql" and self.database else None
        return lambda: self.centre.export(f"orders_{shop}", format, rows, server)

    def peer(self, name: str, shop: str) -> Callable[[], Run]:
        return self._peer(name, f"sqlite:///{self.folder / shop}.sqlite")

    def reading(self, shop: str) -> Callable[[], Run]:
        """Reading alone, the server's part included."""
        name = "reading by ADBC, no file"
        if shop != "postgresql" or not self.database:
            return self.peer(name, shop)
        server, read = self.database.pid, self._peer(name, self.database.url)

        def run() -> Run:
            before = tree_cpu(server)
            own = read()
            used = tree_cpu(server) - before
            return Run(own.cpu + used, own.wall, own.peak_mb, used)

        return run

    def _peer(self, name: str, url: str) -> Callable[[], Run]:
        command = [sys.executable, "-m", "benchmarks.peers", name, url]

        def run() -> Run:
            said = self.folder / "said"
            try:
                whole = measured([*command, str(self.folder / "out")], said)
            except Failed as error:
                if "ModuleNotFoundError" in str(error):
                    raise Unavailable("it is not installed") from None
                raise
            own = json.loads(said.read_text().splitlines()[-1])
            return Run(own["cpu"], own["wall"], whole.peak_mb)

        return run

    def sqlite3(self, shop: str) -> Run:
        program = which("sqlite3")
        if not program:
            raise Unavailable("there is no program sqlite3")
        command = [program, "-csv", "-header", str(self.folder / f"{shop}.sqlite"), SELECT]
        return measured(command, self.folder / "out")

    def psql(self) -> Run:
        program = postgresql.psql()
        if not program or not self.database:
            raise Unavailable("there is no program psql")
        copy = f"\\copy ({SELECT}) TO '{self.folder / 'out'}' CSV HEADER"
        before = tree_cpu(self.database.pid)
        run = measured(
            [program, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", copy, self.database.url],
            self.folder / "said",
        )
        used = tree_cpu(self.database.pid) - before
        return Run(run.cpu + used, run.wall, run.peak_mb, used)

    def records(self) -> dict[str, str]:
        """The databases that have many exports in them, by name."""
        if "pages" not in self.plan.stages or not self.database:
            return {}
        return {"sqlite": f"sqlite:///{self.folder / 'many.sqlite'}", "postgresql": self.database.records}


@contextmanager
def prepared(plan: Plan, folder: Path) -> Iterator[Bench]:
    """Shops, databases and a centre; what takes long is made at the same time."""
    say("Making shops and records ...")
    with ExitStack() as stack:
        making = {
            name: _started(stack, shop(folder / f"{name}.sqlite", rows)) for name, rows in plan.shops.items()
        }
        database = stack.enter_context(postgresql.server()) if plan.wants_server else None
        for process in making.values():
            _ended(process)
        if database:
            postgresql.load_orders(database.url, folder / "large.sqlite")
        (folder / "sources.toml").write_text(catalog(folder, list(making), database))
        centre = stack.enter_context(Centre(folder, folder / "sources.toml"))
        bench = Bench(plan, folder, centre, database)
        fillers = [_started(stack, *filling(bench, url)) for url in bench.records().values()]
        for process in fillers:
            _ended(process)
        yield bench


def filling(bench: Bench, url: str) -> tuple[list[str], dict[str, str]]:
    command = [sys.executable, "-m", "benchmarks.pages", "fill", str(bench.plan.exports)]
    return command, {**bench.centre.environment, "DATABASE_URL": url}


def shop(path: Path, rows: int) -> list[str]:
    return [sys.executable, "-m", "benchmarks.shop", str(path), "--orders", str(rows)]


def catalog(folder: Path, shops: list[str], database: postgresql.Server | None) -> str:
    urls = {name: f"sqlite:///{folder / name}.sqlite" for name in shops}
    urls |= {"postgresql": database.url} if database else {}
    sources = [f"[sources.{name}]\nurl = {json.dumps(url)}" for name, url in urls.items()]
    resources = [f'[resources.orders_{name}]\nsource = "{name}"\ntable = "orders"' for name in urls]
    return "\n".join([*sources, *resources]) + "\n"


def _started(
    stack: ExitStack, command: list[str], environment: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)
    stack.callback(process.kill)
    return process


def _ended(process: subprocess.Popen[bytes]) -> None:
    if process.wait() and process.stderr:
        raise Failed(process.stderr.read().decode()[-2000:])


def say(text: str) -> None:
    print(f"{time.monotonic() - BEGUN:4.0f} s  {text}", flush=True)
