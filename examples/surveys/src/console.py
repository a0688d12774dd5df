"""The page, and what it shows."""

import json
import os
import time
from pathlib import Path

import boto3

from surveys import breaker, cache, stats
from surveys.quota import MINUTE, quota

sqs, functions = boto3.client("sqs"), boto3.client("lambda")

PAGE = (Path(__file__).parent / "page.html").read_text()
TEXT = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache"}
DEPTHS = {
    "ready": "ApproximateNumberOfMessages",
    "in_flight": "ApproximateNumberOfMessagesNotVisible",
}


def page(event, context):
    return {"statusCode": 200, "headers": TEXT, "body": PAGE}


def state(event, context):
    seen = breaker.look()
    return {
        "now": time.time(),
        "minute": MINUTE,
        "quotas": list(quotas()),
        "breaker": {"state": seen.state, "moves": breaker.history()},
        "jobs": depth(os.environ["JOBS_QUEUE"]) | {"running": stats.running()},
        "dead": depth(os.environ["DEAD_QUEUE"])["ready"],
        "work": {name: int(n) for name, n in cache.connection.hgetall(stats.WORK).items()},
        "notices": [json.loads(notice) for notice in cache.connection.lrange("notices", 0, 9)],
    }


def run(event, context):
    """What the schedule does every hour, now."""
    for name in (os.environ["TASK_MASTER"], os.environ["ORCHESTRATOR"]):
        functions.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    return {"statusCode": 202, "body": json.dumps({"message": "a run begins"})}


def quotas():
    """Every counter; one that nobody has used in its window is full."""
    used = {level: (left, ends) for level, left, ends in quota.standings()}
    for level in quota.levels:
        left, ends = used.get(level, (level.limit, None))
        yield {"name": level.name, "limit": level.limit, "left": left, "ends_ms": ends}


def depth(queue):
    said = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=list(DEPTHS.values()))
    return {name: int(said["Attributes"][attribute]) for name, attribute in DEPTHS.items()}
