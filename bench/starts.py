"""Times that happen once: cold start, ready, save to live; and memory at rest."""

import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import processes
from subjects import BENCH, Missing, Subject, Tidegate, find, get

REPEATS = 5
LIVE_WITHIN_SECONDS = 20
#: After so long without a request a server is idle.
REST_SECONDS = 3


def median_of(measure: Callable[[int], float]) -> float:
    return statistics.median(measure(repeat) for repeat in range(REPEATS))


def functions(tidegate: Tidegate) -> tuple[Path, list[str]]:
    """The stack of functions, ready to be started with the flags."""
    stack = tidegate.stack("functions")
    bootstrap = stack / "functions" / "rust" / "bootstrap"
    if not bootstrap.exists():
        shutil.copy(rust_function(), bootstrap)
    python = said([interpreter("python")] + ["-c", "import sys; print('python3.%d' % sys.version_info[1])"])
    node = said([find("node"), "-p", "'nodejs' + process.versions.node.split('.')[0] + '.x'"])
    return stack, ["--set", f"python={python}", "--set", f"node={node}"]


def java(tidegate: Tidegate) -> tuple[Path, list[str]]:
    """A stack with the smallest function in Java, compiled, and a program that does nothing."""
    stack = tidegate.stack("java")
    if not (stack / "classes").exists():
        shapes = BENCH.parent / "crates" / "functions" / "bootstrap" / "java" / "shapes"
        sources = [str(path) for path in sorted((stack / "sources").glob("*.java"))]
        command = [find("javac"), "-proc:none", "-sourcepath", str(shapes), "-d", str(stack / "classes"), *sources]
        subprocess.run(command, check=True)
    version = said([find("javac"), "-version"]).split()[1].split(".")[0]
    supported = [known for known in (11, 17, 21, 25) if known <= int(version)]
    return stack, ["--set", f"java=java{supported[-1]}"]


def rust_function() -> Path:
    """Builds the Rust function, which uses AWS's own runtime client."""
    source = BENCH / "stacks" / "functions" / "functions" / "rust"
    target = BENCH.parent / "target" / "bench-function"
    command = [find("cargo"), "build", "--release", "--locked", "--manifest-path", str(source / "Cargo.toml")]
    subprocess.run([*command, "--target-dir", str(target)], check=True)
    return target / "release" / "bench-function"


def cold(tidegate: Tidegate, runtime: str) -> tuple[float, float]:
    """The first request to a function, and what starting its interpreter alone takes."""
    stack, flags = java(tidegate) if runtime == "java" else functions(tidegate)

    def first_request(_: int) -> float:
        server = tidegate.up(stack, *flags)
        try:
            started = time.perf_counter()
            status, body = get(server.url, runtime)
            took = time.perf_counter() - started
        finally:
            server.stop()
        if status != 200:
            raise Missing(f"the {runtime} function answered {status}: {body}")
        return took * 1000

    bare = {
        "rust": [find("true")],
        "python": [interpreter("python"), "-c", "pass"],
        "node": [interpreter("node"), "-e", "0"],
        "java": [find("java"), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", str(stack / "classes"), "Bare"],
    }[runtime]
    # In turn, so that noise that lasts is in both.
    pairs = [(first_request(repeat), start_of(bare)) for repeat in range(REPEATS)]
    return statistics.median(first for first, _ in pairs), statistics.median(alone for _, alone in pairs)


def start_of(command: list[str]) -> float:
    started = time.perf_counter()
    os.waitpid(os.posix_spawn(command[0], command, os.environ), 0)
    return (time.perf_counter() - started) * 1000


def ready(tidegate: Tidegate, origin: str) -> float:
    stack = tidegate.stack("proxy")

    def once(_: int) -> float:
        server = tidegate.up(stack, "--set", f"origin={origin}")
        server.stop()
        return server.ready_ms

    return median_of(once)


def idle(tidegate: Tidegate, origin: str) -> float:
    server = tidegate.up(tidegate.stack("proxy"), "--set", f"origin={origin}")
    try:
        get(server.url)
        time.sleep(REST_SECONDS)
        return processes.resident_mib(server.pid)
    finally:
        server.stop()


def saved(tidegate: Tidegate, file: str, path: str) -> float:
    """From writing a file of the stack to the first answer that shows it."""
    stack, flags = functions(tidegate)
    server = tidegate.up(stack, *flags)
    source = stack / file
    original = source.read_text()
    try:
        expect(server, path, "version 0")
        return median_of(lambda repeat: seen_after(server, source, original, path, f"version {repeat + 1}"))
    finally:
        server.stop()
        source.write_text(original)


def seen_after(server: Subject, source: Path, original: str, path: str, version: str) -> float:
    source.write_text(original.replace("version 0", version))
    started = time.perf_counter()
    expect(server, path, version)
    return (time.perf_counter() - started) * 1000


def expect(server: Subject, path: str, body: str) -> None:
    deadline = time.monotonic() + LIVE_WITHIN_SECONDS
    while (answer := get(server.url, path)) != (200, body):
        if time.monotonic() > deadline:
            raise Missing(f"/{path} still answers {answer} {LIVE_WITHIN_SECONDS} s after a save of `{body}`")
        time.sleep(0.001)


def interpreter(language: str) -> str:
    """The interpreter itself, past any shim that only chooses one."""
    if language == "python":
        return said([find("python3"), "-c", "import sys; print(sys.executable)"])
    return said([find("node"), "-p", "process.execPath"])


def said(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
