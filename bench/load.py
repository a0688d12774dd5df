"""Load from wrk, and what it cost the server."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import processes

LUA = Path(__file__).parent / "wrk.lua"
WARM_UP_SECONDS = 1


@dataclass
class Sample:
    requests_per_second: float
    cpu_us_per_request: float
    p50_ms: float
    p99_ms: float


class Refused(Exception):
    """The server answered something else than what the row is about."""


def measure(url: str, pid: int, *, connections: int, seconds: int, cores: str | None, think_ms: float = 0) -> Sample:
    """Runs wrk against `url`, counting the CPU time of the process tree of `pid`."""
    run(url, connections, WARM_UP_SECONDS, cores, think_ms)
    before = processes.cpu_us(pid)
    seen = run(url, connections, seconds, cores, think_ms)
    cpu = processes.cpu_us(pid) - before
    broken = {name: seen[name] for name in ("refused", "broken", "timeouts") if seen[name]}
    if broken or not seen["requests"]:
        raise Refused(f"{url}: {seen['requests']} requests, {broken or 'none answered'}")
    return Sample(
        requests_per_second=seen["requests"] / (seen["duration_us"] / 1e6),
        cpu_us_per_request=cpu / seen["requests"],
        p50_ms=seen["p50_us"] / 1000,
        p99_ms=seen["p99_us"] / 1000,
    )


def run(url: str, connections: int, seconds: int, cores: str | None, think_ms: float) -> dict[str, int]:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(LUA), url]
    environment = os.environ | {"THINK_MS": str(think_ms)}
    done = subprocess.run(pinned(command, cores), env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def pinned(command: list[str], cores: str | None) -> list[str]:
    return ["taskset", "-c", cores, *command] if cores else command
