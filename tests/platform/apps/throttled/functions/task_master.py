"""Sends three jobs."""

import json
import os

import boto3

QUEUE = boto3.resource("sqs").Queue(os.environ["JOBS_URL"])
RESOURCES = ["survey", "survey/1/interview", "survey/1/interview/1/attachment"]


def handler(_event, _context):
    for resource in RESOURCES:
        attributes = {"kind": {"DataType": "String", "StringValue": "job"}}
        QUEUE.send_message(MessageBody=json.dumps({"resource": resource}), MessageAttributes=attributes)
