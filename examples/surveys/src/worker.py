"""Makes one call of the API. When it is refused, the breaker opens and the job goes back into the queue."""

import json
import os
import urllib.error
import urllib.request

import boto3

from surveys import breaker, cache, stats

sqs = boto3.client("sqs")

PATIENCE = 10
# How long it is remembered that a job was done, in seconds: longer than any message lives.
REMEMBERED = 15 * 86_400


def handler(job, context):
    if job["operation"] == "HEALTH_CHECK":
        return check_health(job)
    done = f"done:{job['id']}"
    # A queue delivers at least once.
    if not cache.connection.exists(done):
        seen = breaker.look()
        # Jobs that are on their way when it opens are not called for.
        status = 503 if seen.is_open else call(job)
        if status < 400:
            finish(done)
        else:
            breaker.open_from(seen)
            put_back(job, status)
    stats.end(job)


def check_health(job):
    """Only the breaker that it was asked for is closed by it, and its failure is no job."""
    status = call(job)
    stats.count("health_checks")
    if status < 400:
        breaker.close_from(breaker.Seen(breaker.OPEN, job["breaker"]))
    cache.connection.delete(f"{breaker.API}:checking")


def call(job):
    """The status of the answer; an API that cannot be reached is not available."""
    try:
        with urllib.request.urlopen(job["api_url"] + job["resource"], timeout=PATIENCE) as answer:
            json.load(answer)
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code
    except (OSError, ValueError) as problem:
        print(f"{job['api_url']}: {problem}")
        return 503


def finish(done):
    if cache.connection.set(done, 1, nx=True, ex=REMEMBERED):
        stats.count("done")


def put_back(job, status):
    stats.count("requeued")
    attributes = {"requeued": "true", "status_code": str(status)}
    sqs.send_message(
        QueueUrl=os.environ["JOBS_QUEUE"],
        MessageBody=json.dumps(job),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        },
    )
