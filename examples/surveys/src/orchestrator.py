"""Gives queued jobs to workers for as long as the API takes calls, and waits while it does not."""

import json
import os
import time

import boto3

from surveys import breaker, cache, notices, stats

sqs, workers = boto3.client("sqs"), boto3.client("lambda")

QUEUE, DEAD_QUEUE = os.environ["JOBS_QUEUE"], os.environ["DEAD_QUEUE"]
WORKER = os.environ["WORKER_FUNCTION"]
MOST_DEATHS = 3
# How long to wait between two health checks, and for messages, in seconds.
PAUSE, WAIT = float(os.environ["PAUSE"]), 1
# What is left of the function's time when it stops beginning new things, in milliseconds.
RESERVE = 15_000


def handler(event, context):
    stats.count("runs")
    notices.publish("run-started", "orchestrator started")
    processed, requeued = run(context)
    stats.leave()
    text = f"orchestrator exiting. Processed {processed} messages; {requeued} had been requeued."
    notices.publish("run-ended", text)


def run(context):
    """Until there is nothing left to do, or no time: then the next run goes on."""
    processed = requeued = 0
    while context.get_remaining_time_in_millis() > RESERVE:
        breaker.tell()
        recover()
        seen = breaker.look()
        if seen.is_open:
            check_health(seen)
            time.sleep(PAUSE)
            continue
        messages = receive()
        # The task master, which began with this, may still queue jobs, and a worker put its own back.
        if not messages and stats.running() == 0 and stats.is_queued():
            break
        for message in messages:
            job = read(message)
            if job is None:
                continue
            dispatch(job, message)
            processed += 1
            requeued += "requeued" in message.get("MessageAttributes", {})
    return processed, requeued


def receive():
    received = sqs.receive_message(
        QueueUrl=QUEUE,
        MaxNumberOfMessages=10,
        WaitTimeSeconds=WAIT,
        MessageAttributeNames=["All"],
    )
    return received.get("Messages", [])


def read(message):
    """What is no job stays in the queue, which moves it to the dead letters."""
    try:
        job = json.loads(message["Body"])
        return job if {"id", "operation", "api_id", "api_url", "resource"} <= job.keys() else None
    except (ValueError, AttributeError):
        print(f"message {message['MessageId']} is no job")
        return None


def dispatch(job, message):
    """The message goes once the invocation is safe; a death in between runs the job twice, never not."""
    stats.begin(job)
    invoke(job)
    sqs.delete_message(QueueUrl=QUEUE, ReceiptHandle=message["ReceiptHandle"])


def recover():
    """Puts back what a worker died with; who kills workers again and again goes to the dead letters."""
    for job in stats.overdue():
        job["deaths"] = job.get("deaths", 0) + 1
        queue = QUEUE if job["deaths"] < MOST_DEATHS else DEAD_QUEUE
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(job))
        stats.end(job)


def check_health(seen):
    """One at a time: what is under way is not asked for again."""
    if cache.connection.set(f"{breaker.API}:checking", 1, nx=True, px=10_000):
        invoke({
            "operation": "HEALTH_CHECK",
            "api_id": breaker.API,
            "api_url": f"{os.environ['API_URL']}/",
            "resource": "health",
            "source_id": os.environ["AWS_LAMBDA_FUNCTION_NAME"],
            "breaker": seen.number,
        })


def invoke(job):
    workers.invoke(FunctionName=WORKER, InvocationType="Event", Payload=json.dumps(job).encode())
