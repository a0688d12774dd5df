"""Measures queues through AWS's API: messages a second, beside moto server, which keeps them in memory.

moto server is asked by four callers, and for longer: 64 get next to no answers from it in a few seconds.
"""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import subjects
from main import release_build
from subjects import Missing, Subject, Tidegate

LUA = Path(__file__).parent / "queues.lua"
PRODUCERS = 64
#: moto server's callers, and how many times as long each of its rows takes.
FEW, LONGER = 4, 2
MOTO = subjects.BENCH.parent / "target/tools/moto/bin/moto_server"


@dataclass(frozen=True)
class Row:
    mode: str
    title: str
    #: Messages a second that tidegate is to reach.
    bar: int


@dataclass(frozen=True)
class Load:
    callers: int
    seconds: int


ROWS = [
    Row("send", "SendMessage, 1 KiB, each answer after its sync", 30_000),
    Row("batch", "SendMessageBatch of ten", 100_000),
    Row("settle", "ReceiveMessage and DeleteMessageBatch, ten at a time", 100_000),
]


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench queues", description=__doc__)
    parser.add_argument("--tidegate", type=Path, metavar="FILE", help="the binary [a release build of this checkout]")
    parser.add_argument("--seconds", type=int, default=5, help="length of a row in each round [%(default)s]")
    parser.add_argument("--rounds", type=int, default=3, help="how often each row is measured [%(default)s]")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder:
        tidegate = Tidegate(options.tidegate or release_build(), Path(folder))
        load = Load(PRODUCERS, options.seconds)
        small = Load(FEW, options.seconds * LONGER)
        seen = {
            "tidegate": rounds("tidegate", lambda: served(tidegate), load, options.rounds),
            "moto": rounds("moto", lambda: moto(Path(folder)), small, 1),
        }
    print(f"{f'messages a second, {PRODUCERS} callers':54}{'tidegate':>12}{'p99 ms':>8}{f'moto, {FEW}':>10}{'bar':>10}")
    for row in ROWS:
        ours, theirs = seen["tidegate"].get(row.mode), seen["moto"].get(row.mode)
        rate = f"{ours[0]:12,.0f}{ours[1]:8.1f}" if ours else f"{'-':>12}{'-':>8}"
        peer = f"{theirs[0]:10,.0f}" if theirs else f"{'-':>10}"
        print(f"{row.title:54}{rate}{peer}{row.bar:>10,}")
    return 0


def rounds(name: str, start: Callable[[], Subject], load: Load, count: int) -> dict[str, tuple[float, float]]:
    """Each row's median rate and p99; nothing of a server that is not there."""
    try:
        server = start()
    except Missing as reason:
        print(f"bench: {name}: {reason}", file=sys.stderr)
        return {}
    try:
        samples: dict[str, list[dict[str, float]]] = {row.mode: [] for row in ROWS}
        for _ in range(count):
            for row in ROWS:
                samples[row.mode].append(measured(server, row.mode, load))
    finally:
        server.stop()
    return {mode: (median(all_of, "rate"), median(all_of, "p99_ms")) for mode, all_of in samples.items()}


def median(samples: list[dict[str, float]], what: str) -> float:
    return statistics.median(sample[what] for sample in samples)


def measured(server: Subject, mode: str, load: Load) -> dict[str, float]:
    # Longer than the slowest peer takes.
    patience = ["--timeout", "30s"]
    command = ["wrk", "-t1", f"-c{load.callers}", f"-d{load.seconds}s", *patience, "-s", str(LUA), server.url]
    environment = os.environ | {"MODE": mode, "QUEUE_URL": f"{server.url}000000000000/load"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout.splitlines()[-1])
    broken = {name: seen[name] for name in ("refused", "broken", "timeouts") if seen[name]}
    if broken:
        raise SystemExit(f"bench: {server.url} {mode}: {seen['messages']} messages, {broken}")
    return {"rate": seen["messages"] / (seen["duration_us"] / 1e6), "p99_ms": seen["p99_us"] / 1000}


def served(tidegate: Tidegate) -> Subject:
    server = tidegate.up(tidegate.stack("queues"))
    addresses = json.loads((tidegate.folder / "queues.state" / "server.json").read_text())
    server.url = addresses["aws"].rstrip("/") + "/"
    return server


def moto(folder: Path) -> Subject:
    if not MOTO.exists():
        raise Missing("no moto server; run scripts/setup bench")
    port = subjects.free_port()
    output = (folder / "moto.output").open("wb")
    process = subjects.launched([str(MOTO), "-H", "127.0.0.1", "-p", str(port)], output, output)
    server = Subject(process, f"http://127.0.0.1:{port}/")
    subjects.wait_until_served(server, folder / "moto.output")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"x-amz-target": "AmazonSQS.CreateQueue", "content-type": "application/x-amz-json-1.0",
               "authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request"}
    document = {"QueueName": "load", "Attributes": {"VisibilityTimeout": "600"}}
    connection.request("POST", "/", json.dumps(document), headers)
    if connection.getresponse().status != 200:
        raise Missing("moto server made no queue")
    return server


if __name__ == "__main__":
    sys.exit(main())
