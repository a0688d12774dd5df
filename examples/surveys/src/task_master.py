"""Puts work into the queue, once an hour."""

import json
import os
import uuid

import boto3

from surveys import stats
from surveys.breaker import API

sqs = boto3.client("sqs")

OPERATIONS = {
    "NEW_SURVEYS": "survey",
    "NEW_INTERVIEWS": "survey/1/interview",
    "NEW_ATTACHMENTS": "survey/1/interview/1/attachment",
}
# SQS takes so many messages at once.
BATCH = 10


def handler(event, context):
    source = f"{context.function_name}:{context.function_version}"
    jobs = [
        {
            "id": str(uuid.uuid4()),
            "operation": operation,
            "api_id": API,
            "api_url": f"{os.environ['API_URL']}/",
            "resource": resource,
            "source_id": source,
        }
        for _ in range(int(os.environ["ROUNDS"]))
        for operation, resource in OPERATIONS.items()
    ]
    for at in range(0, len(jobs), BATCH):
        send(jobs[at : at + BATCH])
    stats.queued()


def send(jobs):
    entries = [{"Id": str(at), "MessageBody": json.dumps(job)} for at, job in enumerate(jobs)]
    sent = sqs.send_message_batch(QueueUrl=os.environ["JOBS_QUEUE"], Entries=entries)
    if failed := sent.get("Failed"):
        raise RuntimeError(f"{len(failed)} jobs were not queued: {failed[0]['Message']}")
