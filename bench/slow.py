"""Clients that never finish a request: each sends a head byte by byte, and comes back when it is closed."""

import contextlib
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from load import pinned

#: How long a client rests between two bytes.
REST_SECONDS = 4
#: How often some of the clients send theirs.
TURNS_A_SECOND = 50
HEAD = b"GET /orders/1 HTTP/1.1\r\nHost: slow\r\nX-Slow: "
OPENING_SECONDS = 60


@contextlib.contextmanager
def clients(url: str, count: int, cores: str | None) -> Iterator[None]:
    """So many of them, in a process of their own, from here to the end of the block."""
    port = url.rstrip("/").rpartition(":")[2]
    command = pinned([sys.executable, "-B", str(Path(__file__)), port, str(count)], cores)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        # The line comes once all are connected.
        if process.stdout is None or process.stdout.readline().strip() != "open":
            raise RuntimeError(f"{count} slow clients could not be opened at port {port}")
        yield
    finally:
        process.kill()
        process.wait()


def drip(port: int, count: int) -> None:
    allow_files(count + 100)
    started = time.monotonic()
    slow = [connected(port, number) for number in range(count)]
    if time.monotonic() - started > OPENING_SECONDS:
        sys.exit("the connections were not opened in time")
    print("open", flush=True)
    due, at = time.monotonic(), 0
    while True:
        for _ in range(max(1, count // (REST_SECONDS * TURNS_A_SECOND))):
            if not goes_on(slow[at]):
                slow[at].close()
                slow[at] = connected(port, at)
            at = (at + 1) % count
        due += 1 / TURNS_A_SECOND
        time.sleep(max(0.0, due - time.monotonic()))


def connected(port: int, number: int) -> socket.socket:
    client = socket.socket()
    # Many addresses: one has too few ports for all that are closed and opened again.
    client.setsockopt(socket.IPPROTO_IP, socket.IP_BIND_ADDRESS_NO_PORT, 1)
    client.bind((f"127.0.1.{1 + number % 250}", 0))
    client.connect(("127.0.0.1", port))
    client.send(HEAD)
    client.setblocking(False)
    return client


def goes_on(client: socket.socket) -> bool:
    """Sends one more byte. Whatever the server says ends the connection."""
    try:
        client.recv(1)
        return False
    except BlockingIOError:
        pass
    except OSError:
        return False
    try:
        client.send(b"x")
    except OSError:
        return False
    return True


def allow_files(count: int) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, max(count, most)))


if __name__ == "__main__":
    drip(int(sys.argv[1]), int(sys.argv[2]))
