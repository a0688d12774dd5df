"""The rows of the table: what is measured, against what, and what it has to reach."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    #: What `--only` calls it.
    name: str
    title: str
    #: The row that this one is compared with.
    against: str = ""
    #: Which number of the two is compared.
    metric: str = ""
    #: The largest ratio that is good enough and the one we aim for; for a share of requests per
    #: second, the smallest.
    bar: float = 0
    goal: float = 0
    #: Clients that never finish a request, beside those that are measured.
    slow: int = 0
    #: How often a round measures the row, in turns with its neighbours, and for how long where that is not
    #: what was asked for.
    turns: int = 1
    seconds: int = 0


SLOW_CLIENTS = 10_000

#: The slowest percent of a second is what else the machine did in it: two runs of one server differ by a
#: factor of two. Where four processes and wrk share the cores, whoever is put beside whom decides a few percent.
#: In turns, and often rather than long, the median of the ratios holds still.
OFTEN = {"turns": 10, "seconds": 1}

#: One worker on one core of its own, the same origin behind it, 32 connections.
GATEWAY = [
    Row("nginx", "nginx: proxy_pass, no access log"),
    Row("proxy", "tidegate: plain proxy, no access log", "nginx", "cpu_us_per_request", 1.10, 1.0),
    Row("nginx-everything", "nginx: limit_req + access log"),
    Row("haproxy", "HAProxy: stick table + log", "nginx-everything", "cpu_us_per_request"),
    Row("everything", "tidegate: route + throttle + log + metrics", "nginx-everything", "cpu_us_per_request", 1.25, 1.0),
]

#: The same servers at half of what nginx could do, alone and beside slow clients.
HALF_LOAD = [
    Row("nginx-half", "nginx: limit_req + access log, half load", **OFTEN),
    Row("everything-half", "tidegate: everything, half load", "nginx-half", "p99_ms", 1.25, **OFTEN),
    Row("nginx-slow", "nginx: half load, 10,000 slow clients", "nginx-half", "p99_ms", slow=SLOW_CLIENTS, **OFTEN),
    Row(
        "everything-slow",
        "tidegate: half load, 10,000 slow clients",
        "nginx-slow",
        "p99_ms",
        1.25,
        slow=SLOW_CLIENTS,
        **OFTEN,
    ),
]

#: Every process where the system puts it, 16 connections. The goals are twice the best peer's share.
FUNCTIONS = [
    Row("node-http", "node:http hello, no platform", **OFTEN),
    Row("rust", "tidegate -> Rust function", "node-http", "requests_per_second", 0.30, 0.30, **OFTEN),
    Row("python", "tidegate -> Python function", "node-http", "requests_per_second", 0.28, 0.36, **OFTEN),
    Row("node", "tidegate -> Node function", "node-http", "requests_per_second", 0.33, 0.44, **OFTEN),
]


@dataclass(frozen=True)
class Start:
    """A row of one number, lower being better."""

    name: str
    title: str
    unit: str
    bar: float
    #: The number is a difference to what this is.
    over: str = ""


STARTS = [
    Start("cold-rust", "cold start: Rust", "ms", 10, "over a bare process"),
    Start("cold-python", "cold start: Python", "ms", 10, "over a bare interpreter"),
    Start("cold-node", "cold start: Node", "ms", 10, "over a bare interpreter"),
    Start("cold-java", "cold start: Java", "ms", 25, "over a bare virtual machine"),
    Start("ready", "time to ready", "ms", 50),
    Start("save-code", "save to live: a function's code", "ms", 300),
    Start("save-manifest", "save to live: the manifest", "ms", 300),
    Start("idle", "resident at idle, no functions", "MiB", 15),
]


def chosen(wanted: list[str]) -> set[str]:
    """The names of the rows to measure: those asked for and what they are compared with."""
    rows = GATEWAY + HALF_LOAD + FUNCTIONS
    names = {row.name for row in rows} | {start.name for start in STARTS}
    if unknown := set(wanted) - names:
        raise SystemExit(f"no row {', '.join(sorted(unknown))}; there are {', '.join(sorted(names))}")
    if not wanted:
        return names
    needed = set(wanted)
    while more := {row.against for row in rows if row.name in needed and row.against} - needed:
        needed |= more
    # Half load is half of what the row measured at full load.
    full = {"nginx-everything"} if needed & {row.name for row in HALF_LOAD} else set()
    return needed | full
