"""Kills the limit store under full load: what fails, what waits, and how much of the limit is admitted."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import load
import subjects
from subjects import Tidegate

LUA = Path(__file__).parent / "outage.lua"
CONNECTIONS = 32
#: What `stacks/limits-outage` declares, and how long a lease of its limit lasts.
RATE, BURST, LEASE_SECONDS = 2000, 100, 0.05
#: A share is what a server was granted over ten seconds; so long it is loaded before.
BEFORE_SECONDS = 12


def measure(binary: Path, cores: tuple[str | None, str | None], seconds: int) -> bool:
    """Prints a row for each promise. `cores` are the server's and those of all others."""
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as name, contextlib.ExitStack() as running:
        folder = Path(name)
        # nginx's worker may be another user.
        os.chmod(folder, 0o755)
        server_core, others = cores
        origin = subjects.nginx("origin.conf", folder, others)
        running.callback(origin.stop)
        port, store = redis(folder, running, others)
        tidegate = Tidegate(binary, folder)
        parameters = {"origin": origin.url.rstrip("/"), "store": f"redis://127.0.0.1:{port}"}
        flags = [flag for pair in parameters.items() for flag in ("--set", "=".join(pair))]
        server = tidegate.up(tidegate.stack("limits-outage"), "--workers", "1", *flags, cores=server_core)
        running.callback(server.stop)
        url = server.url + "orders/42"
        say(f"{BEFORE_SECONDS} s with the store, {seconds} s without")
        before = run(url, BEFORE_SECONDS, others)
        # It dies in the middle of the load, not between two loads.
        killer = threading.Timer(1.0, store.kill)
        killer.start()
        during = run(url, seconds, others)
        killer.join()
        return report(before, during)


def redis(folder: Path, running: contextlib.ExitStack, cores: str | None) -> tuple[int, subprocess.Popen[bytes]]:
    port = subjects.free_port()
    command = [subjects.find("redis-server"), "--port", str(port), "--save", "", "--appendonly", "no"]
    output = (folder / "redis.output").open("wb")
    process = subjects.launched(load.pinned(command, cores), output, output)
    running.callback(process.wait)
    running.callback(process.kill)
    return port, process


def run(url: str, seconds: int, cores: str | None) -> dict[str, int]:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(LUA), url]
    done = subprocess.run(load.pinned(command, cores), capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def report(before: dict[str, int], during: dict[str, int]) -> bool:
    seconds = during["duration_us"] / 1e6
    share = during["admitted"] / (RATE * seconds)
    most = 1 + (LEASE_SECONDS + BURST / RATE) / seconds
    added = (during["p99_us"] - before["p99_us"]) / 1000
    answered = during["admitted"] + during["denied"]
    rows = [
        (f"failed of {answered:,} requests", f"{during['failed']}", "0", during["failed"] == 0),
        (
            f"p99 over that with the store ({before['p99_us'] / 1000:.2f} ms)",
            f"{added:+.2f} ms",
            "<= 1 ms",
            added <= 1,
        ),
        ("admitted, of the limit", f"{share:.4f}", f"0.95 to {most:.4f}", 0.95 <= share <= most),
    ]
    print(f"{f'the store is killed for {seconds:.0f} s under full load':<60} {'measured':>12} {'bar':>16}  verdict")
    for name, measured, bar, is_met in rows:
        print(f"{name:<60} {measured:>12} {bar:>16}  {'met' if is_met else 'MISSED'}")
    return all(is_met for *_, is_met in rows)


def say(what: str) -> None:
    print(f"bench: {what}", file=sys.stderr, flush=True)
