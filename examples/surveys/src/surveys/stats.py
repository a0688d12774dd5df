"""What has been done, as numbers in the cache."""

import json
import time

from surveys import cache

# Invocations of workers by day and API.
INVOKED = "stats:invoke"
# Jobs done and put back, health checks and runs.
WORK = "stats:work"
# Jobs that workers have: what they are, and the time by which each must have been given back.
GIVEN, RUNNING = "jobs:given", "jobs:running"
# One for each run whose jobs are all queued, until its orchestrator leaves.
QUEUED = "jobs:queued"

# A worker that says nothing for so long, in seconds, is not coming back.
LONGEST = 75
# Longer than a run, shorter than the time from one to the next, in seconds.
RUN = 600


def count(what):
    cache.connection.hincrby(WORK, what, 1)


def begin(job):
    """A job is about to be given to a worker."""
    day = time.strftime("%Y-%m-%d", time.gmtime())
    noting = cache.connection.pipeline()
    noting.hincrby(INVOKED, f"{day}:{job['api_id']}", 1)
    noting.hset(GIVEN, job["id"], json.dumps(job)).zadd(RUNNING, {job["id"]: time.time() + LONGEST})
    noting.execute()


def end(job):
    """It is done, or back in the queue."""
    cache.connection.pipeline().zrem(RUNNING, job["id"]).hdel(GIVEN, job["id"]).execute()


def running():
    return cache.connection.zcard(RUNNING)


def overdue():
    """Jobs whose worker is not coming back."""
    late = cache.connection.zrangebyscore(RUNNING, 0, time.time())
    given = cache.connection.hmget(GIVEN, late) if late else []
    return [json.loads(job) for job in given if job]


def queued():
    """A task master has put its last job into the queue."""
    cache.connection.pipeline().rpush(QUEUED, 1).expire(QUEUED, RUN).execute()


def is_queued():
    return cache.connection.exists(QUEUED)


def leave():
    """An orchestrator is done with a run."""
    cache.connection.lpop(QUEUED)
