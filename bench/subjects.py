"""The servers that are measured: how each starts, where it listens, how it ends."""

import http.client
import json
import shutil
import socket
import string
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from load import pinned

BENCH = Path(__file__).parent
STARTING_SECONDS = 60


class Missing(Exception):
    """Something that a row needs is not there."""


class Template(string.Template):
    # nginx's own variables begin with a dollar.
    delimiter = "@"


@dataclass
class Subject:
    """A server that runs until it is stopped."""

    process: subprocess.Popen[bytes]
    url: str
    #: From the start of its process until it said that it serves.
    ready_ms: float = 0

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def configured(name: str, command: list[str], folder: Path, cores: str | None, origin: int = 0, **more: int) -> Subject:
    """nginx or HAProxy with the file `configs/NAME`; `{config}` in the command is that file."""
    program = find(command[0])
    port = free_port()
    config = rendered(name, folder, port=port, origin=origin, **more)
    arguments = [argument.format(config=config) for argument in command[1:]]
    output = (folder / f"{name}.output").open("wb")
    process = launched(pinned([program, *arguments], cores), output, output)
    subject = Subject(process, f"http://127.0.0.1:{port}/")
    wait_until_served(subject, folder / f"{name}.output")
    return subject


def rendered(name: str, folder: Path, **values: int) -> Path:
    text = Template((BENCH / "configs" / name).read_text()).substitute(values, folder=folder)
    config = folder / name
    config.write_text(text)
    return config


def nginx(name: str, folder: Path, cores: str | None, origin: int = 0) -> Subject:
    rendered("nginx-paths.conf", folder)
    return configured(name, ["nginx", "-g", "daemon off;", "-c", "{config}"], folder, cores, origin)


def haproxy(folder: Path, cores: str | None, origin: int) -> Subject:
    return configured("haproxy.cfg", ["haproxy", "-db", "-f", "{config}"], folder, cores, origin)


def node(folder: Path) -> Subject:
    output = folder / "hello.output"
    process = launched([find("node"), str(BENCH / "hello.js")], output.open("wb"), None)
    port = int(first_line(process, output))
    return Subject(process, f"http://127.0.0.1:{port}/")


@dataclass
class Tidegate:
    """The binary under test and a folder to run its stacks in."""

    binary: Path
    folder: Path

    def stack(self, name: str) -> Path:
        """A copy of a stack that a measurement may change."""
        if not self.binary.is_file():
            raise Missing(f"there is no {self.binary}")
        copy = self.folder / name
        if not copy.exists():
            shutil.copytree(BENCH / "stacks" / name, copy, ignore=shutil.ignore_patterns("target"))
        return copy

    def up(self, stack: Path, *flags: str, cores: str | None = None) -> Subject:
        state = self.folder / f"{stack.name}.state"
        ports = ("--port", "0", "--admin-port", "0", "--aws-port", "0")
        command = [str(self.binary.absolute()), "up", str(stack), *ports, "--state", str(state), *flags]
        return self.begin(pinned(command, cores), state)

    def begin(self, command: list[str], state: Path) -> Subject:
        """Starts a server that keeps its state there, and waits until it serves."""
        output = self.folder / f"{state.stem}.output"
        # Who ran here before may have been killed.
        (state / "server.json").unlink(missing_ok=True)
        started = time.perf_counter()
        with output.open("wb") as stdout, output.with_suffix(".errors").open("wb") as stderr:
            process = launched(command, stdout, stderr)
        addresses = published(process, state / "server.json", output.with_suffix(".errors"))
        ready_ms = (time.perf_counter() - started) * 1000
        return Subject(process, addresses["api"].rstrip("/") + "/", ready_ms)


def launched(command: list[str], stdout: BinaryIO, stderr: BinaryIO | None) -> subprocess.Popen[bytes]:
    # Linux shares processors out by session: a server in the session of wrk would get less than one
    # that starts its own.
    return subprocess.Popen(command, stdout=stdout, stderr=stderr, start_new_session=True)


def find(program: str) -> str:
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if not found:
        raise Missing(f"no {program}; run scripts/setup bench")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url: str, path: str = "") -> tuple[int, str]:
    """One request on a connection of its own."""
    address = url.removeprefix("http://").rstrip("/")
    connection = http.client.HTTPConnection(address, timeout=30)
    try:
        connection.request("GET", f"/{path}")
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def wait_until_served(subject: Subject, output: Path) -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < deadline:
        if subject.process.poll() is not None:
            raise Missing(f"{output.stem} ended: {output.read_text().strip()}")
        try:
            get(subject.url)
            return
        except ConnectionError:
            time.sleep(0.01)
    raise Missing(f"{output.stem} serves nothing after {STARTING_SECONDS} s")


def published(process: subprocess.Popen[bytes], file: Path, errors: Path) -> dict[str, str]:
    """What a server writes, whole, once it serves: where it is reached."""
    deadline = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < deadline:
        if file.exists():
            return json.loads(file.read_text())
        if process.poll() is not None:
            raise Missing(f"{' '.join(map(str, process.args))} ended, saying: {errors.read_text().strip()}")
        time.sleep(0.0005)
    process.kill()
    process.wait()
    raise Missing(f"{' '.join(map(str, process.args))} is not ready after {STARTING_SECONDS} s")


def first_line(process: subprocess.Popen[bytes], output: Path) -> str:
    """The first line of a file that the process writes, as soon as it is whole."""
    deadline = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < deadline:
        line, newline, _ = output.read_text().partition("\n")
        if newline:
            return line
        if process.poll() is not None:
            errors = output.with_suffix(".errors")
            said = errors.read_text().strip() if errors.exists() else "nothing"
            raise Missing(f"{' '.join(map(str, process.args))} ended, saying: {said}")
        time.sleep(0.0005)
    process.kill()
    raise Missing(f"{process.args[0]} said nothing for {STARTING_SECONDS} s")
