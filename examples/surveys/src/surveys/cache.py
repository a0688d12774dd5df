"""The cache that all functions share, and scripts that it runs as one step."""

import os
from pathlib import Path

import redis

connection = redis.from_url(
    os.environ["CACHE_URL"], decode_responses=True, socket_timeout=5, socket_connect_timeout=5
)


def script(name):
    """A Lua script of this folder, which nothing else can interrupt."""
    return connection.register_script((Path(__file__).parent / f"{name}.lua").read_text())
