"""The circuit breaker: while it is open, nobody calls the API but for its health.

Its state is in the cache. It moves by compare-and-set: a worker says which state it saw before its call,
so that of ten workers that are refused at the same time one opens it, and an answer that was long on its
way never changes a breaker that others have moved since. Each move is noted together with the state
until it has been published, so that a worker that dies in between leaves nothing untold.
"""

import json
import time
from dataclasses import dataclass

from surveys import cache, notices

API = "ODG_SURVEYS"
OPEN, CLOSED = "OPEN", "CLOSED"

_STATE = f"{API}:state"
_NUMBER = f"{API}:transitions"
_UNTOLD = f"{API}:untold"
_HISTORY = f"{API}:history"
_move = cache.script("breaker")


@dataclass(frozen=True)
class Seen:
    """The breaker as somebody saw it."""

    state: str
    number: int  # Of its moves so far.

    @property
    def is_open(self):
        return self.state == OPEN


def look():
    asking = cache.connection.pipeline()
    state, number = asking.get(_STATE).hget(_NUMBER, "number").execute()
    return Seen(state or CLOSED, int(number or 0))


def open_from(seen):
    _change(seen, OPEN)


def close_from(seen):
    _change(seen, CLOSED)


def _change(seen, state):
    moved = _move(keys=[_STATE, _NUMBER, _UNTOLD, _HISTORY], args=[seen.number, state, time.time()])
    if moved:
        tell()


def tell():
    """Publishes every move that nobody has. What is published twice all the same is posted once."""
    while told := cache.connection.lindex(_UNTOLD, 0):
        move = json.loads(told)
        verb = "opened" if move["state"] == OPEN else "closed"
        text = f"worker {verb} circuit breaker for api_key={API}"
        notices.publish(f"breaker-{verb}", text, key=f"breaker-{move['number']}")
        cache.connection.lrem(_UNTOLD, 1, told)


def history():
    return [json.loads(move) for move in cache.connection.lrange(_HISTORY, 0, -1)]
