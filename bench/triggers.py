"""Measures how late triggers are: from a message's send, and from a schedule's due time, to the function."""

import argparse
import contextlib
import http.client
import json
import socket
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

from main import release_build
from subjects import Missing, Tidegate, find

ABOUT = """\
Measures how late a Python function starts, beside the bar of each number:

  queue      from before SendMessage is called to the handler's first line, one message at a time; the
             bar is the median's
  schedule   from the due time to the handler's first line, while wrk loads the gateway; the bar is
             that of the latest run

Every message is durable before it is acknowledged, and so is every due time before it is run.
"""

#: The bars in milliseconds: of the median, and of the latest run.
BARS = {"queue": 3.0, "schedule": 50.0}


class Actions:
    """The AWS port, without an SDK whose time would be measured too."""

    def __init__(self, url: str) -> None:
        self.connection = http.client.HTTPConnection(url.removeprefix("http://").rstrip("/"), timeout=30)

    def ask(self, method: str, path: str, body: dict, target: str = "") -> dict:
        headers = {"content-type": "application/x-amz-json-1.0"} | ({"x-amz-target": target} if target else {})
        self.connection.request(method, path, json.dumps(body), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise Missing(f"{target or path}: {answer.status} {text.decode()}")
        return json.loads(text or b"{}")

    def queue(self, action: str, **members: object) -> dict:
        return self.ask("POST", "/", members, f"AmazonSQS.{action}")


class Results:
    """What the function tells, by datagrams."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(30)
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"

    def next(self, kind: str) -> float:
        while True:
            told = json.loads(self.socket.recv(4096))
            if told["kind"] == kind:
                return told["ms"]


def queue(actions: Actions, results: Results, messages: int) -> list[float]:
    url = actions.queue("GetQueueUrl", QueueName="jobs")["QueueUrl"]
    lateness = []
    for number in range(messages + 20):
        kind = "warm" if number < 20 else "queue"
        actions.queue("SendMessage", QueueUrl=url, MessageBody=json.dumps({"kind": kind, "at": time.time()}))
        ms = results.next(kind)
        if kind == "queue":
            lateness.append(ms)
    return lateness


def schedule(actions: Actions, results: Results, runs: int, api: str) -> list[float]:
    first = int(time.time()) + 3
    for number in range(runs):
        at = first + number
        when = datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
        target = {
            "Arn": "arn:aws:lambda:us-east-1:000000000000:function:note",
            "RoleArn": "arn:aws:iam::000000000000:role/any",
            "Input": json.dumps({"kind": "schedule", "at": at}),
        }
        body = {"ScheduleExpression": f"at({when})", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}
        actions.ask("POST", f"/schedules/run-{number}", body)
    load = subprocess.Popen([find("wrk"), "-t1", "-c32", f"-d{runs + 3}s", f"{api}mock"], stdout=subprocess.DEVNULL)
    try:
        return [results.next("schedule") for _ in range(runs)]
    finally:
        load.kill()
        load.wait()


def line(name: str, lateness: list[float]) -> bool:
    ordered = sorted(lateness)
    median, p99 = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    judged = median if name == "queue" else ordered[-1]
    verdict = "holds" if judged <= BARS[name] else "MISSED"
    counts = f"{len(ordered):5} runs   median {median:7.2f} ms   p99 {p99:7.2f} ms   most {ordered[-1]:7.2f} ms"
    print(f"{name:9} {counts}   bar {BARS[name]:g} ms: {verdict}")
    return judged <= BARS[name]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/bench triggers", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tidegate", type=Path, metavar="FILE", help="the binary [a release build of this checkout]")
    parser.add_argument("--messages", type=int, default=1000, help="messages, one after another [%(default)s]")
    parser.add_argument("--runs", type=int, default=30, help="due times, one a second [%(default)s]")
    options = parser.parse_args()
    binary = options.tidegate or release_build()
    results = Results()
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder, contextlib.ExitStack() as running:
        tidegate = Tidegate(binary, Path(folder))
        python = f"python3.{sys.version_info.minor}"
        settings = ("--set", f"results={results.address}", "--set", f"python={python}")
        server = tidegate.up(tidegate.stack("triggers"), *settings)
        running.callback(server.stop)
        addresses = json.loads((Path(folder) / "triggers.state" / "server.json").read_text())
        actions = Actions(addresses["aws"])
        holds = [
            line("queue", queue(actions, results, options.messages)),
            line("schedule", schedule(actions, results, options.runs, server.url)),
        ]
    return 0 if all(holds) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Missing as missing:
        sys.exit(f"bench: {missing}")
