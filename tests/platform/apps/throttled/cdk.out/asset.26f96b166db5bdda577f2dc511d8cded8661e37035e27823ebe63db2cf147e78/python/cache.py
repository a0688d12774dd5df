"""As much of a client of Redis as these functions need."""

import os
import socket


class Cache:
    def __init__(self):
        address = (os.environ["REDIS_ADDRESS"], int(os.environ["REDIS_PORT"]))
        self.stream = socket.create_connection(address, timeout=5).makefile("rwb")

    def __call__(self, *words):
        encoded = [str(word).encode() for word in words]
        self.stream.write(b"*%d\r\n" % len(encoded))
        for word in encoded:
            self.stream.write(b"$%d\r\n%s\r\n" % (len(word), word))
        self.stream.flush()
        return self.answer()

    def answer(self):
        line = self.stream.readline().rstrip()
        kind, rest = line[:1], line[1:]
        if kind == b"+":
            return rest.decode()
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.stream.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return [self.answer() for _ in range(int(rest))]
        raise RuntimeError(line.decode() or "Redis has gone")
