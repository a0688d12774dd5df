"""Quotas of the survey API: which counters a call debits, and what is left of them.

The counters live in the cache and are debited by one script, so that callers at the same time never
take more than there is. There are two kinds of quota:

hierarchical  survey > interview > attachment: a call debits its resource and everything above it
windows       so many calls in each second, minute, hour and day
"""

import os
import re
from dataclasses import dataclass

from surveys import cache

# How many seconds a minute lasts. Less lets an hour pass while one looks on.
MINUTE = float(os.environ["MINUTE"])
API_KEY = "none"

_take = cache.script("quota")


@dataclass(frozen=True)
class Level:
    """One counter of a quota."""

    name: str  # What callers are told it is.
    limit: int
    seconds: float

    @property
    def key(self):
        return f"{self.name}:{API_KEY}"


@dataclass(frozen=True)
class Taken:
    """What became of a call: the level that had nothing left, or what was left before it."""

    exhausted: Level | None
    left: int


class Quota:
    """Levels and a rule that tells which of them a path debits."""

    def __init__(self, levels):
        self.levels = levels

    def take(self, path):
        """Debits all levels of a path, or none of them."""
        levels = self.levels_of(path)
        if levels is None:
            words = ":".join(re.findall("/([a-zA-Z]+)", path))
            return Taken(Level(words, 0, MINUTE), 0)
        return _ask(levels, cost=1)

    def look(self):
        """Whether there is something left of every level, which costs nothing."""
        return _ask(self.levels, cost=0)

    def clear(self):
        cache.connection.delete(*(level.key for level in self.levels))

    def standings(self):
        """Every counter that has been used in its window: level, what is left, milliseconds to its end."""
        asking = cache.connection.pipeline(transaction=False)
        for level in self.levels:
            asking.get(level.key).pttl(level.key)
        answers = iter(asking.execute())
        for level, left, ends in zip(self.levels, answers, answers):
            # It may have expired between the two.
            if left is not None and ends >= 0:
                yield level, int(left), ends


class Hierarchical(Quota):
    exceeded = "quota exceeded at {0.key}"

    def __init__(self):
        super().__init__([
            Level("survey", 20, MINUTE),
            Level("survey:interview", 10, MINUTE),
            Level("survey:interview:attachment", 5, MINUTE),
        ])

    def levels_of(self, path):
        """From the top to the path's own; None for what nobody has a quota of."""
        words = re.findall("/([a-zA-Z]+)", path)
        names = [":".join(words[: depth + 1]) for depth in range(len(words))]
        known = {level.name: level for level in self.levels}
        return [known[name] for name in names] if all(name in known for name in names) else None


class Windows(Quota):
    exceeded = "quota exceeded at {0.window} interval"

    def __init__(self):
        # The longest first: it is the one that callers hear of.
        super().__init__([
            Window("day", 172_800, 1_440 * MINUTE),
            Window("hour", 7_200, 60 * MINUTE),
            Window("minute", 120, MINUTE),
            Window("second", 2, MINUTE / 60),
        ])

    def levels_of(self, path):
        return self.levels


class Window(Level):
    @property
    def key(self):
        return f"{API_KEY}:{self.name}"

    @property
    def window(self):
        return self.name


def _ask(levels, cost):
    bounds = [bound for level in levels for bound in (level.limit, int(level.seconds * 1_000))]
    exhausted, left = _take(keys=[level.key for level in levels], args=[cost, *bounds])
    return Taken(levels[exhausted - 1] if exhausted else None, left)


quota = {"hierarchical": Hierarchical, "windows": Windows}[os.environ["QUOTAS"]]()
