"""One run: servers are started once, rows are measured in turn, round by round."""

import argparse
import contextlib
import itertools
import os
import sys
from collections.abc import Callable
from pathlib import Path

import load
import report
import slow
import starts
import subjects
from load import Refused, Sample
from report import Line
from rows import FUNCTIONS, GATEWAY, HALF_LOAD, STARTS, Row
from subjects import Missing, Subject, Tidegate

GATEWAY_CONNECTIONS = 32
HALF_LOAD_CONNECTIONS = 128
FUNCTION_CONNECTIONS = 16

#: Which server answers for a row, and on which path.
SERVED = {
    "nginx": ("nginx-plain", "orders/42"),
    "proxy": ("tidegate-proxy", "orders/42"),
    "nginx-everything": ("nginx-everything", "orders/42"),
    "haproxy": ("haproxy", "orders/42"),
    "everything": ("tidegate-everything", "orders/42"),
    "nginx-half": ("nginx-everything", "orders/42"),
    "everything-half": ("tidegate-everything", "orders/42"),
    "nginx-slow": ("nginx-everything", "orders/42"),
    "everything-slow": ("tidegate-everything", "orders/42"),
    "node-http": ("node", ""),
    "rust": ("tidegate-functions", "rust"),
    "python": ("tidegate-functions", "python"),
    "node": ("tidegate-functions", "node"),
}


class Run:
    def __init__(self, options: argparse.Namespace, wanted: set[str], folder: Path, origin: contextlib.ExitStack):
        self.options = options
        self.wanted = wanted
        self.folder = folder
        self.tidegate = Tidegate(options.tidegate, folder)
        self.servers: dict[str, Subject] = {}
        self.samples: dict[str, list[Sample]] = {}
        #: Why a row has no numbers.
        self.missing: dict[str, str] = {}
        last = (os.cpu_count() or 1) - 1
        self.gateway_core, self.load_cores = ("0", f"1-{last}") if last else (None, None)
        behind = subjects.nginx("origin.conf", folder, self.load_cores)
        origin.callback(behind.stop)
        self.origin = behind.url.rstrip("/")

    def start(self, running: contextlib.ExitStack) -> None:
        """Starts every server that a wanted row needs."""
        port = int(self.origin.rpartition(":")[2])
        core = self.gateway_core
        starters: dict[str, Callable[[], Subject]] = {
            "nginx-plain": lambda: subjects.nginx("nginx-plain.conf", self.folder, core, port),
            "nginx-everything": lambda: subjects.nginx("nginx-everything.conf", self.folder, core, port),
            "haproxy": lambda: subjects.haproxy(self.folder, core, port),
            "node": lambda: subjects.node(self.folder),
            "tidegate-proxy": lambda: self.gateway("proxy"),
            "tidegate-everything": lambda: self.gateway("everything"),
            "tidegate-functions": self.functions,
        }
        for name in [name for name in SERVED if name in self.wanted]:
            server, _ = SERVED[name]
            if server in self.servers:
                continue
            try:
                self.servers[server] = starters[server]()
                running.callback(self.servers[server].stop)
            except Missing as missing:
                self.missing[name] = str(missing)

    def gateway(self, stack: str) -> Subject:
        flags = ("--workers", "1", "--set", f"origin={self.origin}")
        return self.tidegate.up(self.tidegate.stack(stack), *flags, cores=self.gateway_core)

    def functions(self) -> Subject:
        stack, flags = starts.functions(self.tidegate)
        return self.tidegate.up(stack, *flags)

    def round(self, number: int) -> None:
        for row in GATEWAY:
            self.measure(number, row, connections=GATEWAY_CONNECTIONS, cores=self.load_cores)
        for row in in_turns(HALF_LOAD):
            if row.name in self.wanted and "nginx-everything" in self.samples:
                full = self.samples["nginx-everything"][-1].requests_per_second
                think_ms = HALF_LOAD_CONNECTIONS / (full / 2) * 1000
                self.measure(number, row, connections=HALF_LOAD_CONNECTIONS, cores=self.load_cores, think_ms=think_ms)
        for row in in_turns(FUNCTIONS):
            self.measure(number, row, connections=FUNCTION_CONNECTIONS, cores=None)

    def measure(self, number: int, row: Row, **how: int | float | str | None) -> None:
        if row.name not in self.wanted or row.name in self.missing:
            return
        name, path = SERVED[row.name]
        server = self.servers.get(name)
        if server is None:
            self.missing[row.name] = f"{name} does not run"
            return
        say(f"round {number}/{self.options.rounds}: {row.title}")
        seconds = row.seconds or self.options.seconds
        beside = slow.clients(server.url, row.slow, self.load_cores) if row.slow else contextlib.nullcontext()
        try:
            with beside:
                sample = load.measure(server.url + path, server.pid, seconds=seconds, **how)
            self.samples.setdefault(row.name, []).append(sample)
        except Refused as refused:
            self.missing[row.name] = str(refused)

    def lines(self) -> list[Line]:
        measured = [row for row in GATEWAY + HALF_LOAD + FUNCTIONS if row.name in self.wanted]
        return [report.rated(row, self.samples, self.missing.get(row.name, "")) for row in measured]

    def start_lines(self) -> list[Line]:
        """The rows of one number each, measured when the other servers have ended."""
        measures: dict[str, Callable[[], tuple[float, float]]] = {
            "cold-rust": lambda: starts.cold(self.tidegate, "rust"),
            "cold-python": lambda: starts.cold(self.tidegate, "python"),
            "cold-node": lambda: starts.cold(self.tidegate, "node"),
            "cold-java": lambda: starts.cold(self.tidegate, "java"),
            "ready": lambda: (starts.ready(self.tidegate, self.origin), 0),
            "save-code": lambda: (starts.saved(self.tidegate, "functions/python/index.py", "python"), 0),
            "save-manifest": lambda: (starts.saved(self.tidegate, "tidegate.yaml", "mock"), 0),
            "idle": lambda: (starts.idle(self.tidegate, self.origin), 0),
        }
        lines = []
        for start in [start for start in STARTS if start.name in self.wanted]:
            say(start.title)
            try:
                lines.append(report.rated_start(start, *measures[start.name]()))
            except (Missing, ConnectionError) as missing:
                lines.append(Line(start.name, start.title, bar=f"<= {start.bar:g} {start.unit}", missing=str(missing)))
        return lines


def in_turns(rows: list[Row]) -> list[Row]:
    """Every row as often as it has turns, neighbours of a kind one after the other."""
    turns = []
    for (times, _), neighbours in itertools.groupby(rows, key=lambda row: (row.turns, row.slow)):
        turns += list(neighbours) * times
    return turns


def say(what: str) -> None:
    print(f"bench: {what}", file=sys.stderr, flush=True)
