"""Measures limits: decisions in memory, leases under faults, and what limits cost a request."""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import load
import outage
import subjects
from load import Refused, Sample
from main import release_build
from subjects import Missing, Subject, Tidegate

ABOUT = """\
Measures what limits cost and whether they hold, each number beside its bar:

  decisions   nanoseconds of one decision, beside governor's and a DashMap's
  leased      sixteen processes that share one key on a Redis of their own
  exactly     sixteen processes against one Redis, and against a Cluster of six nodes of which a primary is
              killed half way: what was admitted, beside the limit and its bound
  schedules   10,000 seeded schedules of faults against leased limits, in virtual time
  gateway     CPU per proxied request without limits, with five in memory, with five in Redis, and
              nginx with Lua and one limit in Redis
  outage      Redis killed under full load: failed requests, p99, how much of the limit is admitted
"""

ROOT = subjects.BENCH.parent
CONNECTIONS = 32

#: What is run by cargo.
COMMANDS = {
    "decisions": ["cargo", "bench", "-q", "--locked", "-p", "tidegate-limits", "--bench", "decide"],
    "leased": ["cargo", "bench", "-q", "--locked", "-p", "tidegate-drivers", "--bench", "leased"],
    "exactly": ["cargo", "test", "-q", "--locked", "--release", "-p", "tidegate-drivers", "--test", "stores"],
    "schedules": ["cargo", "run", "-q", "--locked", "--release", "-p", "tidegate-limits", "--example", "schedules"],
}


#: What the program behind `exactly` is told.
EXACTLY = ["exactly::", "--", "--nocapture", "--test-threads=1"]
DECISIONS = "TIDEGATE_EXACTLY_DECISIONS"


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    #: What this row's CPU time is compared with, and how.
    against: str = ""
    is_ratio: bool = False
    bar: float | None = None


GATEWAY = [
    Row("none", "tidegate: proxy, no limits"),
    Row("local", "tidegate: five limits in memory", "none", bar=1.0),
    Row("redis", "tidegate: five limits in Redis, exact", "local", is_ratio=True, bar=1.5),
    Row("nginx", "nginx: proxy_pass, no limits"),
    Row("nginx-lua", "nginx + Lua: one limit in Redis", "nginx"),
]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/bench limits", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = [*COMMANDS, "gateway", "outage"]
    parser.add_argument("--only", nargs="+", default=parts, choices=parts, metavar="PART", help="these parts")
    parser.add_argument("--tidegate", type=Path, metavar="FILE", help="the binary [a release build of this checkout]")
    parser.add_argument("--seconds", type=int, default=2, help="length of a row in each round [%(default)s]")
    parser.add_argument("--rounds", type=int, default=15, help="how often each row is measured [%(default)s]")
    parser.add_argument("--outage", type=int, default=60, metavar="SECONDS", help="how long Redis is dead [%(default)s]")
    parser.add_argument(
        "--decisions", type=int, default=1_000_000, metavar="N", help="of each store in `exactly` [%(default)s]"
    )
    options = parser.parse_args()
    is_good = True
    for part in options.only:
        print(f"\n== {part}", flush=True)
        if part == "gateway":
            is_good &= gateway(options)
        elif part == "outage":
            binary = options.tidegate or release_build()
            is_good &= outage.measure(binary, ("0" if load_cores() else None, load_cores()), options.outage)
        elif part == "exactly":
            environment = {**os.environ, DECISIONS: str(options.decisions)}
            command = [*COMMANDS[part], *EXACTLY]
            is_good &= subprocess.run(command, cwd=ROOT, env=environment).returncode == 0
        else:
            is_good &= subprocess.run(COMMANDS[part], cwd=ROOT).returncode == 0
    return 0 if is_good else 1


def gateway(options: argparse.Namespace) -> bool:
    binary = options.tidegate or release_build()
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder, contextlib.ExitStack() as running:
        # nginx's worker may be another user.
        os.chmod(folder, 0o755)
        servers, missing = start(Tidegate(binary, Path(folder)), Path(folder), running)
        samples: dict[str, list[Sample]] = {}
        for number in range(options.rounds):
            for row in [row for row in GATEWAY if row.name in servers]:
                print(f"bench: round {number + 1}/{options.rounds}: {row.title}", file=sys.stderr, flush=True)
                server = servers[row.name]
                try:
                    sample = load.measure(
                        server.url + "orders/42",
                        server.pid,
                        connections=CONNECTIONS,
                        seconds=options.seconds,
                        cores=load_cores(),
                    )
                    samples.setdefault(row.name, []).append(sample)
                except Refused as refused:
                    missing[row.name] = str(refused)
    return table(samples, missing)


def load_cores() -> str | None:
    last = (os.cpu_count() or 1) - 1
    return f"1-{last}" if last else None


def start(
    tidegate: Tidegate, folder: Path, running: contextlib.ExitStack
) -> tuple[dict[str, Subject], dict[str, str]]:
    """Starts the origin, the store and every server; what could not be started, and why."""
    core = "0" if load_cores() else None
    # Beside the load it would keep that core busier than the servers': how often a server has to wake the two
    # then depends on how long its answers take wrk to read.
    origin = subjects.nginx("origin.conf", folder, core)
    running.callback(origin.stop)
    port = int(origin.url.rstrip("/").rpartition(":")[2])
    store = redis(folder, running)
    flags = ("--workers", "1", "--set", f"origin={origin.url.rstrip('/')}")

    def stack(name: str, *more: str) -> Subject:
        return tidegate.up(tidegate.stack(f"limits-{name}"), *flags, *more, cores=core)

    def nginx_lua() -> Subject:
        subjects.rendered("nginx-paths.conf", folder)
        command = ["nginx", "-g", "daemon off;", "-c", "{config}"]
        return subjects.configured("nginx-lua.conf", command, folder, core, port, store=store)

    starters: dict[str, Callable[[], Subject]] = {
        "none": lambda: stack("none"),
        "local": lambda: stack("local"),
        "redis": lambda: stack("redis", "--set", f"store=redis://127.0.0.1:{store}"),
        "nginx": lambda: subjects.nginx("nginx-plain.conf", folder, core, port),
        "nginx-lua": nginx_lua,
    }
    servers, missing = {}, {}
    for name, starter in starters.items():
        try:
            servers[name] = starter()
            running.callback(servers[name].stop)
        except Missing as reason:
            missing[name] = str(reason)
    return servers, missing


def redis(folder: Path, running: contextlib.ExitStack) -> int:
    port = subjects.free_port()
    command = [subjects.find("redis-server"), "--port", str(port), "--save", "", "--appendonly", "no"]
    output = (folder / "redis.output").open("wb")
    process = subjects.launched(load.pinned(command, load_cores()), output, output)
    running.callback(process.wait)
    running.callback(process.terminate)
    return port


def table(samples: dict[str, list[Sample]], missing: dict[str, str]) -> bool:
    is_good = True
    print(f"{'row':<40} {'req/s':>9} {'CPU µs/req':>11} {'p99 ms':>7}  {'measured':<28} {'bar':>8}  verdict")
    for row in GATEWAY:
        if row.name not in samples:
            print(f"{row.title:<40} not measured: {missing.get(row.name, 'no round finished')}")
            is_good = False
            continue
        ours = [sample.cpu_us_per_request for sample in samples[row.name]]
        measured, bar, verdict = "", "", ""
        if row.against and samples.get(row.against):
            theirs = [sample.cpu_us_per_request for sample in samples[row.against]]
            pairs = list(zip(ours, theirs))
            if row.is_ratio:
                value = statistics.median(a / b for a, b in pairs)
                measured = f"{value:.2f} x {row.against} CPU"
            else:
                value = statistics.median(a - b for a, b in pairs)
                measured = f"{value:+.2f} µs over {row.against}"
            if row.bar is not None:
                is_met = value <= row.bar
                is_good &= is_met
                bar, verdict = f"<= {row.bar:g}", "met" if is_met else "MISSED"
        rate = statistics.median(sample.requests_per_second for sample in samples[row.name])
        p99 = statistics.median(sample.p99_ms for sample in samples[row.name])
        cpu = statistics.median(ours)
        print(f"{row.title:<40} {rate:>9,.0f} {cpu:>11.2f} {p99:>7.2f}  {measured:<28} {bar:>8}  {verdict}")
    return is_good


if __name__ == "__main__":
    sys.exit(main())
