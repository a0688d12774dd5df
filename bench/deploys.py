"""Measures how soon a change is live in a stack of 50 functions: saved in its folder, and deployed under load."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import load
import starts
from main import release_build
from subjects import Missing, Subject, Tidegate, get

ABOUT = """\
Measures how soon a one-line change of a function is live in a stack of 50 functions, 25 in Python and
25 in Node, each with an environment that is warm:

  save     from writing the file to the first answer that shows it, beside `tidegate up`
  deploy   the whole of `tidegate deploy`, from its start to its end, to a server that answers 2,000
           requests per second meanwhile; no request may fail, and the next one shows the change

The bars are for the medians.
"""

FUNCTIONS = 50
#: The bars in milliseconds.
SAVE_MS = 300
DEPLOY_MS = 1000
REQUESTS_PER_SECOND = 2000
#: With so many connections, each waiting so long on average between two requests.
CONNECTIONS = 64
THINK_MS = 30.0
#: Between two deployments, so that the load runs between them as well.
PAUSE_SECONDS = 1.0

CODE = {
    "python": ("index.py", 'def handler(event, context):\n    return "version 0"\n'),
    "node": ("index.js", 'exports.handler = async () => "version 0";\n'),
}


@dataclass
class Result:
    name: str
    title: str
    ms: list[float]
    bar_ms: float
    #: What is wrong though it was fast enough.
    wrong: str = ""
    notes: str = ""

    @property
    def median(self) -> float:
        return sorted(self.ms)[len(self.ms) // 2]

    @property
    def is_met(self) -> bool:
        return self.median <= self.bar_ms and not self.wrong

    def line(self) -> str:
        verdict = "met" if self.is_met else "MISSED"
        measured = f"median {self.median:.0f} ms, slowest {max(self.ms):.0f} ms"
        more = ", ".join(text for text in (self.notes, self.wrong) if text)
        return f"{self.title:44}  {measured:38}  <= {self.bar_ms:.0f} ms  {verdict:6}  {more}".rstrip()


def written(folder: Path) -> Path:
    """The stack of 50 functions, in a folder of its own."""
    python = starts.said([starts.interpreter("python"), "-c", "import sys; print('python3.%d' % sys.version_info[1])"])
    node = starts.said([starts.find("node"), "-p", "'nodejs' + process.versions.node.split('.')[0] + '.x'"])
    runtimes = {"python": python, "node": node}
    lines, routes = ["name: fifty", "functions:"], ["apis:", "  main:", "    routes:"]
    for number in range(FUNCTIONS):
        language = ("python", "node")[number % 2]
        name = f"{language}-{number // 2}"
        file, text = CODE[language]
        code = folder / "functions" / name
        code.mkdir(parents=True)
        (code / file).write_text(text)
        runtime = runtimes[language]
        lines.append(f"  {name}: {{ runtime: {runtime}, code: functions/{name}, handler: index.handler }}")
        routes.append(f"      GET /{name}: {name}")
    (folder / "tidegate.yaml").write_text("\n".join([*lines, *routes]) + "\n")
    return folder


def warm(server: Subject) -> None:
    """Every function has answered."""
    for number in range(FUNCTIONS):
        language = ("python", "node")[number % 2]
        starts.expect(server, f"{language}-{number // 2}", "version 0")


def saves(tidegate: Tidegate, stack: Path, repeats: int) -> list[Result]:
    server = tidegate.up(stack)
    try:
        warm(server)
        return [save(server, stack, language, repeats) for language in CODE]
    finally:
        server.stop()


def save(server: Subject, stack: Path, language: str, repeats: int) -> Result:
    file, text = CODE[language]
    name = f"{language}-7"
    source = stack / "functions" / name / file
    ms = [
        starts.seen_after(server, source, text, name, f"version {repeat + 1}") for repeat in range(repeats)
    ]
    source.write_text(text)
    return Result(f"save-{language}", f"save to live: {language}, one of 50 functions", ms, SAVE_MS)


@contextmanager
def daemon(tidegate: Tidegate) -> Iterator[tuple[Subject, Path]]:
    state = tidegate.folder / "daemon"
    command = [str(tidegate.binary.absolute()), "serve", "--state", str(state)]
    command += ["--port", "0", "--admin-port", "0", "--aws-port", "0"]
    server = tidegate.begin(command, state)
    try:
        yield server, state
    finally:
        server.stop()


def deploys(tidegate: Tidegate, stack: Path, repeats: int) -> list[Result]:
    with daemon(tidegate) as (server, state):
        deploy(tidegate, stack, state)
        warm(server)
        return [under_load(tidegate, server, state, stack, language, repeats) for language in CODE]


def deploy(tidegate: Tidegate, stack: Path, state: Path) -> float:
    """Milliseconds from the command's start to its end."""
    started = time.perf_counter()
    command = [str(tidegate.binary.absolute()), "deploy", str(stack), "--state", str(state)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Missing(f"tidegate deploy: {done.stdout}{done.stderr}")
    return (time.perf_counter() - started) * 1000


def under_load(
    tidegate: Tidegate, server: Subject, state: Path, stack: Path, language: str, repeats: int
) -> Result:
    file, text = CODE[language]
    name = f"{language}-7"
    source = stack / "functions" / name / file
    seconds = round(repeats * (PAUSE_SECONDS + DEPLOY_MS / 1000)) + 2
    title = f"deploy: {language}, one of 50 functions, under load"
    result = Result(f"deploy-{language}", title, [], DEPLOY_MS)
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(load.run, f"{server.url}{name}", CONNECTIONS, seconds, None, THINK_MS)
        for repeat in range(repeats):
            time.sleep(PAUSE_SECONDS)
            version = f"version {repeat + 1}"
            source.write_text(text.replace("version 0", version))
            result.ms.append(deploy(tidegate, stack, state))
            if get(server.url, name) != (200, version):
                result.wrong = f"the answer after a deployment is not {version}"
            if loading.done():
                result.wrong = "the load ended before the last deployment"
        judge(result, loading)
    source.write_text(text)
    deploy(tidegate, stack, state)
    return result


def judge(result: Result, loading: Future[dict[str, int]]) -> None:
    seen = loading.result()
    rate = seen["requests"] / (seen["duration_us"] / 1e6)
    failed = seen["refused"] + seen["broken"] + seen["timeouts"]
    result.notes = f"{failed} of {seen['requests']} requests failed at {rate:.0f}/s"
    if failed:
        result.wrong = f"{failed} requests failed"
    elif rate < REQUESTS_PER_SECOND * 0.95:
        result.wrong = f"the load was less than {REQUESTS_PER_SECOND}/s"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/bench deploys", description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tidegate", type=Path, metavar="FILE", help="the binary [a release build of this checkout]")
    parser.add_argument("--repeats", type=int, default=9, help="changes of each kind [%(default)s]")
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a bar is missed")
    options = parser.parse_args()
    binary = options.tidegate or release_build()
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as name:
        folder = Path(name)
        tidegate = Tidegate(binary, folder)
        try:
            stack = written(folder / "fifty")
            results = saves(tidegate, stack, options.repeats) + deploys(tidegate, stack, options.repeats)
        except Missing as missing:
            print(f"bench: {missing}", file=sys.stderr)
            return 1
    for result in results:
        if options.json:
            print(json.dumps({"name": result.name, "ms": result.ms, "bar_ms": result.bar_ms, "met": result.is_met}))
        else:
            print(result.line())
    return 1 if options.strict and not all(result.is_met for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
